#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.0-or-later
"""Counts the instructions that a proxy of its own takes for a message, by function, under qemu.

    RUN="qemu-aarch64-static -L ..." count_instructions.py PROXY

Messages of 1 KiB go through it one after the other. What libraries take is not counted, and what an idle proxy takes in as long
is taken off. Functions that are not exported have no name here. The counts of two machines can be compared where both are
emulated. qemu 7 or 8, because it tells one instruction a line (-singlestep -d exec).
"""
import collections
import os
import random
import sys
import tempfile
import time

os.environ["PATIENCE"] = os.environ.get("PATIENCE") or "20"
import machine  # noqa: E402
from client import Client  # noqa: E402
from running import running  # noqa: E402

MESSAGES, SIZE, NAMES = 40, 1024, 30
PROGRAM = {"qemu-aarch64": 0x5500000000, "qemu-x86_64": 0x4000000000}  # where qemu puts it; its libraries lie higher


def counted(log, start, end):
    """The instructions between two places of the log, by function."""
    by_function = collections.Counter()
    with open(log, "rb") as file:
        file.seek(start)
        for line in file.read(end - start).splitlines()[1:]:
            if line.startswith(b"Trace"):
                by_function[line.rpartition(b"] ")[2].strip().decode(errors="replace") or "(not exported)"] += 1
    return by_function


def measure(binary, log):
    with running(binary) as (proxy, _, user):
        client = Client(proxy.port, user, "intermediate")

        def pass_messages(count):
            for _ in range(count):
                message = b"\1" + random.randbytes(SIZE - 1)
                client.send(message)
                if not client.matches(message, client.receive()):
                    sys.exit("count-instructions: a message changed on the way")

        pass_messages(5)
        time.sleep(3)
        start, began = os.path.getsize(log), time.monotonic()
        pass_messages(MESSAGES)
        end, took = os.path.getsize(log), time.monotonic() - began
        time.sleep(took)
        by_function = counted(log, start, end)
        by_function.subtract(counted(log, end, os.path.getsize(log)))
        return by_function


def main():
    base = next((base for name, base in PROGRAM.items() if machine.EMULATOR and name in machine.EMULATOR[0]), None)
    if len(sys.argv) != 2 or base is None:
        sys.exit("count-instructions: say PROXY=path, and RUN=qemu-aarch64-static or qemu-x86_64-static, with its options")
    with tempfile.TemporaryDirectory() as folder:
        log = f"{folder}/log"
        machine.EMULATOR[1:1] = ["-singlestep", "-d", "exec,nochain", "-dfilter", f"{base:#x}+0x400000", "-D", log]
        by_function = measure(sys.argv[1], log)
    for name, count in by_function.most_common(NAMES):
        print(f"{count / MESSAGES:10,.0f}  {name}")
    print(f"count-instructions: {sum(by_function.values()) / MESSAGES:,.0f} for a message of {SIZE} bytes, {MESSAGES} messages")


if __name__ == "__main__":
    main()
