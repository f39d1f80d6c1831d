"""What a deployment uses in a month, and what that costs at given prices: ``python -m deploy.costs``.

Every quantity is one formula over the numbers above it; ``docs/deploy.md`` shows the same formulas. Prices are inputs:
``deploy/prices.json`` is an example from memory that nobody has verified.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

PRICES = Path(__file__).resolve().parent / "prices.json"
PAGE = Path(__file__).resolve().parent.parent / "docs" / "deploy.md"


@dataclass(frozen=True, slots=True)
class Input:
    """A number that a deployment is described by."""

    name: str
    value: str
    what: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A quantity a month; ``price`` names what one of it costs, empty where it is only used by others."""

    name: str
    text: str
    what: str
    price: str = ""


INPUTS = (
    Input("restaurants", "10000", "restaurants"),
    Input("platforms", "3", "platforms a restaurant is on"),
    Input("changes", "2", "changes of a restaurant's menu a day, after those within `EventPause` are gathered"),
    Input("events_per_change", "3", "events that tell of one change"),
    Input("document_kb", "16", "KB of a menu's snapshot and its payload together, compressed; 255 dishes have so many"),
    Input("publish_seconds", "3", "seconds a process is busy with one publish, the platform's answers in it"),
    Input("platforms_that_answer_later", "2", "platforms of these that report a result by webhook or poll"),
)
FORMULAS = (
    Formula("publishes", "restaurants * platforms * changes * 30", "publishes"),
    Formula("later", "publishes * platforms_that_answer_later / platforms", "of these with a result that comes later"),
    Formula("events", "restaurants * changes * events_per_change * 30", "events", "million_events"),
    Formula("messages", "3 * (events + publishes + later) + 4 * 30 * 24 * 60",
            "SQS requests: send, receive, delete; the pollers' own", "million_queue_requests"),
    Formula("api_requests", "later", "webhooks through the API; people's requests are few", "million_api_requests"),
    Formula("invocations", "events + publishes + 2 * later + 30 * 24 * 60",
            "invocations; fewer, where messages come in batches", "million_invocations"),
    Formula("gb_seconds", "0.2 * events + publish_seconds * publishes + 0.3 * later + 2 * 30 * 24 * 60",
            "GB-seconds of functions with 1 GB", "gb_second"),
    Formula("write_units", "publishes * (48 + 2 * document_kb) + 42 * later + 12 * events",
            "DynamoDB write units; a transaction counts each KB twice", "million_write_units"),
    Formula("read_units", "21 * publishes + 17 * later + 10 * events + 30 * 24 * 12 * 3 * restaurants * platforms / 40",
            "DynamoDB read units; the last term counts gauges every five minutes", "million_read_units"),
    Formula("stored_gb", "(restaurants * platforms * 5 * (document_kb + 5) + 90 / 30 * publishes * 5) / 1000000",
            "GB in tables: the last five publishes of each place, the history of 90 days", "gb_month_of_tables"),
    Formula("recoverable_gb", "stored_gb", "GB that can be recovered to any point in time", "gb_month_of_recovery"),
    Formula("log_gb", "(publishes * 2 + events * 0.5 + 30 * 24 * 60) / 1000000", "GB of logs", "gb_of_logs"),
    Formula("alarms", "17 + 7 * platforms + 1", "alarms", "alarm_month"),
    Formula("metrics", "4 + 6 * platforms", "metrics made of log lines", "metric_month"),
    Formula("secret_reads", "12 * 24 * 30 * 5", "reads of the secret, by about five processes",
            "ten_thousand_secret_reads"),
)  # fmt: skip
ONE = {"million": 1_000_000, "ten": 10_000}
"""How many a price is for, by the first word of its name."""


def quantities(inputs: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Give every quantity a month.

    >>> given = {each.name: Decimal(each.value) for each in INPUTS}
    >>> quantities(given)["publishes"]
    Decimal('1800000')
    """
    known = dict(inputs)
    for formula in FORMULAS:
        known[formula.name] = _value(formula.text, known)
    return {formula.name: known[formula.name] for formula in FORMULAS}


def _value(text: str, known: Mapping[str, Decimal]) -> Decimal:
    words = [f"Decimal('{word}')" if word[0].isdigit() else word for word in _words(text)]
    value = eval(" ".join(words), {"__builtins__": {}, "Decimal": Decimal}, dict(known))  # noqa: S307 - FORMULAS alone
    return Decimal(value)


def _words(text: str) -> list[str]:
    spaced = "".join(f" {letter} " if letter in "()*/+-" else letter for letter in text)
    return spaced.split()


def costs(amounts: Mapping[str, Decimal], prices: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Give what each quantity costs that has a price. Raises KeyError for a price that is missing."""
    return {
        formula.name: amounts[formula.name] * prices[formula.price] / ONE.get(formula.price.partition("_")[0], 1)
        for formula in FORMULAS
        if formula.price
    }


def _positive(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal(0)
    if not found.is_finite() or found <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return found


def tables() -> list[str]:
    """Give the inputs and formulas as tables, for the page."""
    lines = ["| input | example | what |", "| --- | --- | --- |"]
    lines += [f"| `{each.name}` | {each.value} | {each.what} |" for each in INPUTS]
    lines += ["", "| a month | formula | what | price of |", "| --- | --- | --- | --- |"]
    for each in FORMULAS:
        priced = each.price.replace("_", " ")
        lines.append(f"| `{each.name}` | `{each.text}` | {each.what} | {priced} |")
    return lines


def page() -> str:
    """Give ``docs/deploy.md``: as it is, with its formulas made anew."""
    text = PAGE.read_text(encoding="utf-8")
    before, start, rest = text.partition("<!-- formulas -->\n")
    _, end, after = rest.partition("<!-- /formulas -->\n")
    if not start or not end:
        raise ValueError(f"{PAGE.name} has no place for its formulas")
    return "\n".join([f"{before}{start}", *tables(), "", f"{end}{after}"])


def main(arguments: Sequence[str]) -> int:
    """Tell quantities and costs."""
    parser = argparse.ArgumentParser(prog="python -m deploy.costs", description="What a deployment uses and costs.")
    for each in INPUTS:
        parser.add_argument(
            f"--{each.name.replace('_', '-')}", type=_positive, default=Decimal(each.value), help=each.what
        )
    parser.add_argument("--prices", type=Path, default=PRICES, help="JSON: the price of each thing, in one currency")
    chosen = parser.parse_args(arguments)
    try:
        held = json.loads(chosen.prices.read_text("utf-8"), parse_float=Decimal, parse_int=Decimal)
        amounts = quantities({each.name: getattr(chosen, each.name) for each in INPUTS})
        found = costs(amounts, held["prices"])
    except (OSError, ValueError, TypeError) as error:
        reason = getattr(error, "strerror", None) or "it has to be JSON like deploy/prices.json"
        sys.stderr.write(f"Error: {chosen.prices} cannot be read: {reason}.\n")
        return 1
    except KeyError as error:
        sys.stderr.write(f"Error: {chosen.prices} lacks the price {error}.\n")
        return 1
    sys.stdout.write(f"{'a month':<18}{'quantity':>18}{'costs':>12}\n")
    for name, amount in amounts.items():
        cost = f"{found[name]:>12,.2f}" if name in found else ""
        sys.stdout.write(f"{name:<18}{amount:>18,.1f}{cost}".rstrip() + "\n")
    sys.stdout.write(f"{'all':<36}{sum(found.values()):>12,.2f} {held['currency']}, at {held['from']}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
