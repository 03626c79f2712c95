"""The API's description, made from the same table as its routes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from validator.gateway.api.endpoint import Endpoint
from validator.roles import DOORS, Open

_ERROR = {
    "description": "What is wrong and what to do, as one sentence.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}


def description(
    endpoints: Iterable[Endpoint], schemas: Mapping[str, Any], version: str
) -> dict[str, Any]:
    """Return the description.

    Args:
        endpoints: What there is.
        schemas: JSON schemas that the endpoints refer to.
        version: Of this program.

    Source: OpenAPI Specification 3.1.0.
    """
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Entrance gateway",
            "version": version,
            "description": "Judges tickets, reserves entries, counts. Enum values are lower case; "
            "times are RFC 3339 in UTC. A refused ticket is an answer (200), not an error.",
        },
        "paths": paths,
        "components": {
            "schemas": dict(schemas),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": endpoint.result or {}}
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "security": [] if endpoint.roles is Open.ANYBODY else [{"token": []}],
        "responses": {
            "200": {"description": "Done.", "content": {endpoint.media: content}},
            "4XX": _ERROR,
            "5XX": _ERROR,
        },
    }
    if endpoint.totals:
        operation["description"] = "Without sign-in on the loopback listener."
    elif endpoint.roles is Open.OWN_KEY:
        operation["description"] = "With a key of its own."
    elif not isinstance(endpoint.roles, Open) and endpoint.roles != DOORS:
        operation["description"] = f"For the roles {', '.join(sorted(endpoint.roles))}."
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", endpoint.path)
    ] + [
        {"name": name, "in": "query", "description": what, "schema": {"type": "string"}}
        for name, what in endpoint.query.items()
    ]
    if parameters:
        operation["parameters"] = parameters
    if endpoint.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": endpoint.body}},
        }
    return operation
