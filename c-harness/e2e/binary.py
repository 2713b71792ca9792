# SPDX-License-Identifier: LGPL-2.0-or-later
"""Checks a proxy's file, and finds the drop-in's objects in it."""
import functools
import os
import re
import struct
import subprocess

from machine import EMULATOR

HERE = os.path.dirname(os.path.abspath(__file__))
COVERAGE = os.path.join(HERE, "../abi/coverage-objects")
ARCHIVES = os.environ.get("ARCHIVES") or os.path.normpath(os.path.join(HERE, "../../dist/lib"))
MACHINES = {62: "x86-64", 183: "aarch64", 3: "i386", 40: "arm", 22: "s390x", 243: "riscv64"}
OURS = re.compile(rb"mtproxy-ffi [0-9][^ ]* drop-in(, leaf level)?")
OPTIONS = b"mtproto-secret", b"aes-pwd", b"http-stats"  # every fork has them


class Unusable(Exception):
    """The reason why this file cannot be tried, in one line."""


def _content(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from None


def _check(path, content):
    if content[:2] == b"#!":
        raise Unusable(f"{path} is a script; give the program that it starts (in the official tree objs/bin/mtproto-proxy)")
    if content[:4] != b"\x7fELF" or len(content) < 20:
        raise Unusable(f"{path} is no program for Linux")
    order = "<" if content[5] == 1 else ">"
    machine, own = struct.unpack_from(order + "H", content, 18)[0], os.uname().machine.replace("_", "-")
    if MACHINES.get(machine) != own and not EMULATOR:
        raise Unusable(f"{path} is built for {MACHINES.get(machine, f'machine {machine}')}, and this is {own}: "
                       "say RUN=the command of an emulator (docs/linking.md)")
    if not os.access(path, os.X_OK):
        raise Unusable(f"{path} is not executable: chmod +x")
    if not all(option in content for option in OPTIONS):
        raise Unusable(f"{path} is no MTProxy: it does not know the options {b', '.join(OPTIONS).decode()}")


def _coverage(path, archive):
    """The drop-in's objects in the binary, as coverage-objects finds them by their functions' sizes, and their total number."""
    if not os.path.exists(archive):
        raise Unusable(f"{os.path.relpath(archive)} is not here to tell which objects of {path} are ours: make kdb")
    report = subprocess.run(["sh", COVERAGE, archive, "--proxy", path], capture_output=True, text=True)
    lines = re.findall(r"^(\S+) +(Rust|not ours) \(", report.stdout, re.M)
    if not lines:
        raise Unusable(f"coverage-objects cannot read {path}: {(report.stderr or report.stdout).strip().splitlines()[:1]}")
    ours = {name for name, owner in lines if owner == "Rust"}
    if not ours:
        raise Unusable(f"{path} is relinked, but with another build of the drop-in than {os.path.relpath(archive)}, or without "
                       "-rdynamic and stripped: nothing tells which of its objects are ours")
    return ours, len(lines)


class Binary:
    """A proxy's file. It is examined, not started."""

    def __init__(self, path):
        self.path = path
        content = _content(path)
        _check(path, content)
        release = OURS.search(content)
        self.relinked = release is not None
        leaf = release and release.group(1)
        self.archive = os.path.join(ARCHIVES, "libmtproxy_kdb_leaf.a" if leaf else "libmtproxy_kdb.a")

    @property
    def label(self):
        return "drop-in" if self.relinked else "original"

    @functools.cached_property
    def coverage(self):
        """The drop-in's objects in the binary, and the number of objects of the drop-in."""
        return _coverage(self.path, self.archive) if self.relinked else (frozenset(), 0)

    @property
    def verdict(self):
        """The last line of every check."""
        if not self.relinked:
            return "drop-in linked: NO: this is the original"
        try:
            ours, total = self.coverage
        except Unusable as problem:
            return f"drop-in linked: yes, but not known how much of it: {problem}"
        return f"drop-in linked: {'yes' if len(ours) == total else 'IN PART'} ({len(ours)} of {total} objects)"


def look_at(parser, *paths):
    """The binaries; ends the program with one line if one cannot be tried."""
    try:
        return [Binary(path) for path in paths]
    except Unusable as problem:
        parser.exit(2, f"{parser.prog}: {problem}\n")
