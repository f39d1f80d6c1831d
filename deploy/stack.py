"""The whole chain on one machine: ``python -m deploy.stack``, or ``make stack``.

The template as it is goes to ministack, a stand-in for AWS (DynamoDB, S3, SQS, EventBridge, Lambda, API Gateway,
CloudFormation); the platforms are the sandbox, the menu service is the demo's. Then: event → EventBridge
→ queue → handler → queue → handler → platforms, and their messages → API → handler.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from demo.menu_service import Menus, server_of
from pipeline.build import BuildFailed, package

REPOSITORY = Path(__file__).resolve().parent.parent
TEMPLATE = REPOSITORY / "deploy" / "template.yaml"
SERVERS = REPOSITORY / "tests" / "servers" / "dynamodb" / ".venv" / "bin" / "ministack"
STARTS_WITHIN = 60.0
NAME = "menu-sync"
KEY = "local-operator-key"
MENU_KEY = "local-menu-key"
SOURCE, DETAIL_TYPE = "menu.service", "MenuUpdated"
WITHOUT_MATH = "Namespace: MenuSync\n      MetricName: Failed\n      Statistic: Average\n      Period: 1800"
"""What stands for alarms whose metrics are computed, which ministack does not have."""
MENUS = REPOSITORY / "mappings" / "examples" / "menus"


class NotStarted(Exception):
    """A part of the chain does not run; the text says which and what to do."""


@dataclass
class Stack:
    """The running chain."""

    endpoint: str
    sandbox: str
    configs: dict[str, Any]
    menus: Menus
    menu_service: str
    outputs: dict[str, str] = field(default_factory=dict)
    api: str = ""

    def client(self, service: str) -> Any:
        """Give a client for one of AWS's services."""
        return boto3.client(
            service, region_name="us-east-1", endpoint_url=self.endpoint, aws_access_key_id="local",
            aws_secret_access_key="local", config=Config(s3={"addressing_style": "path"}),  # noqa: S106 - no secret
        )  # fmt: skip

    def put_event(self, detail: dict[str, Any], detail_type: str = DETAIL_TYPE) -> None:
        """Tell EventBridge that a menu changed, as the menu service does."""
        entry = {"Source": SOURCE, "DetailType": detail_type, "Detail": json.dumps(detail)}
        answer = self.client("events").put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            raise NotStarted(f"EventBridge refused the event: {answer['Entries']}")

    def get(self, path: str) -> Any:
        """Ask the admin API."""
        request = urllib.request.Request(self.api + path, headers={"X-API-Key": KEY})  # noqa: S310 - our own address
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)

    def ask_sandbox(self, path: str) -> Any:
        """Ask the sandbox what stands on its platforms; None where nothing does."""
        with urllib.request.urlopen(f"{self.sandbox}/_sandbox/{path}", timeout=30) as answer:  # noqa: S310 - our own
            content = answer.read()
        return json.loads(content) if content else None


def ministack_program() -> str:
    """Give the path of ministack. Raises NotStarted."""
    named = os.environ.get("MINISTACK_BIN") or (str(SERVERS) if SERVERS.is_file() else shutil.which("ministack"))
    if not named:
        raise NotStarted("ministack is not installed: run `make test-servers`, or set MINISTACK_BIN.")
    return named


def free_port() -> int:
    """Give a port of this machine that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def _free(port: int) -> int:
    """Give the port. Raises NotStarted where something else listens there, which might be taken for ours."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        reason = (error.strerror or "it is refused").partition(" (")[0]
        raise NotStarted(f"Port {port} cannot be used: {reason}. End what uses it, or give another --port.") from None
    return port


@contextmanager
def started(
    menus: dict[str, Path], archive: Path | None = None, *, port: int = 0, time_scale: float = 60, pause: float = 10
) -> Iterator[Stack]:
    """Start everything, deploy, and end everything. ``menus``: restaurants and their menus' files.

    Raises NotStarted.
    """
    program = ministack_program()
    port = _free(port) if port else free_port()
    archive = archive or package()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="menu-sync-stack-")))
        endpoint = f"http://127.0.0.1:{port}"
        settings = {
            "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "LAMBDA_EXECUTOR": "local", "LOG_LEVEL": "WARNING",
            "AWS_ENDPOINT_URL": endpoint, "TMPDIR": str(folder), "PYTHONDONTWRITEBYTECODE": "",
        }  # fmt: skip
        _process(stack, [program], folder / "ministack.log", settings)
        _until(lambda: _answers(endpoint), "ministack", folder / "ministack.log")
        seeds = [part for restaurant in menus for part in ("--seed", restaurant)]
        command = [sys.executable, "cli.py", "sandbox", "--port", "0", "--time-scale", str(time_scale), *seeds]
        configs = _sandbox(stack, command, folder / "sandbox.log")
        sandbox = next(iter(configs.values()))["base_url"].rpartition("/")[0]
        server = server_of(known := Menus(menus), 0, MENU_KEY)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.server_close)
        stack.callback(server.shutdown)
        chain = Stack(endpoint, sandbox, configs, known, f"http://127.0.0.1:{server.server_port}")
        _deploy(chain, archive, pause)
        _post(f"{sandbox}/_sandbox/callback", {"url": chain.api})
        yield chain


def _deploy(stack: Stack, archive: Path, pause: float) -> None:
    """Upload the package and the template, make the stack, and fill its secret."""
    s3, formation = stack.client("s3"), stack.client("cloudformation")
    s3.create_bucket(Bucket="packages")
    s3.upload_file(str(archive), "packages", archive.name)
    text = TEMPLATE.read_text("utf-8").replace("CodeUri: ../build/lambda", f"CodeUri: s3://packages/{archive.name}")
    # ministack counts with numbers, and gives parameters as text.
    text = re.sub(r"(MaximumConcurrency): !Ref \w+", r"\1: 4", text)
    text = re.sub(r"(ReservedConcurrentExecutions): !If .*", r"\1: 4", text)
    text = re.sub(r"\bMetrics: \[.*", WITHOUT_MATH, text)
    given = {"MenuServiceUrl": stack.menu_service, "EventPause": str(pause), "Protect": "false", "EventSources": SOURCE}
    s3.put_object(Bucket="packages", Key=TEMPLATE.name, Body=text.encode())
    address = f"{stack.endpoint}/packages/{TEMPLATE.name}"
    _change(formation, "create_stack", address, given)
    state = formation.describe_stacks(StackName=NAME)["Stacks"][0]
    stack.outputs = {each["OutputKey"]: each["OutputValue"] for each in state["Outputs"]}
    found = re.search(r"//([a-z0-9]+)\.execute-api", stack.outputs["ApiUrl"])
    if found is None:
        raise NotStarted(f"The API's address is {stack.outputs['ApiUrl']}, which is no address of an API.")
    # No name server knows the host's name, so the API goes by its path, and platforms have to be told so.
    stack.api = f"{stack.endpoint}/_aws/execute-api/{found[1]}/$default"
    _change(formation, "update_stack", address, {**given, "PublicBaseUrl": stack.api})
    secrets = stack.client("secretsmanager")
    secret = json.loads(secrets.get_secret_value(SecretId=stack.outputs["SecretArn"])["SecretString"])
    secret |= {
        "API_KEYS": f"local:operator:{KEY}",
        "MENU_SERVICE_API_KEY": MENU_KEY,
        "PLATFORM_CONFIGS": stack.configs,
    }
    secrets.put_secret_value(SecretId=stack.outputs["SecretArn"], SecretString=json.dumps(secret))


def _change(formation: Any, action: str, address: str, given: dict[str, str]) -> None:
    """Make or update the stack by the template that lies at an address, and wait for it."""
    getattr(formation, action)(
        StackName=NAME,
        TemplateURL=address,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
    )

    def done() -> bool:
        state = formation.describe_stacks(StackName=NAME)["Stacks"][0]["StackStatus"]
        if "ROLLBACK" in state or "FAILED" in state:
            events = formation.describe_stack_events(StackName=NAME)["StackEvents"]
            reasons = {event.get("ResourceStatusReason", "") for event in events} - {""}
            raise NotStarted(f"The stack could not be made: {'; '.join(sorted(reasons))[:2_000]}")
        return bool(state.endswith("_COMPLETE"))

    _until(done, "the stack")


def _process(stack: ExitStack, command: list[str], log: Path, settings: dict[str, str]) -> subprocess.Popen[str]:
    process = subprocess.Popen(  # noqa: S603 - our own words
        command, cwd=REPOSITORY, env={**os.environ, **settings}, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if "sandbox" in command else stack.enter_context(log.open("w")),
        stderr=stack.enter_context(log.with_suffix(".err").open("w")), start_new_session=True,
    )  # fmt: skip

    def stop() -> None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with contextlib.suppress(ProcessLookupError):  # functions' processes are in the group that was made for it
            os.killpg(process.pid, signal.SIGKILL)
        if process.stdout is not None:
            process.stdout.close()

    stack.callback(stop)
    return process


def _sandbox(stack: ExitStack, command: list[str], log: Path) -> dict[str, Any]:
    process = _process(stack, command, log, {})
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise NotStarted(f"The sandbox did not start: {log.with_suffix('.err').read_text()[-500:]}")
    configs: dict[str, Any] = json.loads(line)
    return configs


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_ministack/health", timeout=5):  # noqa: S310 - our own address
            return True
    except OSError:
        return False


def _post(address: str, body: Any) -> None:
    request = urllib.request.Request(  # noqa: S310 - our own address
        address, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    urllib.request.urlopen(request, timeout=30).close()  # noqa: S310


def _until(done: Callable[[], bool], what: str, log: Path | None = None) -> None:
    end = time.monotonic() + STARTS_WITHIN
    while not done():
        if time.monotonic() > end:
            said = f": {log.with_suffix('.err').read_text()[-500:]}" if log is not None else ""
            raise NotStarted(f"{what} was not ready within {STARTS_WITHIN:g} seconds{said}")
        time.sleep(0.05)


def main() -> int:
    """Start the chain, publish two menus by events, tell where everything is, and wait for Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m deploy.stack", description="The whole chain on this machine.")
    parser.add_argument("--port", type=int, default=4566, help="where the stand-in for AWS listens")
    parser.add_argument("--package", type=Path, help="a zip of python -m pipeline.build, else a new one")
    chosen = parser.parse_args()
    menus = {"rest_001": MENUS / "us-dominos-4336.json", "rest_002": MENUS / "de-little-dragon.json"}
    try:
        with started(menus, chosen.package, port=chosen.port) as stack:
            _publish(stack)
            threading.Thread(target=_again, args=[stack], daemon=True).start()
            sys.stdout.write(_told(stack))
            sys.stdout.flush()
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
    except (NotStarted, BuildFailed) as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    return 0


def _publish(stack: Stack) -> None:
    for restaurant in stack.menus.restaurants:
        stack.put_event({"eventType": "MenuUpdated", "restaurantId": restaurant})


def _again(stack: Stack) -> None:
    """Send the events again with each Enter."""
    for _ in sys.stdin:
        _publish(stack)
        sys.stdout.write("The events were sent again.\n")
        sys.stdout.flush()


def _told(stack: Stack) -> str:
    """Give what a person can do now, as commands to paste, and where the parts are."""
    whole = stack.menus.whole("rest_002")
    item = whole["items"][0]["item_id"] if whole else "ITEM"
    dish = f"{stack.menu_service}/menus/rest_002/items/{item}"
    change = f"curl -X PATCH -H 'X-API-Key: {MENU_KEY}' -d '{{\"price\": \"9.95\"}}' '{dish}'"
    lines = [
        "Two menus are on their way: the one of rest_002 to all platforms; rest_001 lacks opening hours, which two of",
        "them want, and the dashboard says so.",
        "",
        f"dashboard  {stack.api}/   with the key {KEY}",
        f"status     curl -H 'X-API-Key: {KEY}' '{stack.api}/admin/sync-status/rest_002'",
        f"change     {change}",
        "           then Enter here, which sends the events again",
        *(
            f"platform   {stack.sandbox}/_sandbox/{name}/menus?store={each['stores']['rest_002']['store_id']}"
            for name, each in stack.configs.items()
        ),
        f"AWS        {stack.endpoint}",
        *(f"           {name} {value}" for name, value in stack.outputs.items()),
        "",
        "Ctrl-C ends it all.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
