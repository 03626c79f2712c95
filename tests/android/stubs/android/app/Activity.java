package android.app;

import android.content.Context;
import java.util.HashSet;
import java.util.Set;

public class Activity extends Context {
  public static final Set<String> granted = new HashSet<>();
  public static final java.util.List<String> asked = new java.util.ArrayList<>();
  private final Application application = new Application();

  public final Application getApplication() { return application; }

  public int checkSelfPermission(String permission) { return granted.contains(permission) ? 0 : -1; }

  public final void requestPermissions(String[] permissions, int code) {
    asked.addAll(java.util.Arrays.asList(permissions));
  }
}
