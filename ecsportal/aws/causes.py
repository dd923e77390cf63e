"""Causes of failure in plain words, and the rules that tell them from AWS's texts.

The tables stand with the services that speak (`ecs.causes`, `cloudformation.causes`). AWS's own
text stays visible beside our sentence: texts change, and what no table knows is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Mend(StrEnum):
    """What mends a cause: every row names one, and with it the button that the page fills.

    The question is what somebody should press who was woken by it and can't ask anybody. A retry
    where only trying again helps; the way back where the new version is at fault, since another
    try meets the same fault; the editor where a setting is. `deployments.mending` decides with this
    and with what runs there.
    """

    RETRY = "retry"
    """It passes by itself: throttling, capacity, time-outs, the platform, a registry's moods."""
    ELSEWHERE = "elsewhere"
    """It is set right in AWS, or nobody knows where; then it is tried again."""
    ROLL_BACK = "roll_back"
    """The new version: it crashes, isn't found, doesn't fit the CPU, fails its health check."""
    STEP = "step"
    """A setting of the step: a subnet, a role, a size."""
    VARIABLES = "variables"
    """A value that the variables give, or don't."""
    ACCOUNT = "account"
    """The AWS account as the portal knows it: its keys, or the role to assume."""
    AGAIN = "again"
    """The whole release once more: what is missing was made by a step that a retry leaves out."""
    RELEASE = "release"
    """A new release. Never a row's own: it stands for the way back where there is none."""


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
    """What the sentences may name: by container its image, feed and MiB; resource and place."""

    images: Mapping[str, str] = field(default_factory=dict)
    feeds: Mapping[str, str] = field(default_factory=dict)
    memory: Mapping[str, int] = field(default_factory=dict)
    resource: str = "the resource"
    cluster: str = ""
    region: str = ""


@dataclass(frozen=True)
class Rule:
    """A row of a table: the texts that `pattern` finds (letter case aside) mean this cause.

    `sentence` says who, what and why, `advice` what to do in at most three sentences. A sentence
    may name `{image}`, `{feed}`, `{container}`, `{memory}`, `{resource}`, `{cluster}`, `{region}`
    and the pattern's own named groups; with a capital first letter at its beginning.

    `mend` says what mends it, `at_first` what does so where no release has ever worked, so that
    nothing can be gone back to: then a setting is as likely at fault as the version.
    """

    slug: str
    pattern: str
    sentence: str
    advice: str
    heals: bool = False
    mend: Mend = Mend.ELSEWHERE
    at_first: Mend = Mend.RELEASE

    def cause(self, text: str, naming: Naming, container: str = "") -> Cause | None:
        """The cause, filled with names, where the text matches; else None."""
        found = re.search(self.pattern, text, re.IGNORECASE | re.DOTALL)
        if found is None:
            return None
        names = _names(naming, container) | {
            name: value for name, value in found.groupdict().items() if value
        }
        sentence = self.sentence.format_map(names)
        return Cause(self.slug, sentence[:1].upper() + sentence[1:], self.advice, self.heals, text)


def first_cause_of(
    rules: Sequence[Rule], text: str, naming: Naming, container: str = ""
) -> Cause | None:
    """What the first matching row says; None where the table doesn't know the text."""
    for rule in rules:
        cause = rule.cause(text, naming, container)
        if cause is not None:
            return cause
    return None


def _names(naming: Naming, container: str) -> dict[str, str]:
    image = naming.images.get(container, "")
    feed = naming.feeds.get(container, "")
    memory = naming.memory.get(container)
    return {
        "image": f"image {image}" if image else "the image",
        "feed": f"the feed {feed}" if feed else "its registry",
        "container": f"container {container}" if container else "a container",
        "memory": f"{memory} MiB" if memory else "memory",
        "resource": naming.resource,
        "cluster": naming.cluster,
        "region": naming.region,
    }


_WRAPPED = re.compile(r'^Resource handler returned message: "(.*)" \(RequestToken:.*\)$', re.DOTALL)
_TRAILER = re.compile(r"\s*\((?:Service|RequestToken): [^()]*\)$")


def core_of(reason: str) -> str:
    """AWS's sentence without what CloudFormation and the SDK put around it for machines."""
    while wrapped := _WRAPPED.match(reason):
        reason = wrapped[1]
    return _TRAILER.sub("", reason)


def unknown_cause(quote: str) -> Cause:
    """A reason that no table knows."""
    return Cause(
        "unknown",
        "We don't know this cause yet. Here is all that AWS said.",
        "Read AWS's words below; the stack's events and the container's log tell more.",
        True,
        quote,
    )
