"""The components' tags, as the templates of other pages use them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory

from ecsportal.web.moments import duration_words, exact_words, moment_words

NOW = datetime(2026, 11, 23, 14, 41, 0, tzinfo=UTC)


def rendered(source: str, **context: object) -> str:
    return engines["django"].from_string(source).render(context).strip()


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=20), "20 s ago"),
        (timedelta(minutes=6, seconds=10), "6 min ago"),
        (timedelta(hours=22), "22 h ago"),
        (timedelta(hours=25), "yesterday, 13:41"),
        (timedelta(days=6), "17 Nov"),
        (timedelta(days=371), "17 Nov 2025"),
        (timedelta(minutes=-5), "in 5 min"),
    ],
)
def test_a_moment_is_relative_below_a_day_then_a_date(ago: timedelta, words: str) -> None:
    assert moment_words(NOW - ago, NOW) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (7, "7 s"),
        (60, "1 min"),
        (65, "1 min 5 s"),
        (7800, "2 h 10 min"),
        (273600, "3 d 4 h"),
    ],
)
def test_a_duration_names_its_units(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_the_exact_time_names_its_zone() -> None:
    assert exact_words(NOW) == "2026-11-23 14:41:00 UTC"


def test_a_status_has_colour_shape_and_word() -> None:
    html = rendered('{% status "failed" "Failed" size="lg" %}')
    assert html == (
        '<span class="p-status p-is-failed p-status--lg"><svg class="icon" aria-hidden="true">'
        '<use href="/static/icons.svg#s-failed"/></svg>Failed</span>'
    )


def test_a_status_of_an_unknown_kind_is_a_mistake_in_the_template() -> None:
    with pytest.raises(ValueError, match="no kind of status"):
        rendered('{% status "broken" "Broken" %}')


@pytest.mark.parametrize(
    ("state", "kind", "word"),
    [
        ("executing", "running", "Executing"),
        ("succeeded", "ok", "Succeeded"),
        ("timed_out", "failed", "Timed out"),
    ],
)
def test_a_state_of_the_models_becomes_kind_and_word(state: str, kind: str, word: str) -> None:
    html = rendered("{% state state %}", state=state)
    assert f"p-is-{kind}" in html
    assert html.endswith(f"{word}</span>")


def test_a_success_with_warnings_says_so() -> None:
    html = rendered('{% state "succeeded" warnings=True %}')
    assert "p-is-warning" in html
    assert "Succeeded with warnings" in html


def test_words_of_users_are_escaped() -> None:
    assert "<b>" not in rendered("{% tag text %}{% arn text %}{% version text %}", text="<b>x</b>")


def test_a_digest_is_short_on_the_page_and_whole_on_copy() -> None:
    html = rendered("{% digest value %}", value="sha256:9f2c47aa00d1")
    assert ">@9f2c47…d1</span>" in html
    assert 'data-copy="sha256:9f2c47aa00d1"' in html
    assert rendered('{% digest "" %}') == ""


def test_pips_become_a_count_above_eight() -> None:
    assert rendered("{% pips up=2 wanted=3 %}").count("<i") == 3
    assert rendered("{% pips up=9 wanted=12 %}") == "<span>9 of 12</span>"


def test_a_missing_page_is_no_error_for_url_or_none() -> None:
    assert rendered('{% url_or_none "nowhere:at_all" 5 %}') == ""


def test_an_empty_state_holds_its_button() -> None:
    html = rendered(
        '{% empty_state title="No releases yet" text="A release freezes." %}<a>Create</a>'
        "{% endempty_state %}"
    )
    assert '<b class="p-strong">No releases yet</b><span>A release freezes.</span>' in html
    assert html.endswith("<a>Create</a></div>")


def test_a_dialog_is_open_only_when_the_address_asks_for_it() -> None:
    source = '{% dialog id="gone" title="Delete it?" alert=True %}<p>Body</p>{% enddialog %}'
    closed = rendered(source, request=RequestFactory().get("/"))
    opened = rendered(source, request=RequestFactory().get("/?dialog=gone"))
    assert 'role="alertdialog">' in closed
    assert 'role="alertdialog" open>' in opened


class SampleForm(forms.Form):
    name = forms.CharField(help_text="Letters only.")
    kind = forms.ChoiceField(choices=[("a", "A")])
    enabled = forms.BooleanField(required=False)
    groups = forms.MultipleChoiceField(
        choices=[("x", "X")], widget=forms.CheckboxSelectMultiple, required=False
    )
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def test_fields_carry_the_kit_classes_labels_and_help() -> None:
    html = SampleForm().render()
    assert '<label class="form-label" for="id_name">Name</label>' in html
    assert 'class="form-control"' in html
    assert 'aria-describedby="id_name_helptext"' in html
    assert '<p class="p-hint" id="id_name_helptext">Letters only.</p>' in html
    assert 'class="form-select"' in html
    assert '<label class="form-check" for="id_enabled">' in html
    assert '<legend class="form-label">Groups <span class="p-3rd">optional</span></legend>' in html


def test_an_error_marks_its_field_and_is_described_by_it() -> None:
    html = rendered('{% field form.name css="p-c6" %}', form=SampleForm({"name": ""}))
    assert '<div class="p-c6">' in html
    assert 'class="form-control is-invalid"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_name_error"' in html
    assert "This field is required." in html


def test_pages_of_a_list_keep_the_filters_of_the_address() -> None:
    page = Paginator(range(120), 50).page(2)
    request = RequestFactory().get("/tasks/?state=failed&page=2")
    template = engines["django"].from_string('{% pagination page "tasks" %}')
    html = template.render({"page": page}, request)
    assert "?state=failed&amp;page=3" in html
    assert "51 to 100 of 120" in html


def test_a_count_is_read_in_thousands() -> None:
    assert rendered("{{ number|thousands }}", number=4318) == "4,318"
