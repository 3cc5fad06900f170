#!/usr/bin/env python3
"""Measures scrapes against nginx with the same bytes, and what pages cost with a hundred accounts.

python3 benches/scrape.py [--exporter PATH] [--simulator PATH] [--only nginx,accounts,state,memory]

Needs nginx (with gzip_static), wrk and ab. nginx serves files with sendfile and two workers; both servers are
asked in turn, A/B/A/B, by one thread of wrk that shares the machine with them, or for 100 connections by four
processes of ab, each from an address of its own, since the exporter limits the connections from one.
"""

import gzip
import json
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from harness import Exporter, Program, Simulator, arguments, free_port, median, row, until

ROUNDS = 3
SECONDS = 2
# The connections of one client.
EACH = 25
OPEN_METRICS = {"Accept": "application/openmetrics-text;version=1.0.0"}
GZIP = {**OPEN_METRICS, "Accept-Encoding": "gzip"}
HUNDRED = 100
QUIET = "1h"


class Nginx(Program):
    """The bytes of a page as files, plain and gzip."""

    def __init__(self, plain, packed):
        self.root = Path(tempfile.mkdtemp(prefix="ovhcloud-bench-nginx-"))
        self.root.chmod(0o755)
        (self.root / "metrics").write_bytes(plain)
        (self.root / "metrics.gz").write_bytes(packed)
        self.port = free_port()
        settings = f"""
daemon off; master_process on; worker_processes 2; pid {self.root}/pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; default_type text/plain;
  server {{ listen 127.0.0.1:{self.port}; root {self.root}; gzip_static on; gzip_http_version 1.0; }}
}}"""
        (self.root / "nginx.conf").write_text(settings)
        super().__init__([shutil.which("nginx"), "-p", str(self.root), "-c", str(self.root / "nginx.conf")])
        until(lambda: (self.root / "pid").exists(), "nginx")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        super().__exit__()
        shutil.rmtree(self.root)


def measured(server, connections, headers):
    """Requests, and the CPU seconds of the server and its workers."""
    processes = [server.process.pid, *children(server.process.pid)]
    before = sum(map(threads, processes))
    count = load(server.port, connections, headers) * SECONDS
    return [count, sum(map(threads, processes)) - before]


def children(pid):
    return map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def load(port, connections, headers):
    """Requests in a second, by wrk from one address, or by ab from several, which wrk cannot take."""
    options = [option for name, value in headers.items() for option in ("-H", f"{name}: {value}")]
    url = f"http://127.0.0.1:{port}/metrics"
    if connections <= EACH:
        commands = [["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--timeout", "30s", *options, url]]
    else:
        ab = ["ab", "-k", "-l", "-q", f"-t{SECONDS}", "-n1000000", f"-c{EACH}", *options]
        commands = [[*ab, "-B", f"127.0.0.{number}", url] for number in range(1, connections // EACH + 1)]
    clients = [subprocess.Popen(one, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for one in commands]
    total = 0.0
    for client in clients:
        said, complaint = client.communicate()
        failed = re.search(r"Failed requests:\s+[1-9]", said)
        if client.returncode or failed or "Non-2xx" in said or "Socket errors" in said:
            raise RuntimeError(said + complaint)
        total += float(re.search(r"Requests(?:/sec| per second):\s+([\d.]+)", said)[1])
    return total


def series(page):
    return sum(1 for line in page.splitlines() if line and not line.startswith(b"#"))


def against_nginx(what, exporter):
    plain, packed = exporter.page(**OPEN_METRICS), exporter.page(**GZIP)
    gzip.decompress(packed)
    with Nginx(plain, packed) as nginx:
        for coding, headers, body in (("gzip", GZIP, packed), ("plain", OPEN_METRICS, plain)):
            ratios = []
            for connections in (1, 10, 100):
                ours, theirs = measured(exporter, connections, headers), measured(nginx, connections, headers)
                for _ in range(ROUNDS - 1):
                    ours = [a + b for a, b in zip(ours, measured(exporter, connections, headers))]
                    theirs = [a + b for a, b in zip(theirs, measured(nginx, connections, headers))]
                spent = (ours[1] / ours[0]) / (theirs[1] / theirs[0])
                rates = [one[0] / ROUNDS / SECONDS for one in (ours, theirs)]
                ratios.append(f"{ours[0] / theirs[0]:.2f} ({rates[0]:,.0f} of {rates[1]:,.0f}/s, CPU of one {spent:.2f} x)")
            name = f"scrape, {coding}, {what}, {series(plain):,} series, {len(body) / 1000:,.0f} kB; 1, 10, 100 connections"
            row(name, ">= 0.9 x nginx", "; ".join(ratios))


def threads(pid):
    """Seconds that the threads of a process have been running."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except FileNotFoundError:
            pass
    return total / 1e9


def cost(exporter, headers, count=15):
    """CPU milliseconds of one scrape when the last one is more than a second ago."""
    exporter.page(**headers)
    spent = []
    for _ in range(count):
        time.sleep(1.1)
        before = threads(exporter.process.pid)
        exporter.page(**headers)
        time.sleep(0.05)
        spent.append(threads(exporter.process.pid) - before)
    return median(spent) * 1000


def publishing(path, accounts, scraped):
    """CPU milliseconds of one refresh of one account of many, with its publication."""
    with Exporter(path, accounts, interval="20s, jitter: 15s") as exporter:
        for number in range(len(accounts)):
            exporter.after(1, f"a{number}")
        time.sleep(20)
        began, spent, until_then = len(exporter.refreshes()), exporter.cpu(), time.monotonic() + 40
        scrapes = 0
        while time.monotonic() < until_then:
            if scraped:
                exporter.page(**GZIP)
                scrapes += 1
            time.sleep(5)
        spent = exporter.cpu() - spent
        return spent * 1000 / (len(exporter.refreshes()) - began), scrapes


def with_accounts(found):
    with Simulator(found.simulator, "--projects", 5, "--instances", 25) as simulator:
        accounts = [simulator.entry(f"a{number}") for number in range(HUNDRED)]
        with Exporter(found.exporter, accounts, interval=QUIET) as many:
            for number in range(HUNDRED):
                many.after(1, f"a{number}")
            sizes = [len(many.page(**headers)) for headers in (GZIP, OPEN_METRICS)]
            of_many = [cost(many, headers) for headers in (GZIP, OPEN_METRICS)]
        alone, _ = publishing(found.exporter, accounts, scraped=False)
        scraped, _ = publishing(found.exporter, accounts, scraped=True)
    with Simulator(found.simulator, "--projects", 400, "--instances", 50) as simulator:
        with Exporter(found.exporter, [simulator.entry("one")], interval=QUIET) as one:
            one.after(1)
            ones = [len(one.page(**headers)) for headers in (GZIP, OPEN_METRICS)]
            of_one = [cost(one, headers) for headers in (GZIP, OPEN_METRICS)]
    for coding, size, other, spent, by_one in zip(("gzip", "plain"), sizes, ones, of_many, of_one):
        ratio = (spent / size) / (by_one / other)
        said = f"{spent:.1f} ms of CPU for {size / 1e6:.1f} MB; one account {by_one:.1f} ms for {other / 1e6:.1f} MB; for a byte {ratio:.2f}"
        row(f"cost of one scrape, {coding}, 100 accounts", "<= 2 x one account with the same bytes", said)
    said = f"{scraped:.1f} ms of CPU for its refresh and publication while gzip is scraped, {alone:.1f} ms while nothing is; page {sizes[1] / 1e6:.1f} MB"
    row("one of 100 accounts refreshed and published", "in proportion to the account", said)


def from_state(found, headers):
    """Milliseconds from the start of a process to the whole page of its saved state."""
    with Simulator(found.simulator, "--projects", 100, "--instances", 1000) as simulator:
        state = Path(tempfile.mkdtemp(prefix="ovhcloud-bench-state-")) / "state"
        options = (f"--state.file={state}", "--no-collector.cloud_volume")
        with Exporter(found.exporter, [simulator.entry("one")], *options[:1], interval=QUIET, detail="full") as first:
            first.after(1)
            until(state.exists, "the state")
            time.sleep(2)
            size = len(first.page())
        times = []
        for _ in range(5):
            with Exporter(found.exporter, [simulator.entry("one")], *options[:1], interval=QUIET, detail="full") as again:
                until(lambda: answers(again), "an answer", every=0.001)
                page = again.page(**headers)
                times.append((time.monotonic() - again.began) * 1000)
                if b"ovhcloud_cloud_instance" not in page and headers is not GZIP:
                    raise RuntimeError("the page lacks the saved state")
        shutil.rmtree(state.parent)
        return times, size


def answers(exporter):
    try:
        return exporter.page("/-/healthy")
    except OSError:
        return False


def served(found):
    for coding, headers in (("plain", OPEN_METRICS), ("gzip", GZIP)):
        times, size = from_state(found, headers)
        said = f"{median(times):,.0f} ms ({min(times):,.0f} to {max(times):,.0f}), page {size / 1e6:.0f} MB"
        row(f"state of 100 x 1,000 instances served at detail full, {coding}", "500 ms from exec", said)


def idle(found):
    with Simulator(found.simulator, "--projects", 20, "--instances", 25) as simulator:
        with Exporter(found.exporter, [simulator.entry("one")], interval="5s") as exporter:
            before = exporter.after(2) and exporter.memory()
            for count in range(3, 7):
                exporter.page(**GZIP)
                exporter.after(count)
            time.sleep(2)
            row("idle memory, 20 x 25", "<= 16 MB", f"{exporter.memory():.1f} MB, {before:.1f} MB before the first scrape")


def main():
    found = arguments(__doc__, only="nginx,accounts,state,memory")
    parts = found.only.split(",")
    if "nginx" in parts:
        port = free_port()
        listen = f"--web.listen-address=127.0.0.1:{port}"
        with Program([str(found.exporter), "demo", listen, f"--refresh.interval={QUIET}"]) as demo:
            demo.port = port
            demo.page = lambda path="/metrics", **headers: Exporter.page(demo, path, **headers)
            until(lambda: answers(demo) and b"ovhcloud_iam_users" in demo.page(), "the demo")
            against_nginx("demo", demo)
        with Simulator(found.simulator, "--projects", 20, "--instances", 25) as simulator:
            with Exporter(found.exporter, [simulator.entry("one")], interval=QUIET, detail="full") as exporter:
                exporter.after(1)
                against_nginx("20 x 25 at detail full", exporter)
    if "accounts" in parts:
        with_accounts(found)
    if "state" in parts:
        served(found)
    if "memory" in parts:
        idle(found)


if __name__ == "__main__":
    main()
