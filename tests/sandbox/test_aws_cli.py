"""The `aws` command-line client, another client than ours, works against the sandbox.

It pins a botocore of its own, so it lives in its own environment: `AWS_CLI` names the program.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.render import render
from tests.sandbox.stacks import Stacks
from tests.sandbox.stacks import template as small_template

AWS = os.environ.get("AWS_CLI") or shutil.which("aws")

pytestmark = [
    pytest.mark.services,
    pytest.mark.slow,  # the client itself looks at a stack every 30 s only
    pytest.mark.skipif(AWS is None, reason="the aws command-line client isn't installed"),
]


class Cli:
    """Runs `aws ...` against the sandbox."""

    def __init__(self, url: str) -> None:
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_DEFAULT_OUTPUT": "json",
        }

    def text(self, *arguments: str) -> str:
        """What it prints; fails the test where it ends with an error."""
        done = subprocess.run(
            [str(AWS), *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def __call__(self, *arguments: str) -> Any:
        return json.loads(self.text(*arguments))


@pytest.fixture
def cli(sandbox: RunningSandbox) -> Cli:
    """The client; simulated time runs 60 times as fast."""
    sandbox.set_clock("fast", 60)
    return Cli(sandbox.url)


def template() -> str:
    """The template of a small web service."""
    inputs = {
        "task_name": "cli-web",
        "cpu": "256",
        "memory": "512",
        "subnet_ids": ["subnet-0a1b2c3d4e5f60001"],
        "security_group_ids": ["sg-0a1b2c3d4e5f60001"],
        "containers": [{"name": "web", "image": {"repository": "shop/web"}, "ports": []}],
    }
    return render(
        {
            "type": "deploy-ecs-service",
            "version": 2,
            "inputs": inputs,
            "images": {"web": "registry.example.com/shop/web:1.6.0"},
            "cluster": "demo",
            "environment": "development",
            "format": "yaml",
        }
    ).text


@pytest.mark.timeout(300)
def test_deploy_twice_wait_and_read_back(cli: Cli, sandbox: RunningSandbox, tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(template())
    deploy = ("cloudformation", "deploy", "--stack-name", "cli-web", "--template-file", str(file))
    named = ("--capabilities", "CAPABILITY_NAMED_IAM", "--no-fail-on-empty-changeset")
    assert "Successfully created/updated stack" in cli.text(*deploy, *named)
    assert "No changes to deploy" in cli.text(*deploy, *named)
    cli.text("cloudformation", "wait", "stack-create-complete", "--stack-name", "cli-web")

    events = cli("cloudformation", "describe-stack-events", "--stack-name", "cli-web")
    newest = events["StackEvents"][0]
    assert (newest["LogicalResourceId"], newest["ResourceStatus"]) == ("cli-web", "CREATE_COMPLETE")
    services = cli("ecs", "list-services", "--cluster", "demo")["serviceArns"]
    shown = cli("ecs", "describe-services", "--cluster", "demo", "--services", *services)
    (service,) = shown["services"]
    assert (service["runningCount"], service["deployments"][0]["rolloutState"]) == (1, "COMPLETED")
    ours = sandbox.client("ecs").describe_services(cluster="demo", services=services)
    assert ours["services"][0]["serviceName"] == service["serviceName"]

    cli.text("cloudformation", "delete-stack", "--stack-name", "cli-web")
    cli.text("cloudformation", "wait", "stack-delete-complete", "--stack-name", "cli-web")
    assert cli("ecs", "list-services", "--cluster", "demo")["serviceArns"] == []


def _events(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (each["LogicalResourceId"], each["ResourceStatus"], each.get("ResourceStatusReason", ""))
        for each in found["StackEvents"]
    ]


def test_it_agrees_with_boto3_on_failures_nested_stacks_and_tasks(
    stacks: Stacks, sandbox: RunningSandbox
) -> None:
    cli = Cli(sandbox.url)
    nested = {
        "Parameters": {"Image": {"Type": "String"}},
        "Resources": {
            "Inner": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {
                    "TemplateURL": "https://web-shop-templates.s3.eu-west-1.amazonaws.com/a.json",
                    "Parameters": {"Image": {"Ref": "Image"}},
                },
            }
        },
    }
    sandbox.client("s3").put_object(
        Bucket="web-shop-templates", Key="a.json", Body=json.dumps(small_template(breaker=True))
    )
    stacks.create("shop/web:1.5.0", template=nested)
    stacks.update("shop/web:1.4.2-crash", template=nested, wait=240)
    shown = cli("cloudformation", "describe-stacks")["Stacks"]
    assert [each["StackStatus"] for each in shown] == ["UPDATE_ROLLBACK_COMPLETE"] * 2
    for each in shown:
        of_cli = cli("cloudformation", "describe-stack-events", "--stack-name", each["StackId"])
        ours = stacks.cloudformation.get_paginator("describe_stack_events")
        pages = ours.paginate(StackName=each["StackId"])
        assert _events(of_cli) == [event for page in pages for event in _events(page)]

    definition = stacks.service["taskDefinition"]
    network = "awsvpcConfiguration={subnets=[subnet-0a1b2c3d4e5f60001]}"
    where = ("--cluster", "demo")
    started = cli(
        *("ecs", "run-task", *where, "--task-definition", definition),
        *("--network-configuration", network, "--started-by", "cli"),
    )
    sandbox.advance(60)
    task = started["tasks"][0]["taskArn"]
    (of_cli,) = cli("ecs", "describe-tasks", *where, "--tasks", task)["tasks"]
    (ours_now,) = stacks.ecs.describe_tasks(cluster="demo", tasks=[task])["tasks"]
    assert of_cli["containers"][0]["exitCode"] == 0
    assert (of_cli["lastStatus"], of_cli["stoppedReason"]) == (
        ours_now["lastStatus"],
        ours_now["stoppedReason"],
    )
