"""What containers write to CloudWatch under the awslogs driver: a few believable lines."""

from __future__ import annotations

from datetime import timedelta

from ecsportal.sandbox import scenarios
from ecsportal.sandbox.ecs.failures import ASKED_TO_STOP, log_options
from ecsportal.sandbox.ecs.state import Container, EcsRegion, Task, Wire

_STARTS = ("Starting {name} ({image})", "Configuration loaded from the environment")
_RUNS = ("Listening on port {port}", "GET /healthz 200 1ms")
_WORKS = ("Running: {command}", "Working")
_LAST_WORDS = {
    scenarios.CRASH: (
        "Connecting to database at db.internal:5432",
        "FATAL: required environment variable DATABASE_URL is not set",
    ),
    scenarios.OOM: (
        "Cache warm-up: 120000 of 500000 entries",
        "Memory use {used} MiB of {memory} MiB",
    ),
    scenarios.ARCH: ("exec /usr/local/bin/{name}: exec format error",),
    scenarios.UNHEALTHY: ("GET /healthz 503 2ms: database is not reachable",) * 3,
}


def write_start(region: EcsRegion, task: Task, container: Container, scenario: str) -> None:
    """The lines of the first seconds."""
    ending = _LAST_WORDS.get(scenario, _RUNS if task.on_change else _WORKS)
    _write(region, task, container, ending if scenario == scenarios.ARCH else (*_STARTS, *ending))


def write_end(region: EcsRegion, task: Task, container: Container) -> None:
    """The last line of a container that ends by itself."""
    last = "Done" if container.exit_code == 0 else f"Exiting with code {container.exit_code}"
    _write(region, task, container, (last,))


def write_stop(region: EcsRegion, task: Task, container: Container) -> None:
    """The lines of a container that was asked to stop."""
    if container.exit_code == ASKED_TO_STOP:
        _write(region, task, container, ("Received SIGTERM, shutting down", "Bye"))


def _command(task: Task, body: Wire) -> list[str]:
    """The container's command, as the task's overrides have it."""
    overrides: list[Wire] = task.overrides.get("containerOverrides", [])
    own: Wire = next((each for each in overrides if each.get("name") == body["name"]), {})
    return [str(each) for each in own.get("command") or body.get("command") or []]


def _write(region: EcsRegion, task: Task, container: Container, lines: tuple[str, ...]) -> None:
    body = next(each for each in task.definition.containers if each["name"] == container.name)
    options = log_options(body)
    if not options:
        return
    ports = body.get("portMappings") or [{}]
    memory = int(body.get("memory") or task.definition.body.get("memory") or 512)
    words = {
        "name": container.name,
        "image": container.image,
        "port": ports[0].get("containerPort", 8080),
        "memory": memory,
        "used": memory * 97 // 100,
        "command": " ".join(_command(task, body)) or container.name,
    }
    prefix = options.get("awslogs-stream-prefix", "ecs")
    now = region.clock.now()
    region.logs.write(
        options.get("awslogs-region", region.name),
        options.get("awslogs-group", ""),
        f"{prefix}/{container.name}/{task.id}",
        [
            (now + timedelta(milliseconds=40 * index), line.format_map(words))
            for index, line in enumerate(lines)
        ],
    )
