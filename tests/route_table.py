"""The admin API's routes as a table, each with how to call it about one restaurant; a new route is in it by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from pipeline.api.admin import PREFIX
from tests.api_world import PLATFORM, World


@dataclass(frozen=True)
class Route:
    """One method of one address."""

    method: str
    path: str
    endpoint: Any
    operation: dict[str, Any]
    schemas: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def changes(self) -> bool:
        """Whether it may change something."""
        return self.method != "GET" and not getattr(self.endpoint, "only_looks", False)

    @property
    def parameters(self) -> dict[str, str]:
        """Its parameters, each with where it stands."""
        return {each["name"]: each["in"] for each in self.operation.get("parameters", [])}

    @property
    def properties(self) -> dict[str, Any]:
        """What its body may hold."""
        body = self.operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        return self._resolved(body).get("properties", {})

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        for each in schema.get("anyOf", []):
            if "$ref" in each:
                schema = each
        name = schema.get("$ref", "").rpartition("/")[2]
        return dict(self.schemas[name]) if name else schema


def routes(app: FastAPI) -> list[Route]:
    """Give every admin route, also one that the document would leave out."""
    document = app.openapi()
    schemas = document["components"]["schemas"]
    return [
        Route(method, context.path, context.endpoint, document["paths"][context.path][method.lower()], schemas)
        for context in iter_route_contexts(app.routes)
        if (context.path or "").startswith(PREFIX)
        for method in sorted(context.methods or ())
    ]


def paths(world: World, restaurant: str) -> dict[str, list[str]]:
    """Give the values of every path parameter that mean a restaurant's records."""
    ids = world.ids[restaurant]
    return {
        "restaurant_id": [restaurant],
        "operation_id": [ids["operation"], ids["failed"], ids["held"]],
        "error_id": [ids["error"]],
        "platform": [PLATFORM],
    }


def addresses(route: Route, world: World, restaurant: str) -> list[str]:
    """Give the addresses of a route about a restaurant. A path parameter that is new has to be added above."""
    found = [route.path]
    for name in (name for name, place in route.parameters.items() if place == "path"):
        found = [address.replace(f"{{{name}}}", value) for address in found for value in paths(world, restaurant)[name]]
    return found


def names_records(route: Route) -> bool:
    """Tell whether the address itself says whose records are meant."""
    return any(place == "path" and name != "platform" for name, place in route.parameters.items())


def body_about(route: Route, world: World, restaurant: str) -> dict[str, Any]:
    """Give a body that a route takes, in which everything that can name a restaurant's record does."""
    ids = world.ids[restaurant]
    made: dict[str, Any] = {}
    for name in route.properties:
        if name == "error_ids":
            made[name] = [ids["error"]]
        elif name == "error_id":
            made[name] = ids["error"]
        elif name == "to" or name.endswith("operation_id"):
            made[name] = ids["operation"]
        elif name == "restaurant_id":
            made[name] = restaurant
        elif name in PLAIN:
            made[name] = PLAIN[name]
    return made


PLAIN: dict[str, Any] = {
    "items": ["i-1"],
    "text": "platform: x",
    "settings": {"store_id": "s-9"},
    "field": "menu.name",
    "note": "seen to",
}
"""Values of other parts of bodies, without which nothing is asked for."""


def about_restaurants(route: Route) -> Iterator[str]:
    """Give the parts of a route's query and body that can name a restaurant's record."""
    for name in (*route.properties, *(name for name, place in route.parameters.items() if place == "query")):
        if name in ("restaurant_id", "error_id", "error_ids", "to") or name.endswith("operation_id"):
            yield name
