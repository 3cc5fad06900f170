#!/usr/bin/env python3
"""The memory of the exporter: per instance once it has settled, idle, by the way of listing, against an API
that answers with as much as it can; and the time until a saved state is served.

python3 benches/memory.py [--exporter PATH] [--simulator PATH] [--only instances,idle,plain,hostile,state]
    [--projects 100] [--instances 1112] [--refreshes 25] [--credentials 20000]
"""

import gzip
import json
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from harness import Exporter, Simulator, arguments, row, until

# As many containers limit it.
CONTAINER = 256
PROJECTS = [f"{number:032x}" for number in range(3)]
# The collectors of a measurement of instances alone.
INSTANCES = ("--collector.disable-defaults", "--collector.cloud_project", "--collector.cloud_instance")


def instances(found):
    """A tenth of the projects is out of service and has no readable instance."""
    memories = []
    for projects, each in ((1, 1), (found.projects, found.instances)):
        sizes = ("--projects", projects, "--instances", each)
        with Simulator(found.simulator, *sizes) as simulator:
            entries = [simulator.entry("one")]
            with Exporter(found.exporter, entries, *INSTANCES, interval="2s", detail="counts") as exporter:
                exporter.after(1)
                time.sleep(1)
                first = exporter.memory()
                objects = exporter.after(found.refreshes)[-1]["objects"] - projects
                time.sleep(1)
                memories.append(exporter.memory())
    empty, settled = memories
    each = (settled - empty) * 2**20 / objects
    what = f"memory per instance, {objects:,} instances, settled after {found.refreshes} refreshes"
    figures = f"{each:.0f} B ({first:.0f} MB after the first, {settled:.0f} MB settled, {empty:.0f} MB without)"
    row(what, "600 B", figures)


def idle(found):
    with Simulator(found.simulator) as simulator:
        with Exporter(found.exporter, [simulator.entry("one")], interval="2s") as exporter:
            exporter.after(5)
            time.sleep(1)
            row("idle memory, 20x25, after 5 refreshes", "16 MB", f"{exporter.memory():.1f} MB")


def plain(found):
    only = ("--collector.disable-defaults", "--collector.api_credential")
    sizes = ("--projects", 1, "--instances", 1, "--credentials", found.credentials)
    peaks = {}
    for mode in ("auto", "plain"):
        with Simulator(found.simulator, *sizes) as simulator:
            entries, options = [simulator.entry("one")], (*only, f"--api.listing={mode}")
            with Exporter(found.exporter, entries, *options, interval="1h") as exporter:
                exporter.after(1)
                time.sleep(1)
                peaks[mode] = exporter.memory("VmHWM")
    ratio = peaks["plain"] / peaks["auto"]
    what = f"peak memory, listing plain / expanded, {found.credentials:,} credentials"
    row(what, "1.5", f"{ratio:.2f} ({peaks['plain']:.1f} MB and {peaks['auto']:.1f} MB)")


class Hostile(BaseHTTPRequestHandler):
    """Knows projects, so that every route is called, and answers the rest with its one body."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        coding, body = self.server.answer
        path = self.path.split("?")[0]
        project = path.removeprefix("/1.0/cloud/project").strip("/")
        if path.startswith("/1.0/cloud/project") and (not project or project in PROJECTS):
            known = {"project_id": project, "status": "ok"} if project else PROJECTS
            coding, body = None, json.dumps(known).encode()
        self.send_response(200)
        if coding:
            self.send_header("Content-Encoding", coding)
        self.send_header("Content-Length", len(body))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


class Entry:
    """The entry of a hostile server in the configuration."""

    def __init__(self, port):
        self.text = f"- {{name: one, endpoint: 'http://127.0.0.1:{port}/1.0', credential: {{access_token: none-of-it}}}}"


def hostile(found):
    large = {
        "60 MB of nulls": (None, b"[" + b"null," * 12_000_000 + b"1]"),
        "60 MB of empty objects": (None, b"[" + b"{}," * 20_000_000 + b"1]"),
        "30 MB of equal ids": (None, b"[" + b"1," * 15_000_000 + b"1]"),
        "249,999 nulls": (None, b"[" + b"null," * 249_998 + b"null]"),
        "249,999 empty objects": (None, b"[" + b"{}," * 249_998 + b"{}]"),
        "a gzip bomb of 64 MB": ("gzip", gzip.compress(b"[" + b" " * (64 << 20) + b"1]")),
    }
    for name, answer in large.items():
        server = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
        server.daemon_threads, server.answer = True, answer
        threading.Thread(target=server.serve_forever, daemon=True).start()
        entry = Entry(server.server_address[1]).text
        with Exporter(found.exporter, [entry], interval="1h") as exporter:
            until(lambda: "refresh complete" in exporter.text(), "the refresh")
            peak = exporter.memory("VmHWM")
        server.shutdown()
        row(f"peak memory, {name} on every route", f"{CONTAINER} MB", f"{peak:.0f} MB")


def state(found):
    """With the instances alone, as the goal has it, and with everything."""
    for only, what in ((INSTANCES, "instances alone"), ((), "everything")):
        saved(found, only, what)


def saved(found, only, what):
    sizes = ("--projects", found.projects, "--instances", found.instances)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "state"
        options = (*only, f"--state.file={file}")
        with Simulator(found.simulator, *sizes) as simulator:
            entries = [simulator.entry("one")]
            with Exporter(found.exporter, entries, *options, interval="1h") as exporter:
                exporter.after(1)
                until(file.exists, "the state file")
        for detail in ("findings", "full"):
            seconds = []
            for _ in range(3):
                with Exporter(found.exporter, entries, *options, interval="1h", detail=detail) as one:
                    until(lambda: b"ovhcloud_cloud_instances{" in served(one), "the state", every=0.001)
                    seconds.append((time.monotonic() - one.began, one.cpu()))
            wall, cpu = min(seconds)
            goal = "500 ms" if only and detail == "full" else ""
            size = f"{file.stat().st_size / 1e6:.0f} MB"
            row(f"saved state of {size} served, {what}, {detail}", goal, f"{wall * 1000:.0f} ms ({cpu:.2f} s CPU)")


def served(exporter):
    try:
        return exporter.page()
    except OSError:
        return b""


SCENES = {scene.__name__: scene for scene in (instances, idle, plain, hostile, state)}


def main():
    found = arguments(
        __doc__,
        only=",".join(SCENES),
        projects=100,
        instances=1112,
        refreshes=25,
        credentials=20_000,
    )
    for name in found.only.split(","):
        SCENES[name](found)


if __name__ == "__main__":
    main()
