#!/usr/bin/env python3
"""The pace of the exporter: refreshes against the floor of calls x latency / calls in flight, against a
client of raw sockets that makes the same calls, and against another exporter; growth; start.

python3 benches/pace.py [--exporter PATH] [--simulator PATH] [--base PATH]
"""

import asyncio
import re
import socket
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from harness import Exporter, Simulator, arguments, median, row, until

# The exporter's default.
IN_FLIGHT = 10
# Every simulator accepts it.
TOKEN = "simulated-access-token"
# From the end of the last call of a refresh to the start of the next refresh, at least.
PAUSE = 1.0


class Recorder:
    """A proxy that keeps the heads of the requests, each with its time."""

    def __init__(self, port):
        self.to, self.heads = port, []

    async def serve(self, reader, writer):
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.to)
        # At the end of the recording both ends are gone.
        with suppress(asyncio.CancelledError, ConnectionError):
            await asyncio.gather(self.up(reader, up_writer), self.down(up_reader, writer))

    async def up(self, reader, writer):
        rest = b""
        while data := await reader.read(65536):
            writer.write(data)
            rest += data
            while b"\r\n\r\n" in rest:
                head, _, rest = rest.partition(b"\r\n\r\n")
                if head.startswith(b"POST "):  # a token, with a body
                    rest = b""
                else:
                    self.heads.append((time.monotonic(), head))
        writer.close()

    async def down(self, reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()


def refreshes(heads):
    """The calls of the first refresh and of the second one."""
    parts, last = [[]], None
    for at, head in heads:
        if last is not None and at - last > PAUSE:
            parts.append([])
        parts[-1].append(head)
        last = at
    # The naming of the account may stand before the first refresh.
    parts = [part for part in parts if len(part) > 5]
    return parts[0], parts[1]


def recorded(program, simulator):
    """The calls of two refreshes of an exporter, without latency."""

    async def record():
        recorder = Recorder(simulator.port)
        server = await asyncio.start_server(recorder.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with Exporter(program, [simulator.entry("one", port=port)], interval="6s") as exporter:
            await asyncio.to_thread(exporter.after, 2)
        server.close()
        return refreshes(recorder.heads)

    return asyncio.run(record())


def parents(heads):
    """For each call the number of the call whose answer names it; None if none does."""
    seen, found = {}, []
    for number, head in enumerate(heads):
        path = head.split(b" ")[1].split(b"?")[0].rstrip(b"/")
        parent = seen.get(path) if b"cursor:" in head.lower() else None
        prefix = path
        while parent is None and b"/" in prefix[1:]:
            prefix = prefix.rpartition(b"/")[0]
            parent = seen.get(prefix)
        found.append(parent)
        seen[path] = number
    return found


async def answer(reader):
    """Reads one answer and gives its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    if length:
        await reader.readexactly(int(length[1]))
    elif b"chunked" in head.lower():
        size = None
        while size != 0:
            size = int(await reader.readline(), 16)
            await reader.readexactly(size + 2)
    return int(head.split(b" ")[1])


async def replay(heads, port):
    """The seconds in which a bare client makes the calls, each after the one that names it."""
    depends = parents(heads)
    done = [asyncio.Event() for _ in heads]
    ready = asyncio.Queue()
    waiting = {}
    for number, parent in enumerate(depends):
        if parent is None:
            ready.put_nowait(number)
        else:
            waiting.setdefault(parent, []).append(number)
    left, refused = len(heads), 0

    async def work():
        nonlocal left, refused
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while True:
            number = await ready.get()
            head = re.sub(rb"(?i)authorization: [^\r]*", b"authorization: Bearer " + TOKEN.encode(), heads[number])
            writer.write(head + b"\r\n\r\n")
            refused += await answer(reader) in (400, 401)
            done[number].set()
            for child in waiting.get(number, ()):
                ready.put_nowait(child)
            left -= 1
            if left == 0:
                finished.set()

    finished = asyncio.Event()
    began = time.monotonic()
    workers = [asyncio.create_task(work()) for _ in range(IN_FLIGHT)]
    waits = asyncio.create_task(finished.wait())
    await asyncio.wait([waits, *workers], return_when=asyncio.FIRST_COMPLETED)
    seconds = time.monotonic() - began
    for worker in workers:
        if worker.done():
            worker.result()
        worker.cancel()
    if refused:
        raise RuntimeError(f"the bare client's calls are refused: {refused}")
    return seconds


def pair(program, simulator, interval):
    """The figures of a first refresh and of a later one."""
    with Exporter(program, [simulator.entry("one")], interval=interval) as exporter:
        return exporter.after(2)[:2]


def pace(found, size, latency, listing, interval):
    """The rows of one account: both refreshes against the floor, the bare client and the base."""
    name = f"{size[0]}x{size[1]}, {listing}"
    shape = ["--projects", size[0], "--instances", size[1], "--listing", listing]
    with Simulator(found.simulator, *shape) as quick:
        calls = recorded(found.exporter, quick)
    with Simulator(found.simulator, *shape, "--latency", f"{latency}ms") as simulator:
        # In turn, as the machine's load changes.
        own, base, bare = [], [], []
        for _ in range(found.rounds):
            own.append(pair(found.exporter, simulator, interval))
            if found.base:
                base.append(pair(found.base, simulator, interval))
            bare.append([asyncio.run(replay(heads, simulator.port)) for heads in calls])
    for index, which in enumerate(("first", "later")):
        requests = own[0][index]["requests"]
        seconds = min(round_[index]["duration_ms"] for round_ in own) / 1000
        floor = requests * latency / 1000 / IN_FLIGHT
        same = min(round_[index] for round_ in bare)
        row(
            f"{which} refresh, {name}, {latency} ms",
            "at most 1.10 x calls x latency / 10",
            f"{requests} calls {seconds:.2f} s: {seconds / floor:.2f} x the floor; "
            f"bare client {len(calls[index])} calls {same:.2f} s: {seconds / same:.2f} x",
        )
        if base:
            before = min(round_[index]["duration_ms"] for round_ in base) / 1000
            row(
                f"- against the base ({base[0][index]['requests']} calls)",
                "at most 1.05",
                f"{seconds:.2f} s / {before:.2f} s = {seconds / before:.2f}",
            )


def many(found, accounts=100, latency=50):
    """The CPU of a hundred accounts at once against a hundred times that of one alone."""
    shape = ["--projects", 5, "--instances", 25, "--latency", f"{latency}ms"]
    with Simulator(found.simulator, *shape) as simulator:
        entries = [simulator.entry(f"a{number}", f"127.0.1.{number + 1}") for number in range(accounts)]
        costs = {}
        for names, rounds in ((entries[:1], 20), (entries, 2)):
            with Exporter(found.exporter, names, interval="2s") as exporter:
                before = len(exporter.after(2 * len(names)))
                cpu = exporter.cpu()
                done = exporter.after(before + rounds * len(names))
                used = (exporter.cpu() - cpu) / (len(done) - before)
                costs[len(names)] = used, max(one["duration_ms"] for one in done[before:]) / 1000
    (one, alone), (each, slowest) = costs[1], costs[accounts]
    row(
        f"CPU of a later refresh, {accounts} accounts of 5x25 at once, {latency} ms",
        "at most 2 x one account alone",
        f"{each * 1000:.1f} ms for each account, {one * 1000:.1f} ms alone: {each / one:.2f} x; slowest refresh "
        f"{slowest:.1f} s, {alone:.1f} s alone, with one simulator on the same cores",
    )


def growth(found):
    """CPU seconds for each object, from a thousand to a hundred thousand instances."""
    programs = {"": found.exporter} | ({"base": found.base} if found.base else {})
    costs = {}
    for projects in (1, 10, 100):
        shape = ["--projects", projects, "--instances", 1000, "--page-size", 1000]
        with Simulator(found.simulator, *shape) as simulator:
            for name, program in programs.items():
                count = {1: 60, 10: 12, 100: 5}[projects]
                with Exporter(program, [simulator.entry("one")], detail="counts") as exporter:
                    before = len(exporter.after(2))
                    cpu = exporter.cpu()
                    done = exporter.after(before + count)
                    used = exporter.cpu() - cpu
                objects = done[-1]["objects"]
                costs[name, projects] = used / (len(done) - before) / objects * 1e6, objects
    for name in programs:
        cells = [f"{costs[name, size][1]:,}: {costs[name, size][0]:.1f} us" for size in (1, 10, 100)]
        ratio = costs[name, 100][0] / costs[name, 1][0]
        what = "CPU of a later refresh for each object, detail `counts`" + (f", {name}" if name else "")
        row(what, "at most 1.10 from 1k to 100k", f"{'; '.join(cells)}: {ratio:.2f}")
    if found.base:
        ratios = [costs["", size][0] / costs["base", size][0] for size in (1, 10, 100)]
        row("- against the base, 1k / 10k / 100k", "at most 1.05", " / ".join(f"{one:.2f}" for one in ratios))


def listening(exporter):
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", exporter.port)) == 0


def start(found):
    """From exec to the open port, and to a page with the inventory of the state file."""
    shape = ["--projects", 20, "--instances", 25]
    with Simulator(found.simulator, *shape) as simulator:
        entries = [simulator.entry("one")]
        with tempfile.TemporaryDirectory() as directory:
            starts(found, entries, Path(directory, "state"))


def starts(found, entries, state):
    options = [f"--state.file={state}"]
    with Exporter(found.exporter, entries, *options, interval="10m") as exporter:
        exporter.after(1)
        until(state.exists, "state")
    kept = state.read_bytes()
    programs = {"": found.exporter} | ({"base": found.base} if found.base else {})
    opens, pages = {name: [] for name in programs}, {name: [] for name in programs}
    for _ in range(20):
        for name, program in programs.items():
            state.write_bytes(kept)
            with Exporter(program, entries, *options, interval="10m") as exporter:
                until(lambda one=exporter: listening(one), "port", every=0.0005)
                opens[name].append((time.monotonic() - exporter.began) * 1000)
                page = exporter.page()
                pages[name].append((time.monotonic() - exporter.began) * 1000)
                if b"\novhcloud_cloud_instances{" not in page:
                    raise RuntimeError("the first page lacks the inventory of the state file")
    for name in programs:
        of = f", {name}" if name else ""
        row(f"exec to listening{of}", "at most 30 ms", f"median {median(opens[name]):.0f} ms, least {min(opens[name]):.0f} ms")
        row(f"exec to the state of 20x25 ({len(kept) // 1000} kB) served{of}", "at most 500 ms",
            f"median {median(pages[name]):.0f} ms, least {min(pages[name]):.0f} ms")


def main():
    found = arguments(__doc__.split("\n\n")[0], base=True, rounds=2)
    for listing, interval in (("expanded", "5s"), ("batch", "6s"), ("plain", "9s")):
        pace(found, (20, 25), 50, listing, interval)
    pace(found, (100, 20), 50, "expanded", "15s")
    many(found)
    growth(found)
    start(found)


if __name__ == "__main__":
    main()
