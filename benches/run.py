#!/usr/bin/env python3
"""Runs every measuring script of this directory and prints one table in Markdown.

python3 benches/run.py [--exporter PATH] [--simulator PATH] [--base PATH] [--only NAME,NAME] [--write]

Ratios compare figures of one run: the seconds depend on the machine and on its other work. With --write the
table replaces the part of docs/performance.md between its two markers. A script that fails has a row that
says so, and the exit code is 1.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "performance.md"
MARKS = ("<!-- measured: begin -->\n", "<!-- measured: end -->\n")
HEAD = "| what | must reach | measured |\n|---|---|---|\n"
# Programs of this directory that measure nothing by themselves.
OTHERS = {"run", "harness"}


def rows(script, found):
    """The rows of a script, in place of which a failure has one."""
    command = [sys.executable, str(script)]
    for name in ("exporter", "simulator"):
        if path := getattr(found, name):
            command += [f"--{name}", str(path.resolve())]
    # Not every script compares two exporters: those that do say so.
    if found.base and "--base" in script.read_text():
        command += ["--base", str(found.base.resolve())]
    printed = []
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True)
        for line in process.stdout:
            if line.startswith("| "):
                printed.append(line.rstrip("\n"))
                print(printed[-1], flush=True)
        code = process.wait()
        said.seek(0)
        errors = said.read()
    if code == 0 and printed:
        return printed, True
    print(errors, file=sys.stderr)
    reason = (errors.strip().splitlines() or ["it printed no row"])[-1].replace("|", "/")
    failed = f"| benches/{script.name} | ends well | **did not end well**: {reason[:200]} |"
    print(failed, flush=True)
    return [*printed, failed], False


def machine(command):
    """The circumstances of a run, in one sentence."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return (
        f"`{command}` printed this on {date.today()}, on {os.cpu_count()} cores ({platform.machine()}) with "
        f"{memory:.0f} GB, at a load of {load:.0f} at its end.\n\n"
    )


def write(text):
    page = PAGE.read_text()
    before, found, rest = page.partition(MARKS[0])
    _, also, after = rest.partition(MARKS[1])
    if not (found and also):
        sys.exit(f"{PAGE} lacks its markers")
    PAGE.write_text(before + MARKS[0] + text + MARKS[1] + after)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    for name in ("exporter", "simulator", "base"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--only", type=lambda names: set(names.split(",")), help="these scripts alone")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    found = parser.parse_args()
    scripts = [path for path in sorted(HERE.glob("*.py")) if path.stem not in OTHERS]
    if found.only:
        unknown = found.only - {path.stem for path in scripts}
        if unknown:
            parser.error(f"no such script: {', '.join(sorted(unknown))}")
        scripts = [path for path in scripts if path.stem in found.only]
    print(HEAD, end="", flush=True)
    table, well = [], True
    for script in scripts:
        more, ended_well = rows(script, found)
        table += more
        well &= ended_well
    if found.write:
        command = "python3 benches/run.py" + (f" --only {','.join(sorted(found.only))}" if found.only else "")
        command += " --base OLD" if found.base else ""
        write(machine(command) + HEAD + "".join(line + "\n" for line in table))
    sys.exit(not well)


if __name__ == "__main__":
    main()
