"""What each platform says of one picture, after it was fetched or could not be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.findings import Finding
from pipeline.mapping.form.document import Mapping
from pipeline.pictures.limits import FIELD, Look, address_findings, picture_findings
from pipeline.pictures.owned import Owned

EVERY = "every platform"


@dataclass(frozen=True, slots=True)
class Judged:
    """One picture with all that is wrong with it, by platform; :data:`EVERY` where all would refuse it."""

    owned: Owned
    look: Look | None
    refused: tuple[tuple[str, Finding], ...]


def wanted_by(owned: Owned, mappings: Sequence[Mapping]) -> tuple[Mapping, ...]:
    """Give the mappings whose platforms show what this is a picture of; one that does not say may show all."""
    return tuple(each for each in mappings if each.pictures is None or owned.of(each.pictures.of))


def judge(owned: Owned, found: Look | str, mappings: Sequence[Mapping]) -> Judged:
    """Hold a picture against what platforms say; ``found`` is a sentence where it could not be fetched."""
    refused: list[tuple[str, Finding]] = []
    records = tuple(record for _, record in owned.owners)
    look = found if isinstance(found, Look) else None
    if look is None:
        message = f"The picture cannot be fetched. {found}"
        hint = "Open its address in a browser that is logged in nowhere."
        refused.append((EVERY, Finding("picture-unreachable", "error", message, hint, None, records, FIELD)))
    elif look.header is None:
        message = "What stands at the address is no picture that can be read."
        hint = "Give the address of the picture itself, not of a page that shows it."
        refused.append((EVERY, Finding("picture-unreadable", "error", message, hint, None, records, FIELD)))
    for mapping in wanted_by(owned, mappings):
        limits = mapping.pictures
        if limits is None:
            continue
        shown = owned.of(limits.of)
        told = list(address_findings(limits, mapping.label, owned.url, shown))
        if look is not None:
            told += picture_findings(limits, mapping.label, look, shown)
        refused += ((mapping.platform, finding) for finding in told)
    return Judged(owned, look, tuple(refused))
