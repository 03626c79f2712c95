package android.media;

import java.util.ArrayList;
import java.util.List;

/** A static track, as Android describes it: filled once, wound back before it is played again. */
public final class AudioTrack {
  public static final List<AudioTrack> made = new ArrayList<>();
  public final int rate;
  private final byte[] data;
  private int filled;
  private int state = 1;
  private boolean wound = true;
  private boolean released;

  public AudioTrack(int stream, int rate, int channels, int format, int bytes, int mode) {
    if (stream != 3 || channels != 4 || format != 2 || mode != 0) throw new IllegalArgumentException();
    this.rate = rate;
    data = new byte[bytes];
    made.add(this);
  }

  public int write(byte[] from, int offset, int bytes) {
    System.arraycopy(from, offset, data, 0, bytes);
    filled = bytes;
    return bytes;
  }

  public int write(short[] from, int offset, int count) { throw new AssertionError("bytes expected"); }

  public void play() throws IllegalStateException {
    if (released || filled != data.length || !wound) throw new IllegalStateException("not ready");
    wound = false;
    state = 3;
  }

  public void stop() throws IllegalStateException { state = 1; }

  public int reloadStaticData() { wound = true; return 0; }

  public int getPlayState() { return state; }

  public void release() { released = true; }

  /** For tests. */
  public int length() { return data.length; }
}
