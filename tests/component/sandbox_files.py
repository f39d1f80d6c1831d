"""The platforms' published samples and broken variants, as the sandbox's tests use them."""

from __future__ import annotations

import copy
import json
from typing import Any

from tests.shared_files import SHARED, shared_path


def sample(platform: str, name: str) -> Any:
    """Read a platform's sample."""
    return json.loads(shared_path(f"platforms/{platform}/samples/{name}.json").read_bytes())


def variants(platform: str) -> list[Any]:
    """Give a platform's broken variants, by name; empty where they are missing (for parametrize)."""
    path = SHARED / "platforms" / platform / "broken_variants.json"
    return json.loads(path.read_bytes())["variants"] if path.exists() else [{"name": "missing", "patch": []}]


def broken(platform: str, variant: dict[str, Any]) -> Any:
    """Give the platform's full sample with a variant's JSON Patch applied."""
    document = copy.deepcopy(sample(platform, "composed_full_featured"))
    for operation in variant["patch"]:
        if operation["op"] == "move":
            holder, key = _place(document, operation["from"])
            value = holder.pop(key)
            holder, key = _place(document, operation["path"])
            holder[key] = value
            continue
        holder, key = _place(document, operation["path"])
        if operation["op"] == "remove":
            del holder[key]
        elif operation["op"] == "add" and isinstance(holder, list):
            holder.insert(key, operation["value"])
        else:
            assert operation["op"] == "add" or key in holder or isinstance(holder, list)
            holder[key] = operation["value"]
    return document


def _place(document: Any, pointer: str) -> tuple[Any, Any]:
    *way, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    for part in way:
        document = document[int(part) if isinstance(document, list) else part]
    return document, int(last) if isinstance(document, list) else last
