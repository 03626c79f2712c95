package android.app;

import android.content.Context;
import android.os.Bundle;
import java.util.ArrayList;
import java.util.List;

public class Application extends Context {
  private final List<ActivityLifecycleCallbacks> callbacks = new ArrayList<>();

  public void registerActivityLifecycleCallbacks(ActivityLifecycleCallbacks one) { callbacks.add(one); }

  public void unregisterActivityLifecycleCallbacks(ActivityLifecycleCallbacks one) { callbacks.remove(one); }

  /** For tests: the user looks at another app and comes back. */
  public void leaveAndComeBack(Activity activity) {
    for (ActivityLifecycleCallbacks one : callbacks) {
      one.onActivityPaused(activity);
      one.onActivityStopped(activity);
      one.onActivitySaveInstanceState(activity, new Bundle());
      one.onActivityStarted(activity);
      one.onActivityResumed(activity);
    }
  }

  public interface ActivityLifecycleCallbacks {
    void onActivityCreated(Activity activity, Bundle saved);

    void onActivityStarted(Activity activity);

    void onActivityResumed(Activity activity);

    void onActivityPaused(Activity activity);

    void onActivityStopped(Activity activity);

    void onActivitySaveInstanceState(Activity activity, Bundle saved);

    void onActivityDestroyed(Activity activity);
  }
}
