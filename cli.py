"""The command line: ``python cli.py --help``. What it does stands in :mod:`pipeline.cli`."""

from __future__ import annotations

import sys

from pipeline.cli.application import main

if __name__ == "__main__":
    sys.exit(main())
