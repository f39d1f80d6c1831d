"""What ``dry-run`` shows of a preview: one row of :data:`VIEWS` per ``--show``, each as text and as JSON."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from decimal import Decimal
from types import ModuleType
from typing import Any, NamedTuple

from pipeline.cli.console import visible, width_of
from pipeline.cli.findings_text import counts
from pipeline.cli.tables import table_text
from pipeline.findings import Finding, as_json, stops_publishing
from pipeline.mapping.compiled import CompiledMapping
from pipeline.money import minor_units
from pipeline.preview import Preview

Findings = tuple[Finding, ...]

SCHEMA_VIOLATION = "payload-schema"
NAME_LIMIT = 200
COUNTED = (
    ("categories", "category", "categories"),
    ("items", "dish", "dishes"),
    ("modifier_groups", "modifier group", "modifier groups"),
    ("options", "option", "options"),
)


class View(NamedTuple):
    """One way to show a preview. ``data`` gives it as JSON values, ``text`` for people."""

    data: Callable[[CompiledMapping, Preview], Any]
    text: Callable[[CompiledMapping, Preview, Findings], str]


def summary(mapping: CompiledMapping, made: Preview) -> dict[str, Any]:
    """Say in short what a payload holds: how many of each record, and each category's dishes and prices."""
    assert made.shaped is not None
    menu = made.shaped.menu
    return {
        "restaurant": made.shaped.restaurant.name,
        "currency": made.shaped.restaurant.currency,
        "bytes": len(made.data()),
        "categories": len(menu.all_categories),
        "items": len(menu.items),
        "modifier_groups": len(menu.modifier_groups),
        "options": len(menu.options),
        "sold_out": sum(item.sold_out for item in menu.items),
        "by_category": [
            {
                "category_id": category.category_id,
                "name": " / ".join(category.path),
                "items": len(category.items),
                "lowest_price": min((item.price for item in category.items), default=None),
                "highest_price": max((item.price for item in category.items), default=None),
            }
            for category in menu.all_categories
        ],
    }


def summary_text(mapping: CompiledMapping, made: Preview, findings: Findings) -> str:
    """Lay a summary out for people."""
    data = summary(mapping, made)
    verdict = "not be published as it is" if stops_publishing(findings) else "be published"
    table = table_text(
        ("category", "dishes", f"prices in {visible(data['currency'], 10)}"),
        [(row["name"], str(row["items"]), _prices(row, data["currency"])) for row in data["by_category"]],
        width=width_of(sys.stdout),
    )
    title = visible(mapping.document.title or mapping.platform, NAME_LIMIT)
    numbers = [_number(data[key], one, many) for key, one, many in COUNTED]
    return (
        f"{visible(data['restaurant'], NAME_LIMIT)} on {title}: would {verdict}\n"
        f"{', '.join(numbers)}; {data['sold_out']} sold out\n"
        f"{data['bytes']:,} bytes, {_schema_verdict(made)}\n"
        f"{counts(findings)}\n\n{table}"
    )


def as_document(
    mapping: CompiledMapping | None, made: Preview | None, findings: Iterable[Finding], show: str, environment: str
) -> dict[str, Any]:
    """Give a dry run as one JSON object; what is shown stands under its own name, null where nothing was made."""
    shown = VIEWS[show].data(mapping, made) if mapping and made and made.payload is not None else None
    findings = tuple(findings)
    return {
        "platform": mapping.platform if mapping else None,
        "environment": environment,
        "publishable": shown is not None and not stops_publishing(findings),
        "schema_checked": made is not None and made.schema_checked,
        show: shown,
        "findings": [as_json(finding) for finding in findings],
    }


def _schema_verdict(made: Preview) -> str:
    if not made.schema_checked:
        return "not checked against a payload schema"
    fits = not any(finding.code == SCHEMA_VIOLATION for finding in made.findings)
    return f"which {'fits' if fits else 'does not fit'} the platform's payload schema"


def _number(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _prices(row: dict[str, Any], currency: str) -> str:
    """Write a row's prices; what has decimals has all that the currency has: 15.5 is 15.50."""
    low: Decimal | None = row["lowest_price"]
    high: Decimal | None = row["highest_price"]
    if low is None or high is None:
        return ""
    places = max(0, *(-int(price.as_tuple().exponent) for price in (low, high)))
    places = max(places, minor_units(currency)) if places else 0
    first, last = (f"{price:.{places}f}" for price in (low, high))
    return first if first == last else f"{first} – {last}"


def _requests() -> ModuleType:
    """Import what makes requests, with all of the connector behind it, only where they are to be seen."""
    from pipeline.cli import request_views

    return request_views


VIEWS: dict[str, View] = {
    "payload": View(lambda _, made: made.payload, lambda _, made, __: made.text()),
    "summary": View(summary, summary_text),
    "requests": View(
        lambda mapping, made: _requests().requests_of(mapping, made),
        lambda mapping, made, _: _requests().requests_text(mapping, made),
    ),
}

REQUEST_EXAMPLE = {
    "step": "menu",
    "method": "PUT",
    "url": "https://api.example.com/menus/s-1",
    "headers": {"Authorization": "***", "Content-Type": "application/json"},
    "body": '{"dishes": []}',
    "curl": "curl -X PUT https://api.example.com/menus/s-1 -H 'Authorization: ***' …",
    "problem": None,
}
RUN_EXAMPLE = {"platform": "pizza_post", "environment": "sandbox", "publishable": True, "schema_checked": True}
SUMMARY_EXAMPLE = {
    "restaurant": "Da Nino",
    "currency": "EUR",
    "bytes": 20133,
    "categories": 2,
    "items": 19,
    "modifier_groups": 4,
    "options": 11,
    "sold_out": 1,
    "by_category": [
        {"category_id": "c-1", "name": "Pizza", "items": 12, "lowest_price": 8.5, "highest_price": 14.0},
        {"category_id": "c-2", "name": "Drinks", "items": 7, "lowest_price": 2.2, "highest_price": 6.9},
    ],
}
