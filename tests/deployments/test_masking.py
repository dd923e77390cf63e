"""Secrets are replaced in every form in which a service may echo them."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from ecsportal.deployments.masking import MASK, Masker

SECRET = 'p@ss "word"/1+2'


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        json.dumps(SECRET)[1:-1],
        base64.b64encode(SECRET.encode()).decode(),
    ],
)
def test_a_secret_is_masked_in_each_of_its_forms(form: str) -> None:
    assert Masker([SECRET]).mask(f"before {form} after") == f"before {MASK} after"


def test_every_occurrence_is_masked() -> None:
    assert Masker(["hunter2"]).mask("hunter2 and hunter2") == f"{MASK} and {MASK}"


def test_nothing_of_the_longer_secret_stays_where_one_holds_the_other() -> None:
    assert Masker(["abcd", "abcd-efgh"]).mask("abcd-efgh") == MASK


def test_the_order_of_the_secrets_does_not_matter() -> None:
    assert Masker(["abcd-efgh", "abcd"]).mask("abcd-efgh abcd") == f"{MASK} {MASK}"


def test_each_line_of_a_secret_of_several_lines_is_masked_by_itself() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADAN\nBgkqhkiG9w0B\n-----END KEY-----"
    masker = Masker([key])
    assert masker.mask("1: MIIEvQIBADAN") == f"1: {MASK}"
    assert masker.mask(f"all: {key}") == f"all: {MASK}"


def test_very_short_values_are_left_alone() -> None:
    assert Masker(["abc", ""]).mask("abc in an ordinary word") == "abc in an ordinary word"


def test_a_value_of_four_characters_is_masked() -> None:
    assert Masker(["abcd"]).mask("abcd") == MASK


def test_signs_with_a_meaning_in_patterns_are_taken_literally() -> None:
    assert Masker(["a.c*d"]).mask("abc*d a.c*d") == f"abc*d {MASK}"


def test_without_secrets_the_text_stays_as_it_is() -> None:
    assert Masker([]).mask("plain text") == "plain text"
