# SPDX-License-Identifier: LGPL-2.0-or-later
"""Ways to kill, hang or bleed a proxy from outside, one row each. docs/survival.md describes them."""
from . import buffers, frames, site, start, statistics_port, threads
from .scene import Row, try_row

PLAIN = Row("plain", "nothing but traffic", ())
ROWS = {row.name: row for module in (start, statistics_port, buffers, site, frames, threads) for row in module.ROWS}


def run(name, binary):
    """One row, in this process."""
    return try_row(ROWS.get(name, PLAIN), binary)
