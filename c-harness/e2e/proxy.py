# SPDX-License-Identifier: LGPL-2.0-or-later
"""The proxy under test: started on loopback, observed through /proc, and ended with all its files removed."""
import glob
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from machine import EMULATOR, patient
from traffic import Failed

LOG_PREFIX = re.compile(r"^\[(pid )?\d+\] ?\[[^]]*\] ?")
FATAL = re.compile(r"Assertion `|FATAL|^fatal:")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


class Proxy:
    def __init__(self, binary, secret, user_secret, middle_end, workers=0, arguments=(), statistics=True, connections=1000):
        self.folder = tempfile.mkdtemp(prefix="check-proxy-")
        self.config, self.log = f"{self.folder}/proxy.conf", f"{self.folder}/log"
        self.port, self.stats_port = free_port(), free_port()
        with open(f"{self.folder}/secret", "wb") as file:
            file.write(secret)
        self.configure(middle_end.port)
        self.name = f"{os.path.basename(binary)}: "  # how it begins an assertion's line
        user = pwd.getpwuid(os.getuid()).pw_name
        command = [*EMULATOR, os.path.abspath(binary), "-c", str(connections), "-u", user, "-p", str(self.stats_port), "-H", str(self.port), "-S", user_secret.hex(),
                   "--aes-pwd", f"{self.folder}/secret", "-M", str(workers), *(["--http-stats"] if statistics else []), "--allow-skip-dh", "--address", "127.0.0.1",
                   "-l", self.log, "-v", *arguments, self.config]
        self.output = open(f"{self.folder}/output", "w")
        try:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output, start_new_session=True)
        except OSError as error:
            self._remove_files()
            raise Failed(f"{command[0]} cannot be started: {error.strerror}") from error
        self.pid = self.process.pid

    def configure(self, port, text=None):
        """Replaces the config as an operator does: whole, by rename."""
        lines = ["# a stand-in middle-end on loopback", "default 2;"] + [f"proxy_for {dc} 127.0.0.1:{port};" for dc in (1, 2, -2)]
        with open(f"{self.config}.new", "w") as file:
            file.write(text if text is not None else "\n".join(lines) + "\n")
        os.rename(f"{self.config}.new", self.config)

    def wait_ready(self, seconds=15):
        end = time.monotonic() + patient(seconds)
        while time.monotonic() < end:
            self.check_alive()
            try:
                socket.create_connection(("127.0.0.1", self.port), patient(0.5)).close()
                break
            except OSError:
                time.sleep(0.05)
        time.sleep(patient(1.0))  # its connections to the middle-end
        self.check_alive()

    def check_alive(self):
        if self.process.poll() is not None:
            raise ConnectionError(f"the proxy died: {self.last_words()}")

    def ended(self, seconds):
        """True if it ends within this many seconds, more if it is emulated."""
        try:
            self.process.wait(patient(seconds))
        except subprocess.TimeoutExpired:
            return False
        return True

    def last_words(self):
        """The line of the log about its end: the failed assertion, or else the last line."""
        text = (_read(f"{self.folder}/output") + _read(self.log)).partition("------- Stack Backtrace")[0]
        lines = [LOG_PREFIX.sub("", line) for line in text.splitlines()]
        told = [line.removeprefix(self.name) for line in lines if FATAL.search(line)]
        if not told:
            told = [line for line in lines if line][-1:]
        code = self.process.poll()
        if code is not None and code < 0:
            told.append(f"signal {-code}")
        return "; ".join(told[-2:]) or f"exit status {code}, without a word"

    def signal(self, number):
        self.process.send_signal(number)
        time.sleep(patient(0.7))
        self.check_alive()

    def pids(self):
        children = [int(pid) for path in glob.glob(f"/proc/{self.pid}/task/*/children") for pid in _read(path).split()]
        return [self.pid, *children]

    def cpu_seconds(self):
        """CPU time of all threads and workers."""
        nanoseconds = 0
        for pid in self.pids():
            for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
                nanoseconds += int((_read(path).split() or ["0"])[0])
        return nanoseconds / 1e9

    def resident(self):
        """Resident memory in KiB: anonymous, and all."""
        sizes = {"Anonymous": 0, "Rss": 0}
        for pid in self.pids():
            for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
                name, _, value = line.partition(":")
                if name in sizes:
                    sizes[name] += int(value.split()[0])
        return sizes["Anonymous"], sizes["Rss"]

    def stats(self):
        """The statistics page, as (name, value) in order."""
        with socket.create_connection(("127.0.0.1", self.stats_port), patient(10)) as sock:
            sock.settimeout(patient(10))
            sock.sendall(b"GET /stats HTTP/1.0\r\n\r\n")
            page = b""
            while chunk := sock.recv(1 << 16):
                page += chunk
        head, _, body = page.partition(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise ConnectionError("no statistics page")
        return [tuple(line.split("\t", 1)) for line in body.decode(errors="replace").splitlines() if "\t" in line]

    def stop(self):
        """Ends it and its workers, and removes its files. True if it ended after the first signal."""
        group_ended = True
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(patient(10))
            except subprocess.TimeoutExpired:
                group_ended = False
        try:
            os.killpg(self.pid, signal.SIGKILL)  # what is left of its own session
        except ProcessLookupError:
            pass
        self.process.wait(10)
        self._remove_files()
        return group_ended

    def _remove_files(self):
        self.output.close()
        shutil.rmtree(self.folder, ignore_errors=True)
