package android.content;

import android.os.BatteryManager;
import android.os.Build;
import android.os.Handler;
import android.os.Vibrator;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps Android's rules for receivers: a flag is wanted from target 34 on, unknown ones are wrong. */
public class Context {
  public static final int RECEIVER_EXPORTED = 2;
  public static final Vibrator vibrator = new Vibrator();
  public static final BatteryManager battery = new BatteryManager();

  /** For tests: what this app has sent to others. */
  public final List<Intent> sent = new CopyOnWriteArrayList<>();

  /** For tests: the system lets nothing be sent. */
  public boolean closed;

  private static final class Registered {
    BroadcastReceiver receiver;
    IntentFilter filter;
    Handler handler;
    int flags;
  }

  private final List<Registered> registered = new CopyOnWriteArrayList<>();

  public Intent registerReceiver(BroadcastReceiver r, IntentFilter f, String permission, Handler h) {
    return registerReceiver(r, f, permission, h, 0);
  }

  public Intent registerReceiver(
      BroadcastReceiver receiver, IntentFilter filter, String permission, Handler handler, int flags) {
    if (Build.VERSION.SDK_INT >= 34 && flags == 0)
      throw new SecurityException("One of RECEIVER_EXPORTED or RECEIVER_NOT_EXPORTED should be specified");
    if (Build.VERSION.SDK_INT < 33 && flags != 0) throw new IllegalArgumentException("unknown flag");
    Registered one = new Registered();
    one.receiver = receiver;
    one.filter = filter;
    one.handler = handler;
    one.flags = flags;
    registered.add(one);
    return null;
  }

  public void unregisterReceiver(BroadcastReceiver receiver) {
    if (!registered.removeIf(one -> one.receiver == receiver))
      throw new IllegalArgumentException("Receiver not registered");
  }

  public void sendBroadcast(Intent intent) {
    if (closed) throw new SecurityException("Permission Denial");
    sent.add(intent);
  }

  /** For tests: another app sends; what hears it is called in its handler's thread. */
  public int fromOtherApp(Intent intent) {
    int heard = 0;
    for (Registered one : new ArrayList<>(registered)) {
      if (!one.filter.matches(intent)) continue;
      if (Build.VERSION.SDK_INT >= 33 && (one.flags & RECEIVER_EXPORTED) == 0) continue;
      one.handler.post(() -> one.receiver.onReceive(this, intent));
      heard++;
    }
    return heard;
  }

  /** For tests. */
  public int receivers() { return registered.size(); }

  public String getPackageName() { return "org.entrancecontrol.scanner"; }

  public java.io.File getFilesDir() { return new java.io.File(System.getProperty("java.io.tmpdir")); }

  public java.io.File getExternalFilesDir(String kind) { return getFilesDir(); }

  public Object getSystemService(String name) {
    if (name.equals("vibrator")) return vibrator;
    if (name.equals("batterymanager")) return battery;
    return null;
  }
}
