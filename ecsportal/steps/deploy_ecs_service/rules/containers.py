"""Rules of one container, and of the containers together."""

from __future__ import annotations

import re

from ecsportal.steps.arns import check_id
from ecsportal.steps.bound import is_bound
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs
from ecsportal.steps.deploy_ecs_service.inputs.container import (
    Container,
    HealthCheck,
    is_whole_image,
)
from ecsportal.steps.deploy_ecs_service.rules.dependencies import (
    check_cycles,
    check_dependencies,
)
from ecsportal.steps.deploy_ecs_service.rules.environment import check_environment
from ecsportal.steps.deploy_ecs_service.rules.logging import check_logging, check_one_router
from ecsportal.steps.deploy_ecs_service.rules.volumes import check_storage
from ecsportal.steps.findings import (
    Findings,
    check_count,
    check_range,
    duplicates,
    listed,
    literal_number,
)
from ecsportal.steps.texts import check_name, check_unique, spelt

MOST_CONTAINERS = 10
LEAST_MEMORY = 6
"""MiB; what the container runtime needs for itself."""

_ULIMITS = (
    "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc",
    "rss", "rtprio", "rttime", "sigpending", "stack",
)  # fmt: skip
_USER = re.compile(r"[^\s:]+(?::[^\s:]+)?")
_ODD_IN_IMAGE = re.compile(r"[^A-Za-z0-9_.:/#-]")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_LONGEST_IMAGE = 255
"""Characters of the repository and its tag; a digest doesn't count."""
_MOST_FILES_OPEN = 1048576


def check_containers(findings: Findings, inputs: DeployEcsServiceInputs) -> None:
    """Each container alone, then what they are to each other."""
    containers = inputs.containers
    if not containers:
        findings.add("containers", "missing", "A task needs at least one container.")
        return
    check_count(findings, "containers", containers, MOST_CONTAINERS, "containers")
    check_unique(findings, "containers", "name", (each.name for each in containers))
    _check_references(findings, containers)
    if all(each.essential is False for each in containers):
        message = "At least one container has to be essential."
        findings.add("containers[0].essential", "none_essential", message)
    for index, container in enumerate(containers):
        _check_container(findings, f"containers[{index}]", container, inputs)
    check_one_router(findings, containers)
    check_cycles(findings, containers)


def _check_references(findings: Findings, containers: list[Container]) -> None:
    names = [each.image.name for each in containers]
    for index, name in duplicates(names):
        first = containers[names.index(name)].name
        message = f"{name} already names the image of {first}: give this one another reference."
        findings.add(f"containers[{index}].image.reference", "duplicate", message)
    for index, container in enumerate(containers):
        if is_bound(container.image.reference):
            message = "The reference is a fixed name; it can't hold an expression."
            findings.add(f"containers[{index}].image.reference", "bound", message)


def _check_container(
    findings: Findings, path: str, container: Container, inputs: DeployEcsServiceInputs
) -> None:
    check_name(findings, f"{path}.name", container.name, "container")
    _check_image(findings, path, container)
    _check_limits(findings, path, container)
    _check_ports(findings, path, container)
    if container.health_check:
        _check_health(findings, f"{path}.health_check", container.health_check)
    if container.user and not is_bound(container.user) and not _USER.fullmatch(container.user):
        message = f'"{container.user}" is no user: state user, user:group, uid or uid:gid.'
        findings.add(f"{path}.user", "pattern", message)
    check_environment(findings, path, container)
    _check_network(findings, f"{path}.network", container)
    check_storage(findings, path, container, inputs)
    check_logging(findings, path, container, inputs)
    for index, label in enumerate(container.docker_labels):
        if not label.key:
            at = f"{path}.docker_labels[{index}].key"
            findings.add(at, "missing", "The label needs a key.")
    check_dependencies(findings, path, container, inputs)
    _check_ulimits(findings, path, container)


def _check_image(findings: Findings, path: str, container: Container) -> None:
    image = container.image
    whole = is_whole_image(image.feed, image.repository)
    if not image.repository:
        findings.add(f"{path}.image.repository", "missing", "Name the image's repository.")
    elif (
        not whole and not is_bound(image.repository) and ":" in image.repository.rpartition("/")[2]
    ):
        message = "Name the repository only: the tag is chosen with the release."
        findings.add(f"{path}.image.repository", "tag", message)
    elif not is_bound(image.repository):
        _check_image_characters(findings, f"{path}.image.repository", image.repository, whole)
    if not image.feed and not whole:
        findings.add(f"{path}.image.feed", "missing", "Choose the feed that has the image.")
    authentication = container.repository_authentication
    if authentication.type == "secrets_manager":
        at = f"{path}.repository_authentication.secret_arn"
        if not authentication.secret_arn:
            findings.add(at, "missing", "Name the secret that holds user name and password.")
        check_id(findings, at, "registry_secret", authentication.secret_arn)


def _check_image_characters(findings: Findings, path: str, text: str, whole: bool) -> None:
    name, at, digest = text.partition("@") if whole else (text, "", "")
    if odd := _ODD_IN_IMAGE.search(name):
        message = f"Letters, digits and - _ . : / # only: {spelt(odd[0])} has to go."
        findings.add(path, "pattern", message)
    elif at and not _DIGEST.fullmatch(digest):
        message = "A digest is sha256: and 64 of 0-9 and a-f."
        findings.add(path, "pattern", message)
    elif len(name) > _LONGEST_IMAGE:
        message = f"Is {len(name)} characters long; {_LONGEST_IMAGE} is the most."
        findings.add(path, "length", message)


def _check_limits(findings: Findings, path: str, container: Container) -> None:
    check_range(
        findings, f"{path}.memory_reservation", container.memory_reservation,
        LEAST_MEMORY, None, "MiB",
    )  # fmt: skip
    check_range(findings, f"{path}.memory", container.memory, LEAST_MEMORY, None, "MiB")
    check_range(findings, f"{path}.cpu", container.cpu, 0, None, "CPU units")
    soft, hard = literal_number(container.memory_reservation), literal_number(container.memory)
    if soft is not None and hard is not None and hard <= soft:
        message = f"The limit of {hard} MiB has to be above the reservation of {soft} MiB."
        findings.add(f"{path}.memory", "below_reservation", message)
    if container.gpus is not None:
        findings.add(f"{path}.gpus", "fargate", "Fargate has no GPUs.")
    check_range(findings, f"{path}.start_timeout", container.start_timeout, 2, 120, "seconds")
    check_range(findings, f"{path}.stop_timeout", container.stop_timeout, 2, 120, "seconds")


def _check_ports(findings: Findings, path: str, container: Container) -> None:
    seen: set[int] = set()
    for index, port in enumerate(container.ports):
        at = f"{path}.ports[{index}].port"
        check_range(findings, at, port.port, 1, 65535)
        number = literal_number(port.port)
        if number is not None and number in seen:
            message = f"Port {number} is there already; a port has one protocol."
            findings.add(at, "duplicate", message)
        seen.update([] if number is None else [number])


def _check_health(findings: Findings, path: str, check: HealthCheck) -> None:
    first = check.command[0] if check.command else ""
    at = f"{path}.command"
    if not check.command:
        findings.add(at, "missing", "State the command, or remove the health check.")
    elif not is_bound(first) and first not in ("CMD", "CMD-SHELL", "NONE"):
        message = (
            f'The first item is CMD, CMD-SHELL or NONE, not "{first}". '
            "CMD-SHELL runs the next item in the container's shell."
        )
        findings.add(at, "first_item", message)
    elif first in ("CMD", "CMD-SHELL") and not any(item.strip() for item in check.command[1:]):
        findings.add(at, "missing", f"{first} needs the command as the next item.")
    check_range(findings, f"{path}.interval", check.interval, 5, 300, "seconds")
    check_range(findings, f"{path}.timeout", check.timeout, 2, 60, "seconds")
    check_range(findings, f"{path}.retries", check.retries, 1, 10)
    check_range(findings, f"{path}.start_period", check.start_period, 0, 300, "seconds")


def _check_network(findings: Findings, path: str, container: Container) -> None:
    network = container.network
    refused = {
        "disable_networking": (network.disable_networking is True, "a container without network"),
        "dns_servers": (bool(network.dns_servers), "DNS servers"),
        "dns_search_domains": (bool(network.dns_search_domains), "DNS search domains"),
        "extra_hosts": (bool(network.extra_hosts), "extra hosts"),
    }
    for field, (stated, what) in refused.items():
        if stated:
            findings.add(f"{path}.{field}", "fargate", f"Fargate does not take {what}.")


def _check_ulimits(findings: Findings, path: str, container: Container) -> None:
    path = f"{path}.ulimits"
    check_unique(findings, path, "name", (limit.name for limit in container.ulimits))
    for index, limit in enumerate(container.ulimits):
        if not is_bound(limit.name) and limit.name not in _ULIMITS:
            message = f'There is no limit "{limit.name}": {listed(_ULIMITS)}.'
            findings.add(f"{path}[{index}].name", "unknown_limit", message)
        if limit.name == "nofile":
            check_range(findings, f"{path}[{index}].hard", limit.hard, 0, _MOST_FILES_OPEN, "files")
        soft, hard = literal_number(limit.soft), literal_number(limit.hard)
        # -1 is how Linux says "no limit".
        if soft is not None and hard is not None and hard != -1 and (soft > hard or soft == -1):
            message = f"The soft limit {soft} is above the hard limit {hard}."
            findings.add(f"{path}[{index}].soft", "above_hard", message)
