"""A small network of real hosts: network namespaces, joined by a wire that can fail.

Each host is a namespace with a TUN device. What its kernel sends arrives here, in the event loop,
and is carried on, late, or not at all: no module of the kernel for bad lines is needed.

Source: ip-netns(8), setns(2), Linux kernel documentation `networking/tuntap`.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import fcntl
import os
import random
import shutil
import socket
import struct
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

import aiohttp

NETWORK = "10.77.0"
TUN = Path("/dev/net/tun")
NAMED = Path("/run/netns")
HOSTS = Path("/etc/netns")

_TUNSETIFF = 0x400454CA
_IFF_TUN = 0x0001
_IFF_NO_PI = 0x1000
_CLONE_NEWNET = 0x40000000
_MTU = 1500
_WAITING = 2_000


def missing() -> str:
    """Return why there can be no such network here, empty if there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "the command ip (iproute2) is missing"
    if not TUN.exists():
        return "the kernel has no TUN devices (/dev/net/tun)"
    made = subprocess.run(["ip", "netns", "add", _name("probe")], capture_output=True)
    if made.returncode:
        return "network namespaces are not allowed here"
    subprocess.run(["ip", "netns", "delete", _name("probe")], check=True)
    return ""


@dataclass(slots=True)
class Wire:
    """What happens to the packets from and to one host.

    Args:
        loss: Share of packets that get lost, 0 to 1; 1 = all, and nobody is told.
        delay_s: Each way, in seconds.
    """

    loss: float = 0.0
    delay_s: float = 0.0


class Host:
    """One namespace.

    Args:
        name: Of the namespace.
        number: Last byte of its address.

    Attributes:
        prefix: Words in front of every command that is to run there.
        listens: Address that a gateway listens on here.
        address: Its IPv4 address.
        wire: Its line to all others.
        tun: Its end of the wire: a packet for each read and write.
    """

    listens = "0.0.0.0"

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.address = f"{NETWORK}.{number}"
        self.prefix: tuple[str, ...] = ("ip", "netns", "exec", name)
        self.wire = Wire()
        self._device = f"ec-{os.getpid()}-{number}"
        _ip("netns", "add", name)
        self.tun = os.open(TUN, os.O_RDWR | os.O_NONBLOCK)
        flags = struct.pack("16sH22x", self._device.encode(), _IFF_TUN | _IFF_NO_PI)
        fcntl.ioctl(self.tun, _TUNSETIFF, flags)
        _ip("link", "set", self._device, "netns", name)
        self._inside("addr", "add", f"{self.address}/24", "dev", self._device)
        self._inside("link", "set", "lo", "up")
        self.plug()

    def pull(self) -> None:
        """Pull the cable: the host knows at once that it has none."""
        self._inside("link", "set", self._device, "down")

    def plug(self) -> None:
        """Put the cable back in."""
        self._inside("link", "set", self._device, "up")

    def move(self, number: int) -> None:
        """Take another address."""
        self._inside("addr", "del", f"{self.address}/24", "dev", self._device)
        self.address = f"{NETWORK}.{number}"
        self._inside("addr", "add", f"{self.address}/24", "dev", self._device)

    def knows(self, name: str, address: str) -> None:
        """Let this host find another by a name."""
        folder = HOSTS / self.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hosts").write_text(f"127.0.0.1 localhost\n{address} {name}\n")
        # It is laid over the machine's own, which a bare machine lacks.
        Path("/etc/hosts").touch()

    def connector(self) -> aiohttp.TCPConnector:
        """Return what a request to this host's loopback address goes through."""
        return aiohttp.TCPConnector(socket_factory=self._socket)

    def close(self) -> None:
        """Take it down; its processes have ended."""
        os.close(self.tun)
        _ip("netns", "delete", self.name)
        shutil.rmtree(HOSTS / self.name, ignore_errors=True)
        with contextlib.suppress(OSError):
            HOSTS.rmdir()

    def _socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, _ = info
        made: list[socket.socket] = []

        def inside() -> None:
            # A namespace is a thread's own; a socket stays in the one that it was made in.
            libc = ctypes.CDLL(None, use_errno=True)
            with (NAMED / self.name).open() as namespace:
                if libc.setns(namespace.fileno(), _CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
            made.append(socket.socket(family, kind, protocol))

        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
        made[0].setblocking(False)
        return made[0]

    def _inside(self, *words: str) -> None:
        _ip("-n", self.name, *words)


class Network:
    """Hosts and what is between them; use it as a context manager, in the event loop."""

    def __init__(self) -> None:
        self.hosts: list[Host] = []

    def __enter__(self) -> Network:
        return self

    def __exit__(self, *_: object) -> None:
        loop = asyncio.get_running_loop()
        for host in self.hosts:
            loop.remove_reader(host.tun)
            host.close()
        self.hosts.clear()

    def host(self, name: str) -> Host:
        """Add a host."""
        host = Host(_name(name), len(self.hosts) + 1)
        self.hosts.append(host)
        asyncio.get_running_loop().add_reader(host.tun, self._take, host)
        return host

    def _take(self, sender: Host) -> None:
        with contextlib.suppress(BlockingIOError):
            for _ in range(_WAITING):
                self._carry(sender, os.read(sender.tun, _MTU))

    def _carry(self, sender: Host, packet: bytes) -> None:
        target = socket.inet_ntoa(packet[16:20]) if packet[0] >> 4 == 4 else ""
        for host in self.hosts:
            if host.address == target:
                if random.random() < sender.wire.loss or random.random() < host.wire.loss:
                    return
                delay_s = sender.wire.delay_s + host.wire.delay_s
                asyncio.get_running_loop().call_later(delay_s, self._deliver, host, packet)

    def _deliver(self, host: Host, packet: bytes) -> None:
        # A cable that was pulled or a host that is gone takes nothing, as on a real wire.
        with contextlib.suppress(OSError):
            if host in self.hosts:
                os.write(host.tun, packet)


def _name(name: str) -> str:
    return f"entrance-{os.getpid()}-{name}"


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
