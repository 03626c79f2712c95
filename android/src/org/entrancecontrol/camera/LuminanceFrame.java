package org.entrancecontrol.camera;

/** A gray picture: one byte a pixel, 0 black to 255 white, rows first. */
public final class LuminanceFrame {
  public final byte[] pixels;
  public final int width;
  public final int height;
  /** How far it must be turned clockwise to stand upright: 0, 90, 180 or 270 degrees. */
  public final int rotation;

  public LuminanceFrame(byte[] pixels, int width, int height, int rotation) {
    this.pixels = pixels;
    this.width = width;
    this.height = height;
    this.rotation = rotation;
  }
}
