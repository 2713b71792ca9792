#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.0-or-later
"""Tests that check-proxy and check-soak see a proxy that changes, loses, delays or miscounts messages: the proxies here do so."""
import contextlib
import hashlib
import itertools
import os
import socket
import threading
import time
import unittest
import unittest.mock

import check_proxy
import check_soak
from client import Client
from crypto import Aes
from traffic import Failed, traffic

SECRET = bytes(16)


def unchanged(number, data):
    return data


class Echo:
    """Answers clients as a proxy with a middle-end behind it does: each message comes back. `fault` may change what is sent."""

    def __init__(self, secret=SECRET, fault=unchanged, statistics=None, ends=True):
        self.secret, self.fault, self.statistics, self.ends_on_term = secret, fault, statistics, ends
        self.pid = os.getpid() % 65536 or 1
        self.numbers = itertools.count(1)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        with sock:
            head = b""
            while len(head) < 64:
                more = sock.recv(64 - len(head))
                if not more:
                    return
                head += more
            back = head[8:56][::-1]
            decrypt, encrypt = (Aes("ctr", hashlib.sha256(key + self.secret).digest(), iv)
                                for key, iv in ((head[8:40], head[40:56]), (back[:32], back[32:])))
            decrypt.update(head)
            try:
                while data := sock.recv(1 << 18):
                    answer = self.fault(next(self.numbers), decrypt.update(data))
                    if answer is None:
                        return
                    sock.sendall(encrypt.update(answer))
            except OSError:
                pass

    # What check_proxy.scenario asks of a Proxy.
    def wait_ready(self):
        pass

    def cpu_seconds(self):
        return 0.0

    def resident(self):
        return 0, 0

    def stats(self):
        return [("tot_forwarded_queries", str(self.statistics))]

    def last_words(self):
        return "ended"

    def ended(self, seconds):
        return False

    def stop(self):
        self.listener.close()
        return self.ends_on_term


def one_bit_of_the_tenth(number, data):
    middle = len(data) // 2  # the end may be padding
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1:] if number == 10 else data


def tenth_closed(number, data):
    return None if number == 10 else data


class Traffic(unittest.TestCase):
    def test_messages_that_come_back_pass(self):
        self.assertEqual(traffic(Echo(), SECRET, 45, 1, largest=256)[0], 45)

    def test_one_changed_bit_fails(self):
        with self.assertRaisesRegex(Failed, "changed on the way"):
            traffic(Echo(fault=one_bit_of_the_tenth), SECRET, 45, 1, largest=256)

    def test_a_closed_connection_fails(self):
        with self.assertRaises(OSError):
            traffic(Echo(fault=tenth_closed), SECRET, 45, 1, largest=256)


class Scenario(unittest.TestCase):
    """45 messages, and 18 before them."""

    def run_with(self, errors=(), wire_pid=None, statistics=63, **proxy):
        def start(binary, secret, user_secret, *_):
            echo = Echo(user_secret, statistics=statistics, **proxy)
            middle_end.senders = [(0, 0, echo.pid if wire_pid is None else wire_pid, 0)]
            return echo
        middle_end = unittest.mock.Mock(errors=list(errors))
        with unittest.mock.patch.object(check_proxy, "Proxy", start), \
                unittest.mock.patch.object(check_proxy, "MiddleEnd", lambda *_: middle_end):
            return check_proxy.scenario("mtproto-proxy", 45, largest=256)

    def refused(self, text, **faults):
        with self.assertRaisesRegex(Failed, text):
            self.run_with(**faults)

    def test_a_proxy_without_faults_passes(self):
        self.assertEqual(self.run_with()["messages"], 45)

    def test_faults_are_seen(self):
        self.refused("counts 62 messages, not 63", statistics=62)
        self.refused("a frame with a wrong checksum", errors=["a frame with a wrong checksum"])
        self.refused("no process id on the wire", wire_pid=0)
        self.refused("calls itself process", wire_pid=1)
        self.refused("SIGTERM does not end it", ends=False)
        self.refused("changed on the way", fault=lambda number, data: one_bit_of_the_tenth(number - 18, data))
        self.refused("closed a client's connection", fault=tenth_closed)


class Soak(unittest.TestCase):
    def connect_again(self, **faults):
        echo = Echo(**faults)
        echo.check_alive = lambda: None
        stay = check_soak.Clients(echo, SECRET)
        try:
            with unittest.mock.patch.object(check_soak, "SOON", 0.5):
                stay.connect_again()
        finally:
            stay.close()

    def test_clients_that_are_not_served_again_fail(self):
        self.connect_again()
        self.connect_again(fault=lambda number, data: data if number > 3 else None)
        with self.assertRaisesRegex(Failed, "serves no clients after"):
            self.connect_again(fault=lambda number, data: None)
        with self.assertRaisesRegex(Failed, "changed on the way"):
            self.connect_again(fault=one_bit_of_the_tenth)

    def test_a_late_answer_is_seen(self):
        # On a loaded machine some of either kind are taken for the other.
        for delay, late, typical in ((0.0, False, min), (2 * check_soak.LIMIT, True, max)):
            echo = Echo(fault=lambda number, data: time.sleep(delay) or data)
            with contextlib.closing(Client(echo.port, SECRET, "intermediate")) as client:
                taken = typical(check_soak.answer_time(client, bytes(64), [os.getpid()]) for _ in range(5))
            self.assertEqual(taken > check_soak.LIMIT, late)

    def test_what_is_late_or_grows_fails(self):
        figures = {"descriptors": 40, check_soak.MEMORY: 1000}
        self.assertIn("2 awakenings", check_soak.verdict([0.001, 0.002], figures, dict(figures, **{check_soak.MEMORY: 1400}), {}))
        for problem, times, last in (("1 of 2 answers later", [0.001, 0.02], figures), ("descriptors: 40, at the end 41", [0.001], dict(figures, descriptors=41)),
                                     (check_soak.MEMORY, [0.001], {**figures, check_soak.MEMORY: 2000})):
            with self.assertRaisesRegex(Failed, problem):
                check_soak.verdict(times, figures, last, {})


if __name__ == "__main__":
    unittest.main()
