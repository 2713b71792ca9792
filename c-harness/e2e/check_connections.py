#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.0-or-later
"""Opens and closes very many connections of a proxy, thousands at once, while its configuration is reloaded (SIGHUP) and its log
rotated (SIGUSR1), and looks for what is left.

    check_connections.py PROXY [--connections 100000] [--at-once 5000] [--threads] [--no-controls]

Of the clients some say nothing, some stop within the first 64 bytes, some send noise, and the others send messages, every byte
of which must come back. They end in order, or with a reset, or while an answer is on its way. Then the statistics of buffers, messages, jobs
and connections must be what they were before the first client, and so must the descriptors; each rotated log must be written
to. Exit status 0: it is so.

The controls leave connections open, or a log unrotated: each must be reported.
"""
import argparse
import os
import random
import resource
import signal
import socket
import sys
import threading
import time

from client import FRAMINGS, Client
from cuts import close
from middle_end import MiddleEnd
from proxy import Proxy
from traffic import Failed, payloads

PAUSE = 0.25  # seconds between two signals
COUNTED = ("jobs_active", "active_connections", "inbound_connections", "active_inbound_connections", "allocated_connections",
           "allocated_inbound_connections", "allocated_outbound_connections", "allocated_socket_connections", "allocated_targets",
           "active_targets", "total_used_buffers", "rwm_total_msgs", "rwm_total_msg_parts", "allocated_aes_crypto", "allocated_aes_crypto_temp")
# The page that is looked at is a connection, too, whose answer is a message; and the thread that reads keeps 16 buffers.
HELD = {"total_used_buffers": 20, "rwm_total_msgs": 4, "rwm_total_msg_parts": 4}
CONTROL_CONNECTIONS, CONTROL_AT_ONCE, CONTROL_LEFT = 600, 200, 7


class Operator(threading.Thread):
    """Reloads and rotates, in turns."""

    def __init__(self, proxy, port, rotates=True):
        super().__init__(daemon=True)
        self.proxy, self.port, self.rotates, self.goes_on = proxy, port, rotates, True
        self.reloads = self.rotations = 0

    def run(self):
        while self.goes_on:
            self.proxy.configure(self.port)
            self.proxy.process.send_signal(signal.SIGHUP)
            self.reloads += 1
            time.sleep(PAUSE)
            if self.rotates:
                self.rotate()

    def rotate(self):
        """The log is made at the first signal."""
        if os.path.exists(self.proxy.log):
            os.replace(self.proxy.log, f"{self.proxy.log}.old")
        self.proxy.process.send_signal(signal.SIGUSR1)
        time.sleep(PAUSE)
        self.rotations += os.path.exists(self.proxy.log) and os.path.getsize(self.proxy.log) > 0

    def stop(self):
        self.goes_on = False
        self.join()


def one(proxy, user, kind, rng):
    """A connection of a kind: a client with a message to come back, or a bare socket."""
    if kind == "speaks":
        return Client(proxy.port, user, rng.choice(tuple(FRAMINGS)))
    sock = socket.create_connection(("127.0.0.1", proxy.port), 10)
    if kind != "silent":
        sock.sendall(rng.randbytes(rng.randrange(1, 64) if kind == "stops" else rng.randrange(64, 400)))
    return sock


def end(connection, rng):
    close(getattr(connection, "sock", connection), rng.random() < 0.5)


def wave(proxy, user, count, rng):
    """So many connections at once. Returns how many messages came back, and how many connections the proxy had."""
    kinds = rng.choices(("speaks", "silent", "stops", "noise"), (3, 3, 2, 2), k=count)
    connections = [one(proxy, user, kind, rng) for kind in kinds]
    clients = [connection for connection in connections if isinstance(connection, Client)]
    messages = list(payloads(len(clients), rng.random(), 4096))
    for client, message in zip(clients, messages):
        client.send(message)
    waiting = [pair for pair in zip(clients, messages) if rng.random() < 0.8]
    for client, message in waiting:
        if not client.matches(message, client.receive()):
            raise Failed("a message changed on the way")
    open_now = int(dict(proxy.stats())["allocated_inbound_connections"])
    rng.shuffle(connections)
    for connection in connections:
        end(connection, rng)
    return len(waiting), open_now


def look(proxy, want=None):
    """Its figures at rest; those wanted, if it comes to that within some seconds."""
    last = time.monotonic() + 20
    while True:
        time.sleep(1)
        page = dict(proxy.stats())
        figures = {name: int(page[name]) for name in COUNTED if name in page}
        figures["descriptors"] = len(os.listdir(f"/proc/{proxy.pid}/fd"))
        if want is None or not left(want, figures) or time.monotonic() > last:
            return figures


def left(first, last):
    return [f"{name}: {first[name]}, then {last[name]}" for name in first if abs(last[name] - first[name]) > HELD.get(name, 0)]


def check(binary, count, at_once, arguments, leaves=0, rotates=True):
    """Returns the figures. Raises Failed, or an error of a connection, where something is lost or left."""
    secret, user, rng = os.urandom(128), os.urandom(16), random.Random(1)
    middle_end = MiddleEnd(secret)
    proxy = Proxy(binary, secret, user, middle_end, 0, arguments, connections=2 * at_once + 1000)
    operator, held = Operator(proxy, middle_end.port, rotates), []
    try:
        proxy.wait_ready()
        first, start, messages, most = look(proxy), time.monotonic(), 0, 0
        operator.start()
        for _ in range(-(-count // at_once)):
            came, open_now = wave(proxy, user, at_once, rng)
            messages, most = messages + came, max(most, open_now)
            proxy.check_alive()
        seconds = time.monotonic() - start
        operator.stop()
        held = [one(proxy, user, "silent", rng) for _ in range(leaves)]
        last = look(proxy, first)
        problems = left(first, last) + middle_end.errors[:1]
        if most < at_once:
            problems.append(f"{most} connections at once, not {at_once}")
        if operator.rotations * 2 < operator.reloads:
            problems.append(f"the log was rotated {operator.rotations} times in {operator.reloads}")
        if problems:
            raise Failed("; ".join(problems))
        return (f"{count} connections in {seconds:.0f} s, {most} at once, {messages} messages, every byte intact; meanwhile {operator.reloads} reloads and "
                f"{operator.rotations} rotations of the log; at the end as at the start: "
                + ", ".join(f"{name} {last[name]}" for name in ("descriptors", "jobs_active", "allocated_connections", "total_used_buffers", "rwm_total_msgs")
                            if name in last))
    finally:
        if operator.is_alive():
            operator.stop()
        for connection in held:
            connection.close()
        proxy.stop()
        middle_end.close()


def control(binary, arguments, words, **wrong):
    """Raises Failed where what is wrong on purpose is not reported."""
    try:
        check(binary, CONTROL_CONNECTIONS, CONTROL_AT_ONCE, arguments, **wrong)
    except (Failed, OSError) as problem:
        missing = [word for word in words if word not in str(problem)]
        if missing:
            raise Failed(f"control: not reported: {missing[0]}, but {problem}") from problem
        print(f"  control: reported: {problem}")
        return
    raise Failed(f"control {next(iter(wrong))}: not reported")


def main():
    parser = argparse.ArgumentParser(prog="check-connections", description=__doc__.splitlines()[0])
    parser.add_argument("proxy")
    parser.add_argument("--connections", type=int, default=100_000)
    parser.add_argument("--at-once", type=int, default=5000)
    parser.add_argument("--threads", action="store_true", help="with --multithread")
    parser.add_argument("--no-controls", action="store_true")
    options = parser.parse_args()
    arguments = ["--multithread"] if options.threads else []
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < 3 * options.at_once:
        print(f"check-connections: FAILED: at most {hard} descriptors, which are too few for {options.at_once} connections at once")
        return 1
    try:
        print(f"  {check(options.proxy, options.connections, options.at_once, arguments)}", flush=True)
        if not options.no_controls:
            control(options.proxy, arguments, ("descriptors: ", "allocated_connections: "), leaves=CONTROL_LEFT)
            control(options.proxy, arguments, ("the log was rotated 0 times",), rotates=False)
        print("check-connections: passed")
        return 0
    except (Failed, OSError) as problem:
        print(f"check-connections: FAILED: {problem}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
