# SPDX-License-Identifier: LGPL-2.0-or-later
"""RPC frames: from the middle-end, and from a neighbour on the same machine to the port of the statistics page."""
import contextlib
import os
import socket
import struct
import threading
import time

from machine import patient
from middle_end import HANDSHAKE, NONCE, Connection, keys
from crypto import Aes

from .scene import LOOPBACK, Damaged, Row, settled

SCHEMA_AES, SCHEMA_DH, DH_PARAMETERS = 1, 3, 0x00620B93
FLOOD = 32 << 20  # bytes at most, four times the pool
CONNECTIONS = 4  # of the proxy to its middle-end
PAUSE = 0.002  # between pieces, in which the proxy can look at what came; without it the reader alone fills the pool


# A proxy with a larger pool takes all of it, unless it refuses the frame; some is on its way when the connection is closed.
LARGE_POOL, TAKEN = 256 << 20, FLOOD // 2


def flood(sock, length, number=-2, cipher=None):
    """Announces a frame of this length, and begins to send it. Returns how many bytes were taken."""
    sock.settimeout(patient(2))  # not to read any more would be a cure as well
    data, taken = struct.pack("<Ii", length, number) + bytes((1 << 16) - 8), 0
    with contextlib.suppress(OSError):
        for _ in range(FLOOD >> 16):
            sock.sendall(cipher.update(data) if cipher else data)
            taken, data = taken + len(data), bytes(1 << 16)
            time.sleep(PAUSE)
    return taken


class Flood(Connection):
    """A middle-end, or an attacker on the path to it, answers with one endless frame. No key is needed."""

    def serve(self):
        flood(self.sock, 0x7FFFFFFC)


class Huge(Connection):
    """A middle-end that has the secret, shakes hands, and begins an answer that is too long for any client."""

    taken = ()

    def shake_hands(self, body):
        super().shake_hands(body)
        Huge.taken += (flood(self.sock, 1 << 26, self.next_out, self.encrypt),)
        raise ConnectionError


def oversized_answer(scene):
    oversized_from_middle_end(scene, Huge, 20, lambda: len(Huge.taken) >= CONNECTIONS)
    if max(Huge.taken, default=0) > TAKEN:
        raise Damaged(f"takes {max(Huge.taken) >> 20} MiB of the answer")


def oversized_from_middle_end(scene, kind=Flood, seconds=4, is_over=lambda: False):
    scene.middle_end.speak = kind
    scene.middle_end.drop()
    end = time.monotonic() + patient(seconds)
    while not is_over() and time.monotonic() < end and not scene.proxy.ended(0.1):
        pass
    greeted = len(scene.middle_end.senders)
    scene.middle_end.speak = Connection
    scene.middle_end.drop()
    end = time.monotonic() + patient(10)
    while len(scene.middle_end.senders) < greeted + CONNECTIONS and time.monotonic() < end and not scene.proxy.ended(0.1):
        pass  # until its four connections are back
    time.sleep(patient(0.2))


def oversized_from_neighbour(scene):
    flood(scene.connect(scene.proxy.stats_port), 0x3FFFFFFC)


class Neighbour(Connection):
    """Speaks the RPC protocol to the proxy's local port, with the secret that Telegram publishes."""

    def __init__(self, scene):
        self.secret = scene.secret
        super().__init__(None, scene.connect(scene.proxy.stats_port), None)
        self.client, self.server = self.sock.getsockname(), self.sock.getpeername()
        self.nonce, self.time = os.urandom(16), int(time.time())
        self.answered = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        with contextlib.suppress(OSError, ValueError, struct.error):
            self.serve()

    def offer(self, schema, rest=b""):
        """Sends the first packet. True if it is answered."""
        self.send(struct.pack("<I4sIi", NONCE, self.secret[:4], schema, self.time) + self.nonce + rest)
        return self.answered.wait(2)

    def introduce(self, sender):
        """Sends the second packet, with the process's identity."""
        self.answered.clear()
        self.send(struct.pack("<II", HANDSHAKE, 0) + sender + bytes(12))
        return self.answered.wait(2)

    def handle(self, body):
        kind = struct.unpack_from("<I", body)[0]
        if kind == NONCE:
            nonces = body[16:32], self.nonce
            parties = self.time, self.server, self.client
            self.encrypt = Aes("cbc", *keys(self.secret, nonces, *parties, b"CLIENT"))
            self.decrypt = Aes("cbc", *keys(self.secret, nonces, *parties, b"SERVER"), encrypt=False)
        self.answered.set()


def dh_value_zero(scene):
    neighbour = Neighbour(scene)
    neighbour.offer(SCHEMA_DH, struct.pack("<II", 0, DH_PARAMETERS) + bytes(256))
    settled(neighbour.sock)


def sender(ip):
    return struct.pack("<IHHi", ip, 1, 1, int(time.time()))


def handshake(scene, ip):
    neighbour = Neighbour(scene)
    if not neighbour.offer(SCHEMA_AES):
        scene.proxy.ended(1)
        scene.proxy.check_alive()
        raise Damaged("does not answer the local RPC handshake")
    neighbour.introduce(sender(ip))
    return neighbour


def sender_ip_zero(scene):
    neighbour = handshake(scene, 0)
    neighbour.send(struct.pack("<IQ", 0x2374DF3D, 1) + bytes(16))  # RPC_INVOKE_REQ with nothing in it
    time.sleep(patient(1))


def no_public_address(scene):
    handshake(scene, struct.unpack(">I", socket.inet_aton(LOOPBACK))[0])
    time.sleep(patient(0.5))


ROWS = (
    Row("frame-upstream", "the middle-end begins a frame of 2 GiB, to a pool of 8 MiB",
        ("net/net-tcp-rpc-client", "net/net-tcp-rpc-common"), oversized_from_middle_end),
    Row("frame-answer", "the middle-end begins an answer of 64 MiB, after its handshake",
        ("net/net-tcp-rpc-client", "net/net-tcp-rpc-common"), oversized_answer, pool=LARGE_POOL),
    Row("frame-local", "a neighbour begins a frame of 1 GiB on the statistics port", ("net/net-tcp-rpc-server", "net/net-tcp-rpc-common"),
        oversized_from_neighbour),
    Row("dh-zero", "a neighbour offers the DH value 0", ("net/net-tcp-rpc-server",), dh_value_zero),
    Row("ip-zero", "a neighbour says that it has address 0, and asks something", ("net/net-tcp-rpc-server", "net/net-rpc-targets"), sender_ip_zero),
    Row("no-address", "a neighbour shakes hands, where the machine has no public IPv4", ("net/net-tcp-rpc-server",), no_public_address, kinds=("net",)),
)
