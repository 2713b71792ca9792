# SPDX-License-Identifier: LGPL-2.0-or-later
"""Many threads."""
import time

from traffic import Failed, traffic

from .scene import Damaged, Row

SECONDS = 10


def socket_threads(scene):
    """Sends large messages from many clients, until some are mixed up."""
    end, rounds = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        rounds += 1
        try:
            traffic(scene.proxy, scene.user, 180, rounds)
        except (Failed, ConnectionError) as problem:
            scene.proxy.check_alive()
            raise Damaged(f"mixes up its clients' bytes: {problem} (round {rounds})") from problem
    return f"lives, every byte intact in {rounds} rounds"


ROWS = (
    Row("iothreads", "real traffic, with --multithread --tcp-iothreads 4", ("net/net-connections",), socket_threads,
        arguments=("--multithread", "--tcp-iothreads", "4"), pool=256 << 20),
)
