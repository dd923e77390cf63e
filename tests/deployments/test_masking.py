"""Secrets are replaced in every form in which a service may echo them."""

from __future__ import annotations

import base64
import html
import json
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@pytest.mark.parametrize("before", ["", "u", "us", "user:"])
def test_a_secret_within_a_longer_base64_text_is_masked(before: str) -> None:
    text = base64.b64encode(f"{before}correct-horse-battery and more".encode()).decode()
    core = base64.b64encode(b"horse-battery")[2:-4].decode()
    masked = Masker(["correct-horse-battery"]).mask(text)
    assert MASK in masked
    assert core not in masked


@pytest.mark.parametrize(
    "form",
    [
        quote(SECRET, safe="").lower(),
        json.dumps(json.dumps(SECRET))[3:-3],
        SECRET.replace("/", "\\/").replace('"', '\\"'),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        html.escape(SECRET),
    ],
)
def test_rarer_forms_are_masked_too(form: str) -> None:
    assert form not in Masker([SECRET]).mask(f"<{form}>")


def test_a_secret_that_goes_on_in_the_next_lines_is_masked_in_all_of_them() -> None:
    masker = Masker(["0123456789abcdefghij"])
    lines = ["key: 01234567", "    89abcdef", "    ghij, and more", "nothing"]
    assert masker.mask_lines(lines) == [
        f"key: {MASK}",
        f"    {MASK}",
        f"    {MASK}, and more",
        "nothing",
    ]


def test_what_goes_on_from_the_line_stored_last_is_masked() -> None:
    assert Masker(["correct-horse"]).mask_lines(["horse!"], before="correct-") == [f"{MASK}!"]


def test_lines_without_a_secret_stay_as_they_are() -> None:
    lines = ["", "  plain", "\ttext  ", ""]
    assert Masker(["correct-horse"]).mask_lines(lines, before="x") == lines


def test_thousands_of_secrets_are_found_in_a_long_text_quickly() -> None:
    masker = Masker(f"secret-number-{n:05d}" for n in range(3_000))
    text = "an ordinary line of a log, " * 4_000 + "secret-number-02999"
    started = time.process_time()
    assert masker.mask(text).endswith(f", {MASK}")
    assert time.process_time() - started < 2


@given(
    st.text(alphabet="abc/+ \n\"'", min_size=4, max_size=12),
    st.lists(st.text(alphabet="abc/+ \"'", max_size=12), max_size=6),
)
def test_no_line_holds_the_secret_afterwards(secret: str, lines: list[str]) -> None:
    masked = Masker([secret]).mask_lines([*lines, secret.replace("\n", "")])
    assert len(masked) == len(lines) + 1
    assert not [line for line in masked if secret in line]


@given(st.binary(min_size=4, max_size=40), st.binary(max_size=5), st.binary(max_size=5))
def test_the_middle_of_a_base64_text_is_found_however_it_falls(
    secret: bytes, before: bytes, after: bytes
) -> None:
    text = secret.hex()
    whole = base64.b64encode(before + text.encode() + after).decode()
    assert MASK in Masker([text]).mask(whole)
