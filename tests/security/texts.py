"""One text put into every text field that people can fill, through the routes that take it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import httpx

from tests.security.world import HERE, RING, World

Sent = tuple[str, str, Any]


async def put(world: World, text: str) -> list[tuple[str, httpx.Response]]:
    """Into what belongs to incident a, as its head. Path and answer of each request."""
    return [await _send(world.a.lead, sent) for sent in _of_the_head(world, text)]


async def put_aside(world: World, text: str) -> list[tuple[str, httpx.Response]]:
    """Into what is administered, and into the words that go with a change of state."""
    told = [await _send(world.clients["admin"], sent) for sent in _of_the_office(world, text)]
    told += [await _send(world.a.lead, sent) for sent in _of_the_staff(world, text)]
    ids = {kind: await world.fresh(kind) for kind in ("site", "facility")}
    order = {"fields": {"title": "Auftrag", "receiver": {"staff": world.a.staff}}}
    ids["task"] = (await world.a.lead.post(f"/api/staffs/{world.a.staff}/tasks", json=order)).json()["id"]
    shift = {"function": "EMS", "person": await world.person(f"Ablösung {uuid.uuid4()}"), "deputy": True}
    given = await world.a.lead.post(f"/api/staffs/{world.a.staff}/assignments", json=shift)
    ids["shift"] = given.json()["assignment"]
    return told + [await _send(world.a.lead, sent) for sent in _of_changes(ids, text)]


async def _send(client: httpx.AsyncClient, sent: Sent) -> tuple[str, httpx.Response]:
    method, path, body = sent
    return f"{method} {path}", await client.request(method, path, json=body)


def _of_the_head(world: World, text: str) -> Iterator[Sent]:
    a, short = world.a, text[:78]
    yield (
        "POST",
        f"/api/incidents/{a.incident}/sites",
        {"fields": {"title": short, "text": text, "address": text, "caller": text, "priority": "P1", "geometry": HERE}},
    )
    yield (
        "POST",
        f"/api/incidents/{a.incident}/sectors",
        {"fields": {"name": short, "radio": short, "mission": text, "geometry": RING}},
    )
    yield (
        "POST",
        f"/api/incidents/{a.incident}/facilities",
        {"fields": {"type": "OTHER", "name": short, "contact": text, "geometry": HERE}},
    )
    yield (
        "POST",
        f"/api/incidents/{a.incident}/zones",
        {"fields": {"type": "OTHER", "name": short, "reason": text, "geometry": RING}},
    )
    yield "PATCH", f"/api/incidents/{a.incident}", {"base": 1, "fields": {"note": text, "hazard": short, "name": short}}
    yield "POST", f"/api/journals/{a.staff}/entries", {"kind": "NOTE", "text": text}
    yield (
        "POST",
        f"/api/staffs/{a.staff}/tasks",
        {"fields": {"title": short, "text": text, "receiver": {"staff": a.staff, "unit": short}}},
    )
    yield "POST", "/api/views", {"fields": {"name": short, "audience": short}, "room": a.room}
    yield "PATCH", f"/api/rooms/{a.own_room}", {"name": short, "note": text}
    yield "PATCH", "/api/account", {"name": short}


def _of_the_staff(world: World, text: str) -> Iterator[Sent]:
    yield "POST", f"/api/incidents/{world.a.incident}/staffs", {"model": "EINSATZLEITUNG", "name": text}
    yield "POST", f"/api/incidents/{world.a.incident}/state", {"state": "ACTIVE", "reason": text}
    yield "POST", f"/api/journals/{world.a.staff}/close", {"note": text}


def _of_changes(ids: dict[str, str], text: str) -> Iterator[Sent]:
    yield "POST", f"/api/sites/{ids['site']}/state", {"state": "NO_ACTION", "reason": text}
    yield "POST", f"/api/facilities/{ids['facility']}/state", {"state": "OPEN", "reason": text}
    yield "POST", f"/api/tasks/{ids['task']}/state", {"state": "REFUSED", "text": text}
    yield "POST", f"/api/assignments/{ids['shift']}/state", {"state": "OFF", "note": text}


def _of_the_office(world: World, text: str) -> Iterator[Sent]:
    short = text[:78]
    yield "POST", "/api/people", {"name": short}
    yield "POST", "/api/organisations", {"name": short}
    yield "POST", "/api/rooms", {"name": short, "note": text}
    yield "PATCH", "/api/account", {"name": short}
    yield (
        "PUT",
        "/api/stations/own.feindlich",
        {
            "key": "own.feindlich",
            "name": text,
            "kind": "gauge",
            "longitude": 7.1,
            "latitude": 51.2,
            "water": text,
            "operator": text,
            "number": text,
            "series": [{"quantity": "W", "unit": "cm", "comment": text}],
        },
    )
