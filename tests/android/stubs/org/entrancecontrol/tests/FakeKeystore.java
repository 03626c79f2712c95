package org.entrancecontrol.tests;

import android.security.keystore.KeyGenParameterSpec;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.Key;
import java.security.KeyStoreSpi;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Collections;
import java.util.Date;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.KeyGenerator;
import javax.crypto.KeyGeneratorSpi;
import javax.crypto.SecretKey;

/** Android's keystore under its name, as a provider of this Java machine; the ciphers are real. */
public final class FakeKeystore extends Provider {
  public static final Map<String, SecretKey> keys = new HashMap<>();
  public static String form = "";

  public FakeKeystore() {
    super("AndroidKeyStore", 1.0, "for tests");
    put("KeyStore.AndroidKeyStore", Keys.class.getName());
    put("KeyGenerator.AES", Maker.class.getName());
  }

  public static void install() { Security.addProvider(new FakeKeystore()); }

  public static void forget() { keys.clear(); }

  public static final class Maker extends KeyGeneratorSpi {
    private KeyGenParameterSpec wanted;

    @Override
    protected void engineInit(SecureRandom random) { throw new AssertionError(); }

    @Override
    protected void engineInit(int bits, SecureRandom random) { throw new AssertionError(); }

    @Override
    protected void engineInit(AlgorithmParameterSpec spec, SecureRandom random) {
      wanted = (KeyGenParameterSpec) spec;
    }

    @Override
    protected SecretKey engineGenerateKey() {
      try {
        KeyGenerator real = KeyGenerator.getInstance("AES", "SunJCE");
        real.init(256);
        keys.put(wanted.alias, real.generateKey());
      } catch (java.security.GeneralSecurityException error) {
        throw new AssertionError(error);
      }
      form = wanted.form;
      return keys.get(wanted.alias);
    }
  }

  public static final class Keys extends KeyStoreSpi {
    @Override
    public Key engineGetKey(String alias, char[] password) { return keys.get(alias); }

    @Override
    public Certificate[] engineGetCertificateChain(String alias) { return null; }

    @Override
    public Certificate engineGetCertificate(String alias) { return null; }

    @Override
    public Date engineGetCreationDate(String alias) { return null; }

    @Override
    public void engineSetKeyEntry(String a, Key k, char[] p, Certificate[] c) { throw new AssertionError(); }

    @Override
    public void engineSetKeyEntry(String a, byte[] k, Certificate[] c) { throw new AssertionError(); }

    @Override
    public void engineSetCertificateEntry(String a, Certificate c) { throw new AssertionError(); }

    @Override
    public void engineDeleteEntry(String alias) { keys.remove(alias); }

    @Override
    public Enumeration<String> engineAliases() { return Collections.enumeration(keys.keySet()); }

    @Override
    public boolean engineContainsAlias(String alias) { return keys.containsKey(alias); }

    @Override
    public int engineSize() { return keys.size(); }

    @Override
    public boolean engineIsKeyEntry(String alias) { return engineContainsAlias(alias); }

    @Override
    public boolean engineIsCertificateEntry(String alias) { return false; }

    @Override
    public String engineGetCertificateAlias(Certificate certificate) { return null; }

    @Override
    public void engineStore(OutputStream stream, char[] password) { throw new AssertionError(); }

    @Override
    public void engineLoad(InputStream stream, char[] password) {}

    @Override
    public void engineLoad(java.security.KeyStore.LoadStoreParameter parameter) {}
  }
}
