"""Expected values are those of lodash 4.17's `camelCase`."""

import pytest

from ecsportal.steps.deploy_ecs_service.camel_case import camel_case


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("", ""),
        ("-", ""),
        ("web", "web"),
        ("WEB", "web"),
        ("test-big-cf-template", "testBigCfTemplate"),
        ("snake_case_name", "snakeCaseName"),
        ("Foo Bar", "fooBar"),
        ("--foo-bar--", "fooBar"),
        ("__FOO_BAR__", "fooBar"),
        ("fooBar", "fooBar"),
        ("FooBar", "fooBar"),
        ("HTTPServer v2", "httpServerV2"),
        ("XMLHttpRequest", "xmlHttpRequest"),
        ("aeiouAREVowels", "aeiouAreVowels"),
        ("enable 6h format", "enable6HFormat"),
        ("enable 24H format", "enable24HFormat"),
        ("isISO8601", "isIso8601"),
        ("LETTERSAeiouAreVowels", "lettersAeiouAreVowels"),
        ("tooLegit2Quit", "tooLegit2Quit"),
        ("walk500Miles", "walk500Miles"),
        ("xhr2Request", "xhr2Request"),
        ("web2api", "web2Api"),
        ("Environments-3", "environments3"),
        ("3tier", "3Tier"),
    ],
)
def test_words_are_split_at_case_changes_digits_and_punctuation(text: str, result: str) -> None:
    assert camel_case(text) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("web-2nd", "web2nd"),
        ("api-1st-v2", "api1stV2"),
        ("1st 2ND 3rd 4TH 21ST", "1st2nd3rd4th21st"),
        ("the 14th", "the14th"),
        # A digit 1, 2 or 3 before "th" is no ordinal to lodash, not even in 11th to 13th.
        ("the 13th", "the13Th"),
        ("api1stage", "api1Stage"),
        ("1st_place", "1stPlace"),
    ],
)
def test_ordinals_stay_whole(text: str, result: str) -> None:
    assert camel_case(text) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("Köln-straße", "kolnStrasse"),
        ("Łódź ŉ œuvre", "lodzNOeuvre"),
        ("Þór Ægir", "thorAegir"),
        ("İzmir", "izmir"),
        ("cafe\u0301 bar", "cafeBar"),
        ("Fred's shop", "fredsShop"),
        ("don\u2019t stop", "dontStop"),
    ],
)
def test_accents_and_apostrophes_go(text: str, result: str) -> None:
    assert camel_case(text) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("中文name", "中文name"),
        ("a\u00d7b", "aB"),
        ("web \U0001f600 shop", "web\U0001f600Shop"),
        ("\u2713done", "\u2713Done"),
    ],
)
def test_other_letters_and_pictures_are_words_as_lodash_sees_them(text: str, result: str) -> None:
    assert camel_case(text) == result
