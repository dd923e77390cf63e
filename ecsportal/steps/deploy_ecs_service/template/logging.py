"""A container's log and log router in its definition."""

from __future__ import annotations

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.inputs.logging import FireLens, Logging
from ecsportal.steps.deploy_ecs_service.template.expressions import ref, switch


def log_configuration(logging: Logging) -> JsonDict | None:
    """LogConfiguration, or None for a container that logs nowhere."""
    if logging.type == "auto":
        return {
            "LogDriver": "awslogs",
            "Options": {
                "awslogs-group": ref("LogGroupName"),
                "awslogs-region": ref("AWS::Region"),
                "awslogs-stream-prefix": "ecs",
            },
        }
    if logging.driver == "none":
        return None
    plain = {option.name: option.value for option in logging.options if option.type != "secret"}
    secret = {option.name: option.value for option in logging.options if option.type == "secret"}
    return {
        "LogDriver": logging.driver,
        "Options": plain,
        "SecretOptions": [{"Name": name, "ValueFrom": arn} for name, arn in secret.items()],
    }


def firelens_configuration(firelens: FireLens) -> JsonDict | None:
    """FirelensConfiguration, or None for a container that is no router."""
    # A bound switch counts as on: leaving the router out would drop it silently.
    if firelens.enabled is False:
        return None
    metadata = switch(firelens.enable_ecs_log_metadata, on="true", off="false")
    options = {"enable-ecs-log-metadata": metadata}
    if firelens.config.type != "none":
        options["config-file-type"] = firelens.config.type
        options["config-file-value"] = firelens.config.value
    return {"Type": firelens.type, "Options": options}
