#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.0-or-later
"""Tests the results of check-survival, and what all checks share, without a proxy: each must be able to fail."""
import dataclasses
import os
import re
import struct
import tempfile
import unittest
import unittest.mock

import apart
import binary
import check_survival
import survival
from proxy import Proxy
from survival.scene import Damaged, attacked
from traffic import Failed

ROW = survival.ROWS["post"]
OURS = {"net/net-http-server"}


def elf(machine, text):
    return b"\x7fELF\2\1\1".ljust(18, b"\0") + struct.pack("<H", machine) + text


class Files(unittest.TestCase):
    """A PROXY that is not a proxy must give one line."""

    def refused(self, content, mode=0o755):
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            os.chmod(file.name, mode)
            with self.assertRaises(binary.Unusable) as caught:
                binary.Binary(file.name)
            self.assertNotIn("\n", str(caught.exception))
            return str(caught.exception)

    def test_mistakes(self):
        own = next(number for number, name in binary.MACHINES.items() if name == os.uname().machine.replace("_", "-"))
        other = next(number for number in binary.MACHINES if number != own)
        proxy = b" ".join(binary.OPTIONS)
        self.assertIn("is a script", self.refused(b"#!/bin/sh\nexec mtproto-proxy\n"))
        self.assertIn("no program", self.refused(b""))
        self.assertIn("no program", self.refused(b"!<arch>\n"))
        self.assertIn("is built for", self.refused(elf(other, proxy)))
        self.assertIn("is no MTProxy", self.refused(elf(own, b"hello")))
        self.assertIn("not executable", self.refused(elf(own, proxy), 0o644))

    def test_relinked(self):
        own = next(number for number, name in binary.MACHINES.items() if name == os.uname().machine.replace("_", "-"))
        for text, relinked in ((b"", False), (b"mtproxy-ffi 1.0.0-rc.1 drop-in\0", True)):
            with tempfile.NamedTemporaryFile() as file:
                file.write(elf(own, b" ".join(binary.OPTIONS) + b" " + text))
                file.flush()
                os.chmod(file.name, 0o755)
                self.assertEqual(binary.Binary(file.name).relinked, relinked)

    def test_level(self):
        own = next(number for number, name in binary.MACHINES.items() if name == os.uname().machine.replace("_", "-"))
        for text, name in ((b"drop-in\0", "libmtproxy_kdb.a"), (b"drop-in, leaf level\0", "libmtproxy_kdb_leaf.a")):
            with tempfile.NamedTemporaryFile() as file:
                file.write(elf(own, b" ".join(binary.OPTIONS) + b" mtproxy-ffi 1.0.0 " + text))
                file.flush()
                os.chmod(file.name, 0o755)
                self.assertEqual(os.path.basename(binary.Binary(file.name).archive), name)


class Rows(unittest.TestCase):
    def test_what_is_covered_must_live(self):
        self.assertEqual(check_survival.on_proxy(ROW, OURS, None, "lives", "lives")[0], "cured")
        self.assertEqual(check_survival.on_proxy(ROW, OURS, None, "damaged", "dies")[0], "failed")

    def test_what_is_not_covered_says_so(self):
        result, text = check_survival.on_proxy(ROW, set(), None, "damaged", "dies")
        self.assertEqual((result, text), ("uncovered", "not covered yet (net-http-server): dies"))
        self.assertIn("though not covered", check_survival.on_proxy(ROW, set(), None, "lives", "lives")[1])

    def test_a_row_that_breaks_fails(self):
        for ours in (OURS, set()):
            self.assertEqual(check_survival.on_proxy(ROW, ours, None, "failed", "?")[0], "failed")

    def test_the_original_must_be_harmed(self):
        self.assertEqual(check_survival.on_baseline("damaged", "dies")[0], "shown")
        self.assertEqual(check_survival.on_baseline("lives", "lives")[0], "failed")
        self.assertEqual(check_survival.on_baseline("failed", "?")[0], "failed")

    def test_what_is_asked_politely_must_be_answered(self):
        def refused(_):
            raise ConnectionResetError
        scene = unittest.mock.Mock()
        scene.proxy.ended.return_value = False
        self.assertIsNone(attacked(dataclasses.replace(ROW, attack=refused), scene))
        with self.assertRaises(Damaged):
            attacked(dataclasses.replace(ROW, attack=refused, polite=True), scene)

    def test_the_documentation_has_these_rows(self):
        with open(os.path.join(binary.HERE, "../../docs/survival.md")) as page:
            told = re.findall(r"^\| `([a-z0-9-]+)` \|.*\| (`[^|]*`) \|$", page.read(), re.M)
        rows = [(row.name, ", ".join(f"`{name.rpartition('/')[2]}`" for name in row.objects)) for row in survival.ROWS.values()]
        self.assertEqual(told, rows)

    def test_objects_exist(self):
        with open(os.path.join(binary.HERE, "../abi/legacy-symbols.tsv")) as table:
            known = {line.split("\t")[0] for line in table}
        for row in survival.ROWS.values():
            self.assertTrue(row.objects and set(row.objects) <= known, row.name)


class Apart(unittest.TestCase):
    def test_time_is_bounded_and_failures_come_back(self):
        for function, seconds in (("slow", 1), ("failing", 20)):
            with self.assertRaises(Failed) as caught:
                apart.call("test_e2e", function, {}, (), seconds)
            self.assertEqual(str(caught.exception), {"slow": "out of time", "failing": "as asked"}[function])


class LastWords(unittest.TestCase):
    def test_the_line_of_the_assertion(self):
        proxy = Proxy.__new__(Proxy)
        proxy.name = "mtproto-proxy: "
        proxy.process = type("Ended", (), {"poll": lambda self: 1})()
        with tempfile.TemporaryDirectory() as proxy.folder:
            proxy.log = f"{proxy.folder}/log"
            with open(f"{proxy.folder}/output", "w") as file:
                file.write("[7][2026-01-01 00:00:00.0 local] main loop\nmtproto-proxy: a.c:1: f: Assertion `x' failed.\n"
                           "[pid 7] [time 1] \n------- Stack Backtrace -------\n./p(_start+0x21)[0x5]\n")
            self.assertEqual(proxy.last_words(), "a.c:1: f: Assertion `x' failed.")


def slow():
    """For Apart."""
    while True:
        pass


def failing():
    """For Apart."""
    raise Failed("as asked")


if __name__ == "__main__":
    unittest.main()
