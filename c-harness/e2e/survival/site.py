# SPDX-License-Identifier: LGPL-2.0-or-later
"""The web site that a proxy of fake TLS looks like: it hands on whoever does not know its secret."""
import contextlib
import socket
import threading
import time

from .buffers import POOL_OBJECTS
from .scene import LOOPBACK, Damaged, Row, Skipped

PORT, READ_NOTHING = 443, 6
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + bytes(600)


def _page(visitor):
    with visitor, contextlib.suppress(OSError):
        visitor.settimeout(30)
        visitor.recv(1 << 12)
        while True:
            visitor.sendall(bytes(1 << 16))


def _serve(site):
    while True:
        threading.Thread(target=_page, args=(site.accept()[0],), daemon=True).start()


def site_without_end():
    """Whoever asks the site for a page gets bytes as long as he takes them. It ends with this process."""
    site = socket.socket()
    site.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        site.bind((LOOPBACK, PORT))
    except OSError as error:
        raise Skipped(f"port {PORT} is not to be had: {error.strerror}") from error
    site.listen(64)
    threading.Thread(target=_serve, args=(site,), daemon=True).start()


def unread_page(scene):
    """Strangers ask for a page of the site, and do not read it."""
    for _ in range(READ_NOTHING):
        scene.connect(scene.proxy.port).sendall(REQUEST)
    time.sleep(2)


def visitor_is_served(scene):
    """Another stranger gets the beginning of the page."""
    last = None
    for _ in range(4):
        scene.proxy.check_alive()
        try:
            sock = scene.connect(scene.proxy.port)
            sock.sendall(REQUEST)
            if sock.recv(1):
                return
            last = "the connection was closed"
        except OSError as error:
            last = error
            if scene.proxy.ended(1.5):
                break
    scene.proxy.check_alive()
    raise Damaged(f"runs, but serves nobody else: {last}")


ROWS = (
    Row("unread", "strangers ask for pages of the site that it looks like, read nothing, and stay", POOL_OBJECTS, unread_page, prepare=site_without_end,
        arguments=("-D", LOOPBACK), kinds=("net",), serves=visitor_is_served),
)
