# SPDX-License-Identifier: LGPL-2.0-or-later
"""A proxy with a middle-end behind it, for as long as a measurement takes."""
import contextlib
import os

from middle_end import MiddleEnd
from proxy import Proxy


@contextlib.contextmanager
def running(binary):
    """The proxy, ready; its middle-end; and the secret of its clients. Both are ended behind it."""
    secret, user = os.urandom(128), os.urandom(16)
    middle_end = MiddleEnd(secret)
    proxy = Proxy(binary, secret, user, middle_end)
    try:
        proxy.wait_ready()
        yield proxy, middle_end, user
    finally:
        proxy.stop()
        middle_end.close()
