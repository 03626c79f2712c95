package android.security.keystore;

import java.security.spec.AlgorithmParameterSpec;

public final class KeyGenParameterSpec implements AlgorithmParameterSpec {
  public final String alias;
  public final String form;

  private KeyGenParameterSpec(String alias, String form) {
    this.alias = alias;
    this.form = form;
  }

  public static final class Builder {
    private final String alias;
    private final int purposes;
    private int size;
    private String modes;
    private String paddings;

    public Builder(String alias, int purposes) {
      this.alias = alias;
      this.purposes = purposes;
    }

    public Builder setKeySize(int bits) { size = bits; return this; }

    public Builder setBlockModes(String... modes) { this.modes = String.join(",", modes); return this; }

    public Builder setEncryptionPaddings(String... paddings) {
      this.paddings = String.join(",", paddings);
      return this;
    }

    public KeyGenParameterSpec build() {
      return new KeyGenParameterSpec(alias, purposes + " " + size + " " + modes + " " + paddings);
    }
  }
}
