"""Simulators and exporters as programs, and their figures, for the scripts of this directory."""

import argparse
import http.client
import os
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
TICK = os.sysconf("SC_CLK_TCK")
ALLOCATOR = {"LD_PRELOAD", "MALLOC_ARENA_MAX"}
# A machine that does other work, too, is slow.
PATIENCE = 600


def arguments(text, base=False, **more):
    """The options of a script: `--exporter`, `--simulator`, and others with their defaults."""
    parser = argparse.ArgumentParser(description=text)
    parser.add_argument("--exporter", type=Path, default=RELEASE / "ovhcloud-exporter")
    parser.add_argument("--simulator", type=Path, default=RELEASE / "ovhcloud-simulator")
    if base:
        parser.add_argument("--base", type=Path, help="another exporter, for the ratio of the two")
    for name, default in more.items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    found = parser.parse_args()
    for program in (found.exporter, found.simulator, getattr(found, "base", None)):
        if program and not program.exists():
            parser.error(f"no {program}: cargo build --release --workspace")
    return found


def row(what, goal, measured):
    """One row of the table of docs/performance.md."""
    print(f"| {what} | {goal} | {measured} |", flush=True)


def median(values):
    return statistics.median(values)


def until(condition, what, every=0.02):
    """The first result of a condition that is true."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(every)
    raise TimeoutError(what)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Program:
    """A process with a directory of its own; it ends with the block that uses it."""

    def __init__(self, command):
        self.directory = Path(tempfile.mkdtemp(prefix="ovhcloud-bench-"))
        self.log = self.directory / "log"
        with self.log.open("wb") as log:
            self.began = time.monotonic()
            # No variable of the caller configures it, but the allocator. The image and the systemd unit set this one.
            variables = {"MALLOC_ARENA_MAX": "1"} | {name: os.environ[name] for name in ALLOCATOR & os.environ.keys()}
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=variables)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.directory)

    def text(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.process.args[0]} ended: {self.log.read_text()[-2000:]}")
        return self.log.read_text()

    def cpu(self):
        """User and system seconds, those of ended threads included, to one hundredth."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self, name="VmRSS"):
        """Resident memory in MB."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{name}:\s+(\d+)", text)[1]) / 1024


class Simulator(Program):
    """A simulated account, at every address of this machine's loopback."""

    def __init__(self, path, *options):
        # The port's number is in the address that it prints.
        super().__init__([str(path), "--listen", "0.0.0.0:0", *map(str, options)])
        printed = re.compile(r"OVH_ENDPOINT=\S+?:(\d+)/1\.0\nOVH_CLIENT_ID=(\S+)\nOVH_CLIENT_SECRET=(\S+)\n")
        found = until(lambda: printed.search(self.text()), path)
        self.port, self.client, self.secret = int(found[1]), found[2], found[3]

    def entry(self, name, host="127.0.0.1", port=None):
        """Its entry in the configuration of an exporter."""
        endpoint = f"http://{host}:{port or self.port}/1.0"
        credential = f"{{client_id: {self.client}, client_secret: {self.secret}}}"
        return f"- {{name: {name}, endpoint: '{endpoint}', credential: {credential}}}"


class Exporter(Program):
    """An exporter of these accounts, without a limit of its rate."""

    def __init__(self, path, accounts, *options, interval="1s", detail="findings"):
        self.port = free_port()
        directory = Path(tempfile.mkdtemp(prefix="ovhcloud-bench-"))
        config = directory / "exporter.yaml"
        config.touch(mode=0o600)
        lines = ["accounts:", *accounts, f"detail: {detail}", f"refresh: {{interval: {interval}}}"]
        lines += ["api: {rate: 10000, burst: 10000}", "log: {changes: false}"]
        lines += [f"web: {{listen_addresses: [127.0.0.1:{self.port}]}}"]
        config.write_text("\n".join(lines))
        super().__init__([str(path), f"--config.file={config}", *map(str, options)])
        self.config = directory

    def __exit__(self, *_):
        super().__exit__()
        shutil.rmtree(self.config)

    def refreshes(self, account=None):
        """The complete refreshes in the log, as dictionaries of their figures."""
        lines = re.findall(r'msg="refresh complete" account=(\S+) (.*)', self.text())
        lines = [fields for name, fields in lines if account in (None, name)]
        found = [{key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)} for line in lines]
        failing = [one for one in found if one["collectors_failing"]]
        if failing:
            raise RuntimeError(f"collectors fail: {failing[0]}: {self.text()[-2000:]}")
        return found

    def after(self, count, account=None):
        """The refreshes, as soon as there are so many."""
        return until(lambda: (found := self.refreshes(account))[count - 1 :] and found, "refreshes")

    def page(self, path="/metrics", **headers):
        """The body of a page; an error if its status is not 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        if response.status != 200:
            raise RuntimeError(f"{path}: {response.status}")
        return body
