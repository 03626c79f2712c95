package android.util;

public final class Size {
  public final int width;
  public final int height;

  public Size(int width, int height) {
    this.width = width;
    this.height = height;
  }
}
