from __future__ import annotations

from django import forms

from ecsportal.problems import Conflict, FieldError, InUse, NameTaken, ValidationProblem


class _Form(forms.Form):
    name = forms.CharField(required=False)


def _filled() -> _Form:
    form = _Form({"name": "x"})
    form.is_valid()
    return form


def test_a_problem_is_json_with_a_stable_code_and_a_page() -> None:
    problem = Conflict("It runs already.", code="RUNNING", deployment=7)

    assert problem.as_json() == {
        "type": "/docs/errors/RUNNING",
        "title": "Not possible now",
        "status": 409,
        "code": "RUNNING",
        "detail": "It runs already.",
        "deployment": 7,
    }


def test_field_errors_are_listed_with_their_paths() -> None:
    problem = ValidationProblem([FieldError("steps[0].name", "Too long.", "too_long")])

    assert problem.as_json()["errors"] == [
        {"path": "steps[0].name", "message": "Too long.", "code": "too_long"}
    ]
    assert problem.detail == "steps[0].name: Too long."


def test_several_errors_are_counted() -> None:
    problem = ValidationProblem([FieldError("a", "x"), FieldError("b", "y")])

    assert problem.detail == "2 values break a rule. Correct them and send again."


def test_an_error_stands_beside_its_field_and_others_above_the_form() -> None:
    form = _filled()

    ValidationProblem(
        [FieldError("name", "Taken."), FieldError("title", "Odd."), FieldError("", "All wrong.")]
    ).add_to_form(form)

    assert form.errors == {"name": ["Taken."], "__all__": ["title: Odd.", "All wrong."]}


def test_a_path_may_belong_to_a_field_of_another_name() -> None:
    form = _filled()

    ValidationProblem([FieldError("title", "Odd.")]).add_to_form(form, {"title": "name"})

    assert form.errors == {"name": ["Odd."]}


def test_a_problem_without_fields_stands_above_the_form() -> None:
    form = _filled()

    Conflict("It runs already.").add_to_form(form)

    assert form.errors == {"__all__": ["It runs already."]}


def test_a_taken_name_says_which() -> None:
    problem = NameTaken("feed", "Docker Hub")

    assert (problem.status, problem.code) == (422, "NAME_TAKEN")
    assert problem.detail == 'name: There is a feed "Docker Hub" already. Choose another name.'


def test_what_a_running_deployment_uses_is_free_after_its_end() -> None:
    one = InUse("Main", [{"kind": "deployment", "slug": "7", "name": "Shop 1.4.2"}])
    assert one.detail == "Main is used by 1 deployment. Wait for it to end, or cancel it."


def test_what_is_in_use_counts_its_users_by_kind() -> None:
    problem = InUse(
        "Main",
        [
            {"kind": "target", "slug": "a", "name": "A"},
            {"kind": "target", "slug": "b", "name": "B"},
            {"kind": "feed", "slug": "c", "name": "C"},
            {"kind": "step", "slug": "d", "name": "D"},
        ],
    )

    assert problem.detail == "Main is used by 2 targets, 1 feed and 1 step. Move them first."
