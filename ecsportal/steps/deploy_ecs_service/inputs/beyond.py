"""Features that the reference does not have. All are off: the template then stays as it is."""

from __future__ import annotations

from typing import Annotated

from ecsportal.steps.fields import Flag, Number, OptionalNumber, StepModel, Text, one_of


class CircuitBreaker(StepModel):
    """Lets ECS end a rollout whose tasks keep failing; `threshold` is a count of failed tasks."""

    enabled: Flag = False
    rollback: Flag = True
    threshold: OptionalNumber = None


class CapacityProvider(StepModel):
    """A share of the tasks on Fargate or on Fargate Spot."""

    provider: Annotated[str, one_of("FARGATE", "FARGATE_SPOT")]
    weight: Number = 1
    base: Number = 0


class ServiceConnectService(StepModel):
    """A port that other services of the namespace reach as `alias:alias_port`."""

    container: Text
    port: Number
    alias: Text
    alias_port: Number


class ServiceConnect(StepModel):
    """Membership in a Service Connect namespace; without services the task is a client only."""

    namespace: Text = ""
    services: list[ServiceConnectService] = []


class Autoscaling(StepModel):
    """Target tracking; `target` is a percentage, or requests a minute for each task.

    `load_balancer_arn` is what `requests` counts at: AWS names that figure by the load balancer and
    the target group together.
    """

    min: Number
    max: Number
    metric: Annotated[str, one_of("cpu", "memory", "requests")] = "cpu"
    target: Number
    load_balancer_arn: Text = ""


class Beyond(StepModel):
    """Everything beyond the reference."""

    circuit_breaker: CircuitBreaker = CircuitBreaker()
    capacity_providers: list[CapacityProvider] = []
    execute_command: Flag = False
    health_check_grace_period: OptionalNumber = None
    ephemeral_storage_gib: OptionalNumber = None
    propagate_tags: Annotated[str, one_of("", "service", "task_definition")] = ""
    service_connect: ServiceConnect | None = None
    autoscaling: Autoscaling | None = None
    pin_digests: Flag = False
    log_group_name: Text = ""
    log_retention_days: OptionalNumber = None
