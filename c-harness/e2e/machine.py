# SPDX-License-Identifier: LGPL-2.0-or-later
"""The machine that a proxy runs on: this one, or another one's processor, which an emulator stands in for, slowly.

From the environment: RUN, the emulator with its options; PATIENCE, by how much every time limit and pause is longer."""
import os
import shlex

EMULATOR = shlex.split(os.environ.get("RUN", ""))
PATIENCE = float(os.environ.get("PATIENCE") or (5 if EMULATOR else 1))


def patient(seconds):
    """How long to wait for what a proxy on an ordinary machine does in so many seconds."""
    return seconds * PATIENCE
