"""What the next release would be: its number, and the images that need a tag."""

from __future__ import annotations

from dataclasses import dataclass

from ecsportal.projects.models import Channel, ProcessRevision, Project
from ecsportal.projects.queries import current_process, default_channel, problems_of_process
from ecsportal.projects.step_document import known_type
from ecsportal.releases.models import Release
from ecsportal.releases.versions import next_version
from ecsportal.steps.contract import JsonDict


@dataclass(frozen=True)
class NeededImage:
    """An image of the process; `last_tag` is what the release before has, or empty."""

    step: str
    step_name: str
    reference: str
    container: str
    feed: str
    repository: str
    last_tag: str = ""
    last_digest: str = ""

    @property
    def key(self) -> str:
        """How forms and the API name it: `deploy-web/nginx`."""
        return f"{self.step}/{self.reference}"

    @property
    def label(self) -> str:
        """What a person calls it: the container's name, or the reference."""
        return self.container or self.reference


@dataclass(frozen=True)
class Proposal:
    """The next release as far as no feed has to be asked. `previous` is the newest release."""

    project: Project
    channel: Channel
    version: str
    process: ProcessRevision | None
    previous: Release | None
    images: tuple[NeededImage, ...]

    @property
    def obstacle(self) -> str:
        """Why no release can be made now, in words; empty where one can."""
        if self.process is None or not self.process.steps:
            return (
                f"{self.project.name} has no steps yet. A release freezes its process: "
                "add a step first."
            )
        if all(step["disabled"] for step in self.process.steps):
            return f"All steps of {self.project.name} are disabled. Enable one first."
        return ""

    def image(self, key: str) -> NeededImage | None:
        """The image of this key, or None."""
        return next((image for image in self.images if image.key == key), None)


def propose(project: Project, channel: Channel | None = None) -> Proposal:
    """Number and images of the next release; asks no feed."""
    process = current_process(project)
    previous = (
        project.releases.select_related("process", "channel", "created_by")
        .prefetch_related("images")
        .order_by("-pk")
        .first()
    )
    return Proposal(
        project=project,
        channel=channel or default_channel(project),
        version=next_version(previous.version if previous else None, taken_versions(project)),
        process=process,
        previous=previous,
        images=_needed_images(process.steps if process else [], previous),
    )


def taken_versions(project: Project) -> set[str]:
    """The numbers that the project's releases have."""
    return set(project.releases.values_list("version", flat=True))


def steps_with_problems(proposal: Proposal) -> list[tuple[str, int]]:
    """Names of enabled steps with their number of problems: a release of them can't be deployed."""
    if proposal.process is None:
        return []
    steps = proposal.process.steps
    problems = problems_of_process(proposal.project, steps)
    counted = []
    for number, step in enumerate(steps):
        prefix = f"steps[{number}]"
        own = [p for p in problems if p.path == prefix or p.path.startswith(f"{prefix}.")]
        if own and not step["disabled"]:
            counted.append((step["name"], len(own)))
    return counted


def _needed_images(steps: list[JsonDict], previous: Release | None) -> tuple[NeededImage, ...]:
    last = {(i.step, i.reference): i for i in previous.images.all()} if previous else {}
    needed = []
    for step in steps:
        kind = known_type(step["type"])
        if kind is None or step["disabled"]:
            continue
        for need in kind.images(step["inputs"]):
            known = last.get((step["slug"], need.reference))
            # Another repository under the old name: its tags say nothing about the new one.
            same = known if known and known.repository == need.repository else None
            needed.append(
                NeededImage(
                    step=step["slug"],
                    step_name=step["name"],
                    reference=need.reference,
                    container=need.container,
                    feed=need.feed,
                    repository=need.repository,
                    last_tag=same.tag if same else "",
                    last_digest=same.digest if same else "",
                )
            )
    return tuple(needed)
