package androidx.camera.core;

import androidx.camera.core.resolutionselector.ResolutionSelector;
import java.util.concurrent.Executor;

public final class ImageAnalysis extends UseCase {
  public static final int STRATEGY_KEEP_ONLY_LATEST = 0;

  public Executor executor;
  public Analyzer analyzer;

  public void setAnalyzer(Executor executor, Analyzer analyzer) {
    this.executor = executor;
    this.analyzer = analyzer;
  }

  public interface Analyzer {
    void analyze(ImageProxy image);
  }

  public static final class Builder {
    public Builder setBackpressureStrategy(int strategy) { return this; }

    public Builder setResolutionSelector(ResolutionSelector selector) { return this; }

    public ImageAnalysis build() { return new ImageAnalysis(); }
  }
}
