"""What all auth schemes share: what their formulas see, and how they put headers on a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from connectors.exchange import AuthFlow, Fault, Grant, Request
from pipeline.findings import Finding
from pipeline.mapping.compiler.slots import Slot
from pipeline.mapping.conversation.request_line import Line
from pipeline.mapping.conversation.steps import CompiledAuth
from pipeline.mapping.nodes import Scalar, Table
from pipeline.mapping.transforms.registry import RunFacts

Address = Callable[[Line], str | Fault]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when a request is made known: the formulas' names, the time, a value used once.

    ``address`` gives the whole address of a scheme's own request; ``secrets`` are the credentials.
    """

    names: Mapping[str, Any]
    facts: RunFacts
    now: datetime
    nonce: str
    address: Address
    secrets: frozenset[str] = frozenset()


class Scheme:
    """One way to make requests known to a platform."""

    holds: Literal["account", "store"] | None = None
    """Whose token is kept, for schemes that have one."""
    signs_once = False
    """Whether each request carries a value that is used once."""
    renews = False
    """Whether a request that was refused is worth another try with something new: a token, a signature."""

    def __init__(self, compiled: CompiledAuth) -> None:
        self.compiled = compiled

    def flow(self, request: Request, known: Known, held: Grant | None = None) -> AuthFlow:
        """Make a request known. ``held`` is the token that is kept, if there is one."""
        raise NotImplementedError

    def value(self, name: str, known: Known, **more: Any) -> Any:
        """Give the value of one of the scheme's formulas, or None."""
        slot = self.compiled.slots.get(name)
        return slot.value({**known.names, **more}, known.facts) if slot is not None else None

    def secret(self, name: str, known: Known, default: str = "") -> str | Fault:
        """Give a credential, or the fault that says that it is missing; ``default``: the one meant if none is named."""
        slot = self.compiled.slots.get(name)
        if slot is None and default:
            value = getattr(known.names.get("credentials"), default, None)
        else:
            value = self.value(name, known)
        if value is None or value == "":
            message = f"The credential `{default or name}`, which `auth` needs as `{name}`, is missing."
            return Fault("auth", f"{message} Set it in PLATFORM_CONFIGS.")
        return str(value)

    def headers(self, known: Known, default: Mapping[str, str] | None = None, **more: Any) -> dict[str, str] | Fault:
        """Give the headers that the scheme declares, or ``default`` where it declares none."""
        slots = self.compiled.groups.get("headers")
        if not slots:
            return dict(default or {})
        found = filled(slots, {**known.names, **more}, known.facts)
        if isinstance(found, dict):
            written = self.compiled.form.node.entry("headers")
            texts = written.value if written is not None and isinstance(written.value, Table) else ()
            # A choice may well choose nothing; a text without a value lacks a credential.
            missing = [entry.key for entry in texts if isinstance(entry.value, Scalar) and entry.key not in found]
            if missing:
                message = f"The credential behind the header `{missing[0]}` is missing. Set it in PLATFORM_CONFIGS."
                return Fault("auth", message)
        return found

    def asked(self, name: str, known: Known) -> tuple[str, str] | Fault:
        """Give method and whole address of the scheme's own request."""
        line = self.compiled.lines[name].line(known.names, known.facts)
        if isinstance(line, Finding):
            return Fault("refused", line.message)
        url = known.address(line)
        return url if isinstance(url, Fault) else (line.method, url)


def filled(slots: Mapping[str, Slot], names: Mapping[str, Any], facts: RunFacts) -> dict[str, str] | Fault:
    """Give headers; one without a value is left out, one that would break the request is refused."""
    found: dict[str, str] = {}
    for name, slot in slots.items():
        value = slot.value(names, facts)
        if value is None or value == "":
            continue
        text = value if isinstance(value, str) else str(value)
        if not text.isprintable():
            return Fault("refused", f"The header `{name}` would hold a line break or another control character.")
        found[name] = text
    return found


def with_headers(request: Request, headers: Mapping[str, str], secrets: frozenset[str]) -> Request:
    """Give a request with more headers, which win over its own; names count in any case."""
    known = {name.lower() for name in headers}
    kept = {name: value for name, value in request.headers.items() if name.lower() not in known}
    return replace(request, headers={**kept, **headers}, secrets=request.secrets | secrets)
