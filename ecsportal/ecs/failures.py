"""Why tasks stop and rollouts fail, in plain words, and what to do about it.

One table from the texts that ECS gives (developer guide: stopped task error codes, service event
messages; real reports) to a cause. AWS's own text stays visible beside our sentence: texts change,
and what the table doesn't know is shown as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ecsportal.ecs.tasks import Container, Task


@dataclass(frozen=True)
class Cause:
    """A known (or unknown) reason of failure.

    `slug` is stable: `image-not-found`. `heals` tells whether trying again without a change may
    work; a cause that doesn't heal ends a rollout at first sight. `quote` is AWS's own text.
    """

    slug: str
    sentence: str
    advice: str
    heals: bool
    quote: str = ""


@dataclass(frozen=True)
class Naming:
    """What the sentences may name, by container: image, the image's feed, memory in MiB."""

    images: Mapping[str, str] = field(default_factory=dict)
    feeds: Mapping[str, str] = field(default_factory=dict)
    memory: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Rule:
    slug: str
    pattern: str
    sentence: str
    advice: str
    heals: bool = False

    def matches(self, text: str) -> bool:
        return re.search(self.pattern, text, re.IGNORECASE | re.DOTALL) is not None


_RULES: tuple[_Rule, ...] = (
    _Rule(
        "architecture",
        r"descriptor matching platform|exec format error|no match for platform"
        r"|image Manifest does not contain",
        "{image} is built for another CPU architecture than the task's.",
        "Choose the other architecture in the step, or push an image for this one.",
    ),
    _Rule(
        "registry-limit",
        r"toomanyrequests|pull rate limit",
        "The registry refuses more pulls for now.",
        "Give the container credentials for the registry, or mirror the image to ECR.",
        heals=True,
    ),
    _Rule(
        "image-no-route",
        r"CannotPull(?:Container|ImageManifest)Error.*(?:i/o timeout|request canceled|no route"
        r"|connection refused|dial tcp|context deadline|no such host|timed? ?out)",
        "The task can't reach the registry of {image}.",
        "Assign a public IP in a public subnet, or add a NAT gateway or VPC endpoints (ecr.api,"
        " ecr.dkr, s3, logs).",
    ),
    _Rule(
        "image-access",
        r"CannotPull\w*Error.*(?:pull access denied|docker login|no basic auth"
        r"|authorization failed|denied:|unauthorized)",
        "The task may not pull {image}.",
        "Correct the image's name, or give the container credentials for its registry.",
    ),
    _Rule(
        "image-not-found",
        r"CannotPull\w*Error.*(?:not found|manifest unknown|does not exist|NotFound|name unknown"
        r"|repository.*unknown)",
        "{Image} doesn't exist in {feed}.",
        "Push it, or choose another tag in a new release.",
    ),
    _Rule(
        "image-not-found",
        r"CannotPull\w*Error.*403 Forbidden",  # ECR, when the role may not look (real reports)
        "{Image} doesn't exist in {feed}, or the execution role may not read it.",
        "Push it or choose another tag in a new release, or allow ecr:BatchGetImage for the role.",
    ),
    _Rule(
        "image-pull",
        r"CannotPull\w*Error",
        "{Image} can't be pulled.",
        "Read AWS's words below; the name, the tag, access or the network is at fault.",
    ),
    _Rule(
        "log-group",
        r"failed to validate logger args|log group does not exist|log driver",
        "The container's log can't be opened.",
        "Create the log group, or let the step create it (logging: auto).",
    ),
    _Rule(
        "efs",
        r"failed to invoke EFS utils|EFS utils|mount target",
        "The EFS volume can't be mounted.",
        "Check the mount targets of the subnets, port 2049 in the security group and the access"
        " point.",
    ),
    _Rule(
        "environment-file",
        r"failed to download env files|environment file",
        "An environment file can't be read from S3.",
        "Check the object's ARN and that the execution role may s3:GetObject it.",
    ),
    _Rule(
        "secret-denied",
        r"ResourceInitializationError.*(?:secret|ssm|registry auth|asm)",
        "The execution role may not read a secret of the task, or there is no route to it.",
        "Allow secretsmanager:GetSecretValue (or ssm:GetParameters) for the execution role, and"
        " check the route to that service.",
    ),
    _Rule(
        "initialization",
        r"ResourceInitializationError",
        "The task's resources can't be prepared.",
        "Read AWS's words below: network interface, role, secrets, volumes or logs are at fault.",
        heals=True,
    ),
    _Rule(
        "out-of-memory",
        r"OutOfMemory|memory usage|\bOOM",
        "{Container} was killed because it used more than its {memory}.",
        "Raise its memory limit, or the task's.",
        heals=True,
    ),
    _Rule(
        "command",
        r"executable file not found|CannotStartContainerError|CannotCreateContainerError"
        r"|no such file or directory",
        "{Container} can't start its command.",
        "Check command, entry point and the shell in the image.",
    ),
    _Rule(
        "load-balancer-health",
        r"failed ELB health checks|is unhealthy in \(target-group",
        "{Container} runs, but the load balancer finds it unhealthy.",
        "Check path and port of the target group's health check, or set a grace period.",
        heals=True,
    ),
    _Rule(
        "container-health",
        r"failed container health checks",
        "{Container} runs, but its health check fails.",
        "Check the health command inside the image, its timeout and start period.",
        heals=True,
    ),
    _Rule(
        "placement",
        r"unable to place a task|Capacity is unavailable|reached the limit on the number"
        r"|above your limit",
        "ECS can't place a task.",
        "Check the account's Fargate quotas and the zones of the subnets.",
        heals=True,
    ),
    _Rule(
        "deployment-configuration",
        r"because of the service deployment configuration",
        "The health percents leave ECS no room to replace a task.",
        "Raise the maximum percent or lower the minimum healthy percent.",
    ),
    _Rule(
        "platform",
        r"ContainerRuntimeTimeoutError|CannotStopContainerError|CannotInspectContainerError"
        r"|InfrastructureHealth",
        "The platform under the task failed.",
        "Retry: AWS replaces it by itself.",
        heals=True,
    ),
)

_EXIT_WORDS = {
    0: "it finished its work and ended; a service has to keep running",
    1: "an error of the application",
    126: "its command can't be executed",
    127: "its command was not found",
    137: "it was killed, most often for using too much memory",
    139: "it crashed (segmentation fault)",
    143: "it was asked to stop",
}


_ERROR_LINE = re.compile(r"fatal|error|exception|panic|cannot|could not|failed", re.IGNORECASE)
_WORDS = "zero,one,two,three,four,five,six,seven,eight,nine,ten,eleven,twelve"
_NUMBERS = _WORDS.split(",")


def explain_exit_code(code: int) -> str:
    """What an exit code usually means, or an empty text."""
    return _EXIT_WORDS.get(code, "")


def cause_of_task(task: Task, naming: Naming | None = None, *, log: Sequence[str] = ()) -> Cause:
    """Why the task stopped. `log` has the last lines of the container that failed, if known."""
    culprit = _culprit(task)
    reasons = [task.stop_reason]
    for container in task.containers:
        if container.reason and container.reason not in task.stop_reason:
            reasons.append(f"{container.name}: {container.reason}")
    quote = "; ".join(text for text in reasons if text)
    wrong_format = next((line for line in log if "exec format error" in line), "")
    said = f"{task.stop_code} {quote} {wrong_format}"
    for rule in _RULES:
        if rule.matches(said):
            name = culprit.name if culprit else ""
            return _filled(rule, name, naming or Naming(), quote)
    if culprit and culprit.exit_code is not None:
        return _crash(task, culprit, quote, _last_words(log))
    return unknown_cause(quote or task.stop_code)


def cause_of_text(text: str, naming: Naming | None = None) -> Cause | None:
    """The known cause behind a service event or a stack event's reason, or None."""
    for rule in _RULES:
        if rule.matches(text):
            return _filled(rule, "", naming or Naming(), text)
    return None


def _filled(rule: _Rule, container: str, naming: Naming, quote: str) -> Cause:
    image = naming.images.get(container, "")
    feed = naming.feeds.get(container, "")
    memory = naming.memory.get(container)
    named = f"image {image}" if image else "the image"
    who = f"container {container}" if container else "a container"
    sentence = rule.sentence.format(
        image=named,
        Image=_capital(named),
        feed=f"the feed {feed}" if feed else "its registry",
        container=who,
        Container=_capital(who),
        memory=f"{memory} MiB" if memory else "memory",
    )
    return Cause(rule.slug, _capital(sentence), rule.advice, rule.heals, quote)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _last_words(log: Sequence[str]) -> str:
    """The last line that names an error, short enough for a sentence."""
    telling = [line for line in log if _ERROR_LINE.search(line)]
    return telling[-1].strip()[:200] if telling else ""


def _crash(task: Task, culprit: Container, quote: str, last_words: str) -> Cause:
    code = culprit.exit_code or 0
    lived = task.lived_seconds
    after = "" if lived is None else f" {_seconds(lived)} after it starts"
    meaning = explain_exit_code(code)
    sentence = f"Container {culprit.name} exits with code {code}{after}"
    if code == 137:
        return Cause(
            "out-of-memory",
            f"{sentence}: {meaning}.",
            "Raise its memory limit, or the task's, if its log doesn't tell another reason.",
            True,
            quote,
        )
    return Cause(
        "crash",
        f'{sentence}: "{last_words}"'
        if last_words
        else f"{sentence}: {meaning}."
        if meaning
        else f"{sentence}.",
        f"Read the last lines of container {culprit.name} and correct what they name, then retry.",
        True,
        quote,
    )


def _seconds(count: int) -> str:
    """Few seconds in words: beside an exit code a second number would be hard to read."""
    number = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    return f"{number} second" if count == 1 else f"{number} seconds"


def _culprit(task: Task) -> Container | None:
    """The container to name: the one with a reason, else with a bad exit code, else any ended."""
    containers = task.containers
    with_reason = [c for c in containers if c.reason]
    bad = [c for c in containers if c.exit_code not in (None, 0, 143)]
    ended = [c for c in containers if c.exit_code is not None]
    return next(iter(with_reason or bad or ended or containers), None)


def unknown_cause(quote: str) -> Cause:
    """A reason that the table doesn't know."""
    return Cause(
        "unknown",
        "We don't know this cause yet. Here is all that AWS said.",
        "Read AWS's words below; the stack's events and the container's log tell more.",
        True,
        quote,
    )


def no_progress(minutes: float) -> Cause:
    """A rollout that stands still."""
    return Cause(
        "no-progress",
        f"For {minutes:g} min no task became healthy and ECS reported nothing new.",
        "Look at the tasks that are pending: capacity, network and the image's size are the usual"
        " reasons.",
        False,
    )


def most_telling(causes: Sequence[Cause]) -> Cause | None:
    """The cause to show first: one that doesn't heal, else the one seen most often."""
    seen = [cause for cause in causes if cause.slug != "unknown"] or causes
    for cause in seen:
        if not cause.heals:
            return cause
    times = Counter(cause.slug for cause in seen)
    return max(seen, key=lambda cause: times[cause.slug], default=None)
