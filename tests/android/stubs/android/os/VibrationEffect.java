package android.os;

public class VibrationEffect {
  final String form;

  private VibrationEffect(String form) { this.form = form; }

  public static VibrationEffect createOneShot(long milliseconds, int amplitude) {
    return new VibrationEffect(milliseconds + " once");
  }

  public static VibrationEffect createWaveform(long[] timings, int repeat) {
    return new VibrationEffect(java.util.Arrays.toString(timings) + " " + repeat);
  }

  public static VibrationEffect createWaveform(long[] timings, int[] amplitudes, int repeat) {
    throw new AssertionError("no amplitudes expected");
  }
}
