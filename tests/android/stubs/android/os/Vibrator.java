package android.os;

public class Vibrator {
  /** For tests. */
  public final java.util.List<String> shaken = new java.util.ArrayList<>();

  public void vibrate(long milliseconds) { throw new AssertionError("deprecated"); }

  public void vibrate(long[] pattern, int repeat) { throw new AssertionError("deprecated"); }

  public void vibrate(VibrationEffect effect) { shaken.add(effect.form); }
}
