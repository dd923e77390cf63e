"""Service Connect: the ports that other services of a namespace reach by name."""

from __future__ import annotations

import re
from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.inputs.beyond import ServiceConnect

_PORT_NAME_LENGTH = 64


def port_name(container: str, port: Any) -> str:
    """The name of a port mapping: lower case, digits, `_`, `-`, at most 64 characters."""
    number = f"-{port}"
    name = re.sub(r"[^a-z0-9_-]", "-", container.lower()).lstrip("-")
    return name[: _PORT_NAME_LENGTH - len(number)] + number


def named_ports(connect: ServiceConnect | None) -> frozenset[tuple[str, Any]]:
    """The (container, port) pairs whose mappings need a name."""
    return (
        frozenset((each.container, each.port) for each in connect.services)
        if connect
        else (frozenset())
    )


def service_connect_configuration(connect: ServiceConnect) -> JsonDict:
    """ServiceConnectConfiguration; without a namespace the cluster's default one counts."""
    configuration: JsonDict = {"Enabled": True}
    if connect.namespace:
        configuration["Namespace"] = connect.namespace
    if connect.services:
        configuration["Services"] = [
            {
                "PortName": port_name(each.container, each.port),
                "ClientAliases": [{"DnsName": each.alias, "Port": each.alias_port}],
            }
            for each in connect.services
        ]
    return configuration
