# SPDX-License-Identifier: LGPL-2.0-or-later
"""Rows without an attacker: a proxy's start, and an idle proxy."""
import ctypes
import glob
import os
import resource
import socket
import time

from machine import patient

from .scene import Damaged, Row, Skipped, rate

HIGH_PID, PID_MAX, LAST_PID = 70000, "/proc/sys/kernel/pid_max", "/proc/sys/kernel/ns_last_pid"
PR_CAPBSET_DROP, CAP_SYS_RESOURCE = 24, 24
WAKE_UPS = 100  # a second, from which on an idle proxy wastes power; a proxy with few timers needs about twenty


def high_pid():
    """Gives the next process of this private namespace a high id."""
    with open(PID_MAX) as file:
        limit = int(file.read())
    if limit <= HIGH_PID:
        raise Skipped(f"this machine allows process ids up to {limit} only")
    with open(LAST_PID, "w") as file:
        file.write(str(HIGH_PID))


def low_file_limit():
    """As in a container: root without the right to raise the limit of open files."""
    if os.geteuid() != 0:
        raise Skipped("only root's proxy insists on the limit; this check does not run as root")
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_SYS_RESOURCE, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))


def idle(scene):
    """Wake-ups and CPU time of a proxy without clients."""
    time.sleep(patient(2))  # its own start
    proxy = scene.proxy

    def wake_ups():
        return sum(int(line.split()[1]) for path in glob.glob(f"/proc/{proxy.pid}/task/*/status")
                   for line in open(path) if line.startswith("voluntary_ctxt_switches"))

    cpu = proxy.cpu_seconds()
    woken = rate(wake_ups, 4)
    text = f"wakes {woken:,.0f} times a second, {25 * (proxy.cpu_seconds() - cpu):.1f} % of a core"
    if woken > WAKE_UPS:
        raise Damaged(text)
    return "lives, " + text


def statistics_over_ipv6(scene):
    """With -6 the port of the statistics page treats any connection as IPv6."""
    scene.proxy.stats()


def has_ipv6():
    if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
        raise Skipped("this machine has no IPv6")


ROWS = (
    Row("pid", "it starts with process id 70001", ("common/pid",), prepare=high_pid, at_start=True, kinds=("pid",)),
    Row("file-limit", "it starts as root, and may open 1,024 files", ("engine/engine",), prepare=low_file_limit, at_start=True,
        arguments=("-c", "65536")),
    Row("idle", "nothing, for four seconds", ("net/net-events", "engine/engine", "engine/engine-signals"), idle),
    Row("ipv6-stats", "started with -6 --http-stats; its statistics are read once", ("engine/engine",), statistics_over_ipv6,
        prepare=has_ipv6, arguments=("-6",), polite=True),
)
