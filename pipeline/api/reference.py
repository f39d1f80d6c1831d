"""The page ``docs/api.md``, made of the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pipeline.api.keys import LOOKS_LIKE, MAKE_ONE, ROLES
from pipeline.api.problems import STATUSES

MOST_DEPTH = 6

HEAD = f"""\
# HTTP API

Made by `make generated` from the routes; not edited by hand. A running server shows the same at `/docs`, where requests
can be tried, and gives the OpenAPI document at `/openapi.json`; neither needs the internet.

## Keys

Everything under `/admin` needs a key in the header `X-API-Key`. `API_KEYS` holds them, with commas between:
`name:role:key`, or `name:role:rest_001|rest_002:key` for some restaurants alone.

```console
$ {MAKE_ONE}
$ export '{LOOKS_LIKE}'
$ curl -H "X-API-Key: KEY" http://127.0.0.1:8001/admin/me
```

{"".join(f"- `{role}` {meaning}.{chr(10)}" for role, meaning in ROLES.items())}
Without keys `serve` refuses to start. A key for some restaurants sees nothing of any other: lists hold its own, and
whatever names another one is answered 403, with an entry in the audit log. A key may ask `API_REQUESTS_PER_MINUTE`
times a minute.

## What all routes share

- Long work is put in line and answered 202 with an operation; `GET /admin/operations/ID` follows it.
- Lists are pages of `limit` entries at most. `next_cursor` of one is the `cursor` of the next, and null at the end.
- `GET` answers under `/admin` have an `ETag`. Asked again with it in `If-None-Match`, an answer that has not changed is
  304 without a body; that, and `since` of `/admin/events`, is how a page stays up to date. It is asked for rather than
  streamed, because answers then are short everywhere: behind proxies, and in a Lambda function.
- `HEAD` is answered as `GET` is, without the body, everywhere but where platforms fetch menus.
- Times are RFC 3339 with a zone. Prices in payloads and menus have their own digits.
- Requests are 1 MB at most, 32 MB where they may hold a menu.
- Pages of other origins may use the API only where `CORS_ORIGINS` names them.

## What is not done

Every failure is [problem details](https://www.rfc-editor.org/rfc/rfc9457) (`application/problem+json`): `detail` says
what happened, `hint` what to do next, `code` is for programs; `errors` names the parts of a request that are wrong,
`findings` what is wrong with a menu or a mapping.

```json
{json.dumps(
    {"type": "about:blank", "title": "Conflict", "status": 409, "detail": "rest_001 is not on Pizza Post.",
     "code": "not-connected", "hint": "Connect it: connect rest_001 pizza_post --set KEY=VALUE."},
    indent=2,
)}
```

| status | meaning |
| --- | --- |
{"".join(f"| {status} | {meaning} |{chr(10)}" for status, meaning in STATUSES.items())}"""  # fmt: skip


def text() -> str:
    """Give the page's text."""
    from pipeline.api.app import create_app

    def nothing() -> Any:
        raise AssertionError

    document = create_app(nothing, work=False).openapi()
    by_tag: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            by_tag.setdefault(operation["tags"][0], []).append((f"{method.upper()} {path}", operation))
    lines = [HEAD.rstrip(), "", "## Routes", ""]
    told = {tag["name"]: tag["description"] for tag in document["tags"]}
    for tag, description in told.items():
        lines += [f"- [{tag}](#{tag.replace(' ', '-')}): {description}"]
    for tag, description in told.items():
        lines += ["", f"### {tag.capitalize()}", "", description]
        for name, operation in by_tag.get(tag, []):
            lines += ["", *_route(name, operation, document["components"]["schemas"])]
    return "\n".join(lines) + "\n"


def _route(name: str, operation: dict[str, Any], schemas: dict[str, Any]) -> Iterator[str]:
    yield f"#### `{name}`"
    yield ""
    yield operation["description"]
    parameters = [each for each in operation.get("parameters", []) if each["in"] == "query"]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    fields = _resolved(body, schemas).get("properties", {}) if body else {}
    if parameters or fields:
        yield ""
        yield "| part | type | meaning |"
        yield "| --- | --- | --- |"
        for each in parameters:
            yield f"| `?{each['name']}` | {_type(each['schema'], schemas)} | {_cell(each.get('description', ''))} |"
        for key, schema in fields.items():
            yield f"| body `{key}` | {_type(schema, schemas)} | {_cell(schema.get('description', ''))} |"
    for status, answer in operation["responses"].items():
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        if int(status) < 300 and schema and _resolved(schema, schemas).get("properties"):
            yield ""
            yield f"{status}:"
            yield ""
            yield from ("```json", json.dumps(_example(schema, schemas), indent=2, ensure_ascii=False), "```")
    problems = [status for status in operation["responses"] if int(status) >= 300]
    if problems:
        yield ""
        yield f"Also: {', '.join(problems)}."


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference; of several forms take the first that is not null."""
    for each in schema.get("anyOf", ()):
        if each.get("type") != "null":
            return {**_resolved(each, schemas), **{key: value for key, value in schema.items() if key != "anyOf"}}
    name = schema.get("$ref", "").rpartition("/")[2]
    return {**schemas[name], **{key: value for key, value in schema.items() if key != "$ref"}} if name else schema


def _example(schema: dict[str, Any], schemas: dict[str, Any], depth: int = 0) -> Any:
    """Give what an answer looks like."""
    plain = _resolved(schema, schemas)
    if plain.get("examples"):
        return plain["examples"][0]
    if "properties" in plain and depth < MOST_DEPTH:
        return {key: _example(value, schemas, depth + 1) for key, value in plain["properties"].items()}
    if "enum" in plain:
        return plain["enum"][0]
    kind = plain.get("type")
    if kind == "array":
        items = plain.get("items", {})
        whole = depth < MOST_DEPTH and (items.get("$ref") or items.get("examples"))
        return [_example(items, schemas, depth + 1)] if whole else []
    if kind == "object":
        values = plain.get("additionalProperties")
        inner = isinstance(values, dict) and values.get("$ref") and depth < MOST_DEPTH
        return {"pizza_post": _example(values, schemas, depth + 1)} if inner and isinstance(values, dict) else {}
    if any(each.get("type") == "null" for each in schema.get("anyOf", ())):
        return None
    defaults: dict[Any, Any] = {"string": "", "integer": 0, "number": 0.0, "boolean": False}
    return plain.get("default", defaults.get(kind))


def _type(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    plain = _resolved(schema, schemas)
    if "enum" in plain:
        return ", ".join(f"`{word}`" for word in plain["enum"] if word)
    if plain.get("type") == "array":
        return f"list of {_type(plain.get('items', {}), schemas)}"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    if plain.get("format") == "date-time":
        return "time"
    return words.get(plain.get("type", ""), "object" if plain.get("type") == "object" else "anything")


def _cell(words: str) -> str:
    return " ".join(words.split()).replace("|", "\\|")
