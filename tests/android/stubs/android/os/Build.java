package android.os;

public class Build {
  public static String MANUFACTURER = "Zebra Technologies";
  public static String MODEL = "TC52";

  public static class VERSION {
    public static int SDK_INT = 34;
  }
}
