#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.0-or-later
"""Handshakes with a middle-end: how many a second, and what one costs the proxy.

    bench_handshakes.py PROXY ORIGINAL [--rounds N] [--seconds S]

The middle-end keeps one connection, so that the proxy replaces the others at once, and closes each of those when its handshake
is done. Rounds alternate, and each ratio is taken within a round. The rate is bounded by this program where it is the slower
end; the CPU time of a handshake is the proxy's alone: connecting, both nonces, keys and ciphers, both handshakes, and the end.

Exit status 0: PROXY makes at least as many handshakes as ORIGINAL per second of its CPU time, in the median of the rounds.
"""
import argparse
import statistics
import sys
import threading
import time

import apart
from binary import look_at
from machine import patient
from middle_end import Connection
from running import running
from traffic import Failed

FEW = 50  # handshakes, in which nothing can be measured


class Brief(Connection):
    """Ends when its handshake is done; all but one, which stays."""

    kept, lock = [], threading.Lock()

    def shake_hands(self, body):
        super().shake_hands(body)
        with Brief.lock:
            stays = not Brief.kept
            if stays:
                Brief.kept.append(self)
        if not stays:
            raise ConnectionError


def measure(binary, seconds):
    """Handshakes a second, and a second of CPU time."""
    with running(binary) as (proxy, middle_end, _):
        Brief.kept.clear()
        middle_end.speak = Brief
        middle_end.drop()
        end = time.monotonic() + patient(20)
        while len(Brief.kept) == 0 and time.monotonic() < end:
            time.sleep(0.01)
        start, count, cpu = time.monotonic(), len(middle_end.senders), proxy.cpu_seconds()
        time.sleep(seconds)
        count, cpu, taken = len(middle_end.senders) - count, proxy.cpu_seconds() - cpu, time.monotonic() - start
        proxy.check_alive()
        if middle_end.errors:
            raise Failed(middle_end.errors[0])
        if count < FEW:
            raise Failed(f"only {count} handshakes in {taken:.0f} s")
        return count / taken, count / cpu


def row(title, pairs, unit):
    ratios = [ours / theirs for ours, theirs in pairs]
    ours, theirs = (statistics.median(side) for side in zip(*pairs))
    print(f"  {title:<32}{ours:>10.0f}{theirs:>10.0f} {unit}{statistics.median(ratios):>8.2f}   {min(ratios):.2f} to {max(ratios):.2f}")
    return statistics.median(ratios)


def main():
    parser = argparse.ArgumentParser(prog="bench-handshakes", description=__doc__.splitlines()[0])
    parser.add_argument("proxy")
    parser.add_argument("original")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    options = parser.parse_args()
    proxy, original = look_at(parser, options.proxy, options.original)
    if not original.relinked:
        apart.into_small_pids()
    try:
        rounds = []
        for number in range(options.rounds):
            order = (proxy, original) if number % 2 else (original, proxy)
            results = {binary.path: measure(binary.path, options.seconds) for binary in order}
            rounds.append((results[proxy.path], results[original.path]))
    except (Failed, OSError) as problem:
        print(f"bench-handshakes: FAILED: {problem}")
        return 1
    print(f"  {'handshakes with a middle-end':<32}{'drop-in':>10}{'original':>10}{'ratio':>11}   range of the {options.rounds} rounds")
    row("a second", [(ours[0], theirs[0]) for ours, theirs in rounds], "  ")
    ratio = row("a second of the proxy's CPU", [(ours[1], theirs[1]) for ours, theirs in rounds], "  ")
    print(f"bench-handshakes: {'passed' if ratio >= 1 else 'FAILED: fewer than the original'}")
    print(proxy.verdict)
    return ratio < 1


if __name__ == "__main__":
    sys.exit(main())
