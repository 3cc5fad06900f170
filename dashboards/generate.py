#!/usr/bin/env python3
"""Writes the Grafana dashboards of ovhcloud-exporter beside this file.

pip install -r requirements.txt
python3 generate.py           # write them
python3 generate.py --check   # exit 1 if what is committed differs
"""

import json
import sys
from pathlib import Path

from overview import overview
from resources import resources

from grafana_foundation_sdk.cog.encoder import JSONEncoder


def main():
    checks = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not checks:
        sys.exit(__doc__)
    for made in (overview(), resources()):
        path = Path(__file__).with_name(f"{made.uid}.json")
        text = json.dumps(made, cls=JSONEncoder, indent=2, sort_keys=True) + "\n"
        if not checks:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            sys.exit(f"{path.name} is not what {Path(__file__).name} makes: run it without --check")


if __name__ == "__main__":
    main()
