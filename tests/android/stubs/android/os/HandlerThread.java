package android.os;

public final class HandlerThread extends Thread {
  private final Looper looper;

  public HandlerThread(String name) {
    super(name);
    looper = new Looper(name);
    setDaemon(true);
  }

  public Looper getLooper() { return looper; }

  public boolean quitSafely() {
    looper.queue.shutdown();
    return true;
  }
}
