"""``serve``: admin API, dashboard, webhooks, hosted documents, and the worker that runs operations."""

from __future__ import annotations

import socket

import click

from pipeline.cli.console import tell
from pipeline.cli.described import DescribedCommand
from pipeline.cli.errors import Failure
from pipeline.cli.findings_text import tell_findings
from pipeline.cli.running import environment_choice, settings_or_fail
from pipeline.collector import settle
from pipeline.logs import known_secrets, start_logs
from pipeline.store.protocol import StoreError
from pipeline.sync.runtime import opened
from pipeline.sync.starting import start_findings
from pipeline.sync.tools import Shelf
from pipeline.sync.wiring import store_of
from pipeline.telemetry import telemetry


@click.command(cls=DescribedCommand, examples=["serve", "serve --port 9001"])
@click.option("--port", type=click.IntRange(0, 65535), help="The port; PORT, else 8001, where none is given.")
@click.option("--host", metavar="ADDRESS", help="The address to listen on; HOST, else 127.0.0.1, where none is given.")
@environment_choice()
def command(port: int | None, host: str | None, environment: str) -> int:
    """Serve the admin API and the page at /, webhooks and hosted documents, and run whatever is due.

    Needs API_KEYS, such as API_KEYS=alice:operator:KEY. The API describes itself at /docs. Ctrl-C ends it after what is
    under way.
    """
    import uvicorn  # with the web framework, only where it is needed

    from pipeline.api.app import create_app
    from pipeline.api.keys import key_findings

    settings = settings_or_fail()
    keys = key_findings(settings.api_keys.get_secret_value())
    tell_findings(keys)
    if any(finding.severity == "error" for finding in keys):
        raise Failure("Nothing is served without good API_KEYS; see above.")
    shelf = Shelf(settings, environment=environment)
    findings = start_findings(settings, shelf)
    tell_findings(findings)
    if any(finding.severity == "error" for finding in findings):
        raise Failure("A platform's account is not complete; see above.")
    accounts = [shelf.account(platform) for platform in shelf.platforms]
    start_logs(settings.log_level, known_secrets(settings, accounts))
    telemetry.start(settings.variables)
    try:
        store_of(settings).close()
    except StoreError as error:
        raise Failure(f"The store does not do its work: {error}") from None
    app = create_app(lambda: opened(settings, shelf=shelf, origin="api"), origins=settings.origins)
    address, listening = host or settings.host, settings.port if port is None else port
    settle()
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    try:
        with _listener(address, listening) as listener:
            host = f"[{address}]" if ":" in address else address
            tell(f"Serving on http://{host}:{listener.getsockname()[1]}. Ctrl-C ends.")
            server.run(sockets=[listener])
    finally:
        telemetry.stop()
    return 0 if server.started else 1


def _listener(address: str, port: int) -> socket.socket:
    """Take the port before anything is told or begun. Raises Failure."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=2048)
    except OSError as error:
        reason = (error.strerror or "it is refused").partition(" (")[0]
        hint = "End what uses it, or give another --port or --host."
        raise Failure(f"Nothing can listen on {address}, port {port}: {reason}. {hint}") from None
