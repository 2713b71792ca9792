# SPDX-License-Identifier: LGPL-2.0-or-later
"""A stand-in for Telegram's middle-end: speaks the proxy's RPC protocol, and sends every payload back."""
import contextlib
import hashlib
import os
import socket
import struct
import threading
import time

from crypto import Aes, crc32, crc32c

NONCE, HANDSHAKE, PING, PONG = 0x7ACB87AA, 0x7682EEF5, 0x5730A2DF, 0x8430EAA7
PROXY_REQ, PROXY_ANS = 0x36CEF1EE, 0x4403DA0D
USE_CRC32C = 2048
HAS_EXTRA = 4 | 8


def _address(ip):
    return socket.inet_aton(ip)[::-1]


def keys(secret, nonces, timestamp, server, client, purpose):
    """Key and first block of one direction."""
    from_server, from_client = nonces
    text = (from_server + from_client + struct.pack("<I", timestamp) + _address(server[0]) + struct.pack("<H", client[1])
            + purpose + _address(client[0]) + struct.pack("<H", server[1]) + secret + from_server + from_client)
    return hashlib.md5(text[1:]).digest()[:12] + hashlib.sha1(text).digest(), hashlib.md5(text[2:]).digest()


class Connection:
    """One connection of the proxy's."""

    def __init__(self, owner, sock, peer):
        self.owner, self.sock, self.server, self.client = owner, sock, sock.getsockname(), peer
        self.decrypt = self.encrypt = None
        self.next_in = self.next_out = -2
        self.checksum = crc32
        self.is_ready = False

    def serve(self):
        pending = b""
        while data := self.read():
            pending += self.decrypt.update(data) if self.decrypt else data
            while len(pending) >= 4:
                size = struct.unpack_from("<I", pending)[0]
                if size == 4:  # padding to whole blocks
                    pending = pending[4:]
                    continue
                if size < 16 or size > 1 << 24:
                    raise ValueError(f"a frame of {size} bytes")
                if len(pending) < size:
                    break
                frame, pending = pending[:size], pending[size:]
                self.handle(self.open(frame))

    def read(self):
        return self.sock.recv(1 << 18)

    def open(self, frame):
        """Checks a frame's number and checksum; returns its content."""
        number = struct.unpack_from("<i", frame, 4)[0]
        if number != self.next_in:
            raise ValueError(f"frame {number} where {self.next_in} was to come")
        self.next_in += 1
        if self.checksum(frame[:-4]) != struct.unpack("<I", frame[-4:])[0]:
            raise ValueError("a frame with a wrong checksum")
        return frame[8:-4]

    def send(self, body):
        frame = struct.pack("<Ii", len(body) + 12, self.next_out) + body
        frame += struct.pack("<I", self.checksum(frame))
        self.next_out += 1
        if self.encrypt:
            frame += struct.pack("<I", 4) * (-len(frame) % 16 // 4)
            frame = self.encrypt.update(frame)
        self.write(frame)

    def write(self, data):
        self.sock.sendall(data)

    def handle(self, body):
        kind = struct.unpack_from("<I", body)[0]
        if kind == PROXY_REQ:
            flags, connection = struct.unpack_from("<Iq", body, 4)
            start = 56  # two addresses of 20 bytes each
            if flags & HAS_EXTRA:
                start += 4 + struct.unpack_from("<I", body, start)[0]
            self.owner.count()
            self.send(struct.pack("<IIq", PROXY_ANS, 0, connection) + body[start:])
        elif kind == PING:
            self.send(struct.pack("<I", PONG) + body[4:12])
        elif kind == NONCE:
            self.start_crypto(body)
        elif kind == HANDSHAKE:
            self.shake_hands(body)

    def start_crypto(self, body):
        key, schema, timestamp = struct.unpack_from("<IiI", body, 4)
        if schema != 1:
            raise ValueError(f"crypto schema {schema}")
        nonces = os.urandom(16), body[16:32]
        self.send(struct.pack("<IIiI", NONCE, key, 1, timestamp) + nonces[0])
        secret = self.owner.secret
        self.encrypt = Aes("cbc", *keys(secret, nonces, timestamp, self.server, self.client, b"SERVER"))
        self.decrypt = Aes("cbc", *keys(secret, nonces, timestamp, self.server, self.client, b"CLIENT"), encrypt=False)

    def shake_hands(self, body):
        flags, sender = struct.unpack_from("<I12s", body, 4)
        agreed = self.owner.crc32c and flags & USE_CRC32C
        own = struct.pack("<IHHi", 0, self.server[1], 1, int(time.time()))
        self.send(struct.pack("<II", HANDSHAKE, agreed and USE_CRC32C) + own + sender)
        self.owner.senders.append(struct.unpack("<IhHi", sender))
        self.owner.count_ready(1)
        self.is_ready = True
        if agreed:
            self.checksum = crc32c


class MiddleEnd:
    """Listens on loopback until closed. `errors` has the proxy's violations of the protocol."""

    def __init__(self, secret, use_crc32c=False):
        self.secret, self.crc32c = secret, use_crc32c
        self.requests, self.ready, self.errors, self.senders = 0, 0, [], []
        self.speak = Connection  # what the next connections are answered by
        self._lock, self._open = threading.Lock(), []
        self.port = 0
        self.listen()

    def listen(self):
        """On any port at first, and then on the same."""
        self._socket = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._socket,), daemon=True).start()

    def stop_listening(self):
        self._socket.shutdown(socket.SHUT_RDWR)  # which ends the wait for the next one
        self._socket.close()

    def count(self):
        with self._lock:
            self.requests += 1

    def _accept(self, listener):
        while True:
            try:
                sock, peer = listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.append(sock)
            threading.Thread(target=self._serve, args=(sock, peer), daemon=True).start()

    def count_ready(self, change):
        with self._lock:
            self.ready += change

    def _serve(self, sock, peer):
        connection = self.speak(self, sock, peer)
        try:
            connection.serve()
        except OSError:
            pass
        except (ValueError, struct.error) as error:
            self.errors.append(str(error))
        finally:
            with self._lock:
                self._open.remove(sock)
                self.ready -= connection.is_ready
            sock.close()

    def drop(self):
        """Closes every connection; the proxy then opens new ones."""
        with self._lock:
            connections = list(self._open)
        for sock in connections:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._socket.close()
        with self._lock:
            connections = list(self._open)
        for sock in connections:
            sock.close()
