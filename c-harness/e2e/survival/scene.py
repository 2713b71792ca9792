# SPDX-License-Identifier: LGPL-2.0-or-later
"""One try: starts a proxy on loopback, does something to it, and checks that it still carries traffic.

Nothing here takes an address: what is done, is done to the process that this file starts, on 127.0.0.1.
"""
import contextlib
import dataclasses
import os
import resource
import socket
import time

from client import Client
from machine import patient
from middle_end import MiddleEnd
from proxy import Proxy
from traffic import Failed, exchange, payloads, traffic

POOL = 8 << 20  # the message buffers that a proxy may take: small, so that little exhausts them
LOOPBACK = "127.0.0.1"


class Damaged(Exception):
    """The damage that was done to the proxy."""


class Skipped(Exception):
    """The reason why this machine cannot try the row."""


@dataclasses.dataclass(frozen=True)
class Row:
    """One way to hurt a proxy."""

    name: str
    done: str  # what is done to it, in words
    objects: tuple  # the legacy objects that cure it; all of them must be ours
    attack: callable = None  # takes the scene; may raise Damaged; returns what it measured, if anything
    prepare: callable = None  # before the start; may raise Skipped
    at_start: bool = False  # a proxy that does not start is what the row is about
    polite: bool = False  # what is asked is everybody's right, and must be answered; else a closed connection is an answer, too
    arguments: tuple = ()
    pool: int = POOL
    kinds: tuple = ()  # of namespaces
    serves: callable = None  # shows that it still works, where traffic cannot
    seconds: int = 60


class Scene:
    """The running proxy, the stand-in middle-end behind it, and the secrets of both."""

    def __init__(self, binary, arguments, pool):
        self.secret, self.user = os.urandom(128), os.urandom(16)
        self.middle_end = MiddleEnd(self.secret)
        self.clients = []
        self.proxy = Proxy(binary, self.secret, self.user, self.middle_end, 0, ["--msg-buffers-size", str(pool), *arguments])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for client in self.clients:
            client.close()
        self.proxy.stop()
        self.middle_end.close()

    def connect(self, port):
        """Opens a connection that stays open until the end."""
        sock = socket.create_connection((LOOPBACK, port), patient(10))
        sock.settimeout(patient(10))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.clients.append(sock)
        return sock

    def client(self, framing):
        """Opens a client with the proxy's secret that stays connected until the end."""
        client = Client(self.proxy.port, self.user, framing)
        self.clients.append(client)
        return client

    def number(self, name):
        """A number from the statistics page."""
        return float(dict(self.proxy.stats())[name])

    def carries_traffic(self):
        """True if it carries traffic within some seconds; it may have to reconnect to the middle-end."""
        last = None
        for _ in range(4):
            self.proxy.check_alive()
            try:
                return traffic(self.proxy, self.user, 45, 7, 4096)
            except (OSError, Failed) as error:
                last = error
                if self.proxy.ended(1.5):
                    break
        self.proxy.check_alive()
        raise Damaged(f"runs, but carries no traffic: {last}")


def settled(sock, seconds=0.5):
    """Waits until the other side answers or closes, or until the time is up."""
    sock.settimeout(patient(seconds))
    with contextlib.suppress(OSError):
        sock.recv(1 << 16)


def one_message(clients):
    """Each client sends a message and gets it back."""
    intact, _ = exchange(clients, payloads(len(clients), 1, 64))
    if intact != len(clients):
        raise Damaged(f"{len(clients) - intact} of {len(clients)} messages changed on the way")


def attacked(row, scene):
    """Runs the row. Returns its measurement."""
    try:
        return row.attack(scene) if row.attack else None
    except OSError as error:
        if row.polite and not scene.proxy.ended(2):
            raise Damaged(f"runs, but does not answer: {error}") from error
        return None


def try_row(row, binary):
    """(outcome, text): "lives", "damaged", or "skipped"."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        if row.prepare:
            row.prepare()
        with Scene(binary, row.arguments, row.pool) as scene:
            try:
                scene.proxy.wait_ready()
            except ConnectionError as error:
                if not row.at_start:
                    raise Failed(f"does not even start: {error}") from error
                raise Damaged("dies at once: " + scene.proxy.last_words()) from error
            try:
                measured = attacked(row, scene)
                (row.serves or Scene.carries_traffic)(scene)
            except ConnectionError as error:
                if not scene.proxy.ended(2):
                    raise Failed(str(error)) from error
                raise Damaged("dies: " + scene.proxy.last_words()) from error
    except Damaged as damage:
        return "damaged", str(damage)
    except Skipped as reason:
        return "skipped", str(reason)
    return "lives", measured or "lives, and carries traffic"


def rate(read, seconds):
    """The rate of a counter, per second."""
    before, start = read(), time.monotonic()
    time.sleep(seconds)
    return (read() - before) / (time.monotonic() - start)
