import pytest

from ecsportal.octostache import FilterError, evaluate

VALUES = {"S": "ECS", "B": "RUNT", "Bad": "@@", "U": "é", "Loose": " RU\nNT ", "Un": "RQBDAFMA"}


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("S | ToBase64", "RUNT"),
        ("S | ToBase64 UTF-8", "RUNT"),
        ("S | ToBase64 unicode", "RQBDAFMA"),
        ("Loose | FromBase64", "ECS"),
        ("Un | FromBase64 Unicode", "ECS"),
        ("S | Md5", "c8f63ecaff5e983a2441126a241c4cfa"),
        ("S | Md5 99", "c8f63ecaff5e983a2441126a241c4cfa"),
        ("S | Sha256 8", "d9d045d9c7711d72"),
        ("B | Sha256 8 base64", "d9d045d9c7711d72"),
        ("S | Sha256 unicode 4", "5995e6ff"),
        ("S | Sha256 4 unicode", "5995e6ff"),
    ],
)
def test_result(expression: str, text: str) -> None:
    assert evaluate(f"#{{{expression}}}", VALUES).text == text


@pytest.mark.parametrize(
    "expression",
    [
        'S | ToBase64 "latin1"',
        'S | ToBase64 "utf8" "utf8"',
        'S | FromBase64 "latin1"',
        'Bad | Sha1 "base64"',
        'S | Md5 "0"',
        'S | Md5 "-1"',
        'S | Md5 "1" "2"',
        'S | Md5 "utf8" "x"',
        'S | Md5 "utf8" "1" "2"',
        "Ghost | Sha512",
        "Ghost | FromBase64",
    ],
)
def test_what_fails_stays_as_it_is(expression: str) -> None:
    assert evaluate(f"#{{{expression}}}", VALUES).missing == (f"#{{{expression}}}",)


def test_broken_base64_is_an_error() -> None:
    with pytest.raises(FilterError, match="no base64"):
        evaluate("#{Bad | FromBase64}", VALUES)
