package androidx.lifecycle;

import android.os.Looper;

public class LifecycleRegistry extends Lifecycle {
  private State state = State.INITIALIZED;

  public LifecycleRegistry(LifecycleOwner owner) {}

  @Override
  public State getCurrentState() { return state; }

  public void setCurrentState(State state) {
    if (!Looper.getMainLooper().isCurrentThread()) throw new IllegalStateException("not the main thread");
    this.state = state;
  }
}
