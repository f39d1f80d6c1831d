"""The difference of two payloads place by place; entries of one record are held against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.comparing.portraits import Path, written
from pipeline.comparing.sides import Made
from pipeline.explaining.explanation import plain
from pipeline.mapping.compiler.runtime import MISSING, records_of


@dataclass(frozen=True, slots=True)
class RawChange:
    """One place; a path is empty, and its value MISSING, on the side that does not have it."""

    old_path: str
    new_path: str
    old: Any
    new: Any

    def data(self) -> dict[str, Any]:
        """Give the JSON form; a path is null where the place is not there."""
        return {
            "old_path": self.old_path or None,
            "new_path": self.new_path or None,
            "old": plain(self.old),
            "new": plain(self.new),
        }


def raw_changes(before: Made, after: Made) -> list[RawChange]:
    """Give every place of two payloads that differs; entries that only moved inside their list do not count."""
    return list(_Raw(before, after).value(before.payload, after.payload, (), ()))


class _Raw:
    def __init__(self, before: Made, after: Made) -> None:
        self.before, self.after = before.recording, after.recording

    def value(self, old: Any, new: Any, old_path: Path, new_path: Path) -> Iterator[RawChange]:
        if isinstance(old, dict) and isinstance(new, dict):
            for key in dict.fromkeys((*old, *new)):
                yield from self._pair(old.get(key, MISSING), new.get(key, MISSING), (old_path, key), (new_path, key))
        elif isinstance(old, list) and isinstance(new, list):
            yield from self._lists(old, new, old_path, new_path)
        elif old != new or type(old) is not type(new):
            yield RawChange(written(old_path), written(new_path), old, new)

    def _pair(self, old: Any, new: Any, old_path: Path, new_path: Path) -> Iterator[RawChange]:
        if old is MISSING:
            yield RawChange("", written(new_path), MISSING, new)
        elif new is MISSING:
            yield RawChange(written(old_path), "", old, MISSING)
        else:
            yield from self.value(old, new, old_path, new_path)

    def _lists(self, old: list[Any], new: list[Any], old_path: Path, new_path: Path) -> Iterator[RawChange]:
        was = {key: index for index, key in enumerate(_keys(self.before.marks(old), old))}
        now = {key: index for index, key in enumerate(_keys(self.after.marks(new), new))}
        for key in dict.fromkeys((*was, *now)):
            left, right = was.get(key), now.get(key)
            yield from self._pair(
                MISSING if left is None else old[left],
                MISSING if right is None else new[right],
                (old_path, left or 0),
                (new_path, right or 0),
            )


def _keys(marks: Any, entries: list[Any]) -> Iterator[Hashable]:
    """Give each entry's identity in its list: its record, or else its value, and how often that stood before."""
    seen: Counter[Hashable] = Counter()
    for index, entry in enumerate(entries):
        mark = marks.get(index)
        records = records_of(mark.trail[-1:]) if mark is not None else ()
        key: Hashable = (records[0].kind, records[0].record_id) if records else repr(entry)
        seen[key] += 1
        yield key, seen[key]
