"""``python -m tests.mutations --seed N --count 200`` prints what was caught and what passed."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

from pipeline.findings import Finding
from tests.mutations.making import INVISIBLE, OPERATORS
from tests.mutations.source import MAPPINGS
from tests.mutations.trying import Mutation, caught, found, mutations


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--operator", action="append", default=[], choices=[*OPERATORS, *INVISIBLE])
    parser.add_argument("--all", action="store_true", help="also list what was caught")
    given = parser.parse_args(arguments)
    tried: Counter[str] = Counter()
    passed: list[tuple[Mutation, tuple[Finding, ...]]] = []
    more: Counter[int] = Counter()
    for mutation in mutations(given.seed, given.count, given.operator):
        findings = found(mutation, MAPPINGS)
        tried[mutation.operator] += 1
        more[min(len(findings), 6)] += 1
        if not caught(mutation, findings):
            passed.append((mutation, findings))
        elif given.all:
            print(f"{mutation.operator} ({mutation.mapping}): {mutation.what}")
            for finding in findings:
                print(f"    {finding.place and finding.place.line}: [{finding.code}] {finding.message} {finding.hint}")
    total = sum(tried.values())
    print(f"seed {given.seed}: {total - len(passed)} of {total} caught ({100 * (total - len(passed)) / total:.1f} %)")
    many = sum(times for number, times in more.items() if number > 2)
    print(f"told by one finding alone: {more[1]}; by two: {more[2]}; by more: {many}")
    for mutation, findings in passed:
        print(f"- {mutation.operator} ({mutation.mapping}, line {min(mutation.lines)}): {mutation.what}")
        for finding in findings[:5]:
            print(f"    {finding.place and finding.place.line}: [{finding.code}] {finding.message}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
