# SPDX-License-Identifier: LGPL-2.0-or-later
"""The statistics page, on loopback, as a monitor reads it."""
import contextlib
import socket
import struct
import time

from .scene import Damaged, Row, settled

SCRAPES = 2000
UNREAD = 6000  # answers, of more bytes than the pool
BEGUN = 1_000_000  # the length of a client's packet, of which it sends less
PINS = (256 << 10, 32 << 10, 4 << 10)  # what clients send of it: ever less, until the pool has no more


def scrapes(scene):
    """Reads the page many times, and measures the buffers that stay in use."""
    before = scene.number("total_used_buffers_size")
    for _ in range(SCRAPES):
        scene.proxy.stats()
    kept = (scene.number("total_used_buffers_size") - before) / SCRAPES
    if kept >= 512:
        raise Damaged(f"keeps {kept:,.0f} bytes of each request: 256 MiB last for {(256 << 20) / kept:,.0f}")
    return f"lives, keeps {max(kept, 0):,.0f} bytes of each request"


def long_post(scene):
    """A body whose length, with its header, does not fit an int."""
    sock = scene.connect(scene.proxy.stats_port)
    sock.sendall(b"POST / HTTP/1.1\r\nContent-Length: 2147483639\r\n\r\n")
    settled(sock)


def unread(scene):
    """Asks for the page again and again, and reads no answer."""
    sock = scene.connect(scene.proxy.stats_port)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with contextlib.suppress(OSError):  # closed: that is a cure
        sock.sendall(b"GET /stats HTTP/1.1\nConnection: keep-alive\n\n" * UNREAD)
    scene.proxy.ended(2)


def is_held(client, size):
    """Sends so many bytes of a packet. True if the proxy keeps them."""
    client.sock.sendall(client.encrypt.update(struct.pack("<I", BEGUN) + bytes(size)))
    client.sock.settimeout(0.05)
    with contextlib.suppress(socket.timeout):
        return client.sock.recv(1) != b""
    return True


def pinned(scene):
    """Link holders leave the pool a few kilobytes; then the page is read, as a monitor does."""
    clients = []
    for size in PINS:
        with contextlib.suppress(ConnectionError):
            while len(clients) < 100:
                clients.append(scene.client("intermediate"))
                if not is_held(clients[-1], size):
                    break
    for _ in range(5):
        with contextlib.suppress(OSError):  # closed: that is a cure
            scene.proxy.stats()
        time.sleep(0.05)
    scene.proxy.check_alive()
    for client in clients:
        client.close()


ROWS = (
    Row("stats-2000", f"its statistics are read {SCRAPES:,} times", ("net/net-http-server",), scrapes, pool=32 << 20, polite=True),
    Row("stats-unread", f"its statistics are asked for {UNREAD:,} times, and not read, with a pool of 8 MiB",
        ("net/net-http-server", "net/net-msg-buffers"), unread),
    Row("stats-pinned", "its statistics are read while link holders use up the pool of 8 MiB",
        ("net/net-http-server", "net/net-connections", "net/net-msg", "net/net-msg-buffers"), pinned),
    Row("post", "one POST of 2,147,483,639 bytes to the statistics port, announced", ("net/net-http-server",), long_post),
)
