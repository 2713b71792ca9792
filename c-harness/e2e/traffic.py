# SPDX-License-Identifier: LGPL-2.0-or-later
"""Messages through a proxy, every byte compared."""
import random
import select

from client import FRAMINGS, Client
from machine import patient

LARGEST = 64 << 10
SMALLEST = 56  # the shortest encrypted message there is


class Failed(Exception):
    """A fault of the proxy."""


class Silent(Failed):
    """It does not answer."""


def payloads(count, seed, largest):
    """Payloads of many sizes, small ones most often; the first eight bytes, a key id, must not be zero."""
    rng = random.Random(seed)
    for _ in range(count):
        size = int(SMALLEST * (largest / SMALLEST) ** (rng.random() ** 2)) // 4 * 4
        yield rng.randbytes(size - 1) + b"\1" if rng.random() < 0.5 else b"\1" + rng.randbytes(size - 1)


def exchange(clients, messages, patience=15):
    """Every client sends one message, then every client receives: returns how many were intact, and their bytes."""
    intact = total = 0
    messages = iter(messages)
    while batch := [(client, message) for client, message in zip(clients, messages)]:
        for client, message in batch:
            client.send(message)
        for client, message in batch:
            if not client.pending and not select.select([client.sock], [], [], patient(patience))[0]:
                raise Silent(f"no answer within {patient(patience):.0f} seconds")
            intact += client.matches(message, client.receive())
            total += 2 * len(message)
    return intact, total


def traffic(proxy, user_secret, count, seed, largest=LARGEST):
    """Messages through new clients of every framing."""
    clients = []
    try:
        for framing in FRAMINGS:
            clients += [Client(proxy.port, user_secret, framing) for _ in range(3)]
        # Whole rounds only: zip() must not consume a message that no client sends.
        count -= count % len(clients)
        intact, total = exchange(clients, payloads(count, seed, largest))
    finally:
        for client in clients:
            client.close()
    if intact != count:
        raise Failed(f"{count - intact} of {count} messages changed on the way")
    return count, total
