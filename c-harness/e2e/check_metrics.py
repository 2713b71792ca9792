#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.0-or-later
"""Reads the metrics of a relinked proxy, as Prometheus does, and compares them with its statistics page.

    check_metrics.py PROXY [--baseline ORIGINAL] [--scrapes N]

Every number and text of the page must be a metric with the same value. Then the page is read N times, each time over a
connection of its own, and as often in between the metrics: message buffers and memory stay where they were. ORIGINAL is the
control: it has no metrics.

`promtool` checks the text, and a real Prometheus scrapes it, where they are installed (Debian's package prometheus); else a
line says so. Needs Python 3.9. Exit status 0: all that was tried is right.
"""
import argparse
import json
import os
import re
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from binary import look_at
from middle_end import MiddleEnd
from proxy import Proxy, free_port
from traffic import Failed

SAMPLE = re.compile(r'(mtproxy_[a-z0-9_]+)(?:\{([a-z0-9_]+)="((?:[^"\\]|\\.)*)"\})? (\S+)')
DASHBOARD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/grafana-dashboard.json")
AT_ONCE = 8  # requests, while many are made
# What a request for metrics moves itself while the page is made: it is a message and has a queue for the host's answer.
MOVED = re.compile("rwm_|mpq_|total_used_buffers|total_network_buffers_used|stats_generate_time")
KEPT = 64  # bytes of message buffers that a request may keep: a leak keeps 2048


def request(port, path, method="GET", source="127.0.0.1"):
    """(status, headers, body)."""
    with socket.create_connection(("127.0.0.1", port), 10, (source, 0)) as sock:
        sock.sendall(f"{method} {path} HTTP/1.1\r\nHost: proxy\r\n\r\n".encode())
        answer = b""
        while chunk := sock.recv(1 << 16):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    return int(lines[0].split()[1]), dict(line.split(": ", 1) for line in lines[1:]), body


def parse(text):
    """{(name, label's value or None): value}, and the types. Fails on a line that is no metric's."""
    samples, types = {}, {}
    for line in text.splitlines():
        if line.startswith("# HELP "):
            if not re.fullmatch(r"# HELP mtproxy_\w+ \S.*", line):
                raise Failed(f"a metric without help: {line}")
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            if name in types:
                raise Failed(f"{name} has two types")
            types[name] = kind
        else:
            match = SAMPLE.fullmatch(line)
            if not match:
                raise Failed(f"no metric: {line}")
            name, _, label, value = match.groups()
            if name not in types:
                raise Failed(f"{name} has no type")
            samples.setdefault(name, []).append((label, value))
    return samples, types


def expected(types, name, value):
    """The metric of a line, and its samples' values; by the rules of the documentation, not by the proxy's table."""
    base = "mtproxy_" + name.lower().removesuffix("_total")
    for metric in (base, f"{base}_total", f"{base}_info"):
        if metric in types and (metric.endswith("_info") or re.fullmatch(r"[-+0-9. naif]+", value)):
            return metric, [value] if metric.endswith("_info") else value.split()
    raise Failed(f"no metric has the line {name} of the page")


def compare(first, text, second):
    """The metrics with the page before and the page after them. Returns how many lines did not move meanwhile."""
    samples, types = parse(text)
    after, same = dict(second), 0
    for name, value in first:
        if name[0] in "<>":
            continue
        metric, values = expected(types, name, value)
        found = samples[metric]
        if metric.endswith("_info"):
            told = [re.sub(r"\\(.)", r"\1", label) for label, _ in found]
        else:
            told = [number for _, number in found]
        if len(told) != len(values):
            raise Failed(f"{metric} has {len(told)} values, the page {len(values)}")
        if after[name] == value and not MOVED.match(name):
            same += 1
            if told != values:
                raise Failed(f"{metric} is {told}, the page has {values}")
    return same


def metrics(port):
    status, headers, body = request(port, "/metrics")
    if status != 200 or headers["Content-Type"] != "text/plain; version=0.0.4; charset=utf-8":
        raise Failed(f"/metrics: {status} {headers.get('Content-Type')}")
    if len(body) != int(headers["Content-Length"]):
        raise Failed("/metrics has another length than it says")
    return body.decode()


def check_values(proxy):
    before, text, after = proxy.stats(), metrics(proxy.stats_port), proxy.stats()
    same = compare(before, text, after)
    tampered = text.replace("\nmtproxy_workers 0\n", "\nmtproxy_workers 1\n")
    for changed in (tampered, text.replace("mtproxy_workers", "mtproxy_walkers")):
        try:
            compare(before, changed, after)
        except Failed:
            continue
        raise Failed("control: a wrong metric is not seen")
    print(f"  {len(before)} lines of the page are metrics; the {same} that stood still have the same values")


def check_dashboard(text):
    with open(DASHBOARD) as file:
        board = file.read()
    types = parse(text)[1]
    json.loads(board)
    for changed, good in ((board, True), (board.replace("mtproxy_uptime", "mtproxy_up_time"), False)):
        unknown = sorted(set(re.findall(r"mtproxy_\w+", changed)) - set(types))
        if good == bool(unknown):
            raise Failed(f"the dashboard asks for {unknown[0]}" if good else "control: a metric that is not there is not missed")
    print("  the dashboard in docs/ asks only for what is there")


def check_access(proxy):
    port = proxy.stats_port
    for path, method, source, status in (
        ("/metrics", "HEAD", "127.0.0.1", 501),
        ("/metrics", "POST", "127.0.0.1", 411),
        ("/metrics/", "GET", "127.0.0.1", 404),
        ("/stats", "GET", "127.0.0.2", 404),
        ("/metrics", "GET", "127.0.0.2", 404),
    ):
        told, _, _ = request(port, path, method, source)
        if told != status:
            raise Failed(f"{method} {path} from {source}: {told}, not {status}")
    print("  who may not read the page may not read the metrics")


def check_promtool(text):
    if not shutil.which("promtool"):
        print("  skipped: promtool is not installed (package prometheus)")
        return
    for changed, good in ((text, True), (text.replace("# TYPE mtproxy_http_queries_total counter", "# TYPE mtproxy_http_queries_total gauge"), False)):
        result = subprocess.run(["promtool", "check", "metrics"], input=changed, capture_output=True, text=True)
        if (result.returncode == 0) != good:
            raise Failed(f"promtool: {result.stdout}{result.stderr}" if good else "control: promtool takes a gauge for a counter")
    print("  promtool check metrics: nothing to complain of")


def check_prometheus(proxy, seconds=40):
    if not shutil.which("prometheus"):
        print("  skipped: Prometheus is not installed (package prometheus)")
        return
    folder, port = tempfile.mkdtemp(prefix="check-metrics-"), free_port()
    target = f"static_configs: [{{targets: ['127.0.0.1:{proxy.stats_port}']}}]"
    with open(f"{folder}/prometheus.yml", "w") as file:
        file.write("global: {scrape_interval: 1s}\nscrape_configs:\n"
                   f"- {{job_name: mtproxy, {target}}}\n- {{job_name: control, metrics_path: /stats, {target}}}\n")
    with open(f"{folder}/log", "w") as log:
        command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        found, end = {}, time.monotonic() + seconds
        while time.monotonic() < end and len(found) < 4:
            time.sleep(0.5)
            if process.poll() is not None:
                raise Failed(f"Prometheus ended: {open(f'{folder}/log').read()[-500:]}")
            for query in ('up{job="mtproxy"}', 'up{job="control"}', "mtproxy_http_queries_total > 0", "mtproxy_version_info"):
                value = ask(port, query)
                if value is not None:
                    found[query] = value
        if len(found) < 4 or found['up{job="mtproxy"}'] != "1":
            raise Failed(f"Prometheus has only {found}")
        if found['up{job="control"}'] != "0":
            raise Failed("control: Prometheus takes the statistics page for metrics")
        print("  a Prometheus scrapes it, and not the statistics page")
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def ask(port, query):
    """The value of an instant query; None as long as there is none."""
    url = f"http://127.0.0.1:{port}/api/v1/query?query=" + urllib.request.quote(query)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5) as answer:
            result = json.load(answer)["data"]["result"]
    except (urllib.error.URLError, OSError):
        return None
    return result[0]["value"][1] if result else None


def read_many(port, count):
    """Reads the page and the metrics in turns, some at once; each answer must be whole."""
    asks = [f"GET {path} HTTP/1.0\r\n\r\n".encode() for path in ("/stats", "/metrics")]
    selector, started, done = selectors.DefaultSelector(), 0, 0
    while done < count:
        while started < count and started - done < AT_ONCE:
            sock = socket.create_connection(("127.0.0.1", port), 10)
            sock.sendall(asks[started % 2])
            selector.register(sock, selectors.EVENT_READ, [])
            started += 1
        for key, _ in selector.select(10) or [(None, None)]:
            if key is None:
                raise Failed(f"no answer after {done} requests")
            chunk = key.fileobj.recv(1 << 17)
            key.data.append(chunk)
            if not chunk:
                selector.unregister(key.fileobj)
                key.fileobj.close()
                head, _, body = b"".join(key.data).partition(b"\r\n\r\n")
                length = re.search(rb"Content-Length: (\d+)", head)
                if b" 200 " not in head or not length or len(body) != int(length[1]):
                    raise Failed(f"answer {done}: {head[:60]}")
                done += 1


def check_many(proxy, count):
    read_many(proxy.stats_port, 200)  # warm
    first = proxy.stats()
    used, memory = int(dict(first)["total_used_buffers_size"]), proxy.resident()[0]
    start = time.monotonic()
    read_many(proxy.stats_port, count)
    seconds = time.monotonic() - start
    last = proxy.stats()
    more, grown = int(dict(last)["total_used_buffers_size"]) - used, proxy.resident()[0] - memory
    if more > KEPT * count:
        raise Failed(f"{more} bytes of message buffers are kept after {count} requests")
    if grown * 1024 > max(KEPT * count, 4 << 20):
        raise Failed(f"memory has grown by {grown} KiB after {count} requests")
    if [name for name, _ in first] != [name for name, _ in last]:
        raise Failed("the page has other lines")
    print(f"  read {count:,} times in {seconds:.0f} s: message buffers {more:+,} bytes, memory {grown:+,} KiB; the page has the same lines")


def with_proxy(binary, check, arguments=(), statistics=True):
    secret, middle_end = os.urandom(128), None
    try:
        middle_end = MiddleEnd(secret)
        proxy = Proxy(binary.path, secret, os.urandom(16), middle_end, 0, arguments, statistics)
        try:
            proxy.wait_ready()
            return check(proxy)
        except (ConnectionError, OSError) as error:
            raise Failed(proxy.last_words() if proxy.ended(2) else str(error)) from error
        finally:
            proxy.stop()
    finally:
        if middle_end:
            middle_end.close()


def check_all(proxy, scrapes):
    check_values(proxy)
    check_access(proxy)
    check_dashboard(metrics(proxy.stats_port))
    check_promtool(metrics(proxy.stats_port))
    check_prometheus(proxy)
    check_many(proxy, scrapes)


def check_closed(proxy):
    try:
        request(proxy.stats_port, "/metrics")
    except (IndexError, OSError):
        print("  without --http-stats nothing answers")
        return
    raise Failed("there are metrics without --http-stats")


def check_control(proxy):
    status, _, _ = request(proxy.stats_port, "/metrics")
    if status != 404:
        raise Failed(f"control: the original has something at /metrics: {status}")
    print("  original: none, as it should be")


def main():
    parser = argparse.ArgumentParser(prog="check-metrics", description=__doc__.splitlines()[0])
    parser.add_argument("proxy")
    parser.add_argument("--baseline", help="an original, which has no metrics")
    parser.add_argument("--scrapes", type=int, default=2000)
    options = parser.parse_args()
    binaries = look_at(parser, *filter(None, (options.proxy, options.baseline)))
    try:
        print(f"check-metrics: {options.proxy}")
        with_proxy(binaries[0], lambda proxy: check_all(proxy, options.scrapes))
        with_proxy(binaries[0], check_closed, statistics=False)
        if options.baseline:
            with_proxy(binaries[-1], check_control)
    except Failed as problem:
        print(f"check-metrics: FAILED: {problem}")
        return 1
    print("check-metrics: passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
