"""The Java side of an Android app, reached through pyjnius.

Classes are looked up by whoever makes an adapter, in the app's first thread: Android finds the
app's own classes from there only. After that any thread may call them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from device.errors import PartMissing

ACTIVITY = "org.kivy.android.PythonActivity"
"""The screen that python-for-android starts Python in."""

Listener: TypeAlias = tuple[str, Callable[..., None]]
"""A method's signature as Java writes it in class files, and what it calls."""


def java_class(name: str) -> Any:
    """Return a Java class, to be called as if it were one of Python's.

    Args:
        name: With its package, such as `android.content.Intent`.

    Raises:
        PartMissing: There is no Java here, or it has no such class.
    """
    try:
        from jnius import JavaException, autoclass
    except Exception as error:  # without a Java machine the library itself fails in several ways
        raise PartMissing(
            "Java can't be reached: pyjnius or its Java machine is missing. Start the app's own "
            "package, or on a desktop use entrance-scanner."
        ) from error
    try:
        return autoclass(name)
    except JavaException as error:
        raise PartMissing(
            f"This device's Android has no {name}: bring it up to date, or use another device."
        ) from error


def java_cast(name: str, thing: Any) -> Any:
    """Return an object seen as one of its classes or interfaces, to choose between overloads."""
    from jnius import cast

    return cast(name, thing)


def activity() -> Any:
    """Return the app's screen, which is also its way to the system."""
    return java_class(ACTIVITY).mActivity


def listener(interface: str, **methods: Listener) -> Any:
    """Return a Java object that calls Python; keep it as long as Java may call it.

    Args:
        interface: With slashes, such as `java/lang/Runnable`.
        methods: Each of the interface's methods. They are called in Java's threads.
    """
    from jnius import PythonJavaClass, java_method

    body: dict[str, Any] = {"__javainterfaces__": [interface], "__javacontext__": "app"}
    for name, (signature, call) in methods.items():
        body[name] = java_method(signature)(_bound(call))
    return type("Listener", (PythonJavaClass,), body)()


@contextmanager
def told(message: str) -> Iterator[None]:
    """Turn what Java throws inside into an error for people.

    Args:
        message: What happened and what to do.

    Raises:
        PartMissing: Java threw.
    """
    from jnius import JavaException

    try:
        yield
    except JavaException as error:
        raise PartMissing(message) from error


def _bound(call: Callable[..., None]) -> Callable[..., None]:
    def method(_self: object, *arguments: Any) -> None:
        call(*arguments)

    return method
