"""The sandbox's own interface under ``/_sandbox``, for tests: what it holds, faults, resets, its clock."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import msgspec

from sandbox.exchange import Answer, Request
from sandbox.job_steps import read_json
from sandbox.platform import Platform
from sandbox.reading import DefinitionError, convert

if TYPE_CHECKING:
    from sandbox.service import Sandbox

PREFIX = "/_sandbox"


class Problem(Exception):
    """A call of this interface that cannot be done, in one sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Advance(msgspec.Struct, forbid_unknown_fields=True):
    """How far the clock is turned on, in seconds."""

    advance: float


class Callback(msgspec.Struct, forbid_unknown_fields=True):
    """Where webhooks go; null: nowhere."""

    url: str | None


class Switch(msgspec.Struct, forbid_unknown_fields=True):
    """Whether limits count."""

    on: bool


class Call(msgspec.Struct, frozen=True):
    """One call of this interface, with what it was called with."""

    sandbox: Any
    parameters: dict[str, str]
    query: dict[str, str]
    body: Any

    @property
    def platform(self) -> Platform:
        """The platform that the path names."""
        platform = self.sandbox.platforms.get(self.parameters["platform"])
        if platform is None:
            raise Problem(404, f"There is no such platform; there are: {', '.join(self.sandbox.platforms)}.")
        assert isinstance(platform, Platform)
        return platform


async def overview(call: Call) -> Any:
    """Say what is served, and whether it is ready."""
    platforms = call.sandbox.platforms.values()
    return {"ready": True, "platforms": {one.name: one.address for one in platforms}}


async def configurations(call: Call) -> Any:
    """Give the PLATFORM_CONFIGS that fits."""
    return call.sandbox.configurations()


async def reset(call: Call) -> Any:
    """Forget everything: stores, menus, jobs, tokens, logs, faults, the clock."""
    call.sandbox.reset()


async def add_faults(call: Call) -> Any:
    """Take one fault rule, or a list of them."""
    return {"ids": call.sandbox.faults.add(call.body, list(call.sandbox.platforms))}


async def faults(call: Call) -> Any:
    """Give the fault rules that stand."""
    return {"rules": call.sandbox.faults.data()}


async def clear_faults(call: Call) -> Any:
    """Take all fault rules away."""
    call.sandbox.faults.clear()


async def fired(call: Call) -> Any:
    """Give how often each rule fired, and the last firings."""
    return call.sandbox.faults.fired()


async def turn_clock(call: Call) -> Any:
    """Turn the clock on, by which tokens run out and limits count."""
    call.sandbox.clock.advance(convert(call.body, Advance).advance)


async def set_callback(call: Call) -> Any:
    """Say where webhooks go."""
    call.sandbox.set_callback(convert(call.body, Callback).url)


async def switch_limits(call: Call) -> Any:
    """Switch the limits on requests on or off."""
    call.sandbox.switch_limits(on=convert(call.body, Switch).on)


async def stores(call: Call) -> Any:
    """List the stores, each with its attributes alone."""
    held = call.platform.state.stores.values()
    return {
        "stores": [
            {name: value for name, value in store.items() if not isinstance(value, dict | list)} for store in held
        ]
    }


async def add_stores(call: Call) -> Any:
    """Add stores, given as ``[{id, …attributes}]``; one that is there already begins anew."""
    platform = call.platform
    if not isinstance(call.body, list) or not all(isinstance(store, dict) for store in call.body):
        raise Problem(422, "Give a list of stores, each an object with an id.")
    for store in call.body:
        platform.state.add_store({**platform.definition.stores.attributes, **store})
    return {"stores": [store["id"] for store in call.body]}


async def store(call: Call) -> Any:
    """Give everything that is held of one store."""
    held = call.platform.state.stores.get(call.parameters["store"])
    if held is None:
        raise Problem(404, "There is no such store.")
    return held


async def jobs(call: Call) -> Any:
    """List the jobs, oldest first; ``?store=`` only that store's."""
    wanted = call.query.get("store")
    held = call.platform.state.jobs.values()
    return {"jobs": [job.data() for job in held if wanted is None or job.store["id"] == wanted]}


async def requests(call: Call) -> Any:
    """Count the requests and give the last; ``?method=``, ``?store=``, ``?path=`` (a regular expression) choose."""
    query = call.query
    path = re.compile(query.get("path", ""))
    state = call.platform.state
    chosen = [
        {**{name: value for name, value in entry.items() if name != "raw"}, "body": _body(entry["raw"])}
        for entry in state.requests
        if query.get("method", entry["method"]) == entry["method"]
        and query.get("store", entry["store"]) == entry["store"]
        and path.search(entry["path"])
    ]
    return {"count": state.request_count, "chosen": len(chosen), "requests": chosen}


async def webhooks(call: Call) -> Any:
    """Give the last webhooks, each with its deliveries."""
    return {"webhooks": list(call.platform.state.webhooks)}


async def send_webhook(call: Call) -> Any:
    """Send a webhook as the platform would, for a store: ``{"store": ID, …names that its body knows}``."""
    platform = call.platform
    name = call.parameters["webhook"]
    if name not in platform.definition.webhooks:
        raise Problem(404, f"There is no such webhook; there are: {', '.join(platform.definition.webhooks) or 'none'}.")
    if not isinstance(call.body, dict) or call.body.get("store") not in platform.state.stores:
        raise Problem(422, "Say which store the webhook is about.")
    platform.webhooks.post(
        name, {**platform.names(), **call.body, "store": platform.state.stores[call.body["store"]]}, None
    )


async def view(call: Call) -> Any:
    """Give one of the data file's views, such as menus or availability, of the store ``?store=`` or of all by id."""
    platform = call.platform
    form = platform.definition.views.get(call.parameters["view"])
    if form is None:
        raise Problem(404, f"There is no such view; there are: {', '.join(platform.definition.views)}.")
    names = platform.names()
    wanted = call.query.get("store")
    if wanted is None:
        return {held["id"]: form.value({**names, "store": held}) for held in platform.state.stores.values()}
    if wanted not in platform.state.stores:
        raise Problem(404, "There is no such store.")
    return form.value({**names, "store": platform.state.stores[wanted]})


ROUTES: list[tuple[str, str, Callable[[Call], Awaitable[Any]]]] = [
    ("GET", "", overview),
    ("GET", "/configs", configurations),
    ("POST", "/reset", reset),
    ("GET", "/faults/fired", fired),
    ("POST", "/faults", add_faults),
    ("GET", "/faults", faults),
    ("DELETE", "/faults", clear_faults),
    ("POST", "/clock", turn_clock),
    ("POST", "/callback", set_callback),
    ("POST", "/limits", switch_limits),
    ("GET", "/{platform}/stores", stores),
    ("POST", "/{platform}/stores", add_stores),
    ("GET", "/{platform}/stores/{store}", store),
    ("GET", "/{platform}/jobs", jobs),
    ("GET", "/{platform}/requests", requests),
    ("GET", "/{platform}/webhooks", webhooks),
    ("POST", "/{platform}/webhooks/{webhook}", send_webhook),
    ("GET", "/{platform}/{view}", view),
]


async def handle(sandbox: Sandbox, request: Request) -> Answer:
    """Answer one call of this interface."""
    path = request.path.removeprefix(PREFIX).rstrip("/")
    body, problem = read_json(request.body) if request.body else (None, None)
    if problem is not None:
        return Answer(422, {"message": problem})
    for method, form, call in ROUTES:
        found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", form), path)
        if found is None or method != request.method:
            continue
        parameters = {name: unquote(text) for name, text in found.groupdict().items()}
        try:
            result = await call(Call(sandbox, parameters, dict(parse_qsl(request.query, max_num_fields=100)), body))
        except Problem as refused:
            return Answer(refused.status, {"message": str(refused)})
        except (DefinitionError, ValueError, re.error) as error:
            return Answer(422, {"message": str(error)})
        return Answer(204) if result is None else Answer(200, result)
    known = ", ".join(f"{method} {PREFIX}{form}" for method, form, _ in ROUTES)
    return Answer(404, {"message": f"There is no such call; there are: {known}."})


def _body(raw: bytes | None) -> Any:
    if raw is None:
        return "…"
    value, problem = read_json(raw) if raw else (None, None)
    return raw.decode("utf-8", "replace") if problem else value
