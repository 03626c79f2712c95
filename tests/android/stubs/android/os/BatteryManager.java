package android.os;

public class BatteryManager {
  /** For tests. */
  public int charge = 80;
  public boolean plugged;

  public boolean isCharging() { return plugged; }

  public int getIntProperty(int id) { return id == 4 ? charge : Integer.MIN_VALUE; }

  public long getLongProperty(int id) { return Long.MIN_VALUE; }
}
