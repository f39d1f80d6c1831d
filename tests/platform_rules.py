"""The platforms' published rules that a JSON Schema cannot state, evaluated by the ``jmespath`` library alone.

The rules are data (``platforms/NAME/integrity.json``); nothing here knows the product's own checks.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import jmespath

Json = dict[str, Any]


def broken_rules(payload: Json, rules: Json) -> list[str]:
    """Give every rule that a payload (plain JSON, numbers as floats) breaks, one sentence each."""
    found = []
    for expression in rules.get("unique", []):
        found += [f"{expression}: {value} stands twice" for value in _repeated(jmespath.search(expression, payload))]
    for rule in rules.get("unique_within", []):
        for place in jmespath.search(rule["in"], payload) or []:
            repeated = _repeated(jmespath.search(rule["expr"], place))
            found += [f"{rule['in']} {rule['expr']}: {value} stands twice" for value in repeated]
    for rule in rules.get("refs", []):
        known = set(_flat(jmespath.search(rule["to"], payload)))
        named = _flat(jmespath.search(rule["from"], payload))
        found += [f"{rule['from']}: {value} is not in {rule['to']}" for value in named if value not in known]
    for rule in rules.get("order", []):
        least, most = rule["le"]
        for place in jmespath.search(rule["in"], payload) or []:
            low, high = place.get(least), place.get(most)
            if low is not None and high is not None and low > high:
                found.append(f"{rule['in']}: {least} {low} is over {most} {high}")
    return found


def _flat(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [inner for element in value for inner in _flat(element)]
    return [] if value is None else [value]


def _repeated(values: Any) -> list[Any]:
    return [value for value, times in Counter(_flat(values)).items() if times > 1]
