"""What project pages and the API read."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import Http404
from django.urls import reverse

from ecsportal.infrastructure.models import Environment, Feed
from ecsportal.infrastructure.uses import Use
from ecsportal.people.models import User
from ecsportal.people.permissions import visible_projects
from ecsportal.projects.models import Channel, ProcessRevision, Project
from ecsportal.projects.step_document import check_steps, known_type
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.problems import Problem


def get_project_for(user: User, slug: str) -> Project:
    """The project, if the user may see it; Http404 where not, as if there were none."""
    project = Project.objects.filter(visible_projects(user), slug=slug).first()
    if project is None:
        raise Http404(f'There is no project "{slug}", or you may not see it.')
    return project


def projects_for(user: User, *, search: str = "") -> QuerySet[Project]:
    """The visible projects by name, each with the number of its newest process revision."""
    projects = Project.objects.filter(visible_projects(user))
    if search:
        projects = projects.filter(
            Q(name__icontains=search) | Q(slug__icontains=search) | Q(description__icontains=search)
        )
    newest = ProcessRevision.objects.filter(project=OuterRef("pk")).order_by("-number")
    return projects.annotate(
        process_number=Subquery(newest.values("number")[:1]),
        process_steps=Subquery(newest.values("steps")[:1]),
    ).order_by("name")


def default_channel(project: Project) -> Channel:
    """The channel that a release goes to unless another is named."""
    return project.channels.get(is_default=True)


def current_process(project: Project) -> ProcessRevision | None:
    """The newest revision of the process; None before the first step is saved."""
    return project.process_revisions.select_related("created_by").order_by("-number").first()


def problems_of_process(
    project: Project, steps: list[JsonDict], *, beside: Collection[str] = ()
) -> list[Problem]:
    """What is wrong with these steps as things are now, at paths such as `steps[0].inputs.cpu`.

    `beside` are the slugs of the process's other steps, where these aren't all.
    """
    return check_steps(
        steps,
        environments=set(Environment.objects.values_list("slug", flat=True)),
        channels=set(project.channels.values_list("slug", flat=True)),
        beside=beside,
    )


@dataclass(frozen=True)
class StepOfProcess:
    """A step as the process page shows it."""

    number: int
    document: JsonDict
    type_name: str
    runs_on_targets: bool
    summary: str
    problems: tuple[Problem, ...]
    """At paths within the step: `inputs.cpu`."""
    newer_version: int = 0
    """The newest version of the step's type where the step has an older one, else 0."""

    @property
    def problem_words(self) -> str:
        """`2 problems`."""
        return f"{len(self.problems)} problem{'' if len(self.problems) == 1 else 's'}"

    @property
    def inputs_text(self) -> str:
        """The inputs as JSON, for reading."""
        return json.dumps(self.document["inputs"], indent=2, ensure_ascii=False)


def steps_of_process(project: Project, steps: list[JsonDict]) -> list[StepOfProcess]:
    """The steps in order, each with its summary and what is wrong with it."""
    problems = problems_of_process(project, steps)
    shown = []
    for number, step in enumerate(steps):
        prefix = f"steps[{number}]"
        kind = known_type(step["type"])
        own = tuple(
            Problem(p.path.removeprefix(f"{prefix}."), p.message, p.code, p.kind)
            for p in problems
            if p.path.startswith(f"{prefix}.")
        )
        shown.append(
            StepOfProcess(
                number=number + 1,
                document=step,
                type_name=kind.name if kind else step["type"],
                runs_on_targets=kind.runs_on_targets if kind else True,
                summary=kind.summarise(step["inputs"]) if kind else "",
                problems=own,
                newer_version=kind.version if kind and step["version"] < kind.version else 0,
            )
        )
    return shown


def processes_that_use_feed(feed: Feed) -> list[Use]:
    """The projects whose current process takes an image from the feed."""
    return [_use(r.project) for r in _current_processes() if feed.slug in _feeds_of(r.steps)]


def processes_that_name_environment(environment: Environment) -> list[Use]:
    """The projects with a step that runs in named environments, this one among them."""
    return [
        _use(r.project)
        for r in _current_processes()
        if any(environment.slug in step["environments"] for step in r.steps)
    ]


def _current_processes() -> QuerySet[ProcessRevision]:
    newest = ProcessRevision.objects.filter(project=OuterRef("project")).order_by("-number")
    return (
        ProcessRevision.objects.filter(number=Subquery(newest.values("number")[:1]))
        .select_related("project")
        .order_by("project__name")
    )


def _use(project: Project) -> Use:
    url = reverse("projects:process", args=[project.slug])
    return Use("project", project.slug, project.name, url)


def _feeds_of(steps: list[JsonDict]) -> set[str]:
    found = set()
    for step in steps:
        kind = known_type(step["type"])
        if kind:
            found |= {need.feed for need in kind.images(step["inputs"])}
    return found
