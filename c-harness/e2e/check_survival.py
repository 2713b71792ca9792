#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.0-or-later
"""Does to a proxy the things that kill, hang or bleed the original, and prints whether it survives.

    check_survival.py [PROXY] [--baseline ORIGINAL] [--rows NAME,NAME...] [--list]

Each row starts the binary on loopback, in a process of its own, does one thing to it, and then wants its traffic carried.
What is cured by objects that the drop-in in PROXY replaces must live; the other rows say what is not covered yet. ORIGINAL
is the control: there every row must do harm. Docs: docs/survival.md.

Each proxy has a pool of 8 to 256 MiB and at most a minute. Nothing takes an address: what is done, is done to the process
that this program started. Needs Python 3.9, libcrypto, binutils; for some rows root, or user namespaces.

Exit status 0: what is covered lives, and ORIGINAL (if given) is harmed by every row. 2: nothing was tried.
"""
import argparse
import os
import signal
import sys
import time

import apart
import survival
from binary import Unusable, look_at
from traffic import Failed

WIDTH = 16


def attempt(row, binary):
    """Runs a row; returns (outcome, text). In a pid namespace if the machine allows it: an original needs small process ids."""
    arguments = dict(name=row.name, binary=os.path.abspath(binary.path))
    try:
        kinds = tuple(dict.fromkeys(("pid", *row.kinds)))
        try:
            apart.wrapper(kinds)
        except apart.NotAllowed:
            kinds = row.kinds
        return apart.call("survival", "run", arguments, kinds, row.seconds)
    except apart.NotAllowed as problem:
        return "skipped", str(problem)
    except Failed as problem:
        return "failed", str(problem)


def on_baseline(outcome, text):
    """(kind of result, printed text) of a row on the original."""
    if outcome == "lives":
        return "failed", f"CONTROL FAILED, the damage does not show: {text}"
    return {"damaged": "shown", "skipped": "skipped", "failed": "failed"}[outcome], label(outcome, text)


def on_proxy(row, ours, original, outcome, text):
    """The same for the binary under test; `original` is the text that was printed for the original."""
    missing = ", ".join(name.rpartition("/")[2] for name in row.objects if name not in ours)
    if outcome in ("skipped", "failed"):
        return outcome, label(outcome, text)
    if not missing:
        return ("cured", text) if outcome == "lives" else ("failed", f"FAILED: {text}")
    if outcome == "lives":
        return "uncovered", f"{text}, though not covered yet ({missing})"
    return "uncovered", f"not covered yet ({missing}): {'the same' if text == original else text}"


def label(outcome, text):
    return {"skipped": "skipped: ", "failed": "FAILED: "}.get(outcome, "") + text


def works(binary):
    outcome, text = attempt(survival.PLAIN, binary)
    if outcome != "lives":
        raise Unusable(f"{binary.path} does not work as it is: {text}")


def check(rows, proxy, baseline):
    """Tries every row on both binaries, and prints the rows. Returns the number of rows by result."""
    results = dict.fromkeys(("cured", "uncovered", "shown", "skipped", "failed"), 0)
    ours = proxy.coverage[0] if proxy else frozenset()
    for row in rows:
        print(f"\n{row.name:<{WIDTH}}{row.done}", flush=True)
        result = original = None
        if baseline:
            result, original = on_baseline(*attempt(row, baseline))
            results[result] += 1
            print(f"  {'original':<{WIDTH - 2}}{original}", flush=True)
        if proxy and result != "skipped":
            result, text = on_proxy(row, ours, original, *attempt(row, proxy))
            results[result] += 1
            print(f"  {'this binary':<{WIDTH - 2}}{text}", flush=True)
    return results


def chosen(parser, names):
    wanted = names.replace(",", " ").split()
    for name in wanted:
        if name not in survival.ROWS:
            parser.error(f"no row {name}; there are {', '.join(survival.ROWS)}")
    return [row for name, row in survival.ROWS.items() if name in wanted or not wanted]


def main():
    parser = argparse.ArgumentParser(prog="check-survival", description=__doc__.splitlines()[0], epilog="\n".join(__doc__.splitlines()[2:]),
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("proxy", nargs="?")
    parser.add_argument("--baseline", help="an original, on which every row must do harm")
    parser.add_argument("--rows", default="", help="these only")
    parser.add_argument("--list", action="store_true", help="print the rows")
    options = parser.parse_args()
    rows = chosen(parser, options.rows)
    if options.list:
        for row in rows:
            print(f"{row.name:<{WIDTH}}{row.done}")
        return 0
    if not options.proxy and not options.baseline:
        parser.error("a proxy, a baseline, or both")
    for number in signal.SIGTERM, signal.SIGINT:
        signal.signal(number, lambda *_: sys.exit("check-survival: interrupted"))

    binaries = look_at(parser, *filter(None, (options.proxy, options.baseline)))
    proxy = binaries[0] if options.proxy else None
    baseline = binaries[-1] if options.baseline else None
    try:
        if baseline and baseline.relinked:
            raise Unusable(f"{baseline.path} holds the drop-in: it is no control")
        if proxy:
            proxy.coverage  # where nobody can tell which objects are ours, nothing is tried
        for binary in binaries:
            works(binary)
    except Unusable as problem:
        parser.exit(2, f"check-survival: {problem}\n")

    start = time.monotonic()
    results = check(rows, proxy, baseline)
    counts = [f"{results['cured']} cured, {results['uncovered']} not covered yet"] if proxy else []
    counts += [f"{results['shown']} do harm to the original"] if baseline else []
    counts += [f"{results['skipped']} skipped"] if results["skipped"] else []
    counts += [f"{results['failed']} FAILED"] if results["failed"] else []
    print(f"\ncheck-survival: {len(rows)} row{'s' * (len(rows) != 1)} in {time.monotonic() - start:.0f} s: {', '.join(counts)}")
    if proxy:
        print(proxy.verdict)
    return results["failed"] != 0 or (proxy is not None and not proxy.relinked)


if __name__ == "__main__":
    sys.exit(main())
