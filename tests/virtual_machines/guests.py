"""Guests who come and come, whatever becomes of the gateway."""

from __future__ import annotations

import ssl
import threading
import time
import urllib.error
import urllib.request
from collections import Counter

_LONGEST_S = 30.0


class Guests:
    """Open a new connection to each listener again and again, as guests' lanes do."""

    def __init__(self, plain: str) -> None:
        self.met: Counter[str] = Counter()
        self._going = True
        self._threads = [
            threading.Thread(target=self._come, args=(url,))
            for url in (f"{plain}/healthz", "https://127.0.0.1:8443/healthz")
        ]

    def __enter__(self) -> Guests:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._going = False
        for thread in self._threads:
            thread.join()

    def _come(self, url: str) -> None:
        anybody = ssl.create_default_context()
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        while self._going:
            try:
                urllib.request.urlopen(url, timeout=_LONGEST_S, context=anybody).close()
                self.met["answered"] += 1
            except urllib.error.HTTPError:
                self.met["answered"] += 1  # 401: nobody signs in here, and somebody says so
            except urllib.error.URLError as error:
                kind = type(error.reason).__name__
                self.met["refused" if kind == "ConnectionRefusedError" else kind] += 1
            except OSError as error:
                self.met[type(error).__name__] += 1
            time.sleep(0.02)
