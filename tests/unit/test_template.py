"""The deployment's template: tables as the store defines them, only what functions need, no secret in it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from pipeline.settings import Settings
from pipeline.store.dynamodb.tables import DEFAULT_PREFIX, TABLES, table_definitions
from tests.shared_files import REPOSITORY

PATH = REPOSITORY / "deploy" / "template.yaml"


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms: ``!Ref name`` becomes ``{"!Ref": "name"}``."""


def _short(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {f"!{suffix}": loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {f"!{suffix}": loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {f"!{suffix}": loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", _short)
TEMPLATE: dict[str, Any] = yaml.load(PATH.read_text("utf-8"), Loader)
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]
FUNCTIONS = {name: each["Properties"] for name, each in RESOURCES.items() if each["Type"].endswith("::Function")}


def of(kind: str) -> dict[str, dict[str, Any]]:
    return {name: each for name, each in RESOURCES.items() if each["Type"] == kind}


@pytest.mark.parametrize("name", list(TABLES))
def test_a_table_is_what_the_store_says(name: str) -> None:
    wanted = TABLES[name].definition(f"{{prefix}}{name.replace('_', '-')}")  # type: ignore[index]
    resource = RESOURCES[f"{''.join(part.capitalize() for part in name.split('_'))}Table"]
    found = dict(resource["Properties"])
    assert found.pop("TableName") == {"!Sub": wanted.pop("TableName").replace("{prefix}", "${TablePrefix}")}
    assert found.pop("PointInTimeRecoverySpecification") == {"PointInTimeRecoveryEnabled": True}
    assert found.pop("DeletionProtectionEnabled") == {"!If": ["Protected", True, False]}
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    assert found == wanted


def test_there_are_no_other_tables() -> None:
    assert len(of("AWS::DynamoDB::Table")) == len(table_definitions()) == len(TABLES)
    assert TEMPLATE["Parameters"]["TablePrefix"]["Default"] == DEFAULT_PREFIX


def test_every_variable_is_a_setting() -> None:
    known = {name.upper() for name in Settings.model_fields} | {"SECRETS"}
    known |= {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TIMEOUT"}
    given = set(TEMPLATE["Globals"]["Function"]["Environment"]["Variables"])
    for function in FUNCTIONS.values():
        given |= set(function.get("Environment", {}).get("Variables", {}))
    assert given - known == set()
    assert {"SYNC_STORE", "DYNAMODB_TABLE_PREFIX", "SNAPSHOT_BUCKET", "WORK_QUEUE_URL", "PUBLIC_BASE_URL"} <= given


def test_no_secret_stands_in_the_template() -> None:
    secrets = {"API_KEYS", "MENU_SERVICE_API_KEY", "PLATFORM_CONFIGS", "SIGNING_KEY"}
    given = set(TEMPLATE["Globals"]["Function"]["Environment"]["Variables"])
    assert given & secrets == set()
    assert "resolve:secretsmanager" not in PATH.read_text("utf-8")


@pytest.mark.parametrize("name", list(FUNCTIONS))
def test_a_function_is_there_bounded_and_has_a_role_of_its_own(name: str) -> None:
    function = FUNCTIONS[name]
    module, _, attribute = function["Handler"].rpartition(".")
    assert (REPOSITORY / (module.replace(".", "/") + ".py")).is_file()
    assert attribute == "handler"
    assert function["ReservedConcurrentExecutions"]
    assert function["CodeUri"] == "../build/lambda", "among the globals `aws cloudformation package` overlooks it"
    assert function["Timeout"] <= 180
    roles = [each["Role"]["!GetAtt"] for each in FUNCTIONS.values()]
    assert roles.count(function["Role"]["!GetAtt"]) == 1


def test_queues_wait_longer_than_their_functions_and_put_aside_what_fails() -> None:
    for function, queue in (("EventsFunction", "EventQueue"), ("WorkFunction", "WorkQueue")):
        source = FUNCTIONS[function]["Events"]["Queue"]["Properties"]
        assert source["Queue"] == {"!GetAtt": f"{queue}.Arn"}
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        found = RESOURCES[queue]["Properties"]
        assert found["VisibilityTimeout"] > 2 * FUNCTIONS[function]["Timeout"]
        assert found["RedrivePolicy"]["maxReceiveCount"] >= 3
        assert "FifoQueue" not in found


def test_an_event_is_kept_from_others_for_less_time_than_a_queue_hides_it() -> None:
    from pipeline.sync.from_events import BEING_HANDLED

    hidden = RESOURCES["EventQueue"]["Properties"]["VisibilityTimeout"]
    assert FUNCTIONS["EventsFunction"]["Timeout"] <= BEING_HANDLED.total_seconds() < hidden


def statements() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for name, resource in RESOURCES.items():
        properties = resource["Properties"]
        documents = [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
        documents += [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
        found += [(name, statement) for document in documents for statement in document["Statement"]]
    return found


def test_policies_name_actions_and_resources() -> None:
    allowed = [(name, each) for name, each in statements() if each["Effect"] == "Allow"]
    assert len(allowed) > 8
    for name, statement in allowed:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert not [action for action in actions if "*" in action], name
        assert statement["Resource"] != "*", name
        assert "dynamodb:Scan" not in actions


STORE_CALLS = {
    "get_item", "batch_get_item", "query", "put_item", "update_item", "delete_item", "transact_write_items",
    "batch_write_item", "get_object", "put_object", "delete_object",
}  # fmt: skip
"""What the store asks AWS for; :func:`test_the_store_asks_for_nothing_else` holds it to the code."""
ONLY_WITHOUT_A_BUCKET = {"batch_write_item"}
ACTIONS = {
    **{name: f"dynamodb:{name.title().replace('_', '')}" for name in STORE_CALLS},
    "transact_write_items": "dynamodb:ConditionCheckItem",  # and the actions of the writes in it
    **{f"{verb}_object": f"s3:{verb.title()}Object" for verb in ("get", "put", "delete")},
}


def test_the_store_asks_for_nothing_else() -> None:
    folder = REPOSITORY / "pipeline" / "store" / "dynamodb"
    code = "\n".join(path.read_text("utf-8") for path in folder.glob("*.py") if path.name != "tables.py")
    named = set(
        re.findall(r'"((?:get|put|update|delete|batch|transact|list|describe|create|copy)_[a-z_]+|query|scan)"', code)
    )
    assert named & STORE_CALLS == STORE_CALLS
    assert {
        name for name in named if name.endswith(("_item", "_items", "_object", "_objects", "_table"))
    } <= STORE_CALLS
    assert "scan" not in named


def test_functions_may_do_what_the_code_does_and_nothing_else() -> None:
    granted: dict[str, set[str]] = {}
    for name, statement in statements():
        if (statement["Effect"] == "Allow" and "Role" in name) or name == "StorePolicy":
            actions = statement.get("Action", [])
            granted.setdefault(name, set()).update([actions] if isinstance(actions, str) else actions)
    needed = {ACTIONS[name] for name in STORE_CALLS - ONLY_WITHOUT_A_BUCKET - {"delete_object"}}
    needed |= {"s3:ListBucket", "secretsmanager:GetSecretValue", "sqs:SendMessage"}
    assert granted.pop("StorePolicy") == needed
    logs = {"logs:CreateLogStream", "logs:PutLogEvents", "sts:AssumeRole"}
    takes = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"}
    assert {name: actions - logs for name, actions in granted.items()} == {
        "EventsRole": takes | {"sqs:SendMessage"},  # to put aside what is no event
        "WorkRole": takes | {"s3:DeleteObject"},
        "SweepRole": set(),
        "ApiRole": set(),
    }


def test_large_documents_are_private_encrypted_and_do_not_pile_up() -> None:
    bucket = RESOURCES["SnapshotBucket"]["Properties"]
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["BucketEncryption"]
    assert {rule["Status"] for rule in bucket["LifecycleConfiguration"]["Rules"]} == {"Enabled"}


def test_every_queue_that_puts_aside_every_function_and_every_table_has_an_alarm() -> None:
    alarms = [alarm["Properties"] for alarm in of("AWS::CloudWatch::Alarm").values()]
    watched = set()
    for alarm in alarms:
        for dimension in alarm.get("Dimensions", []):
            if isinstance(dimension["Value"], dict):
                (named,) = dimension["Value"].values()
                watched.add(named if isinstance(named, str) else named[0])
    assert watched <= set(RESOURCES)
    tables = set(of("AWS::DynamoDB::Table"))
    assert {"DeadLetters", "WorkDeadLetters", "Api", *tables, *FUNCTIONS} - watched == {"ApiFunction"}  # by its API
    assert all(alarm["AlarmDescription"] for alarm in alarms)
