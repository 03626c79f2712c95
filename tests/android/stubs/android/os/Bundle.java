package android.os;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;

public final class Bundle implements Parcelable {
  private final Map<String, Object> values = new HashMap<>();

  public void putString(String name, String value) { values.put(name, value); }

  public void putBoolean(String name, boolean value) { values.put(name, value); }

  public void putBundle(String name, Bundle value) { values.put(name, value); }

  public void putStringArray(String name, String[] value) { values.put(name, value); }

  public void putParcelableArray(String name, Parcelable[] value) { values.put(name, value); }

  public void putParcelableArrayList(String name, ArrayList<? extends Parcelable> value) {
    values.put(name, value);
  }

  /** For tests: everything, readable. */
  @Override
  public String toString() { return text(values); }

  private static String text(Object value) {
    if (value instanceof Object[]) return text(java.util.Arrays.asList((Object[]) value));
    if (value instanceof Bundle) return text(((Bundle) value).values);
    if (value instanceof java.util.List) {
      java.util.List<String> texts = new ArrayList<>();
      for (Object one : (java.util.List<?>) value) texts.add(text(one));
      return texts.toString();
    }
    if (value instanceof Map) {
      java.util.TreeMap<String, String> texts = new java.util.TreeMap<>();
      ((Map<?, ?>) value).forEach((name, one) -> texts.put((String) name, text(one)));
      return texts.toString();
    }
    return String.valueOf(value);
  }
}
