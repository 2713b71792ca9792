# SPDX-License-Identifier: LGPL-2.0-or-later
"""A client connection as a Telegram app makes it: the obfuscated transport, in each of its three framings."""
import hashlib
import os
import random
import socket
import struct

from crypto import Aes
from machine import patient

ABRIDGED, INTERMEDIATE, PADDED = b"\xef" * 4, b"\xee" * 4, b"\xdd" * 4
FRAMINGS = {"abridged": ABRIDGED, "intermediate": INTERMEDIATE, "padded": PADDED}
NOT_OBFUSCATED = (b"HEAD", b"POST", b"GET ", b"OPTI", INTERMEDIATE, PADDED)


class Client:
    def __init__(self, port, secret, framing, dc=2):
        self.tag = FRAMINGS[framing]
        self.sock = socket.create_connection(("127.0.0.1", port), patient(10))
        self.sock.settimeout(patient(20))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""
        self.sock.sendall(self.introduction(secret, dc))

    def introduction(self, secret, dc):
        """The first 64 bytes of a connection, from which both sides make their ciphers."""
        head = bytearray(os.urandom(64))
        while head[0] == 0xEF or bytes(head[:4]) in NOT_OBFUSCATED or not any(head[4:8]):
            head = bytearray(os.urandom(64))
        head[56:60], head[60:62] = self.tag, struct.pack("<h", dc)
        back = bytes(head[8:56])[::-1]
        self.encrypt = self._stream(bytes(head[8:40]), bytes(head[40:56]), secret)
        self.decrypt = self._stream(back[:32], back[32:], secret)
        return bytes(head[:56]) + self.encrypt.update(head)[56:]

    @staticmethod
    def _stream(key, iv, secret):
        return Aes("ctr", hashlib.sha256(key + secret).digest(), iv)

    def frame(self, payload):
        """A message as it is sent."""
        if self.tag == ABRIDGED:
            words = len(payload) // 4
            head = bytes([words]) if words < 127 else b"\x7f" + struct.pack("<I", words)[:3]
        elif self.tag == PADDED:
            payload += os.urandom(random.randrange(4))
            head = struct.pack("<I", len(payload))
        else:
            head = struct.pack("<I", len(payload))
        return self.encrypt.update(head + payload)

    def send(self, payload):
        self.sock.sendall(self.frame(payload))

    def _need(self, size):
        while len(self.pending) < size:
            data = self.sock.recv(1 << 18)
            if not data:
                raise ConnectionError("the proxy closed a client's connection")
            self.pending += self.decrypt.update(data)

    def receive(self):
        """One message; of a padded one, also the padding."""
        self._need(1)
        if self.tag != ABRIDGED:
            self._need(4)
            start, size = 4, struct.unpack_from("<I", self.pending)[0]
        elif self.pending[0] < 127:
            start, size = 1, 4 * self.pending[0]
        else:
            self._need(4)
            start, size = 4, 4 * int.from_bytes(self.pending[1:4], "little")
        if size > 1 << 24:
            raise ConnectionError(f"the proxy sends a message of {size} bytes")
        self._need(start + size)
        message, self.pending = self.pending[start:start + size], self.pending[start + size:]
        return message

    def matches(self, sent, received):
        if self.tag == PADDED:
            return received[:len(sent)] == sent and len(received) - len(sent) < 16
        return received == sent

    def close(self):
        self.sock.close()
