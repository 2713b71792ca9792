#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.0-or-later
"""Reloads the configuration of a proxy many times under traffic (SIGHUP), and looks for what is lost or left.

    check_reload.py PROXY [--reloads 1000] [--threads] [--no-controls]

The configuration names the same middle-end each time: one that it does not name any more would be disconnected, with its
clients. Every byte that the clients send must come back; and a reload may leave no descriptor, no job and no memory behind, but
for a text of 33 bytes that the application itself forgets (mtproto-config.c, config_md5_hex). Exit status 0: it is so. 3: this proxy does not reload.

The controls reload in a way that leaves something, loses something, or is not taken: each must be reported.
"""
import argparse
import os
import signal
import socket
import sys
import threading
import time

from middle_end import MiddleEnd
from proxy import Proxy, free_port
from traffic import Failed, traffic

PAUSE = 0.02  # seconds between two reloads
# It is looked at after each part. In the first one the allocator's caches fill. In the others memory may grow by the forgotten
# text in each reload, and by a few pages for the clients that come and go. A peak of the load makes a pool larger, once or twice;
# what is left by each reload makes every part larger: so the second smallest growth counts.
PARTS, FORGOTTEN, LEFT_KIB = 5, 48, 32
TAKEN = "re-read successfully"
CONTROL_RELOADS = 100
COUNTED = ("jobs_active", "allocated_targets", "active_targets", "allocated_connections", "allocated_outbound_connections",
           "total_used_buffers")
MORE = {"total_used_buffers": 32}  # some more or less, in connections that stay


class Reloads(threading.Thread):
    """Announces new configurations, one after the other."""

    def __init__(self, proxy, port, count):
        super().__init__(daemon=True)
        self.proxy, self.port, self.count, self.goes_on = proxy, port, count, True

    def run(self):
        for number in range(self.count):
            if not self.goes_on:
                break
            self.write(number)
            self.proxy.process.send_signal(signal.SIGHUP)
            time.sleep(PAUSE)

    def write(self, _):
        self.proxy.configure(self.port)


class Leaving(Reloads):
    """A control: each reload leaves a connection."""

    left = []

    def write(self, number):
        super().write(number)
        self.left.append(socket.create_connection(("127.0.0.1", self.proxy.port), 10))


class Losing(Reloads):
    """A control: each second reload names a middle-end that is not there. The other one is disconnected, with its clients."""

    nowhere = free_port()

    def write(self, number):
        self.proxy.configure(self.port if number % 2 else self.nowhere)


class Refused(Reloads):
    """A control: each second configuration is wrong."""

    def write(self, number):
        self.proxy.configure(self.port, None if number % 2 else "proxy_for nobody;\n")


# What each must be reported with: all of these words.
CONTROLS = (
    (Leaving, ("descriptors: ", "jobs_active: ", "of memory are left by")),
    (Losing, ()),
    (Refused, ("reloads were not taken",)),
)


def taken(proxy):
    with open(f"{proxy.folder}/output") as log:
        return sum(TAKEN in line for line in log)


def look(proxy):
    """Its memory in KiB, and what may not grow, after it is at rest."""
    time.sleep(3)
    page = dict(proxy.stats())
    figures = {name: int(page[name]) for name in COUNTED if name in page}
    figures["descriptors"] = len(os.listdir(f"/proc/{proxy.pid}/fd"))
    return proxy.resident()[0], figures


def reload_under_traffic(reloads, user):
    """Returns how many messages came back."""
    proxy, messages, seed = reloads.proxy, 0, 1
    reloads.start()
    try:
        while reloads.is_alive():
            messages += traffic(proxy, user, 90, seed, 16 << 10)[0]
            proxy.check_alive()
            seed += 1
    finally:
        reloads.goes_on = False
        reloads.join()
    return messages


class Silent(Exception):
    """The proxy does not reload."""


def check(binary, count, arguments, reloads=Reloads):
    """Returns the figures. Raises Failed, or an error of a connection, where something is lost or left."""
    secret, user = os.urandom(128), os.urandom(16)
    middle_end = MiddleEnd(secret)
    proxy = Proxy(binary, secret, user, middle_end, 0, arguments)
    try:
        proxy.wait_ready()
        before, part = taken(proxy), count // PARTS
        messages, memory, figures = 0, [], []
        for _ in range(PARTS):
            messages += reload_under_traffic(reloads(proxy, middle_end.port, part), user)
            if taken(proxy) == before:
                raise Silent
            for seen, place in zip(look(proxy), (memory, figures)):
                place.append(seen)
        done, left = taken(proxy) - before, sorted(b - a for a, b in zip(memory, memory[1:]))[1]
        first, last = figures[0], figures[-1]
        problems = [f"{name}: {first[name]}, then {last[name]}" for name in first if last[name] > first[name] + MORE.get(name, 0)]
        if done < count * 3 // 4:
            problems.append(f"{count - done} reloads were not taken")
        if left > LEFT_KIB + FORGOTTEN * part / 1024:
            problems.append(f"{left} KiB of memory are left by {part} reloads")
        problems += middle_end.errors[:1]
        if problems:
            raise Failed("; ".join(problems))
        return (f"{done} reloads, {messages} messages, every byte intact; memory {', '.join(map(str, memory))} KiB "
                f"({1024 * left / part:+.0f} bytes a reload); {last['descriptors']} descriptors")
    finally:
        proxy.stop()
        middle_end.close()


def control(binary, arguments, reloads, words):
    """Raises Failed where what is wrong on purpose is not reported."""
    name = reloads.__name__.lower()
    try:
        check(binary, CONTROL_RELOADS, arguments, reloads)
    except (Failed, OSError) as problem:
        missing = [word for word in words if word not in str(problem)]
        if not missing:
            print(f"  control {name}: reported: {problem}")
            return
        raise Failed(f"control {name}: not reported: {missing[0]}, but {problem}") from problem
    raise Failed(f"control {name}: not reported")


def main():
    parser = argparse.ArgumentParser(prog="check-reload", description=__doc__.splitlines()[0])
    parser.add_argument("proxy")
    parser.add_argument("--reloads", type=int, default=1000)
    parser.add_argument("--threads", action="store_true", help="with --multithread")
    parser.add_argument("--no-controls", action="store_true")
    options = parser.parse_args()
    arguments = ["--multithread"] if options.threads else []
    try:
        print(f"  {check(options.proxy, options.reloads, arguments)}", flush=True)
        for reloads, words in () if options.no_controls else CONTROLS:
            control(options.proxy, arguments, reloads, words)
        print("check-reload: passed")
        return 0
    except Silent:
        print("check-reload: this proxy does not reload its configuration")
        return 3
    except (Failed, OSError) as problem:
        print(f"check-reload: FAILED: {problem}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
