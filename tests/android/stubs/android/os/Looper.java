package android.os;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

public final class Looper {
  private static final Looper MAIN = new Looper("main");
  final ExecutorService queue;
  private volatile Thread thread;

  Looper(String name) {
    queue = Executors.newSingleThreadExecutor(work -> {
      thread = new Thread(work, name);
      thread.setDaemon(true);
      return thread;
    });
  }

  public static Looper getMainLooper() { return MAIN; }

  public boolean isCurrentThread() { return Thread.currentThread() == thread; }
}
