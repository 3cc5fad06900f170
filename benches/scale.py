#!/usr/bin/env python3
"""One process with many accounts: calls, CPU, memory, series, bytes and seconds of a scrape.

python3 benches/scale.py [--exporter PATH] [--simulator PATH] [--accounts 100] [--projects 7]
    [--instances 25] [--simulators 100] [--details counts,findings,full]

With fewer simulators than accounts, several accounts show the same resources under different names, and
share the memory of their texts.
"""

import gzip
import time
from contextlib import ExitStack

from harness import Exporter, Simulator, arguments, row


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
        # Of the round, by the exporter's own clock.
        span = max(one["duration_ms"] for one in done[accounts : 2 * accounts]) / 1000
        packed, packed_seconds = scraped(exporter, "gzip")
        plain, plain_seconds = scraped(exporter, "identity")
        if gzip.decompress(packed).count(b"\n") < plain.count(b"\n") / 2:
            raise RuntimeError("the compressed page is another one")
        lines = [line for line in plain.splitlines() if not line.startswith(b"#")]
        own = sum(line.startswith((b"ovhcloud_exporter_api_", b"process_")) for line in lines)
        settled, peak = exporter.memory(), exporter.memory("VmHWM")
    what = f"{accounts} accounts of {found.projects}x{found.instances}, `{detail}`"
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
