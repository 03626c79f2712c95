"""Who may sign in, and whose names are erased, over HTTP."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from validator.errors import NotAllowed
from validator.gateway.api.endpoint import Endpoint
from validator.gateway.api.middleware import body_of
from validator.gateway.api.schemas import COUNT, FLAG, ROLE, TEXT, listed, ref, table, text
from validator.gateway.host.logs import event
from validator.gateway.services import CALLER, SERVICES, Answer
from validator.gateway.store.users import UserRecord
from validator.gateway.trust.auth import LOCAL_NAME
from validator.roles import SUPERVISORS, Role


async def users(request: web.Request) -> Answer:
    """List who may sign in."""
    return {"users": [user_json(user) for user in await request.app[SERVICES].registry.users()]}


async def add_user(request: web.Request) -> Answer:
    """Let somebody sign in; the token is in this answer and nowhere else.

    Raises:
        NotAllowed: Nobody gives a right that they lack.
    """
    body = await body_of(request, ("name", "role"))
    name, role = body.text("name", 80), body.choice("role", Role)
    if role is Role.ORGANISER and request[CALLER].name != LOCAL_NAME:
        raise NotAllowed(
            "An organiser may do what you may not. Add one on the gateway's own machine: "
            "entrance-gateway users add NAME --role organiser."
        )
    token = await request.app[SERVICES].registry.add_user(name, role)
    event("user_added", role=role)
    return {"name": name, "role": role.value, "token": token}


async def remove_user(request: web.Request) -> Answer:
    """Shut somebody out."""
    await request.app[SERVICES].registry.remove_user(request.match_info["name"])
    event("user_removed")
    return {"removed": True}


async def retain(request: web.Request) -> Answer:
    """Erase the names whose time is over, now."""
    erased = await request.app[SERVICES].retention.once()
    return {"staff": erased.staff, "orders": erased.orders}


def user_json(user: UserRecord) -> dict[str, Any]:
    """Return a user as the API writes it."""
    return {"name": user.name, "role": user.role}


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/v1/retention",
        retain,
        "Erase the names of staff and customers whose time is over; done every hour anyway.",
        roles=SUPERVISORS,
        result=table(["staff", "orders"], staff=COUNT, orders=COUNT),
    ),
    Endpoint(
        "GET",
        "/api/v1/users",
        users,
        "Who may sign in.",
        roles=SUPERVISORS,
        result=listed("users", ref("User")),
    ),
    Endpoint(
        "POST",
        "/api/v1/users",
        add_user,
        "Let somebody sign in; the token is shown once.",
        roles=SUPERVISORS,
        body=table(["name", "role"], name=text(80), role=ROLE),
        result=table(["name", "role", "token"], name=TEXT, role=ROLE, token=TEXT),
    ),
    Endpoint(
        "DELETE",
        "/api/v1/users/{name}",
        remove_user,
        "Shut somebody out.",
        roles=SUPERVISORS,
        result=table(["removed"], removed=FLAG),
    ),
)
