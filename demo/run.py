"""The main job from end to end: real menus → payloads → three platforms over HTTP, one failure and its mending.

Run ``make demo``. Everything runs on this machine: stand-ins of the platforms, a small menu
service, the worker. What is typed is shown as it is typed; nothing is kept afterwards.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from demo.menu_service import Menus, server_of

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "mappings" / "examples" / "menus"
RESTAURANT = "rest_001"
MENU = EXAMPLES / "de-little-dragon.json"
BROKEN = "ubereats"
"""The platform that is made to fail once; any other would do."""
READY_SECONDS = 20.0


def main() -> int:
    """Run the demo; the exit code is 0 where all of it went as it should."""
    preview()
    with tempfile.TemporaryDirectory(prefix="menu-sync-demo-") as folder:
        return publish(Path(folder))


def preview() -> None:
    """Show what each platform would get for two real menus."""
    title("What each platform would get")
    for menu in (MENU, EXAMPLES / "us-dominos-4336.json"):
        for mapping in sorted((ROOT / "mappings").glob("*.yaml")):
            command("dry-run", mapping.stem, "--menu", str(menu.relative_to(ROOT)), "--show", "summary", quiet=True)


def publish(folder: Path) -> int:
    """Publish over HTTP to stand-ins of the platforms, let one fail, mend it."""
    title("Publishing over HTTP, to stand-ins of the platforms on this machine")
    menus = Menus({RESTAURANT: MENU})
    service = server_of(menus)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    port = free_port()
    with sandbox(f"http://127.0.0.1:{port}") as (configs, control):
        os.environ |= {
            "PLATFORM_CONFIGS": json.dumps(configs),
            "MENU_SERVICE_URL": f"http://127.0.0.1:{service.server_port}",
            "SYNC_DATABASE": str(folder / "demo.db"),
            "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
            "SIGNING_KEY": "a-key-that-signs-documents-of-this-demo",
            "API_KEYS": "demo:operator:a-key-that-nobody-else-knows",
            "LOG_LEVEL": "ERROR",
        }
        with worker(port):
            first = command("sync", RESTAURANT)
            title(f"A dish gets dearer, and {BROKEN} fails twice")
            menus.change(RESTAURANT, "item-0004", {"price": "6.40"})
            fault = {"platform": BROKEN, "kind": "status", "status": 503, "times": 2}
            post(f"{control}/faults", fault)
            command("sync", RESTAURANT)
            command("errors", "list")
            failed = json.loads(output("errors", "list", "--format", "json"))
            error_id = failed["errors"][0]["error_id"]
            title("Why, and once more")
            command("errors", "show", error_id)
            again = command("errors", "retry", error_id)
            command("status", RESTAURANT)
    service.shutdown()
    return max(first, again)


@contextmanager
def sandbox(callback: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Start the stand-ins; give the accounts that fit them and where faults are ordered."""
    port = free_port()
    line = [sys.executable, "cli.py", "sandbox", "--port", str(port), "--webhook-url", callback, "--time-scale", "50"]
    print(f"$ {' '.join(['python', *line[1:]])} &")
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            configs = json.loads(process.stdout.readline())
            wait_for(port)
            yield configs, f"http://127.0.0.1:{port}/_sandbox"
        finally:
            process.terminate()


@contextmanager
def worker(port: int) -> Iterator[None]:
    """Start what runs operations and takes the platforms' messages."""
    line = [sys.executable, "cli.py", "serve", "--port", str(port)]
    print(f"$ {' '.join(['python', *line[1:]])} &")
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            yield
        finally:
            process.terminate()


def command(*arguments: str, quiet: bool = False) -> int:
    """Run a command as a user types it, and show what it prints; ``quiet`` leaves out what it tells beside its data."""
    print(f"\n$ python cli.py {' '.join(arguments)}", flush=True)
    told = subprocess.DEVNULL if quiet else None
    return subprocess.run([sys.executable, "cli.py", *arguments], cwd=ROOT, stderr=told, check=False).returncode


def output(*arguments: str) -> str:
    """Run a command and give what it prints."""
    done = subprocess.run([sys.executable, "cli.py", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout


def post(address: str, value: Any) -> None:
    """Order something of the stand-ins."""
    request = urllib.request.Request(address, json.dumps(value).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=5):
        pass


def wait_for(port: int) -> None:
    """Wait until something listens."""
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit(f"Nothing listens on port {port} after {READY_SECONDS:.0f} seconds.")


def free_port() -> int:
    """Give a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def title(text: str) -> None:
    """Print a heading."""
    print(f"\n── {text} {'─' * max(3, 90 - len(text))}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
