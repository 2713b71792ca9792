# SPDX-License-Identifier: LGPL-2.0-or-later
"""The statistics page, on loopback, as a monitor reads it."""
from .scene import Damaged, Row, settled

SCRAPES = 2000


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


ROWS = (
    Row("stats-2000", f"its statistics are read {SCRAPES:,} times", ("net/net-http-server",), scrapes, pool=32 << 20, polite=True),
    Row("post", "one POST of 2,147,483,639 bytes to the statistics port, announced", ("net/net-http-server",), long_post),
)
