"""One step as it is edited: what is stored, what was typed, what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import Http404, QueryDict

from ecsportal.infrastructure.queries import environments_for, feeds_for, tags_in_use
from ecsportal.people.access import UserRequest, refuse_unless
from ecsportal.people.permissions import Permission, may
from ecsportal.projects.forms import StepSettingsForm, revision_number, split_tags
from ecsportal.projects.models import ProcessRevision, Project
from ecsportal.projects.queries import current_process, problems_of_process
from ecsportal.projects.step_conflict import Difference, differences_between, merged
from ecsportal.projects.step_document import StepDocument, known_type
from ecsportal.projects.step_run_form import Places, StepRunForm
from ecsportal.projects.template_view import TemplatePanel, template_panel
from ecsportal.steps import catalogue
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.documents import DamagedFormError
from ecsportal.steps.forms.typed import ACTION, BASE, REMOVED
from ecsportal.steps.problems import Problem
from ecsportal.steps.step_type import ImageNeed, StepForm, StepType

CHECKED = "_checked"
"""Posted by a form whose problems were shown: they stay in sight while rows come and go."""


@dataclass
class Editor:
    """The page's state. `number` is the step's place in the process, 0 for a new step."""

    project: Project
    step: JsonDict
    step_type: StepType
    settings: StepSettingsForm
    runs: StepRunForm
    form: StepForm
    saved: ProcessRevision | None
    may_edit: bool
    post: Mapping[str, Any] = field(default_factory=dict)
    known_tags: tuple[str, ...] = ()
    number: int = 0
    is_new: bool = False
    is_gone: bool = False
    """Somebody deleted the step meanwhile; a save adds it again."""
    is_damaged: bool = False
    """The form arrived without a readable hidden part: what was typed lies over what is stored."""
    is_refused: bool = False
    """A save was tried and something stands in its way."""
    shows_problems: bool = False
    opened: JsonDict | None = None
    """The step as it was when the form was filled; None where nobody knows."""
    is_stale: bool = False
    """Somebody saved this step since it was opened."""
    allows_problems: bool = False
    """Everything wrong is a rule: it may be saved all the same."""

    @cached_property
    def differences(self) -> list[Difference]:
        """What somebody else saved meanwhile, beside what was typed."""
        if not self.is_stale:
            return []
        theirs, opened = self._stated(self.step), self.opened and self._stated(self.opened)
        return differences_between(opened, theirs, self._typed_step(), chosen=self.post)

    def edited_step(self) -> JsonDict:
        """The step as it would be saved."""
        return merged(self._typed_step(), self.differences)

    def check(self) -> None:
        """Find everything wrong with the step as it would be saved, and put it in its places.

        Once, after the last change.
        """
        prefix = "steps[0]."
        beside = {each["slug"] for each in self.saved.steps} if self.saved else ()
        found = [
            Problem(p.path.removeprefix(prefix), p.message, p.code, p.kind)
            for p in problems_of_process(self.project, [self.edited_step()], beside=beside)
        ]
        inputs = [p for p in found if p.path.startswith("inputs")]
        self.form.place(
            [
                Problem(p.path.removeprefix("inputs").removeprefix("."), p.message, p.code, p.kind)
                for p in inputs
            ]
        )
        if self.settings.is_valid():
            self.allows_problems = bool(found) and all(p.kind == "rule" for p in found)
            for problem in found:
                if problem not in inputs:
                    self.add_outside(problem.path, problem.message)
        self.shows_problems = True

    def add_outside(self, path: str, message: str) -> None:
        """Show a problem that concerns the step but not its inputs."""
        field = path.partition("[")[0]
        if field in self.runs.fields:
            if message not in self.runs.errors.get(field, ()):
                self.runs.add_error(field, message)
            return
        named = {"name": "step_name", "target_tags": "target_tags"}.get(path)
        told = self.settings.errors.get(named or "__all__")
        if message not in (told or ()):
            self.settings.add_error(named, message if named else f"{path}: {message}")

    @property
    def has_a_namesake(self) -> bool:
        """True where another step has the name; the process only tells the later one of two."""
        name, slug = self.edited_step()["name"].lower(), self.step.get("slug")
        others = self.saved.steps if self.saved else []
        return any(o["name"].lower() == name and o["slug"] != slug for o in others)

    @property
    def problem_count(self) -> int:
        """Everything to fix that the page shows."""
        if not self.shows_problems:
            return 0
        forms = (self.settings, self.runs)
        told = sum(len(errors) for form in forms for errors in form.errors.values())
        return len(self.form.problems) + told

    @property
    def panel(self) -> TemplatePanel:
        """The template of what was typed, or of what is stored while that can't be read."""
        version = self.step["version"]
        panel = template_panel(self.step_type, self.form.inputs(), version)
        if not panel.reason or self.is_new:
            return panel
        stored = template_panel(self.step_type, self.step["inputs"], version)
        if stored.reason:
            return panel
        return TemplatePanel(stored.text, stored.html, "yaml", panel.reason, is_stored=True)

    @property
    def unknown_tags(self) -> list[str]:
        """Target tags that no visible deployment target carries."""
        known = {tag.lower() for tag in self.known_tags}
        told = str(self.settings["target_tags"].value() or "")
        return [tag for tag in split_tags(told) if tag.lower() not in known]

    def _typed_step(self) -> JsonDict:
        told = self.settings["step_name"].value(), self.settings["target_tags"].value()
        return (
            self.step
            | self.runs.settings()
            | {
                "name": " ".join(str(told[0] or "").split()),
                "target_tags": split_tags(str(told[1] or "")),
                "inputs": self.form.inputs(),
            }
        )

    @property
    def change_count(self) -> int:
        """How many values differ from what is stored."""
        return self.form.change_count + settings_changes(self.step, self.post)

    def _stated(self, step: JsonDict) -> JsonDict:
        return step | {"inputs": stated_inputs(self.step_type, step)}


def stated_inputs(kind: StepType, step: JsonDict) -> JsonDict:
    """The step's inputs with their defaults stated, as its form has them."""
    return kind.form(step["inputs"], version=step["version"], choices={}).inputs()


def settings_changes(step: JsonDict, post: Mapping[str, Any]) -> int:
    """How many of name and target tags differ from the step's."""
    name = " ".join(str(post.get("step_name", step.get("name", ""))).split())
    stored_tags = step.get("target_tags", [])
    tags = split_tags(str(post["target_tags"])) if "target_tags" in post else stored_tags
    return int(name != step.get("name", "")) + int(tags != stored_tags)


def stored_editor(request: UserRequest, project: Project, slug: str) -> Editor:
    """The editor of a step of the process; Http404 where there is none, or never was."""
    saved = current_process(project)
    number, step = _find(saved, slug)
    opened = None
    if request.method == "POST":
        opened = _opened(project, request.POST, slug)
    is_gone = step is None
    step = step or opened
    if step is None:
        raise Http404(f"There is no step {slug} in the process of {project.name}.")
    editor = _editor(request, project, step, saved)
    editor.number, editor.is_gone, editor.opened = number, is_gone, opened
    seen = revision_number(str(request.POST.get("revision", "")))
    first_seen = revision_number(str(request.POST.get("opened", "")))
    # Their save was shown, and stays beside what is typed until this form is saved.
    editor.is_stale = not is_gone and first_seen != seen and opened != step
    return editor


def new_editor(request: UserRequest, project: Project, step_type: str) -> Editor:
    """The editor of a step that doesn't exist yet; Http404 for an unknown type."""
    kind = known_type(step_type)
    if kind is None:
        raise Http404(f"There is no step type {step_type}.")
    step = StepDocument(
        name="", type=kind.slug, version=kind.version, inputs=kind.initial_inputs()
    ).model_dump()
    editor = _editor(request, project, step, current_process(project))
    editor.is_new = True
    return editor


def typed_form(
    kind: StepType, step: JsonDict, post: QueryDict, choices: Mapping[str, Any]
) -> tuple[StepForm, bool]:
    """The form as it was sent, and True where its hidden part was damaged on its way.

    What was typed is then laid over what is stored.
    """
    version = step["version"]
    try:
        return kind.form_from_post(post, version=version, choices=choices), False
    except DamagedFormError:
        form = kind.form(step["inputs"], version=version, choices=choices)
    mended = post.copy()
    mended[BASE] = json.dumps(form.inputs())
    for name in (ACTION, REMOVED):
        mended.pop(name, None)
    try:
        return kind.form_from_post(mended, version=version, choices=choices), True
    except DamagedFormError:
        return form, True


def _find(saved: ProcessRevision | None, slug: str) -> tuple[int, JsonDict | None]:
    for number, step in enumerate(saved.steps if saved else [], 1):
        if step["slug"] == slug:
            return number, step
    return 0, None


def _opened(project: Project, post: QueryDict, slug: str) -> JsonDict | None:
    """The step as it was in the revision that the form was filled from."""
    number = revision_number(str(post.get("opened") or post.get("revision") or ""))
    return _find(project.process_revisions.filter(number=number).first(), slug)[1]


def _images_elsewhere(saved: ProcessRevision | None, step: JsonDict) -> tuple[ImageNeed, ...]:
    """The images that the process's other steps need: some fields are filled from there."""
    found: list[ImageNeed] = []
    for other in saved.steps if saved else ():
        kind = known_type(other["type"])
        if kind is not None and other["slug"] != step.get("slug"):
            found += kind.images(other["inputs"])
    return tuple(found)


def _editor(
    request: UserRequest, project: Project, step: JsonDict, saved: ProcessRevision | None
) -> Editor:
    try:
        kind = catalogue.get(step["type"])
    except catalogue.UnknownStepTypeError as error:
        raise Http404(str(error)) from error
    user = request.user
    choices = {
        "feeds": tuple(feeds_for(user).values_list("slug", "name")),
        "steps": tuple((each["slug"], each["name"], each["type"]) for each in saved.steps)
        if saved
        else (),
        "images": _images_elsewhere(saved, step),
    }
    places = Places(list(environments_for(user)), list(project.channels.order_by("name")))
    is_first = not (saved and saved.steps) or saved.steps[0]["slug"] == step["slug"]
    may_edit = may(user, Permission.PROCESS_EDIT, project_id=project.pk)
    post: QueryDict | dict[str, Any] = {}
    is_damaged = False
    if request.method == "POST":
        refuse_unless(user, Permission.PROCESS_EDIT, project_id=project.pk, where=project.name)
        post = request.POST
        settings = StepSettingsForm(request.POST)
        runs = StepRunForm(step, places, post=request.POST, is_first=is_first)
        form, is_damaged = typed_form(kind, step, request.POST, choices)
    else:
        settings = _filled_settings(step, saved.number if saved else 0, may_edit=may_edit)
        runs = StepRunForm(step, places, post=None, is_first=is_first)
        for shown in runs.fields.values():
            shown.disabled = not may_edit
        form = kind.form(step["inputs"], version=step["version"], choices=choices)
    tags = tuple(tags_in_use(user))
    return Editor(
        project,
        step,
        kind,
        settings,
        runs,
        form,
        saved,
        may_edit,
        post,
        tags,
        is_damaged=is_damaged,
    )


def _filled_settings(step: JsonDict, revision: int, *, may_edit: bool) -> StepSettingsForm:
    told = {
        "step_name": step["name"],
        "target_tags": ", ".join(step["target_tags"]),
        "revision": str(revision),
        "opened": str(revision),
    }
    # Bound, so that what is wrong with a stored step can be shown beside its fields.
    settings = StepSettingsForm(told if step["name"] else None, initial=told)
    for shown in settings.fields.values():
        shown.disabled = not may_edit
    return settings
