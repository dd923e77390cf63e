"""The /_sandbox/ endpoints: clock, faults, scenarios, stacks, calls, registry... All speak JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ecsportal.sandbox.cloudformation.forcing import force_status
from ecsportal.sandbox.incoming import Answer, Incoming
from ecsportal.sandbox.world import World

PREFIX = "/_sandbox/"


def answer(world: World, incoming: Incoming) -> Answer:
    """Answer one control request; 400 names what was wrong with it."""
    name, _, rest = incoming.path.removeprefix(PREFIX).partition("/")
    handler = _HANDLERS.get(name)
    if handler is None:
        return _json(404, {"error": f"no such endpoint; there are {', '.join(sorted(_HANDLERS))}"})
    try:
        return _json(200, handler(world, incoming, rest))
    except (ValueError, TypeError, KeyError) as problem:
        return _json(400, {"error": str(problem)})


def _clock(world: World, incoming: Incoming, _: str) -> Any:
    clock = world.clock
    if incoming.method == "POST":
        wish = incoming.json()
        mode = wish.get("mode", clock.mode)
        if mode not in {"real", "fast", "manual"}:
            raise ValueError("mode is real, fast or manual")
        if "mode" in wish or "speed" in wish:
            clock.set_mode(mode, float(wish.get("speed", 1)))
        if wish.get("advance"):
            clock.advance(float(wish["advance"]))
    now = clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"now": now, "mode": clock.mode, "speed": clock.speed}


def _faults(world: World, incoming: Incoming, rest: str) -> Any:
    if incoming.method == "POST":
        return {"id": world.faults.add(**incoming.json())}
    if incoming.method == "DELETE":
        number = rest or str(incoming.json().get("id", ""))
        if number:
            world.faults.remove(int(number))
        else:
            world.faults.clear()
    return world.faults.listing()


def _scenarios(world: World, incoming: Incoming, _: str) -> Any:
    if incoming.method == "POST":
        wish = incoming.json()
        world.scenarios.set(str(wish["image"]), wish.get("scenario"))
    elif incoming.method == "DELETE":
        world.scenarios.clear()
    return world.scenarios.rules()


def _registry(world: World, incoming: Incoming, _: str) -> Any:
    return world.registry.configure(incoming.json())


def _stacks(world: World, incoming: Incoming, _: str) -> Any:
    """Put a stack into a state, as somebody else's operation or a mishap would leave it."""
    wish = incoming.json() if incoming.method == "POST" else {}
    region = world.stacks(str(wish.get("region") or "eu-west-1"))
    if wish:
        stack = region.find(str(wish["name"]))
        if stack is None:
            raise ValueError(f"there is no stack {wish['name']} in {region.name}")
        force_status(region, stack, str(wish["status"]), str(wish.get("reason", "")))
    return [
        {"region": name, "name": each.name, "id": each.id, "status": each.status}
        for name, held in world.stack_regions().items()
        for each in held.stacks
    ]


def _lag(world: World, incoming: Incoming, _: str) -> Any:
    """Let DescribeStacks show what was so many seconds ago, as AWS's reads may."""
    if incoming.method == "POST":
        world.set_lag(float(incoming.json()["seconds"]))
    return {"seconds": world.lag}


def _calls(world: World, incoming: Incoming, _: str) -> Any:
    if incoming.method == "DELETE":
        world.calls.clear()
    return world.calls.counts()


def _reset(world: World, incoming: Incoming, _: str) -> Any:
    if incoming.method != "POST":
        raise ValueError("reset is a POST")
    world.reset()
    return {"reset": True}


_HANDLERS: dict[str, Callable[[World, Incoming, str], Any]] = {
    "clock": _clock,
    "faults": _faults,
    "scenarios": _scenarios,
    "registry": _registry,
    "stacks": _stacks,
    "lag": _lag,
    "calls": _calls,
    "reset": _reset,
}


def _json(status: int, content: Any) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(content).encode()
