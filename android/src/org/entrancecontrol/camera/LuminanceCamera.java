package org.entrancecontrol.camera;

import android.Manifest;
import android.app.Activity;
import android.content.pm.PackageManager;
import android.os.Handler;
import android.os.Looper;
import android.util.Size;
import androidx.camera.core.Camera;
import androidx.camera.core.CameraSelector;
import androidx.camera.core.ImageAnalysis;
import androidx.camera.core.ImageProxy;
import androidx.camera.core.resolutionselector.ResolutionSelector;
import androidx.camera.core.resolutionselector.ResolutionStrategy;
import androidx.camera.lifecycle.ProcessCameraProvider;
import androidx.lifecycle.Lifecycle;
import androidx.lifecycle.LifecycleOwner;
import androidx.lifecycle.LifecycleRegistry;
import com.google.common.util.concurrent.ListenableFuture;
import java.nio.ByteBuffer;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The phone's camera as gray pictures: the newest one, whenever Python asks for it.
 *
 * <p>Every public method may be called from any thread; what CameraX wants in Android's main thread
 * is handed over to it. Pictures that nobody took in time are dropped, never queued.
 */
public final class LuminanceCamera implements LifecycleOwner, ImageAnalysis.Analyzer {
  /** What stands in the way, as {@link #problem} tells it. */
  public static final int NOTHING = 0;
  public static final int NOT_ALLOWED = 1;
  public static final int NO_SUCH_CAMERA = 2;

  private static final int REQUEST = 1;

  private final Activity activity;
  private final Size size;
  private final Handler main = new Handler(Looper.getMainLooper());
  private final ExecutorService worker = Executors.newSingleThreadExecutor();
  private final LifecycleRegistry lifecycle = new LifecycleRegistry(this);

  // Only touched in the main thread.
  private ProcessCameraProvider provider;
  private Camera camera;
  private boolean wanted;
  private boolean asked;

  // Guarded by this object's lock.
  private LuminanceFrame newest;
  private int problem = NOTHING;
  private boolean front;
  private boolean torch;

  /**
   * @param activity the app's screen
   * @param width of the pictures that are asked for, in pixels; the phone gives the nearest it has
   * @param height likewise
   */
  public LuminanceCamera(Activity activity, int width, int height) {
    this.activity = activity;
    this.size = new Size(width, height);
  }

  @Override
  public Lifecycle getLifecycle() {
    return lifecycle;
  }

  /** Open the camera, asking the user for leave the first time. */
  public void open() {
    main.post(() -> {
      wanted = true;
      start();
    });
  }

  /** Let go of the camera. */
  public void close() {
    main.post(() -> {
      wanted = false;
      lifecycle.setCurrentState(Lifecycle.State.CREATED);
      if (provider != null) provider.unbindAll();
      camera = null;
      // A code that was in view before must not be scanned when the app comes back.
      drop();
    });
  }

  /** Look the other way: at the people in front of the screen, or behind it. */
  public void face(boolean toTheFront) {
    synchronized (this) {
      front = toTheFront;
    }
    main.post(this::bind);
  }

  /** Switch the lamp beside the camera; it stays as asked when the camera is opened again. */
  public void torch(boolean on) {
    synchronized (this) {
      torch = on;
    }
    main.post(this::light);
  }

  /** What keeps pictures from coming: one of the constants above. */
  public synchronized int problem() {
    return problem;
  }

  /**
   * Wait for a picture that was not taken yet.
   *
   * @param millis how long
   * @return the newest one, or null if none came
   */
  public synchronized LuminanceFrame take(long millis) throws InterruptedException {
    if (newest == null) wait(millis);
    LuminanceFrame taken = newest;
    newest = null;
    return taken;
  }

  @Override
  public void analyze(ImageProxy image) {
    LuminanceFrame frame;
    try {
      frame = copy(image);
    } finally {
      image.close();
    }
    synchronized (this) {
      newest = frame;
      notifyAll();
    }
  }

  private void start() {
    if (activity.checkSelfPermission(Manifest.permission.CAMERA)
        != PackageManager.PERMISSION_GRANTED) {
      tell(NOT_ALLOWED);
      // Once only: the question itself takes the app from the front and back.
      if (!asked) activity.requestPermissions(new String[] {Manifest.permission.CAMERA}, REQUEST);
      asked = true;
      return;
    }
    tell(NOTHING);
    if (provider != null) {
      bind();
      return;
    }
    ListenableFuture<ProcessCameraProvider> coming = ProcessCameraProvider.getInstance(activity);
    coming.addListener(() -> {
      try {
        provider = coming.get();
        bind();
      } catch (ExecutionException | InterruptedException error) {
        tell(NO_SUCH_CAMERA);
      }
    }, main::post);
  }

  private void bind() {
    if (provider == null || !wanted) return;
    provider.unbindAll();
    ImageAnalysis pictures = new ImageAnalysis.Builder()
        .setBackpressureStrategy(ImageAnalysis.STRATEGY_KEEP_ONLY_LATEST)
        .setResolutionSelector(new ResolutionSelector.Builder()
            .setResolutionStrategy(new ResolutionStrategy(
                size, ResolutionStrategy.FALLBACK_RULE_CLOSEST_HIGHER_THEN_LOWER))
            .build())
        .build();
    pictures.setAnalyzer(worker, this);
    try {
      camera = provider.bindToLifecycle(this, selector(), pictures);
    } catch (IllegalArgumentException | IllegalStateException error) {
      camera = null;
      tell(NO_SUCH_CAMERA);
      return;
    }
    tell(NOTHING);
    lifecycle.setCurrentState(Lifecycle.State.RESUMED);
    light();
  }

  private void light() {
    boolean on;
    synchronized (this) {
      on = torch;
    }
    if (camera != null && camera.getCameraInfo().hasFlashUnit()) {
      camera.getCameraControl().enableTorch(on);
    }
  }

  private synchronized CameraSelector selector() {
    return front ? CameraSelector.DEFAULT_FRONT_CAMERA : CameraSelector.DEFAULT_BACK_CAMERA;
  }

  private synchronized void drop() {
    newest = null;
  }

  private synchronized void tell(int what) {
    problem = what;
  }

  /** The first plane of YUV_420_888 is the brightness, one byte a pixel; rows may have a tail. */
  private static LuminanceFrame copy(ImageProxy image) {
    ImageProxy.PlaneProxy plane = image.getPlanes()[0];
    ByteBuffer from = plane.getBuffer();
    int width = image.getWidth();
    int height = image.getHeight();
    byte[] pixels = new byte[width * height];
    for (int row = 0; row < height; row++) {
      from.position(row * plane.getRowStride());
      from.get(pixels, row * width, width);
    }
    return new LuminanceFrame(
        pixels, width, height, image.getImageInfo().getRotationDegrees());
  }
}
