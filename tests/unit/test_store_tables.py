"""The deployment makes the tables that the store defines."""

from __future__ import annotations

from typing import Any

import yaml

from pipeline.store.dynamodb import table_definitions
from tests.shared_files import REPOSITORY

PREFIX = "menu-sync-"


class CloudFormation(yaml.SafeLoader):
    """Reads a template; ``!Sub text`` is ``{"Sub": text}``."""


def _function(loader: yaml.SafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


CloudFormation.add_multi_constructor("!", _function)


def by_name(entries: list[dict[str, Any]], key: str) -> dict[str, dict[str, Any]]:
    return {entry[key]: entry for entry in entries}


def test_the_template_makes_the_tables_that_the_store_defines():
    template = yaml.load((REPOSITORY / "deploy" / "template.yaml").read_text(), CloudFormation)
    made = {
        resource["Properties"]["TableName"]["Sub"]: resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::DynamoDB::Table"
    }
    defined = {
        f"${{TablePrefix}}{table['TableName'].removeprefix(PREFIX)}": table for table in table_definitions(PREFIX)
    }
    assert set(made) == set(defined)
    for name, table in defined.items():
        for part in ("KeySchema", "BillingMode", "TimeToLiveSpecification"):
            assert made[name][part] == table[part], (name, part)
        for part, key in (("AttributeDefinitions", "AttributeName"), ("GlobalSecondaryIndexes", "IndexName")):
            assert by_name(made[name][part], key) == by_name(table[part], key), (name, part)
