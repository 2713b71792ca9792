#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.0-or-later
"""Passes real protocol traffic through a real mtproto-proxy, on loopback, and compares every byte.

    check_proxy.py PROXY [ORIGINAL] [--messages N] [--high-pid] [--quick]

Each scenario starts the binary with a stand-in middle-end behind it and obfuscated clients in front (abridged, intermediate
and padded framing, payloads from 56 bytes to 64 KiB). On the way the log is rotated (SIGUSR1), the config is replaced and
announced (SIGHUP; the official proxy ignores that signal, forks reload), a broken config is announced, and the statistics
page is read. With ORIGINAL both binaries pass the same load in turns, and memory and CPU per message are compared.
--high-pid also starts it with a process id above 65535, on which the original aborts: in a namespace of its own, where
the machine allows that.

Needs Python 3.9, libcrypto, and nothing else. Exit status 0: every message came back as it was sent.
"""
import argparse
import contextlib
import os
import signal
import statistics
import sys
import time

import apart
from binary import look_at
from client import Client
from machine import patient
from middle_end import MiddleEnd
from proxy import Proxy
from traffic import LARGEST, Failed, traffic

PID_MAX, LAST_PID = "/proc/sys/kernel/pid_max", "/proc/sys/kernel/ns_last_pid"
HIGH_PID = 70000
RELOAD = {"taken": "SIGHUP: the new config is taken", "ignored": "SIGHUP: this proxy does not reload, which is normal"}


def operate(proxy, user_secret, secret, middle_end, notes):
    """Rotates the log, replaces the config and reads the statistics of a running proxy, as an operator does.

    One client stays connected, because teleproxy acts on signals only while one is."""
    with contextlib.closing(Client(proxy.port, user_secret, "intermediate")):
        return operate_with_a_client(proxy, user_secret, secret, middle_end, notes)


def operate_with_a_client(proxy, user_secret, secret, middle_end, notes):
    for name in ("log.1", "log.2"):
        proxy.signal(signal.SIGUSR1)
        if not os.path.exists(proxy.log):
            raise Failed("SIGUSR1 does not open the log")
        os.rename(proxy.log, f"{proxy.folder}/{name}")
    with open(f"{proxy.folder}/log.2") as log:
        if "logs reopened." not in log.read():
            raise Failed("what is logged after SIGUSR1 is not in the new log")
    traffic(proxy, user_secret, 45, 2)
    other = MiddleEnd(secret)
    try:
        before = middle_end.requests
        proxy.configure(other.port)
        proxy.signal(signal.SIGHUP)
        count, _ = traffic(proxy, user_secret, 45, 3)
        if other.requests + middle_end.requests - before != count:
            raise Failed("messages got lost after SIGHUP")
        notes["reload"] = "taken" if other.requests else "ignored"
        proxy.configure(0, "default 2;\nproxy_for 2 nowhere")
        proxy.signal(signal.SIGHUP)
        traffic(proxy, user_secret, 45, 4)
        proxy.configure(middle_end.port)
        proxy.signal(signal.SIGHUP)
        if other.errors:
            raise Failed(other.errors[0])
    finally:
        other.close()
    return 3 * 45


def scenario(binary, count, arguments=(), workers=0, crc32c=False, operator=False, largest=LARGEST):
    """Starts a proxy, passes traffic through it, and ends it. Returns the row of the table."""
    secret, user_secret, notes = os.urandom(128), os.urandom(16), {}
    middle_end = MiddleEnd(secret, crc32c)
    proxy = Proxy(binary, secret, user_secret, middle_end, workers, arguments)
    try:
        proxy.wait_ready()
        traffic(proxy, user_secret, 18, 0)  # warm
        cpu, start = proxy.cpu_seconds(), time.monotonic()
        sent, total = traffic(proxy, user_secret, count, 1, largest)
        notes.update(messages=sent, mib=total / (1 << 20), seconds=time.monotonic() - start)
        notes["cpu"] = 1e6 * (proxy.cpu_seconds() - cpu) / sent
        notes["anonymous"], notes["resident"] = proxy.resident()
        forwarded = sent + 18
        if operator:
            forwarded += operate(proxy, user_secret, secret, middle_end, notes)
        page = proxy.stats()
        notes["names"] = [name for name, _ in page]
        counted = dict(page).get("tot_forwarded_queries")
        if counted != str(forwarded) and not workers:
            raise Failed(f"the statistics page counts {counted} messages, not {forwarded}")
        if middle_end.errors:
            raise Failed(middle_end.errors[0])
        if not middle_end.senders or not all(sender[2] for sender in middle_end.senders):
            raise Failed("the proxy has no process id on the wire")
        if not workers and proxy.pid < 65536 and middle_end.senders[0][2] != proxy.pid:
            raise Failed(f"the proxy calls itself process {middle_end.senders[0][2]}, and is {proxy.pid}")
        notes["pid"], notes["wire pid"] = proxy.pid, middle_end.senders[0][2]
    except (ConnectionError, OSError) as error:
        raise Failed(proxy.last_words() if proxy.ended(2) else str(error)) from error
    finally:
        ended = proxy.stop()
        middle_end.close()
    if not ended:
        raise Failed("SIGTERM does not end it")
    return notes


def high_pid_scenario(**options):
    """The scenario with a process id above 65535, in a pid namespace or, as a fallback, with the machine's own process ids."""
    with open(PID_MAX) as file:
        if int(file.read()) <= HIGH_PID:
            return None
    with open(LAST_PID, "w") as file:
        file.write(str(HIGH_PID))
    return scenario(**options)


def high_pid_on_the_machine(options):
    """The same without a namespace: raises the machine's limit meanwhile. None if that is not allowed either."""
    try:
        with open(PID_MAX) as file:
            limit = file.read()
        with open(PID_MAX, "w") as file:
            file.write("4194304")
    except OSError:
        return None
    try:
        return high_pid_scenario(**options)
    except PermissionError:
        return None
    finally:
        with open(PID_MAX, "w") as file:
            file.write(limit)


def high_pid(options):
    try:
        notes = apart.call("check_proxy", "high_pid_scenario", options, ["pid"], seconds=120)
        if notes:
            return notes
        problem = f"this machine allows process ids up to {HIGH_PID} only"
    except apart.NotAllowed as error:
        problem = error
    print(f"  warning: {problem}; process ids of the whole machine are raised for a moment", flush=True)
    return high_pid_on_the_machine(options)


def scenarios(count, quick):
    yield "CRC32 frames, operated", dict(count=count, operator=True)
    yield "CRC32C frames", dict(count=count // 2, crc32c=True, arguments=["--crc32c"], largest=16 << 10)
    yield "many threads", dict(count=count // 2, arguments=["--multithread"])
    if not quick:
        yield "a worker process", dict(count=count // 2, workers=1)


def check(binary, count, with_high_pid, quick):
    """Runs every scenario, and prints a line for each. Returns the failures, and the names on the statistics page."""
    print(f"\n{binary.label}: {binary.path}\n  {'scenario':<26}{'pid':>8}{'on wire':>9}{'messages':>10}{'MiB':>8}{'s':>7}{'us CPU':>8}  result")
    failures, names = 0, []
    runs = [(title, scenario, dict(options, binary=binary.path)) for title, options in scenarios(count, quick)]
    if with_high_pid:
        options = dict(binary=binary.path, count=count // 4)
        runs.append(("process id above 65535", lambda **options: high_pid(options), options))
        runs.append(("the same, many threads", lambda **options: high_pid(options), dict(options, arguments=["--multithread"])))
    for title, run, options in runs:
        try:
            notes = run(**options)
        except Failed as problem:
            failures += 1
            print(f"  {title:<26}FAILED: {problem}", flush=True)
            continue
        if notes is None:
            print(f"  {title:<26}skipped: needs a namespace of its own, or root", flush=True)
            continue
        names = names or notes["names"]
        print(f"  {title:<26}{notes['pid']:>8}{notes['wire pid']:>9}{notes['messages']:>10}{notes['mib']:>8.1f}{notes['seconds']:>7.2f}"
              f"{notes['cpu']:>8.1f}  every byte intact", flush=True)
        if "reload" in notes:
            print(f"  {'':<26}{RELOAD[notes['reload']]}", flush=True)
    return failures, names


def compare(binaries, count, rounds=5):
    """Passes the same load through both, in turns. Prints beside each ratio the range of the rounds' ratios, which is the noise."""
    measured = [[], []]
    for _ in range(rounds):
        for binary, notes in zip(binaries, measured):
            notes.append(scenario(binary.path, count, largest=4096))
    labels = [binary.label for binary in binaries]
    if labels[0] == labels[1]:
        labels = ["PROXY", "PROXY2"]
    print(f"\n  same load in turns, medians of {rounds} x {count} messages\n"
          f"  {'':<26}{labels[0]:>12}{labels[1]:>12}{'ratio':>9}   range of the {rounds} rounds")
    for title, key, unit in (("CPU per message", "cpu", "us"), ("resident memory", "resident", "KiB"), ("of it not of files", "anonymous", "KiB")):
        rows = [[notes[key] for notes in side] for side in measured]
        a, b = map(statistics.median, rows)
        ratios = [x / y for x, y in zip(*rows)]
        print(f"  {title:<26}{a:>8.1f} {unit:<3}{b:>8.1f} {unit:<3}{a / b:>9.3f}   {min(ratios):.3f} to {max(ratios):.3f}", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="check-proxy", description=__doc__.splitlines()[0], epilog="\n".join(__doc__.splitlines()[2:]),
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("proxy")
    parser.add_argument("original", nargs="?")
    parser.add_argument("--messages", type=int, default=4000, help="in the longest scenario (%(default)s)")
    parser.add_argument("--high-pid", action="store_true", help="also with a process id above 65535")
    parser.add_argument("--quick", action="store_true", help="without the worker scenario, and a shorter comparison")
    options = parser.parse_args()
    binaries = look_at(parser, *filter(None, (options.proxy, options.original)))
    proxy = binaries[0]
    if not all(binary.relinked for binary in binaries):
        apart.into_small_pids()

    # Both processes leave through every `finally`, so that nothing is left behind.
    signal.signal(signal.SIGALRM, lambda *_: sys.exit("check-proxy: out of time"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.alarm(round(patient(600)))  # a proxy that hangs must not hang its check
    failures, names = check(proxy, options.messages, options.high_pid, options.quick)
    for original in binaries[1:]:
        # An original aborts with a high process id.
        failures2, names2 = check(original, options.messages, False, options.quick)
        failures += failures2
        same = names == names2
        failures += not same
        print(f"\n  statistics pages: {len(names)} and {len(names2)} lines, {'the same names in the same order' if same else 'DIFFERENT'}")
        for name in sorted(set(names) ^ set(names2)):
            print(f"    only on one: {name}")
        try:
            compare(binaries, 3000 if options.quick else 9000)
        except Failed as problem:
            failures += 1
            print(f"  comparison FAILED: {problem}")
    print("\ncheck-proxy: passed" if not failures else f"\ncheck-proxy: {failures} FAILED")
    print(proxy.verdict)
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
