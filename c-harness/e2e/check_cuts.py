#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.0-or-later
"""Cuts a proxy's connections at every byte of their handshakes, and looks for what is left.

    check_cuts.py PROXY [--no-controls]

Clients, plain and in TLS, end after each byte of what they have to say; the middle-end ends its connections after each byte that
it sends and that it receives, until they are ready. Each cut is made twice, in order and with a reset; and all of them with one
thread and with several. Then all statistics of connections, jobs, buffers, messages and ciphers must be what they were before,
and so must the descriptors; the memory may not grow by more than the allocator's own; and traffic must be carried. Exit status 0: it is so.

The controls leave clients in the midst of a handshake, and a middle-end that never speaks to the end: each must be reported.
"""
import argparse
import os
import socket
import sys
import time

from check_connections import left, look
from cuts import DOMAIN, Plan, Unsent, cut_client, cut_clients, hello
from machine import patient
from middle_end import Connection, MiddleEnd
from proxy import Proxy
from traffic import Failed, traffic

# Seconds for the proxy to connect as often as there are cuts: it waits between two attempts, longer and longer.
LONG = patient(120)
GROWTH_KIB = 512
CONTROL_LEFT = 7


class Endless(Connection):
    """A control: a middle-end that never answers."""

    def send(self, body):
        pass


def cut_middle_end(middle_end, proxy):
    """Returns how often its connections were cut."""
    plan, end = Plan(), time.monotonic() + LONG
    middle_end.speak = plan.next
    middle_end.drop()
    while plan.left and time.monotonic() < end:
        proxy.check_alive()
        time.sleep(0.1)
    if plan.left:
        raise Failed(f"only {plan.done} of {plan.done + plan.left} connections to the middle-end in {LONG:.0f} s")
    return plan.done


def leave(proxy, user, tls):
    """Clients that stop within the handshake, and stay."""
    data = hello(user) if tls else Unsent(user, "padded").first
    clients = [socket.create_connection(("127.0.0.1", proxy.port), 10) for _ in range(CONTROL_LEFT)]
    for place, client in enumerate(clients, 1):
        client.sendall(data[:9 * place])
    return clients


def carries_traffic(proxy, user, tls):
    """A connection to the middle-end may still be on its way."""
    end = time.monotonic() + patient(30)
    while True:
        try:
            if tls:
                return cut_client(proxy.port, user, True, 1 << 20, False)
            return traffic(proxy, user, 90, 3, 4096)
        except OSError:
            proxy.check_alive()
            if time.monotonic() > end:
                raise
            time.sleep(0.5)


def check(binary, tls, arguments, leaves=False, ends=True):
    """Returns the figures. Raises Failed, or an error of a connection, where something is lost or left."""
    secret, user = os.urandom(128), os.urandom(16)
    middle_end, held = MiddleEnd(secret), []
    proxy = Proxy(binary, secret, user, middle_end, 0, [*(["-D", DOMAIN.decode()] if tls else []), *arguments])
    try:
        proxy.wait_ready()
        carries_traffic(proxy, user, tls)
        cut_clients(proxy.port, user, tls)  # the allocator's caches fill
        first, memory = look(proxy), proxy.resident()[0]
        clients = cut_clients(proxy.port, user, tls)
        servers = cut_middle_end(middle_end, proxy)
        if not ends:
            middle_end.speak = Endless
            middle_end.drop()
        if leaves:
            held = leave(proxy, user, tls)
        last = look(proxy, first)
        problems = left(first, last) + middle_end.errors[:1]
        grown = proxy.resident()[0] - memory
        if grown > GROWTH_KIB:
            problems.append(f"{grown} KiB of memory are left")
        if problems:
            raise Failed("; ".join(problems))
        carries_traffic(proxy, user, tls)
        proxy.check_alive()
        return (f"{clients} clients and {servers} connections to the middle-end cut; at the end as at the start: "
                + ", ".join(f"{name} {last[name]}" for name in ("descriptors", "jobs_active", "allocated_connections", "allocated_aes_crypto",
                                                                 "total_used_buffers", "rwm_total_msgs") if name in last)
                + f"; memory {grown:+d} KiB")
    finally:
        for client in held:
            client.close()
        proxy.stop()
        middle_end.close()


def control(binary, words, **wrong):
    """Raises Failed where what is wrong on purpose is not reported."""
    try:
        check(binary, False, [], **wrong)
    except (Failed, OSError) as problem:
        missing = [word for word in words if word not in str(problem)]
        if missing:
            raise Failed(f"control: not reported: {missing[0]}, but {problem}") from problem
        print(f"  control: reported: {problem}", flush=True)
        return
    raise Failed(f"control {next(iter(wrong))}: not reported")


def main():
    parser = argparse.ArgumentParser(prog="check-cuts", description=__doc__.splitlines()[0])
    parser.add_argument("proxy")
    parser.add_argument("--no-controls", action="store_true")
    options = parser.parse_args()
    try:
        for title, tls in ("plain", False), ("TLS", True):
            for threads, arguments in ("one thread", []), ("many threads", ["--multithread"]):
                print(f"  {title + ', ' + threads:<22}{check(options.proxy, tls, arguments)}", flush=True)
        if not options.no_controls:
            control(options.proxy, ("descriptors: ", "allocated_connections: "), leaves=True)
            control(options.proxy, ("allocated_aes_crypto: ",), ends=False)
        print("check-cuts: passed")
        return 0
    except (Failed, OSError) as problem:
        print(f"check-cuts: FAILED: {problem}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
