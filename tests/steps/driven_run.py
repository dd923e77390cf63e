"""Drives a step's runner as the engine does, against a sandbox whose clock it moves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.contract import (
    DeploymentFacts,
    Image,
    Intends,
    JsonDict,
    Progress,
    RunContext,
    TargetFacts,
    Waiting,
)
from ecsportal.steps.deploy_ecs_service.run import DeployEcsServiceRunner

REGION = "eu-west-1"
INPUTS: JsonDict = {
    "task_name": "web",
    "cpu": "256",
    "memory": "512",
    "security_group_ids": ["sg-0a1b2c3d4e5f60001"],
    "subnet_ids": ["subnet-0a1b2c3d4e5f60001"],
    "containers": [
        {
            "name": "web",
            "image": {"reference": "web", "feed": "shop-ecr", "repository": "shop/web"},
            "ports": [{"port": 80}],
        }
    ],
}


@dataclass
class Lines:
    """The task log: (level, text) in order."""

    said: list[tuple[str, str]] = field(default_factory=list)

    def verbose(self, text: str) -> None:
        self.said.append(("verbose", text))

    def info(self, text: str) -> None:
        self.said.append(("info", text))

    def highlight(self, text: str) -> None:
        self.said.append(("highlight", text))

    def wait(self, text: str) -> None:
        self.said.append(("wait", text))

    def warning(self, text: str) -> None:
        self.said.append(("warning", text))

    def error(self, text: str) -> None:
        self.said.append(("error", text))

    def of(self, *levels: str) -> list[str]:
        """The texts of these levels, all of them without any."""
        return [text for level, text in self.said if not levels or level in levels]

    @property
    def text(self) -> str:
        return "\n".join(f"{level}: {text}" for level, text in self.said)


class Clients:
    """The clients of one sandbox, made once."""

    def __init__(self, sandbox: RunningSandbox, region: str = REGION) -> None:
        self._sandbox = sandbox
        self._region = region
        self._made: dict[str, Any] = {}

    def _client(self, service: str) -> Any:
        if service not in self._made:
            self._made[service] = self._sandbox.client(service, self._region)
        return self._made[service]

    @property
    def cloudformation(self) -> Any:
        return self._client("cloudformation")

    @property
    def ecs(self) -> Any:
        return self._client("ecs")

    @property
    def sts(self) -> Any:
        return self._client("sts")

    @property
    def logs(self) -> Any:
        return self._client("logs")


class Driven:
    """One attempt of the step on the sandbox's cluster `demo`."""

    def __init__(
        self,
        sandbox: RunningSandbox,
        clients: Clients,
        *,
        tag: str = "1.4.0",
        deployment: str = "90",
        previous: str = "",
        started_at: datetime | None = None,
        **inputs: Any,
    ) -> None:
        self.sandbox = sandbox
        self.clients = clients
        self.log = Lines()
        self.resources: JsonDict = {}
        self.state: JsonDict = {}
        self.answer: str | None = None
        self.intents: list[str] = []
        self._intent_is_new = False
        self._runner = DeployEcsServiceRunner()
        self._inputs = {**INPUTS, **inputs}
        self._started_at = started_at or self.now
        self._facts = DeploymentFacts(
            id=deployment,
            name="Deploy to Staging",
            project_id="web-shop",
            project_name="Web shop",
            environment_id="staging",
            environment_name="Staging",
            release_version=tag,
            channel_name="default",
            step_id="deploy-web",
            step_name="Deploy web",
            previous_release_version=previous,
        )
        self._image = Image(
            "web", "shop-ecr", "shop/web", tag, "", f"registry.example/shop/web:{tag}"
        )

    @property
    def now(self) -> datetime:
        return self.sandbox.world.clock.now()

    def context(self) -> RunContext:
        """What the engine would hand over for the next call."""
        return RunContext(
            inputs=self._inputs,
            version=2,
            images={"web": self._image},
            target=TargetFacts("demo", "Demo", "sandbox", REGION, "demo"),
            deployment=self._facts,
            aws=self.clients,
            log=self.log,
            now=self.now,
            started_at=self._started_at,
            token_base=f"run-{self._facts.id}",
            stack_name="",
            intent_is_new=self._intent_is_new,
            answer=self.answer,
            resources=self.resources,
        )

    def call(self, method: str) -> Progress:
        """One call of the runner; keeps state, resources and intent as the engine does."""
        context = self.context()
        self._intent_is_new, self.answer = False, None
        if method == "start":
            progress = self._runner.start(context)
        elif method == "cancel":
            progress = self._runner.cancel(context, self.state)
        else:
            progress = self._runner.poll(context, self.state)
        self.resources = context.resources
        if isinstance(progress, Intends):
            self.intents.append(progress.operation)
            self._intent_is_new = True
        if hasattr(progress, "state"):
            # What the database keeps is JSON: anything else has to fail here.
            self.state = json.loads(json.dumps(progress.state))
        json.dumps(self.resources)
        return progress

    def go(
        self,
        method: str = "poll",
        *,
        until: Callable[[Driven], bool] | None = None,
        most: int = 4000,
    ) -> Progress:
        """Call until the run ends or asks, or until `until` holds after a turn."""
        if not self.state:
            method = "start"
        progress = self.call(method)
        for _ in range(most):
            if until is not None and until(self):
                return progress
            if isinstance(progress, Waiting):
                self.sandbox.advance(progress.after)
            elif not isinstance(progress, Intends):
                return progress
            progress = self.call("poll")
        raise AssertionError(f"no end after {most} calls:\n{self.log.text}")

    def crashed(self) -> None:
        """The worker dies after the intent was committed: the next poll has to look first."""
        self._intent_is_new = False


def statuses(lines: Iterable[str]) -> list[str]:
    """The stack states that event lines begin with."""
    return [line.split()[0] for line in lines if line.split()[0].isupper()]


def again(run: Driven, **changes: Any) -> Driven:
    """The same step once more, as another deployment."""
    return Driven(run.sandbox, run.clients, **{"deployment": "91", **changes})
