import pytest

from ecsportal.octostache import evaluate

VALUES = {
    "T": "Hello World", "W": "\t mid \u2003", "E": "", "L": "one\ntwo\n", "S": "Straße İı ŉ Σς ǆ",
    "U": "😀abcd", "N": "3",
}  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("T | toUPPER", "HELLO WORLD"),
        ("S | ToUpper", "STRAßE İı ŉ ΣΣ Ǆ"),
        ("S | ToLower", "straße İı ŉ σς ǆ"),
        ("W | Trim", "mid"),
        ("W | Trim START", "mid \u2003"),
        ("W | Trim end further", "\t mid"),
        ("T | Truncate 5", "Hello..."),
        ("T | Truncate 5 \"\"", "Hello"),
        ("T | Truncate 0 x y", "x"),
        ("T | Truncate 11", "Hello World"),
        ("U | Truncate 3", "😀a..."),
        ("T | Substring 5", "Hello"),
        ("T | Substring 6 99", "World"),
        ("T | Substring 11 1", ""),
        ("U | Substring 2 2", "ab"),
        ("T | Append a #{N}\"!\"", "Hello Worlda3!"),
        ("Ghost | Append a b", "ab"),
        ("T | Prepend a b", "abHello World"),
        ("L | Indent", "    one\n    two\n    "),
        ("L | Indent 2", "  one\n  two\n  "),
        ("L | Indent 1/2", " one\n  two\n  "),
        ("L | Indent /2", "one\n  two\n  "),
        ("L | Indent 256", "256one\n256two\n256"),
        ("L | Indent //", "//one\n//two\n//"),
        ("L | Indent a b", "aone\nbtwo\nb"),
        ("E | Indent x", ""),
        ("T | Contains lo", "true"),
        ("T | Contains LO", "false"),
        ("T | StartsWith \"\"", "true"),
        ("T | EndsWith World", "true"),
    ],
)  # fmt: skip
def test_result(expression: str, text: str) -> None:
    result = evaluate(f"#{{{expression}}}", VALUES)

    assert result.text == text
    assert result.missing == ()


@pytest.mark.parametrize(
    "expression",
    [
        'T | ToUpper "now"',
        'T | Trim "both"',
        "T | Truncate",
        'T | Truncate "-1"',
        'T | Truncate "x"',
        "T | Substring",
        'T | Substring "12" "1"',
        'T | Substring "-1"',
        'T | Substring "1" "2" "3"',
        "T | Append",
        "T | Prepend",
        'T | Indent "a" "b" "c"',
        "T | Contains",
        'T | Contains "a" "b"',
        "Ghost | ToUpper",
        'Ghost | Truncate "1"',
        'Ghost | Contains "x"',
        "Ghost | Indent",
        "T | Nope",
    ],
)
def test_what_fails_stays_as_it_is(expression: str) -> None:
    result = evaluate(f"#{{{expression}}}", VALUES)

    assert result.text == f"#{{{expression}}}"
    assert result.missing == (f"#{{{expression}}}",)
