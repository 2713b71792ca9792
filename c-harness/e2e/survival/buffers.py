# SPDX-License-Identifier: LGPL-2.0-or-later
"""The pool of message buffers: ways to fill it."""
import contextlib
import struct
import time

from machine import patient

from .scene import POOL, Damaged, Row, one_message, settled

SEGMENTS, STRANGERS = 63, 60
SILENT = 300
# A packet's length, which the proxy accepts, and what is sent of it.
LARGE, SENT = 1_000_000, 14 << 16


def one_byte_segments(scene):
    """Unauthenticated clients send one byte at a time, and never the whole obfuscated header of 64 bytes."""
    strangers = [scene.connect(scene.proxy.port) for _ in range(STRANGERS)]
    for _ in range(SEGMENTS):
        for sock in strangers:
            with contextlib.suppress(OSError):  # closed: that is a cure
                sock.send(b"a")
        time.sleep(0.002)
        scene.proxy.check_alive()
    time.sleep(patient(0.3))
    for sock in strangers:
        sock.close()


def silent_clients(scene):
    """Measures the memory that each client holds which sends one message and stays connected."""
    before = scene.number("total_used_buffers"), scene.number("total_used_buffers_size")
    one_message([scene.client("intermediate") for _ in range(SILENT)])
    time.sleep(patient(0.5))
    buffers, size = scene.number("total_used_buffers") - before[0], scene.number("total_used_buffers_size") - before[1]
    text = f"{buffers / SILENT:.1f} buffers, {max(size, 0) / SILENT:,.0f} bytes for each silent client"
    if buffers >= SILENT / 2:
        raise Damaged(text)
    return "lives, " + text


def half_sent_packets(scene):
    """Clients with the link send most of a large packet each, together more than the pool holds."""
    clients = [scene.client("intermediate") for _ in range(2 * POOL // SENT)]
    for client in clients:
        client.sock.settimeout(patient(1))  # not to read from them any more would be a cure as well
        with contextlib.suppress(OSError):
            client.sock.sendall(client.encrypt.update(struct.pack("<I", LARGE)))
            for _ in range(SENT >> 16):
                client.sock.sendall(client.encrypt.update(bytes(1 << 16)))
        scene.proxy.check_alive()
    for client in clients:
        client.close()
    time.sleep(patient(0.3))


def short_padded_packet(scene):
    """A padded packet shorter than the smallest valid one, and bytes after it."""
    client = scene.client("padded")
    client.sock.sendall(client.encrypt.update(struct.pack("<I", 3) + bytes(40)))
    settled(client.sock)


POOL_OBJECTS = ("net/net-connections", "net/net-msg", "net/net-msg-buffers")
ROWS = (
    Row("segments", f"{STRANGERS} strangers send {SEGMENTS} bytes each, one at a time, to a pool of 8 MiB", POOL_OBJECTS, one_byte_segments),
    Row("full-pool", "link holders send most of a large packet each, 16 MiB to a pool of 8 MiB", POOL_OBJECTS, half_sent_packets),
    Row("cpu-threads", "start and traffic with --multithread --tcp-cpu-threads 8, and a pool of 8 MiB", ("net/net-msg-buffers",), at_start=True, polite=True,
        arguments=("--multithread", "--tcp-cpu-threads", "8")),
    Row("silent", f"{SILENT} link holders send one message each, and stay", ("net/net-msg",), silent_clients, pool=32 << 20, polite=True),
    Row("padded", "a link holder sends a padded packet of length 3", ("net/net-msg",), short_padded_packet),
)
