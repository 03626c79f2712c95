package android.content;

import java.util.HashSet;
import java.util.Set;

public class IntentFilter {
  private final Set<String> actions = new HashSet<>();
  private final Set<String> categories = new HashSet<>();

  public final void addAction(String action) { actions.add(action); }

  public final void addCategory(String category) { categories.add(category); }

  boolean matches(Intent intent) {
    return actions.contains(intent.getAction()) && categories.containsAll(intent.categories);
  }
}
