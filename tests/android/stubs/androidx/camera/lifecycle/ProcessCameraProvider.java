package androidx.camera.lifecycle;

import android.content.Context;
import android.os.Looper;
import androidx.camera.core.Camera;
import androidx.camera.core.CameraControl;
import androidx.camera.core.CameraInfo;
import androidx.camera.core.CameraSelector;
import androidx.camera.core.ImageAnalysis;
import androidx.camera.core.ImageInfo;
import androidx.camera.core.ImageProxy;
import androidx.camera.core.UseCase;
import androidx.lifecycle.Lifecycle;
import androidx.lifecycle.LifecycleOwner;
import com.google.common.util.concurrent.ListenableFuture;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** CameraX, with a camera that sees what a test shows it. */
public final class ProcessCameraProvider {
  private static final ProcessCameraProvider ONE = new ProcessCameraProvider();

  /** For tests. */
  public static volatile boolean torch;
  public static volatile boolean front;
  public static volatile boolean taken;
  public static volatile int open;
  public static volatile int closed;

  private volatile ImageAnalysis analysis;
  private volatile LifecycleOwner owner;

  private static final class Coming extends CompletableFuture<ProcessCameraProvider>
      implements ListenableFuture<ProcessCameraProvider> {
    @Override
    public void addListener(Runnable listener, Executor executor) { executor.execute(listener); }
  }

  public static ListenableFuture<ProcessCameraProvider> getInstance(Context context) {
    Coming coming = new Coming();
    coming.complete(ONE);
    return coming;
  }

  public void unbindAll() {
    inMain();
    analysis = null;
  }

  public Camera bindToLifecycle(LifecycleOwner owner, CameraSelector selector, UseCase... cases) {
    inMain();
    if (taken) throw new IllegalArgumentException("no such camera");
    front = selector == CameraSelector.DEFAULT_FRONT_CAMERA;
    this.owner = owner;
    analysis = (ImageAnalysis) cases[0];
    return new Camera() {
      @Override
      public CameraControl getCameraControl() {
        return on -> {
          torch = on;
          return null;
        };
      }

      @Override
      public CameraInfo getCameraInfo() { return () -> true; }
    };
  }

  private static void inMain() {
    if (!Looper.getMainLooper().isCurrentThread()) throw new IllegalStateException("not the main thread");
  }

  /** For tests: hold a picture before the camera. Its rows are as long as the stride. */
  public static boolean show(byte[] pixels, int width, int height, int stride, int rotation) {
    ImageAnalysis analysis = ONE.analysis;
    if (analysis == null || ONE.owner.getLifecycle().getCurrentState() != Lifecycle.State.RESUMED) return false;
    open++;
    analysis.executor.execute(() -> analysis.analyzer.analyze(new ImageProxy() {
      @Override
      public void close() { closed++; }

      @Override
      public int getWidth() { return width; }

      @Override
      public int getHeight() { return height; }

      @Override
      public ImageInfo getImageInfo() { return () -> rotation; }

      @Override
      public PlaneProxy[] getPlanes() {
        return new PlaneProxy[] {new PlaneProxy() {
          @Override
          public int getRowStride() { return stride; }

          @Override
          public int getPixelStride() { return 1; }

          @Override
          public ByteBuffer getBuffer() { return ByteBuffer.wrap(pixels); }
        }};
      }
    }));
    return true;
  }
}
