#!/usr/bin/env python3
"""The CPU of a refresh against the anchor of any reader: serde_json alone, into types with the few members
that are read, over the same bodies.

python3 benches/refresh.py [--exporter PATH] [--simulator PATH] [--base PATH] [--projects 100]
    [--instances 1000] [--refreshes 6] [--details counts,findings,full]

The anchor is examples/parse_bodies.rs: cargo build --release --example parse_bodies
"""

import http.client
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from harness import Exporter, Simulator, arguments, median, row, until

# The names of the hops, which belong to each connection.
HOP = ("connection", "transfer-encoding", "content-length")


class Recorder(BaseHTTPRequestHandler):
    """Passes each request on, and keeps the body of its answer."""

    protocol_version = "HTTP/1.1"

    def forward(self):
        length = int(self.headers.get("Content-Length", 0))
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream)
        upstream.request(self.command, self.path, self.rfile.read(length), dict(self.headers))
        answer = upstream.getresponse()
        body = answer.read()
        upstream.close()
        self.server.keep(answer.status, self.path, body)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", len(body))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = forward

    def log_message(self, *_):
        pass


class Bodies(ThreadingHTTPServer):
    """The bodies of a refresh as files, and their index: number, status, path."""

    def __init__(self, folder, upstream):
        super().__init__(("127.0.0.1", 0), Recorder)
        self.folder, self.upstream, self.lock, self.count = folder, upstream, threading.Lock(), 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def keep(self, status, path, body):
        with self.lock:
            number, self.count = f"{self.count:06}", self.count + 1
            with (self.folder / "index").open("a") as index:
                index.write(f"{number} {status} {path}\n")
        (self.folder / number).write_bytes(body)


def anchor(found, simulator, folder):
    """The bytes of the bodies of a first refresh, and the seconds of their parse."""
    bodies = Bodies(folder, simulator.port)
    entry = simulator.entry("one", port=bodies.server_address[1])
    with Exporter(found.exporter, [entry], interval="1h") as exporter:
        exporter.after(1)
    bodies.shutdown()
    program = found.exporter.parent / "examples" / "parse_bodies"
    size, seconds = subprocess.check_output([program, folder], text=True).split()
    return int(size), float(seconds)


def settled(exporter):
    """The CPU seconds after the work of a refresh: its page is encoded behind the line of the log."""
    last = [exporter.cpu()]

    def is_idle():
        time.sleep(0.2)
        before, last[0] = last[0], exporter.cpu()
        return last[0] == before

    until(is_idle, "an idle exporter")
    return last[0]


def measured(program, simulator, refreshes, detail):
    """The CPU seconds of the first refresh, and the median of the later ones."""
    entries = [simulator.entry("one")]
    with Exporter(program, entries, interval="12s", detail=detail) as exporter:
        seconds = []
        for number in range(1, refreshes + 1):
            exporter.after(number)
            seconds.append(settled(exporter) - sum(seconds))
    return seconds[0], median(seconds[1:])


def main():
    found = arguments(
        __doc__, base=True, projects=100, instances=1000, refreshes=6, details="counts,findings,full"
    )
    sizes = ("--projects", found.projects, "--instances", found.instances)
    with Simulator(found.simulator, *sizes) as simulator, tempfile.TemporaryDirectory() as folder:
        size, parse = anchor(found, simulator, Path(folder))
        row(f"typed parse of {size / 1e6:.0f} MB by serde_json alone", "", f"{parse:.3f} s CPU")
        for detail in found.details.split(","):
            for name, program in (("", found.exporter), (" of the base", found.base)):
                if not program:
                    continue
                first, later = measured(program, simulator, found.refreshes, detail)
                what = f"CPU of a refresh{name} / typed parse, {detail}, first and later"
                figures = f"{first / parse:.1f} and {later / parse:.1f} ({first:.2f} s and {later:.2f} s)"
                row(what, "2.0" if detail == "counts" else "", figures)


if __name__ == "__main__":
    main()
