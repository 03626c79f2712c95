package android.content;

import android.os.Bundle;
import android.os.Parcelable;
import java.io.Serializable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** With the overloads among which pyjnius must choose. */
public class Intent implements Parcelable {
  private final String action;
  private String target;
  private final Map<String, Object> extras = new HashMap<>();
  final Set<String> categories = new HashSet<>();

  public Intent(String action) { this.action = action; }

  public String getAction() { return action; }

  public Intent setPackage(String name) { target = name; return this; }

  public String getPackage() { return target; }

  public Intent addCategory(String category) { categories.add(category); return this; }

  public Intent putExtra(String name, String value) { extras.put(name, value); return this; }

  public Intent putExtra(String name, CharSequence value) { throw new AssertionError("text expected"); }

  public Intent putExtra(String name, boolean value) { extras.put(name, value); return this; }

  public Intent putExtra(String name, int value) { extras.put(name, value); return this; }

  public Intent putExtra(String name, byte[] value) { extras.put(name, value); return this; }

  public Intent putExtra(String name, Bundle value) { extras.put(name, value); return this; }

  public Intent putExtra(String name, Parcelable value) { extras.put(name, value); return this; }

  public Intent putExtra(String name, Serializable value) { extras.put(name, value); return this; }

  public String getStringExtra(String name) {
    return extras.get(name) instanceof String ? (String) extras.get(name) : null;
  }

  public Bundle getBundleExtra(String name) {
    return extras.get(name) instanceof Bundle ? (Bundle) extras.get(name) : null;
  }
}
