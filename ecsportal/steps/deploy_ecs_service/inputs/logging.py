"""Where a container's output goes."""

from __future__ import annotations

from typing import Annotated

from ecsportal.steps.fields import Flag, StepModel, Text, one_of


class LogOption(StepModel):
    """An option of the log driver; the value of a `secret` is the ARN it is read from."""

    name: Text
    value: Text
    type: Annotated[str, one_of("plain", "secret")] = "plain"


class Logging(StepModel):
    """`auto` writes to a CloudWatch log group of the stack; `manual` names a driver.

    `default` comes only from imported steps: Fargate has no such driver.
    """

    type: Annotated[str, one_of("auto", "manual")] = "auto"
    driver: Annotated[str, one_of("none", "awslogs", "awsfirelens", "splunk", "default")] = "none"
    options: list[LogOption] = []


class FireLensConfig(StepModel):
    """The router's own configuration: a path inside the image, or an S3 object."""

    type: Annotated[str, one_of("none", "file", "s3")] = "none"
    value: Text = ""


class FireLens(StepModel):
    """Makes the container the log router of the task. Version 1 of the step has none."""

    enabled: Flag = False
    type: Annotated[str, one_of("fluentbit", "fluentd")] = "fluentbit"
    enable_ecs_log_metadata: Flag = True
    config: FireLensConfig = FireLensConfig()
