# SPDX-License-Identifier: LGPL-2.0-or-later
"""What happens to a proxy in a week: its operator's signals, clients that come and go, and a network and a middle-end that fail."""
import collections
import os
import random
import signal
import time

from check_connections import end, one
from client import Client
from cuts import Plan, cut_client
from machine import patient
from middle_end import Connection
from traffic import Failed

CHURN = 40
CONNECTIONS = 4  # of the proxy to its middle-end
SOON = patient(40)  # seconds until a middle-end that is back is connected to, and a log is made


class Disturbances:
    """One at a time, by chance. `done` says how often each was."""

    def __init__(self, proxy, user, middle_end, seed):
        self.proxy, self.user, self.middle_end = proxy, user, middle_end
        self.rng, self.done = random.Random(seed), collections.Counter()

    def next(self):
        """Disturbs. True if clients have lost their connection to the middle-end, as they must. The proxy then has all its
        connections again: where a client's message meets one that is just about to be ready, the application keeps a reference
        to it for ever (mtproto-proxy.c, choose_proxy_target), relinked or not."""
        kind = self.rng.choice((self.churn, self.cut_clients, self.reload, self.rotate, self.drop, self.restart, self.cut_middle_end))
        greeted = len(self.middle_end.senders)
        loses = kind()
        if loses:
            self.wait(lambda: min(len(self.middle_end.senders) - greeted, self.middle_end.ready) >= CONNECTIONS, "it does not connect to the middle-end")
            time.sleep(patient(0.3))
        self.proxy.check_alive()
        self.done[kind.__name__.replace("_", " ")] += 1
        return bool(loses)

    def churn(self):
        """Clients of all kinds, which end in all ways, with answers on their way."""
        kinds = self.rng.choices(("speaks", "silent", "stops", "noise"), k=CHURN)
        connections = [one(self.proxy, self.user, kind, self.rng) for kind in kinds]
        for connection in connections:
            if isinstance(connection, Client):
                connection.send(self.rng.randbytes(255) + b"\1")
        self.rng.shuffle(connections)
        for connection in connections:
            end(connection, self.rng)

    def cut_clients(self):
        """Clients that end anywhere in their handshake, or in their first message."""
        for _ in range(CHURN):
            cut_client(self.proxy.port, self.user, False, self.rng.randrange(124), self.rng.random() < 0.5)

    def reload(self):
        self.proxy.configure(self.middle_end.port)
        self.proxy.process.send_signal(signal.SIGHUP)

    def rotate(self):
        """The old log is deleted, as by an operator who has read it."""
        if os.path.exists(self.proxy.log):
            os.unlink(self.proxy.log)
        self.proxy.process.send_signal(signal.SIGUSR1)
        self.wait(lambda: os.path.exists(self.proxy.log), "no new log")

    def drop(self):
        """All connections to the middle-end end, and can be made again at once."""
        self.middle_end.drop()
        return True

    def restart(self):
        """The middle-end is away for a while."""
        self.middle_end.stop_listening()
        self.middle_end.drop()
        time.sleep(self.rng.uniform(0.1, 3))
        self.middle_end.listen()
        return True

    def cut_middle_end(self):
        """Connections to the middle-end end at some bytes of their handshakes, until one is whole."""
        plan = Plan(every=self.rng.randrange(20, 60))
        self.middle_end.speak = plan.next
        self.middle_end.drop()
        self.wait(lambda: not plan.left, "the proxy connects no more")
        self.middle_end.speak = Connection
        return True

    def wait(self, is_so, otherwise):
        last = time.monotonic() + SOON
        while not is_so():
            self.proxy.check_alive()
            if time.monotonic() > last:
                raise Failed(otherwise)
            time.sleep(0.02)
