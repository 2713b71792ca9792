# SPDX-License-Identifier: LGPL-2.0-or-later
"""A function in a process of its own and, if asked for, in namespaces of its own.

The namespaces are the kernel's: what happens in them to process ids ("pid") or to the network ("net", which has loopback
and nothing else) changes nothing on the machine, and ends with the process. They need root, or user namespaces, and
util-linux's `unshare`.

    python3 apart.py MODULE FUNCTION SECONDS        arguments and result are JSON, on standard input and output
"""
import contextlib
import fcntl
import functools
import importlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys

from machine import patient
from traffic import Failed

FLAGS = {"pid": ["--pid", "--mount-proc", "--kill-child"], "net": ["--net"]}
# Without root: the same user, with root's rights inside the namespaces only. (As "root" the proxy would try to change its user.)
AS_USER = ["--user", "--map-current-user", "--keep-caps"]
GRACE = 30  # seconds in which a process whose time is up ends its proxy
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


class NotAllowed(Exception):
    """This machine does not allow such namespaces."""


@functools.lru_cache(None)
def wrapper(kinds):
    """The command that starts another command in new namespaces of these kinds."""
    if not kinds:
        return []
    flags = ["unshare", "--fork"] + [flag for kind in kinds for flag in FLAGS[kind]]
    if os.geteuid() != 0:
        flags += AS_USER
    try:
        if subprocess.run([*flags, "true"], capture_output=True, timeout=10).returncode == 0:
            return flags
    except (OSError, subprocess.TimeoutExpired):
        pass
    raise NotAllowed(f"this machine allows no {' or '.join(kinds)} namespace of our own")


def _end(process):
    """Does nothing, unless the program was interrupted: then the function is made to leave through its `finally`."""
    if process.poll() is not None:
        return
    with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
        children = file.read().split()  # `unshare` passes no signal on
    for pid in children or [process.pid]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGTERM)
    try:
        process.wait(GRACE / 2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def call(module, function, arguments, kinds=(), seconds=60):
    """The function's result. Raises the Failed that the function raises, and a Failed if its time is up."""
    command = [*wrapper(tuple(kinds)), sys.executable, "-B", os.path.abspath(__file__), module, function, str(round(patient(seconds))), *kinds]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        answer, _ = process.communicate(json.dumps(arguments), timeout=patient(seconds) + GRACE)
    except subprocess.TimeoutExpired:
        raise Failed(f"out of time after {patient(seconds):.0f} s, and did not end") from None
    finally:
        _end(process)
    if process.returncode or not answer:
        raise Failed(f"{module}.{function} ended with {process.returncode}")
    answer = json.loads(answer)
    if "failed" in answer:
        raise Failed(answer["failed"])
    return answer["result"]


def into_small_pids():
    """If the machine's process ids are so high that an original aborts, continues in a namespace with small ids."""
    with open("/proc/sys/kernel/pid_max") as file:
        if int(file.read()) < 65536 or os.getpid() < 1000:
            return
    try:
        os.execvp("unshare", [*wrapper(("pid",)), sys.executable, "-B", *sys.argv])
    except NotAllowed as problem:
        print(f"warning: {problem}; an original aborts here when it gets a process id above 65535", flush=True)


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = fcntl.ioctl(sock, SIOCGIFFLAGS, struct.pack("16sh22x", b"lo", 0))
        flags = struct.unpack_from("h", request, 16)[0]
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", flags | IFF_UP))


def _out_of_time(*_):
    raise Failed("out of time")


def _leave(*_):
    for number in signal.SIGTERM, signal.SIGINT:
        signal.signal(number, signal.SIG_IGN)  # a second one must not disturb the cleaning up
    sys.exit(1)


def main(module, function, seconds, *kinds):
    out = os.dup(1)
    os.dup2(2, 1)  # what else is printed is not the answer
    # All processes leave through every `finally`, so that the proxy ends with them.
    signal.signal(signal.SIGALRM, _out_of_time)
    for number in signal.SIGTERM, signal.SIGINT:
        signal.signal(number, _leave)
    signal.alarm(int(seconds))
    if "net" in kinds:
        loopback_up()
    try:
        answer = {"result": getattr(importlib.import_module(module), function)(**json.load(sys.stdin))}
    except Failed as problem:
        answer = {"failed": str(problem)}
    signal.alarm(0)
    with os.fdopen(out, "w") as file:
        json.dump(answer, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
