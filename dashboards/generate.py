#!/usr/bin/env python3
"""Writes the Grafana dashboards of ovhcloud-exporter beside this file.

pip install -r requirements.txt
python3 generate.py           # write them
python3 generate.py --check   # exit 1 if what is committed differs
"""

import json
import re
import sys
from pathlib import Path

from exporter import exporter
from findings import findings
from identity import identity
from layout import every_panel
from overview import overview
from public_cloud import public_cloud

from grafana_foundation_sdk.cog.encoder import JSONEncoder


def texts():
    """The text of each dashboard by uid. A link to a panel names its dashboard and its title, and
    becomes the panel's number here."""
    made = [overview(), identity(), public_cloud(), findings(), exporter()]
    ids = {
        f"{one.uid}: {panel.title}": panel.id_val
        for one in made
        for panel in every_panel(one.panels)
    }
    for one in made:
        text = json.dumps(one, cls=JSONEncoder, indent=2, sort_keys=True) + "\n"
        yield one.uid, re.sub(r"<(ovhcloud-[^>]+)>", lambda found: str(ids[found[1]]), text)


def main():
    checks = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not checks:
        sys.exit(__doc__)
    for uid, text in texts():
        path = Path(__file__).with_name(f"{uid}.json")
        if not checks:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            sys.exit(f"{path.name} is not what {Path(__file__).name} makes: run it without --check")


if __name__ == "__main__":
    main()
