# SPDX-License-Identifier: LGPL-2.0-or-later
"""Connections that end at a chosen byte of their handshake: clients', plain and in TLS, and the middle-end's."""
import hashlib
import hmac
import itertools
import os
import socket
import struct
import threading
import time

from client import FRAMINGS, Client
from middle_end import Connection

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: a close is a reset
DOMAIN = b"localhost"
HELLO = 517
# Of the middle-end: a nonce's frame, and a handshake's, which is encrypted and filled up.
SHAKEN = 44 + 48


def close(sock, reset):
    """Closes a connection, in order or with a reset."""
    if reset:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    sock.close()


# ---- clients ----

class Unsent(Client):
    """What a client would send."""

    def __init__(self, secret, framing):
        self.tag = FRAMINGS[framing]
        self.first = self.introduction(secret, 2) + self.frame(b"\1" * 56)


def hello(secret):
    """A ClientHello, as a client of the proxy sends it: its random is an HMAC, with the time."""
    names = struct.pack(">HHBH", len(DOMAIN) + 5, len(DOMAIN) + 3, 0, len(DOMAIN)) + DOMAIN
    extensions = b"\0\0" + names + b"\0\x2b\0\3\2\3\4\0\x15"
    head = b"\x16\3\1\2\0\1\0\1\xfc\3\3" + bytes(32) + b"\x20" + os.urandom(32) + b"\0\6\x13\1\x13\2\x13\3\1\0"
    padding = HELLO - len(head) - 2 - len(extensions) - 2
    packet = bytearray(head + struct.pack(">H", len(extensions) + 2 + padding) + extensions + struct.pack(">H", padding) + bytes(padding))
    packet[11:43] = hmac.new(secret, packet, hashlib.sha256).digest()
    packet[39:43] = (int.from_bytes(packet[39:43], "little") ^ int(time.time())).to_bytes(4, "little")
    return bytes(packet)


def answer(sock):
    """Reads the proxy's answer: a ServerHello, a ChangeCipherSpec, and a record of noise."""
    got = b""
    while len(got) < 138 or len(got) < 138 + struct.unpack_from(">H", got, 136)[0]:
        data = sock.recv(1 << 14)
        if not data:
            raise ConnectionError("the proxy does not answer a ClientHello")
        got += data
    if got[:3] != b"\x16\3\3":
        raise ConnectionError("no ServerHello")


def in_records(data):
    return b"\x14\3\3\0\1\1\x17\3\3" + struct.pack(">H", len(data)) + data


def cut_client(port, secret, tls, at, reset):
    """A client that sends so many bytes of all that it has to say, and is gone. Returns false where that is all of it, and is
    answered."""
    with socket.create_connection(("127.0.0.1", port), 10) as sock:
        sock.settimeout(10)
        first = Unsent(secret, "padded" if tls else "intermediate").first
        if tls:
            if at < HELLO:
                sock.sendall(hello(secret)[:at])
                close(sock, reset)
                return True
            sock.sendall(hello(secret))
            answer(sock)
            first, at = in_records(first), at - HELLO
        sock.sendall(first[:at])
        if at < len(first):
            close(sock, reset)
        elif not sock.recv(1):
            raise ConnectionError("a client that is not cut is not answered")
        return at < len(first)


def cut_clients(port, secret, tls):
    """Cuts at every byte, each in order and with a reset. Returns how many there were."""
    count = 0
    for at in itertools.count():
        for reset in False, True:
            if not cut_client(port, secret, tls, at, reset):
                return count
            count += 1


# ---- the middle-end ----

class Cut(Exception):
    """The connection is ended here."""


class CutConnection(Connection):
    """A middle-end's connection that ends after so many bytes were sent, or were received."""

    def __init__(self, owner, sock, peer, sent=None, received=None, reset=False):
        super().__init__(owner, sock, peer)
        self.sent, self.received, self.reset = sent, received, reset

    def read(self):
        data = super().read() if self.received is None else self.sock.recv(max(1, self.received))
        if self.received is not None:
            self.received -= len(data)
            if self.received <= 0:
                raise Cut
        return data

    def write(self, data):
        if self.sent is not None:
            data, self.sent = data[:self.sent], self.sent - len(data)
        super().write(data)
        if self.sent is not None and self.sent <= 0:
            raise Cut

    def serve(self):
        try:
            if self.received == 0:
                raise Cut
            super().serve()
        except Cut:
            close(self.sock, self.reset)


class Plan:
    """The cuts that a middle-end's next connections get: at every byte that is sent and received until a connection is ready,
    each in order and with a reset. When none is left, connections are whole."""

    def __init__(self, every=1):
        places = range(0, SHAKEN, every)
        ways = [{way: at, "reset": reset} for at in places for way in ("sent", "received") for reset in (False, True)]
        self._lock, self._left, self.done = threading.Lock(), ways, 0

    def next(self, owner, sock, peer):
        with self._lock:
            way = self._left.pop() if self._left else None
            self.done += way is not None
        return CutConnection(owner, sock, peer, **way) if way else Connection(owner, sock, peer)

    @property
    def left(self):
        return len(self._left)
