#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.0-or-later
"""Reloads the configuration of a proxy many times under traffic (SIGHUP), and looks for what is lost or left.

    check_reload.py PROXY [--reloads 1000] [--threads]

The configuration names the same middle-end each time: one that it does not name any more would be disconnected, with its
clients. Every byte that the clients send must come back; and after the first fifth, which fills the allocator's caches, a
reload may leave no descriptor, no job and no memory behind, but for a text of 33 bytes that the application itself forgets
(mtproto-config.c, config_md5_hex). Exit status 0: it is so. 3: this proxy does not reload.
"""
import argparse
import os
import signal
import sys
import threading
import time

from middle_end import MiddleEnd
from proxy import Proxy
from traffic import Failed, traffic

PAUSE = 0.02  # seconds between two reloads
# What anonymous memory may grow by: the forgotten text in each reload, and the clients that come and go.
FORGOTTEN, LEFT_KIB = 48, 128
TAKEN = "re-read successfully"
COUNTED = ("jobs_active", "allocated_targets", "active_targets", "allocated_connections", "allocated_outbound_connections")


class Reloads(threading.Thread):
    """Announces new configurations, one after the other."""

    def __init__(self, proxy, port, count):
        super().__init__(daemon=True)
        self.proxy, self.port, self.count = proxy, port, count

    def run(self):
        for _ in range(self.count):
            self.proxy.configure(self.port)
            self.proxy.process.send_signal(signal.SIGHUP)
            time.sleep(PAUSE)


def taken(proxy):
    with open(f"{proxy.folder}/output") as log:
        return sum(TAKEN in line for line in log)


def look(proxy):
    """What may not grow, after the proxy is at rest."""
    time.sleep(3)
    page = dict(proxy.stats())
    figures = {name: int(page[name]) for name in COUNTED if name in page}
    figures["descriptors"] = len(os.listdir(f"/proc/{proxy.pid}/fd"))
    return proxy.resident()[0], figures


def reload_under_traffic(proxy, user, port, count):
    """Returns how many messages came back."""
    reloads, messages, seed = Reloads(proxy, port, count), 0, 1
    reloads.start()
    while reloads.is_alive():
        messages += traffic(proxy, user, 90, seed, 16 << 10)[0]
        proxy.check_alive()
        seed += 1
    return messages


def check(binary, count, arguments):
    secret, user = os.urandom(128), os.urandom(16)
    middle_end = MiddleEnd(secret)
    proxy = Proxy(binary, secret, user, middle_end, 0, arguments)
    try:
        proxy.wait_ready()
        before, first = taken(proxy), count // 5
        messages = reload_under_traffic(proxy, user, middle_end.port, first)
        kib, figures = look(proxy)
        if taken(proxy) == before:
            print("check-reload: this proxy does not reload its configuration")
            return 3
        messages += reload_under_traffic(proxy, user, middle_end.port, count - first)
        kib_after, figures_after = look(proxy)
        left, reloads = kib_after - kib, taken(proxy) - before
        print(f"  {reloads} reloads, {messages} messages, every byte intact; anonymous memory {kib} KiB, then {kib_after} KiB "
              f"({1024 * left / (count - first):+.0f} bytes a reload); {figures_after['descriptors']} descriptors")
        problems = [f"{name}: {figures[name]}, then {figures_after[name]}" for name in figures if figures_after[name] > figures[name]]
        if reloads < count * 3 // 4:
            problems.append(f"{count - reloads} reloads were not taken")
        if left > LEFT_KIB + FORGOTTEN * (count - first) / 1024:
            problems.append(f"{left} KiB of memory are left")
        problems += middle_end.errors[:1]
        if problems:
            raise Failed("; ".join(problems))
        print("check-reload: passed")
        return 0
    finally:
        proxy.stop()
        middle_end.close()


def main():
    parser = argparse.ArgumentParser(prog="check-reload", description=__doc__.splitlines()[0])
    parser.add_argument("proxy")
    parser.add_argument("--reloads", type=int, default=1000)
    parser.add_argument("--threads", action="store_true", help="with --multithread")
    options = parser.parse_args()
    try:
        return check(options.proxy, options.reloads, ["--multithread"] if options.threads else [])
    except (Failed, OSError) as problem:
        print(f"check-reload: FAILED: {problem}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
