#!/usr/bin/env python3
"""One process with many accounts: calls, CPU, memory, series, bytes and seconds of a scrape.

python3 benches/scale.py [--exporter PATH] [--simulator PATH] [--accounts 100] [--projects 7]
    [--instances 25] [--simulators 100] [--details counts,findings,full] [--prometheus PROGRAM]

With fewer simulators than accounts, several accounts show the same resources under different names, and
share the memory of their texts.
"""

import gzip
import json
import time
import urllib.request
from contextlib import ExitStack
from tempfile import TemporaryDirectory

from harness import Exporter, Program, Simulator, arguments, free_port, row, until

# From one scrape by Prometheus to the next, in seconds.
SCRAPE = 30


def scraped(exporter, coding):
    """The body of a scrape, and its seconds: the least of three."""
    seconds = []
    for _ in range(3):
        began = time.monotonic()
        body = exporter.page(**{"Accept-Encoding": coding})
        seconds.append(time.monotonic() - began)
    return body, min(seconds)


def settled_page(exporter):
    """Waits until the page is encoded: two looks at the same number of lines."""
    before = -1
    while (lines := exporter.page().count(b"\n")) != before:
        before = lines
        time.sleep(2)


def value(port, expression):
    """The value of an instant query to Prometheus, None without a result."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    url = f"http://127.0.0.1:{port}/api/v1/query?query={urllib.request.quote(expression)}"
    try:
        with direct.open(url, timeout=60) as answer:
            result = json.load(answer)["data"]["result"]
    except OSError:  # it does not listen yet
        return None
    return float(result[0]["value"][1]) if result else None


def prometheus(program, exporter, what):
    """What three scrapes of the page cost a Prometheus that scrapes nothing else."""
    with TemporaryDirectory() as directory:
        config, port = f"{directory}/prometheus.yml", free_port()
        with open(config, "w", encoding="utf-8") as file:
            file.write(
                f"global: {{scrape_interval: {SCRAPE}s, scrape_timeout: {SCRAPE}s}}\n"
                "scrape_configs: [{job_name: ovhcloud, honor_labels: true, static_configs: "
                f"[{{targets: ['127.0.0.1:{exporter.port}']}}]}}]\n"
            )
        listen = f"--web.listen-address=127.0.0.1:{port}"
        with Program([program, f"--config.file={config}", f"--storage.tsdb.path={directory}/data", listen]) as server:
            before = until(lambda: value(port, "vector(1)") and server.memory(), "Prometheus")
            until(lambda: (value(port, "count_over_time(up[1h])") or 0) >= 3, "scrapes", every=1)
            if value(port, "min_over_time(up[1h])") != 1:
                raise RuntimeError(f"{what}: Prometheus cannot scrape within {SCRAPE} s")
            scraped_series = value(port, "scrape_samples_scraped")
            grown = server.memory() - before
            row(
                f"{what}: Prometheus after 3 scrapes",
                "-",
                f"{scraped_series:,.0f} samples in {value(port, 'scrape_duration_seconds'):.1f} s; {grown:.0f} MB more, "
                f"{grown / scraped_series * 1024:.1f} kB for each series",
            )


def measure(found, entries, detail):
    accounts = len(entries)
    # Long enough for the second round to end before the third one begins.
    with Exporter(found.exporter, entries, interval=found.interval, detail=detail) as exporter:
        done = exporter.after(accounts)
        first = time.monotonic() - exporter.began
        settled_page(exporter)
        cpu = exporter.cpu()
        memory = exporter.memory()
        requests = sum(one["requests"] for one in done[:accounts])
        done = exporter.after(2 * accounts)
        settled_page(exporter)
        later = exporter.cpu() - cpu
        again = sum(one["requests"] for one in done[accounts : 2 * accounts])
        objects = sum(one["objects"] for one in done[accounts : 2 * accounts])
        # The exporter's own clock measures the round.
        span = max(one["duration_ms"] for one in done[accounts : 2 * accounts]) / 1000
        packed, packed_seconds = scraped(exporter, "gzip")
        plain, plain_seconds = scraped(exporter, "identity")
        if gzip.decompress(packed).count(b"\n") < plain.count(b"\n") / 2:
            raise RuntimeError("the compressed page is another one")
        lines = [line for line in plain.splitlines() if not line.startswith(b"#")]
        own = sum(line.startswith((b"ovhcloud_exporter_api_", b"process_")) for line in lines)
        settled, peak = exporter.memory(), exporter.memory("VmHWM")
        what = f"{accounts} accounts of {found.projects}x{found.instances}, `{detail}`"
        if found.prometheus:
            prometheus(found.prometheus, exporter, what)
    row(
        what + ": a round",
        "-",
        f"{objects:,} resources; first {requests:,} calls, {cpu:.1f} s CPU, {first:.0f} s; "
        f"later {again:,} calls, {later:.1f} s CPU, slowest account {span:.0f} s",
    )
    row(
        what + ": memory",
        "-",
        f"{memory:.0f} MB after the first round, {settled:.0f} MB after the second and scrapes, peak {peak:.0f} MB",
    )
    row(
        what + ": page",
        "-",
        f"{len(lines):,} series ({own:,} of them of the process and its calls); {len(plain) / 1e6:.1f} MB in "
        f"{plain_seconds:.2f} s, gzip {len(packed) / 1e6:.1f} MB in {packed_seconds:.2f} s",
    )


def main():
    found = arguments(
        __doc__.split("\n\n")[0],
        accounts=100,
        projects=7,
        instances=25,
        simulators=100,
        details="counts,findings,full",
        interval="1m",
        prometheus="",
    )
    shape = ["--projects", found.projects, "--instances", found.instances]
    with ExitStack() as stack:
        seeds = range(1, found.simulators + 1)
        simulators = [stack.enter_context(Simulator(found.simulator, *shape, "--seed", seed)) for seed in seeds]
        entries = []
        for number in range(found.accounts):
            host = f"127.0.1.{1 + number // found.simulators}"
            entries.append(simulators[number % found.simulators].entry(f"a{number}", host))
        for detail in found.details.split(","):
            measure(found, entries, detail)


if __name__ == "__main__":
    main()
