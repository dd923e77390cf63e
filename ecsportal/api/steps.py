"""Single steps of a process: upgrading one, taking one over from Octopus Deploy."""

from __future__ import annotations

from typing import Any

from ninja import Router, Schema

from ecsportal.api.auth import ApiRequest, needs
from ecsportal.api.bodies import Body, expected_revision, set_revision
from ecsportal.api.process import ProblemOut
from ecsportal.infrastructure.queries import targets_for
from ecsportal.people.access import refuse_unless
from ecsportal.people.permissions import Permission
from ecsportal.problems import FieldError, ValidationProblem
from ecsportal.projects.octopus_steps import (
    StackOfStep,
    looked_up,
    read_exported,
    save_imported,
    stacks_of_step,
    with_feeds,
)
from ecsportal.projects.queries import current_process, get_project_for
from ecsportal.projects.running_services import import_of_service
from ecsportal.projects.step_upgrade import upgrade_of, upgrade_step

router = Router(tags=["process"])


class UpgradeIn(Body):
    version: int | None = None
    """The newest where it is left out."""
    revision: int | None = None
    preview: bool = False
    """Only tell what would change."""


class ChangeOut(Schema):
    path: str
    before: str
    after: str


class LineOut(Schema):
    kind: str
    text: str


class UpgradeOut(Schema):
    revision: int
    """The process's newest revision, after the upgrade unless it was a preview."""
    from_version: int
    step: dict[str, Any]
    """The step at the new version."""
    changes: list[ChangeOut]
    template: list[LineOut]
    """The lines of the template that change, with a few around them; empty where none does."""
    problems: list[ProblemOut]


class ImportIn(Body):
    step: Any
    """A step or an action as Octopus Deploy's API gives it."""
    name: str | None = None
    target_tags: list[str] | None = None
    feeds: dict[str, str] = {}
    """Slugs of feeds by Octopus Deploy's ids."""
    preview: bool = False


class ServiceIn(Body):
    target: str
    service: str
    adopt_stack: bool = False
    """Take over the stack that the service belongs to; else the step has one of its own."""


class ImageOut(Schema):
    container: str
    image: str
    feed: str
    """Empty where no feed has the image's registry."""
    repository: str
    tag: str


class ServiceOut(Schema):
    step: dict[str, Any]
    """A step to complete and PUT with the process."""
    report: list[str]
    """What no input holds."""
    problems: list[ProblemOut]
    images: list[ImageOut]
    stack: str
    """The stack that the service belongs to; empty for none."""
    updates_in_place: bool
    """Adopting the stack updates the service that runs."""
    deletes: list[str]
    """Resources of the stack that adopting it would delete."""


class StackOut(Schema):
    environment: str
    environment_id: str
    target: str | None
    stack_name: str
    """Empty where an expression decides it."""
    exists: bool | None
    """None where AWS wasn't asked or didn't tell."""


class ImportOut(Schema):
    revision: int
    slug: str
    """The new step's; empty for a preview."""
    step: dict[str, Any]
    report: list[str]
    """What was not carried over, or changed on the way."""
    warnings: list[ProblemOut]
    """What AWS would refuse."""
    stacks: list[StackOut]


@router.post("/projects/{slug}/process/steps/{step}/upgrade", response=UpgradeOut)
@needs(Permission.PROCESS_EDIT)
def upgrade(request: ApiRequest, slug: str, step: str, body: UpgradeIn) -> UpgradeOut:
    """Take a step to a newer version of its type, as a new revision of the process.

    With `preview` nothing is saved. 409 where a migration would change more than it declares.
    """
    project = get_project_for(request.user, slug)
    refuse_unless(request.user, Permission.PROCESS_EDIT, project_id=project.pk, where=project.name)
    planned = upgrade_of(project, step, to=body.version)
    saved = current_process(project)
    if not body.preview:
        saved = upgrade_step(
            project,
            step,
            by=request.user,
            to=body.version,
            expected_revision=expected_revision(request, body.revision),
        )
    number = saved.number if saved else 0
    set_revision(request, number)
    return UpgradeOut(
        revision=number,
        from_version=planned.from_version,
        step=planned.step,
        changes=[
            ChangeOut(path=each.path, before=each.before, after=each.after)
            for each in planned.changes
        ],
        template=[LineOut(kind=line.kind, text=line.text) for line in planned.template],
        problems=[
            ProblemOut(path=p.path, message=p.message, code=p.code) for p in planned.problems
        ],
    )


@router.post("/projects/{slug}/process/import-octopus", response=ImportOut)
@needs(Permission.PROCESS_EDIT)
def import_octopus(request: ApiRequest, slug: str, body: ImportIn) -> ImportOut:
    """Add a step of Octopus Deploy to the process, as the command `import_octopus_step` reads it.

    With `preview` nothing is saved, and AWS is asked whether the stacks exist.
    """
    project = get_project_for(request.user, slug)
    refuse_unless(request.user, Permission.PROCESS_EDIT, project_id=project.pk, where=project.name)
    imported = read_exported(body.step)
    document = with_feeds(imported.document, body.feeds)
    if body.name is not None:
        document["name"] = body.name
    if body.target_tags is not None:
        document["target_tags"] = body.target_tags
    stacks = stacks_of_step(request.user, document, {})
    added = ""
    if body.preview:
        stacks = looked_up(stacks)
    else:
        _, added = save_imported(project, document, by=request.user)
    saved = current_process(project)
    number = saved.number if saved else 0
    set_revision(request, number)
    return ImportOut(
        revision=number,
        slug=added,
        step=document,
        report=list(imported.report),
        warnings=[
            ProblemOut(path=p.path, message=p.message, code=p.code) for p in imported.warnings
        ],
        stacks=[_present(each) for each in stacks],
    )


def _present(stack: StackOfStep) -> StackOut:
    return StackOut(
        environment=stack.environment.slug,
        environment_id=stack.environment_id,
        target=stack.target.slug if stack.target else None,
        stack_name=stack.name,
        exists=stack.look.exists if stack.look else None,
    )


@router.post("/projects/{slug}/process/import-service", response=ServiceOut)
@needs(Permission.PROCESS_EDIT)
def import_service(request: ApiRequest, slug: str, body: ServiceIn) -> ServiceOut:
    """The step that would deploy a service that runs; nothing is saved."""
    project = get_project_for(request.user, slug)
    refuse_unless(request.user, Permission.PROCESS_EDIT, project_id=project.pk, where=project.name)
    target = targets_for(request.user).filter(slug=body.target).first()
    if target is None:
        raise ValidationProblem([FieldError("target", f"There is no target {body.target}.")])
    found = import_of_service(request.user, target, body.service)
    if body.adopt_stack and found.adopted is None:
        why = found.stack_problem or "The service belongs to no stack."
        raise ValidationProblem([FieldError("adopt_stack", why, "no_stack")])
    read = found.adopted if body.adopt_stack and found.adopted else found.own
    return ServiceOut(
        step=found.step(read),
        report=list(read.report),
        problems=[
            ProblemOut(path=p.path, message=p.message, code=p.code) for p in found.problems(read)
        ],
        images=[ImageOut(**vars(image)) for image in read.images],
        stack=found.stack,
        updates_in_place=read.adopts,
        deletes=list(read.beside),
    )
