"""One entry of ContainerDefinitions."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.inputs.container import (
    Container,
    HealthCheck,
    NamedValue,
    Port,
    RepositoryAuthentication,
)
from ecsportal.steps.deploy_ecs_service.template.expressions import split_at_commas
from ecsportal.steps.deploy_ecs_service.template.images import image_text
from ecsportal.steps.deploy_ecs_service.template.logging import (
    firelens_configuration,
    log_configuration,
)
from ecsportal.steps.deploy_ecs_service.template.service_connect import port_name


def container_definition(
    container: Container,
    *,
    images: Mapping[str, str] | None,
    named_ports: Set[tuple[str, Any]] = frozenset(),
) -> JsonDict:
    """The definition; `named_ports` are the (container, port) pairs that Service Connect names."""
    definition = _always(container, images, named_ports)
    optional = {
        **_process(container),
        **_limits(container),
        **_relations(container),
        "LogConfiguration": log_configuration(container.logging),
        "FirelensConfiguration": firelens_configuration(container.firelens),
        "Environment": _named(container.environment, "plain", "Value"),
        "Secrets": _named(container.environment, "secret", "ValueFrom"),
    }
    return {**definition, **_stated(optional)}


def _stated(properties: JsonDict) -> JsonDict:
    """Without what was not typed: absent numbers, empty text, empty lists and maps."""
    return {key: value for key, value in properties.items() if value not in (None, "", [], {})}


def _always(
    container: Container,
    images: Mapping[str, str] | None,
    named_ports: Set[tuple[str, Any]],
) -> JsonDict:
    network = container.network
    return {
        "Name": container.name,
        "Image": image_text(container.image, images),
        "Essential": container.essential,
        "DisableNetworking": network.disable_networking,
        "ReadonlyRootFilesystem": container.storage.read_only_root_filesystem,
        "DnsServers": list(network.dns_servers),
        "DnsSearchDomains": list(network.dns_search_domains),
        "ResourceRequirements": _gpus(container),
        "PortMappings": [
            _port_mapping(port, port_name(container.name, port.port))
            if (container.name, port.port) in named_ports
            else _port_mapping(port)
            for port in container.ports
        ],
        "ExtraHosts": [
            {"Hostname": host.hostname, "IpAddress": host.ip_address}
            for host in network.extra_hosts
        ],
        "EnvironmentFiles": [{"Type": "s3", "Value": arn} for arn in container.environment_files],
    }


def _process(container: Container) -> JsonDict:
    command = list(container.command_list)
    if not command and container.command:
        command = [container.command]
    return {
        "WorkingDirectory": container.working_directory,
        "Memory": container.memory,
        "MemoryReservation": container.memory_reservation,
        "Cpu": container.cpu,
        "User": container.user,
        "StartTimeout": container.start_timeout,
        "StopTimeout": container.stop_timeout,
        "Command": command,
        "EntryPoint": split_at_commas(container.entry_point) if container.entry_point else None,
    }


def _limits(container: Container) -> JsonDict:
    return {
        "DockerLabels": {label.key: label.value for label in container.docker_labels},
        "HealthCheck": _health_check(container.health_check),
        "RepositoryCredentials": _credentials(container.repository_authentication),
        "Ulimits": [
            {"Name": limit.name, "HardLimit": limit.hard, "SoftLimit": limit.soft}
            for limit in container.ulimits
        ],
    }


def _relations(container: Container) -> JsonDict:
    return {
        "MountPoints": [
            {
                "SourceVolume": mount.volume,
                "ContainerPath": mount.path,
                "ReadOnly": mount.read_only,
            }
            for mount in container.storage.mount_points
        ],
        "DependsOn": [
            {"ContainerName": other.container, "Condition": other.condition}
            for other in container.depends_on
        ],
        "VolumesFrom": [
            {"SourceContainer": other.container, "ReadOnly": other.read_only}
            for other in container.storage.volumes_from
        ],
    }


def _gpus(container: Container) -> list[JsonDict]:
    if container.gpus is None:
        return []
    return [{"Type": "GPU", "Value": str(container.gpus)}]


def _port_mapping(port: Port, name: str = "") -> JsonDict:
    mapping: JsonDict = {
        "ContainerPort": port.port,
        "HostPort": port.port,
        "Protocol": port.protocol,
    }
    return {"Name": name, **mapping} if name else mapping


def _health_check(check: HealthCheck | None) -> JsonDict | None:
    if check is None or not check.command:
        return None
    numbers = {
        "Interval": check.interval,
        "Retries": check.retries,
        "StartPeriod": check.start_period,
        "Timeout": check.timeout,
    }
    return {"Command": list(check.command), **_stated(numbers)}


def _credentials(authentication: RepositoryAuthentication) -> JsonDict | None:
    if authentication.type == "default" or not authentication.secret_arn:
        return None
    return {"CredentialsParameter": authentication.secret_arn}


def _named(values: list[NamedValue], kind: str, key: str) -> list[JsonDict]:
    """Of several with one name the last value counts, at the place of the first."""
    chosen = {
        item.name: item.value
        for item in values
        if ("secret" if item.type == "secret" else "plain") == kind
    }
    return [{"Name": name, key: value} for name, value in chosen.items()]
