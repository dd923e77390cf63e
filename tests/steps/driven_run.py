"""Drives a step's runner as the engine does, against a sandbox whose clock it moves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from ecsportal.aws.credentials import AwsCredentials
from ecsportal.aws.sessions import TargetClients
from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.contract import (
    DeploymentFacts,
    Image,
    Intends,
    JsonDict,
    OtherStep,
    Progress,
    RunContext,
    StepRunner,
    TargetFacts,
    Waiting,
)
from ecsportal.steps.deploy_ecs_service.run import DeployEcsServiceRunner

Run = TypeVar("Run", bound="Driven")
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
    """The task log: (level, text) in order; `parts` has what belongs to a part of the run."""

    said: list[tuple[str, str]] = field(default_factory=list)
    parts: dict[str, list[str]] = field(default_factory=dict)
    _part: str = ""

    def enter(self, part: str) -> None:
        self._part = part

    def _say(self, level: str, text: str) -> None:
        self.said.append((level, text))
        if self._part:
            self.parts.setdefault(self._part, []).append(text)

    def verbose(self, text: str) -> None:
        self._say("verbose", text)

    def info(self, text: str) -> None:
        self._say("info", text)

    def highlight(self, text: str) -> None:
        self._say("highlight", text)

    def wait(self, text: str) -> None:
        self._say("wait", text)

    def warning(self, text: str) -> None:
        self._say("warning", text)

    def error(self, text: str) -> None:
        self._say("error", text)

    def of(self, *levels: str) -> list[str]:
        """The texts of these levels, all of them without any."""
        return [text for level, text in self.said if not levels or level in levels]

    @property
    def text(self) -> str:
        return "\n".join(f"{level}: {text}" for level, text in self.said)


def clients_of(sandbox: RunningSandbox, region: str = REGION) -> TargetClients:
    """The clients that the engine hands over, for the sandbox's account."""
    credentials = AwsCredentials(
        kind="access_key",
        access_key_id="AKIASANDBOX000000000",
        secret_access_key="sandbox",
        endpoint_url=sandbox.url,
        endpoint_allow=("127.0.0.1",),
    )
    return TargetClients(credentials, region)


class Driven:
    """One attempt of a step on the sandbox's cluster `demo`; here the ECS step's.

    Another step's tests derive their own with its runner, version and inputs.
    """

    runner: StepRunner = DeployEcsServiceRunner()
    version = 2
    defaults: JsonDict = INPUTS

    def __init__(
        self,
        sandbox: RunningSandbox,
        clients: TargetClients,
        *,
        tag: str = "1.4.0",
        deployment: str = "90",
        previous: str = "",
        started_at: datetime | None = None,
        template_bucket: str = "",
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
        self.other_steps: dict[str, OtherStep] = {}
        self._turn = 0
        self._lost = 0
        self._inputs = {**self.defaults, **inputs}
        self._bucket = template_bucket
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
            "web", "shop-ecr", "shop/web", tag, "", f"registry.example/shop/web:{tag}", "Shop ECR"
        )

    @property
    def now(self) -> datetime:
        return self.sandbox.world.clock.now()

    def context(self) -> RunContext:
        """What the engine would hand over for the next call."""
        return RunContext(
            inputs=self._inputs,
            version=self.version,
            images={"web": self._image},
            target=TargetFacts(
                "demo", "Demo", "sandbox", REGION, "demo", template_bucket=self._bucket
            ),
            deployment=self._facts,
            aws=self.clients,
            log=self.log,
            now=self.now,
            started_at=self._started_at,
            token_base=f"run-{self._facts.id}",
            stack_name="",
            intent_is_new=self._intent_is_new,
            answer=self.answer,
            resources=json.loads(json.dumps(self.resources)),
            other_steps=self.other_steps,
        )

    def lose_turn(self, number: int) -> None:
        """Throw away what the turn of that number (from 1) says, as a killed worker would."""
        self._lost = number

    def call(self, method: str) -> Progress:
        """One call of the runner; keeps state, resources and intent as the engine does."""
        self._turn += 1
        if self._turn == self._lost:
            kept = list(self.log.said)
            self._call_runner(method, self.context())
            self.log.said = kept
            self.sandbox.advance(10)  # until the lease has run out
            self._intent_is_new = False
        self.log.enter("")  # the engine's log of a turn begins without a part
        context = self.context()
        progress = self._call_runner(method, context)
        self._keep(context, progress)
        return progress

    def _call_runner(self, method: str, context: RunContext) -> Progress:
        state = json.loads(json.dumps(self.state))
        if method == "start":
            return self.runner.start(context)
        if method == "cancel":
            return self.runner.cancel(context, state)
        return self.runner.poll(context, state)

    def _keep(self, context: RunContext, progress: Progress) -> None:
        self._intent_is_new, self.answer = False, None
        self.resources = context.resources
        if isinstance(progress, Intends):
            self.intents.append(progress.operation)
            self._intent_is_new = True
        if hasattr(progress, "state"):
            # What the database keeps is JSON: anything else has to fail here.
            self.state = json.loads(json.dumps(progress.state))
        json.dumps(self.resources)

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


def again(run: Run, **changes: Any) -> Run:
    """The same step once more, as another deployment."""
    return type(run)(run.sandbox, run.clients, **{"deployment": "91", **changes})
