#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.0-or-later
"""Leaves a proxy idle, wakes it and disturbs it, again and again, in both thread modes at once.

    check_soak.py PROXY [--minutes N] [--undisturbed]

Each turn the proxy is left alone for 10 ms to 4 s. Then one message must be back within 5 ms; of a later one, the time in which
the proxy or this program was ready and had no processor does not count. A burst over several clients follows; every byte is compared.
In every second turn something happens to it: clients come and go, connections are cut within their handshakes, the configuration
is reloaded, the log rotated, the middle-end closes its connections, is away for seconds, or cuts its own handshakes. Clients whose
connection to the middle-end was lost connect again, and must be served within 40 seconds; the others must lose nothing. All
statistics of connections, jobs, buffers, messages and ciphers at the end must be those of the first minute, and so must descriptors, threads and memory.

Needs Python 3.9 and libcrypto. Exit status 0: every answer came in time, and nothing grew.
"""
import argparse
import concurrent.futures
import glob
import os
import random
import sys
import time

import apart
from binary import look_at
from check_connections import COUNTED
from client import FRAMINGS, Client
from disturbances import SOON, Disturbances
from middle_end import MiddleEnd
from proxy import Proxy
from traffic import Failed, Silent, exchange, payloads

LIMIT = 0.005  # seconds
MODES = {"one thread": [], "many threads": ["--multithread"]}
CLIENTS, BURST = 12, 60
MEMORY = "anonymous memory, KiB"
# The allocator's own. A silent connection may hold two buffers, and reading the statistics page a few.
HELD = 2 * CLIENTS + 8
MAY_GROW = {MEMORY: 512, "total_used_buffers": HELD, "rwm_total_msgs": HELD, "rwm_total_msg_parts": HELD}


def waited(pids):
    """Seconds in which the threads of these processes were ready to run and had no processor."""
    nanoseconds = 0
    for pid in pids:
        for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
            try:
                with open(path) as file:
                    nanoseconds += int(file.read().split()[1])
            except (OSError, IndexError):
                pass  # the thread has ended
    return nanoseconds / 1e9


def answer_time(client, message, pids):
    """Seconds until the message was back; if that was late, without those in which nobody gave it a processor."""
    before, start = waited(pids), time.monotonic()
    client.send(message)
    answer = client.receive()
    taken = time.monotonic() - start
    if not client.matches(message, answer):
        raise Failed("a message changed on the way")
    return taken if taken <= LIMIT else max(0.0, taken - (waited(pids) - before))


def state(proxy):
    page = dict(proxy.stats())
    figures = {name: int(page[name]) for name in COUNTED if name in page}
    figures["descriptors"] = len(os.listdir(f"/proc/{proxy.pid}/fd"))
    figures["threads"] = len(os.listdir(f"/proc/{proxy.pid}/task"))
    figures[MEMORY] = proxy.resident()[0]
    return figures


def grown(first, last):
    """What is greater at the end than it may be, in words."""
    return [f"{name}: {first[name]}, at the end {last[name]}" for name in first if last[name] > first[name] + MAY_GROW.get(name, 0)]


def at_rest(proxy, first):
    """The figures at the end, when what was cut is gone."""
    end = time.monotonic() + 20
    while grown(first, last := state(proxy)) and time.monotonic() < end:
        time.sleep(1)
    return last


class Clients:
    """The clients that stay."""

    def __init__(self, proxy, user):
        self.proxy, self.user, self.all = proxy, user, []

    def connect(self):
        self.close()
        self.all = [Client(self.proxy.port, self.user, framing) for framing in FRAMINGS for _ in range(CLIENTS // len(FRAMINGS))]

    def connect_again(self):
        """Until all are served: a proxy without a connection to the middle-end forgets what it cannot forward."""
        end = time.monotonic() + SOON
        while True:
            try:
                self.connect()
                if exchange(self.all, payloads(CLIENTS, 1, 256), 2)[0] == CLIENTS:
                    return
                raise Failed("a message changed on the way")
            except (OSError, Silent) as error:
                self.proxy.check_alive()
                if time.monotonic() > end:
                    raise Failed(f"serves no clients after {SOON:.0f} s: {error}") from error
                time.sleep(0.2)

    def close(self):
        for client in self.all:
            client.close()


def turns(proxy, stay, disturbances, rng, end, times):
    """Disturbed or not, idle, one message, a burst: until `end`."""
    pids = [*proxy.pids(), os.getpid()]
    while time.monotonic() < end:
        if disturbances and rng.random() < 0.5 and disturbances.next():
            stay.connect_again()
        clients = stay.all
        time.sleep(rng.choice((0.02, 0.1, 0.5, 1.0, 4.0)) * (0.5 + rng.random() / 2))
        [message] = payloads(1, rng.random(), 1024)
        times.append(answer_time(rng.choice(clients), message, pids))
        intact, _ = exchange(clients, payloads(BURST, rng.random(), 4096))
        if intact != BURST:
            raise Failed(f"{BURST - intact} of {BURST} messages changed on the way")


def soak(binary, arguments, minutes, disturbed=True):
    """Runs the turns on a proxy of its own. Returns the times, the figures after the first minute and at the end, and how often
    it was disturbed in which way."""
    sys.setswitchinterval(0.0001)  # the stand-in middle-end's thread must not wait for this one
    secret, user_secret, rng = os.urandom(128), os.urandom(16), random.Random(1)
    middle_end = MiddleEnd(secret)
    proxy = Proxy(binary, secret, user_secret, middle_end, 0, arguments)
    stay, times = Clients(proxy, user_secret), []
    disturbances = Disturbances(proxy, user_secret, middle_end, 1) if disturbed else None
    try:
        proxy.wait_ready()
        stay.connect()
        start = time.monotonic()
        turns(proxy, stay, disturbances, rng, start + min(60, 30 * minutes), times)
        first = at_rest(proxy, state(proxy))
        turns(proxy, stay, disturbances, rng, start + 60 * minutes, times)
        last = at_rest(proxy, first)
        if middle_end.errors:
            raise Failed(middle_end.errors[0])
    except (ConnectionError, OSError) as error:
        raise Failed(proxy.last_words() if proxy.ended(2) else str(error)) from error
    finally:
        stay.close()
        ended = proxy.stop()
        middle_end.close()
    if not ended:
        raise Failed("SIGTERM does not end it")
    return times, first, last, dict(disturbances.done) if disturbances else {}


def verdict(times, first, last, done):
    """The line about a soak. Raises Failed if an answer was late or a figure grew."""
    late = [seconds for seconds in times if seconds > LIMIT]
    problems = grown(first, last)
    if late:
        problems.insert(0, f"{len(late)} of {len(times)} answers later than {LIMIT * 1e3:.0f} ms, the latest {max(late) * 1e3:.1f} ms")
    if problems:
        raise Failed("; ".join(problems))
    times = sorted(times)
    return (f"{len(times)} awakenings: median {times[len(times) // 2] * 1e3:.2f} ms, latest {times[-1] * 1e3:.2f} ms; "
            + ", ".join(f"{name} {first[name]} -> {last[name]}" for name in first)
            + "; " + (", ".join(f"{name} {count}" for name, count in sorted(done.items())) or "undisturbed"))


def main():
    parser = argparse.ArgumentParser(prog="check-soak", description=__doc__.splitlines()[0], epilog="\n".join(__doc__.splitlines()[2:]),
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("proxy")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--undisturbed", action="store_true", help="idle and bursts alone")
    options = parser.parse_args()
    [binary] = look_at(parser, options.proxy)
    if not binary.relinked:
        apart.into_small_pids()
    failures = 0
    with concurrent.futures.ThreadPoolExecutor() as pool:
        runs = {title: pool.submit(apart.call, "check_soak", "soak", {"binary": binary.path, "arguments": arguments, "minutes": options.minutes,
                                                                      "disturbed": not options.undisturbed},
                                   (), int(60 * options.minutes) + 180) for title, arguments in MODES.items()}
        for title, run in runs.items():
            try:
                print(f"  {title:<14}{verdict(*run.result())}", flush=True)
            except Failed as problem:
                failures += 1
                print(f"  {title:<14}FAILED: {problem}", flush=True)
    print(f"check-soak: {failures} FAILED" if failures else f"check-soak: passed, {options.minutes:g} minutes")
    print(binary.verdict)
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
