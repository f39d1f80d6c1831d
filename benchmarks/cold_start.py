"""What a Lambda process pays before its first event, beside what boto3 and one client cost, all in one run.

``python benchmarks/cold_start.py [--package FOLDER] [--rounds N]`` prints medians over whole processes, taken in
turns, in milliseconds above a bare interpreter, and each one's ratio to boto3 with a DynamoDB client. Processes
see the standard library and the package's folder alone. `started`: the handler's module is imported and the
DynamoDB client is made, as Lambda does before the first event. `first event`: until one is answered, on SQLite.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from pipeline.build import package

BOUND = 1.3
PATHS = "import sys; sys.path[:] = [each for each in sys.path if 'site-packages' not in each] + [sys.argv[1]]; "
EVENT = "{'Records': [{'messageId': 'm', 'body': '{\"eventType\": \"MenuUpdated\", \"restaurantId\": \"rest_001\"}'}]}"
STARTED = {
    "boto3 and one client": "import boto3; boto3.client('dynamodb')",
    **{f"{name} started": f"import handlers.{name}" for name in ("events", "work", "sweep", "api")},
}
FIRST = {
    "events first event": f"import handlers.events as h; h.handler({EVENT})",
    "sweep first round": "import handlers.sweep as h; h.handler({})",
    "api first request": "import handlers.api as h; h.handler({'version': '2.0', 'rawPath': '/health', "
    "'rawQueryString': '', 'headers': {}, 'isBase64Encoded': False, "
    "'requestContext': {'http': {'method': 'GET', 'path': '/health', 'sourceIp': '127.0.0.1'}}})",
    "one mapping from its image": "from pathlib import Path; from pipeline.mapping.image import open_mapping; "
    "p = next(iter(sorted(Path(sys.argv[1], 'mappings').glob('*.yaml')))); open_mapping(p)[0].payload.ready()",
    "one mapping from its YAML": "from pathlib import Path; from pipeline.mapping.compiled import compile_file; "
    "p = next(iter(sorted(Path(sys.argv[1], 'mappings').glob('*.yaml')))); m = compile_file(p)[0]; "
    "m.all_findings(); m.payload.ready()",
}


def seconds(statement: str, folder: Path, environment: dict[str, str]) -> float:
    """Run a statement in a process of its own and give how much processor time that took."""
    interpreter = str(getattr(sys, "_base_executable", sys.executable))
    process = subprocess.Popen(
        [interpreter, "-I", "-S", "-c", PATHS + statement, str(folder)],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"`{statement[:80]}` ended with exit code {process.returncode}")
    return used.ru_utime + used.ru_stime


def measure(folder: Path, rounds: int) -> dict[str, float]:
    """Give the median of each statement's milliseconds above a bare interpreter."""
    aws = {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "a"}
    base = {"PATH": os.environ["PATH"], **aws, "AWS_SECRET_ACCESS_KEY": "b", "LOG_LEVEL": "ERROR"}
    taken: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as data:
        for number in range(rounds + 1):  # the first round warms the disk's cache and is not counted
            for name, statement in {"bare": "pass", **STARTED, **FIRST}.items():
                store = {"SYNC_STORE": "dynamodb"} if name in STARTED else {"SYNC_DATABASE": f"{data}/{number}.db"}
                took = seconds(statement, folder, {**base, **store})
                if number:
                    taken.setdefault(name, []).append(took)
    medians = {name: statistics.median(values) * 1000 for name, values in taken.items()}
    bare = medians.pop("bare")
    return {name: value - bare for name, value in medians.items()}


def main() -> int:
    """Measure, print, and fail where a handler's start is above the bound."""
    parser = argparse.ArgumentParser(description="What a Lambda process pays before its first event.")
    parser.add_argument("--package", type=Path, help="an unpacked package, else a new one")
    parser.add_argument("--rounds", type=int, default=9)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = chosen.package or package(Path(folder) / "lambda").with_suffix("")
        medians = measure(place.resolve(), chosen.rounds)
    one = medians["boto3 and one client"]
    for name, value in medians.items():
        print(f"{name:28} {value:7.0f} ms   {value / one:5.2f} x")
    over = [name for name in STARTED if medians[name] > BOUND * one]
    for name in over:
        print(f"above {BOUND} x: {name}", file=sys.stderr)
    return int(bool(over))


if __name__ == "__main__":
    sys.exit(main())
