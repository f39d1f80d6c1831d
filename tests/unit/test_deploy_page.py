"""docs/deploy.md against what it speaks of: the template, commands, formulas, quantities."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest

from deploy import costs
from handlers.sweep import COUNTED_EVERY
from pipeline.alarms import SERVICES
from pipeline.alerts import ALERTS
from pipeline.cli.application import COMMANDS
from pipeline.cloudwatch import LOG_METRICS
from pipeline.sync.asking.drift import SIDE_BY_SIDE
from tests.shared_files import REPOSITORY
from tests.unit.test_template import FUNCTIONS, TEMPLATE

PAGE = costs.PAGE.read_text("utf-8")
SHELL = "\n".join(re.findall(r"^```(?:sh|console)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
GIVEN = {each.name: Decimal(each.value) for each in costs.INPUTS}


def test_parameters_and_outputs_are_the_templates() -> None:
    (given,) = re.findall(r"--parameter-overrides ((?:\w+=\S+ ?)+)", SHELL)
    named = {word.partition("=")[0] for word in given.split()}
    named |= set(re.findall(r"`([A-Z][A-Za-z]+)(?:=\w+)?`", PAGE)) & set(TEMPLATE["Parameters"])
    assert named <= set(TEMPLATE["Parameters"])
    assert {"MenuServiceUrl", "Reserve", "EventPause", "EventSources", "AlarmTopicArn", "PublicBaseUrl"} <= named
    without = {name for name, each in TEMPLATE["Parameters"].items() if "Default" not in each}
    assert without <= {word.partition("=")[0] for word in given.split()}
    assert set(re.findall(r"\$\(output (\w+)\)", SHELL)) <= set(TEMPLATE["Outputs"])
    assert "DeadLettersUrl" in TEMPLATE["Outputs"]


def test_commands_are_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z][a-z-]+)", SHELL + " ".join(re.findall(r"`(make [a-z-]+)`", PAGE)))) <= targets
    assert set(re.findall(r"cli\.py (\w+)", PAGE)) <= set(COMMANDS)
    for file in re.findall(r"\b(?:deploy|pipeline|handlers)/[\w/]+\.\w+", PAGE):
        assert (REPOSITORY / file).is_file(), file


def test_the_shell_can_read_it() -> None:
    done = subprocess.run(["bash", "-n"], input=SHELL.replace("$ ", ""), text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_processes_that_are_kept_are_counted() -> None:
    defaults = {name: each.get("Default") for name, each in TEMPLATE["Parameters"].items()}
    kept = [function["ReservedConcurrentExecutions"]["!If"][1] for function in FUNCTIONS.values()]
    count = sum(defaults[each["!Ref"]] if isinstance(each, dict) else each for each in kept)
    assert f"The functions keep {count} processes" in PAGE
    assert f"less\nthan {count + 100}" in PAGE


def test_the_page_has_the_formulas() -> None:
    assert costs.page() == PAGE


def test_every_formula_uses_what_stands_above_it_and_every_input_is_used() -> None:
    known, used = {each.name for each in costs.INPUTS}, set()
    for formula in costs.FORMULAS:
        names = set(re.findall(r"[a-z]\w*", formula.text))
        assert names <= known, formula.name
        known.add(formula.name)
        used |= names
    assert {each.name for each in costs.INPUTS} <= used


def test_alarms_and_metrics_are_counted_right() -> None:
    for platforms in (Decimal(3), Decimal(5)):
        amounts = costs.quantities({**GIVEN, "platforms": platforms})
        for_each = sum("{platform}" in alert.summary for alert in ALERTS)
        assert amounts["alarms"] == len(SERVICES) + for_each * platforms + len(ALERTS) - for_each
        names = {(metric.name, metric.by_platform) for metric in LOG_METRICS.values()}
        assert amounts["metrics"] == sum(platforms if by_platform else 1 for _, by_platform in names)


def test_small_numbers_by_hand() -> None:
    amounts = costs.quantities({**GIVEN, "restaurants": Decimal(2), "changes": Decimal(1), "platforms": Decimal(4)})
    assert amounts["publishes"] == 240  # 2 restaurants, 4 platforms, once a day
    assert amounts["later"] == 120
    assert amounts["events"] == 180
    prices = {formula.price: Decimal(1_000) for formula in costs.FORMULAS if formula.price}
    found = costs.costs(amounts, prices)
    assert found["events"] == Decimal("0.18")
    assert found["alarms"] == amounts["alarms"] * 1_000


def test_costs_grow_with_what_they_are_made_of() -> None:
    held = json.loads(costs.PRICES.read_text("utf-8"), parse_float=Decimal, parse_int=Decimal)
    assert "not verified" in held["from"]
    before = sum(costs.costs(costs.quantities(GIVEN), held["prices"]).values())
    for name in GIVEN.keys() - {"platforms"}:
        more = costs.quantities({**GIVEN, name: GIVEN[name] * 2})
        assert sum(costs.costs(more, held["prices"]).values()) > before, name


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ([], 0, "USD, at prices from memory, not verified"),
        (["--restaurants", "10"], 0, "publishes                    1,800.0"),
        (["--prices", "no-such.json"], 1, "no-such.json cannot be read"),
        (["--restaurants", "many"], 2, "--restaurants: 'many' is no number above 0"),
        (["--platforms", "0"], 2, "--platforms: '0' is no number above 0"),
    ],
)
def test_the_command(arguments: list[str], code: int, told: str) -> None:
    done: Any = subprocess.run(
        [sys.executable, "-m", "deploy.costs", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert told in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_limits_are_those_of_the_code_and_the_template() -> None:
    publishes = GIVEN["platforms"] * GIVEN["changes"]
    workers = TEMPLATE["Parameters"]["WorkConcurrency"]["Default"]
    reached = {
        "72,000 restaurants": 200 * 1440 / (2 * GIVEN["changes"]),
        "150,000 |": 86_400 * SIDE_BY_SIDE / (Decimal("1.5") * GIVEN["platforms"]),
        f"`WorkConcurrency`, {workers} at first": 240_000,
        "240,000, or 24,000 at lunchtime": workers * 86_400 / (GIVEN["publish_seconds"] * publishes),
        "360,000 at lunchtime": 250 * 86_400 / (10 * publishes),
        "700,000 at lunchtime": 40_000 * 86_400 / (10 * publishes * (48 + 2 * GIVEN["document_kb"])),
    }
    for said, number in reached.items():
        assert said in PAGE
        stated = re.match(r"[\d,]+", said)
        if stated is not None:
            assert float(number) == pytest.approx(int(stated[0].replace(",", "")), rel=0.05), said
    assert (
        f"every {COUNTED_EVERY.seconds // 60} minutes, within {FUNCTIONS['SweepFunction']['Timeout']} seconds"
        in PAGE.replace("five", "5")
    )
