"""Templates as numbered, coloured lines."""

from __future__ import annotations

import html as html_text
import re

from hypothesis import given
from hypothesis import strategies as st

from ecsportal.projects.template_view import Marks, changed_lines, code_lines


def plain(html: str) -> str:
    """What is copied: the text without the tags and without what styles add."""
    return html_text.unescape(re.sub("<[^>]*>", "", html))


def test_keys_functions_and_expressions_have_their_colours() -> None:
    html = code_lines("Resources:\n  - Name: !Ref A\n    Image: '#{a<b}:1'\n", "yaml")
    assert html == (
        '<span><i class="k">Resources</i>:\n</span>'
        '<span>  - <i class="k">Name</i>: <b class="f">!Ref</b> A\n</span>'
        '<span>    <i class="k">Image</i>: '
        '&#x27;<b class="v">#{a&lt;b}</b>:1&#x27;\n</span>'
    )


def test_json_has_its_keys_coloured_too() -> None:
    html = code_lines('{\n  "a": "#{B}"\n}\n', "json")
    assert '<i class="k">&quot;a&quot;</i>: &quot;<b class="v">#{B}</b>&quot;' in html


def test_lines_are_marked() -> None:
    marks = Marks(here=frozenset([1, 2]), wrong=frozenset([2]))
    html = code_lines("a\nb\nc\n", "yaml", marks)
    assert re.findall(r'<span(?: class="(\w+)")?>', html) == ["here", "wrong", ""]


@given(st.text(max_size=200), st.sampled_from(["yaml", "json"]))
def test_the_copied_text_is_the_template(text: str, format: str) -> None:
    whole = text.replace("\r", "") + "\n"
    assert plain(code_lines(whole, format)) == whole


@given(st.text(st.characters(categories=["P", "S", "L", "Zs"])), st.sampled_from(["yaml", "json"]))
def test_nothing_in_a_template_becomes_markup(text: str, format: str) -> None:
    html = code_lines(text, format)
    assert set(re.findall(r"<[^>]*>", html)) <= {
        "<span>",
        "</span>",
        '<i class="k">',
        "</i>",
        '<b class="f">',
        '<b class="v">',
        "</b>",
    }


def test_changed_lines_are_those_that_read_otherwise() -> None:
    assert list(changed_lines("a\nb\nc", "a\nx\nc")) == [2]
    assert list(changed_lines("a\nb\nc\nd", "a\nd")) == [2, 3]
    assert list(changed_lines("a\nd", "a\nb\nc\nd")) == []
    assert list(changed_lines("a\na", "a\na\na")) == []
    assert list(changed_lines("a", "a")) == []
