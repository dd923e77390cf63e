import pytest

from ecsportal.octostache import FilterError, LimitExceededError, evaluate


def replace(text: str, pattern: str, new: str) -> str | None:
    values = {"T": text, "Pattern": pattern, "New": new}
    return evaluate("#{T | Replace #{Pattern}#{New}}", values).text


@pytest.mark.parametrize(
    ("text", "pattern", "new", "result"),
    [
        ("build-2031", r"(\d+)", "<$1>", "build-<2031>"),
        (
            "John Smith",
            r"(?<f>\w+) (?'l'\w+)",
            "${l}, ${f} $2 $$ $& $9",
            "Smith, John Smith $ John Smith $9",
        ),
        ("aab", "(a)(?<n>a)(b)", "$1$2$3|${n}", "aba|a"),
        ("abc", "b", "[$`|$'|$_|$+]", "a[a|c|abc|$+]c"),
        ("abc", "(a)(b)?", "$+", "bc"),
        ("ac", "(a)(b)?", "[$2]", "[]c"),
        ("abc", "", "-", "-a-b-c-"),
        ("axb", "x*", "-", "-a--b-"),
        ("aXa", "(?i)x", "-", "a-a"),
        ("aXxa", "a(?i:x)x", "-", "-a"),
        ("aXx", "(?i)a(?-i)x", "-", "aXx"),
        ("STRASSE straße", "(?i)straße", "-", "STRASSE -"),
        ("aeiouxyz", "[a-z-[aeiou]]", "_", "aeiou___"),
        ("a]b^", r"[]^]", "-", "a-b-"),
        ("x-y", "[x-]", "_", "__y"),
        ("a&&b", "[&]", "_", "a__b"),
        ("a{e}", "a{e}", "-", "-"),
        ("a{,2}", "a{,2}", "-", "-"),
        ("aaaa", "a{2}?", "-", "--"),
        ("a\n", r"a\Z", "-", "-\n"),
        ("a\n", r"a\z", "-", "a\n"),
        ("a\nb", "a.b", "-", "a\nb"),
        ("a\nb", "(?s)a.b", "-", "-"),
        ("a\nb", "(?m)^b", "-", "a\n-"),
        ("a b", r"(?x) a \s b # note", "-", "-"),
        ("abc", "(?n)(a)(?<x>b)", "[$1]", "[b]c"),
        ("abcabc", r"(abc)\1", "-", "-"),
        ("abab", r"(?<p>ab)\k<p>", "-", "-"),
        ("AB", r"\u0041|\x42", "-", "--"),
        ("1٣", r"\d", "-", "--"),
        ("é-", r"\p{IsLatin-1Supplement}", "_", "_-"),
        ("aab", "(?>a+)b", "-", "-"),
        ("abc", "(?<=a)b(?=c)", "-", "a-c"),
        ("ab", "(?#note)a", "-", "-b"),
        ("5x", r"(?<d>\d)?(?(d)x|y)", "-", "-"),
        ("foo.bar", r"\.", "-", "foo-bar"),
    ],
)
def test_patterns_mean_what_they_mean_in_dotnet(
    text: str, pattern: str, new: str, result: str
) -> None:
    assert replace(text, pattern, new) == result


@pytest.mark.parametrize(
    "pattern",
    [
        "(", ")", "[", "[a", "[z-a]", "*", "a++", "a**", "(?R)", "(?1)", r"\y", r"\2(a)", r"\k<n>",
        "(?<a-b>x)", "a{2}{3}", "\\", "(?z)", r"\p{Nope}", "a{3,2}", "a{99999999999}", "(?(x)a|b)",
        "(?:a{1000}){1000}", "(" * 300 + ")" * 300, "a" * 30_000, r"[a-\d]", "|*",
    ],
)  # fmt: skip
def test_a_broken_pattern_is_an_error(pattern: str) -> None:
    with pytest.raises(FilterError):
        replace("text", pattern, "-")


def test_matches_are_told_in_a_word() -> None:
    values = {"V": "build-2031"}

    assert evaluate(r'#{V | Match "\d{4}$"}', values).text == "true"
    assert evaluate("#{V | Match BUILD}", values).text == "false"
    assert evaluate("#{V | Match a b}", values).missing == ('#{V | Match "a" "b"}',)
    assert evaluate("#{V | Replace}", values).missing == ("#{V | Replace}",)


def test_a_pattern_that_backtracks_for_ever_is_stopped() -> None:
    with pytest.raises(LimitExceededError, match="more than 2 seconds"):
        replace("a" * 50_000 + "b", "(a|aa)+$", "-")
