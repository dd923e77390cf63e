"""No input makes the language hang, exhaust the stack or raise anything but its own errors."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from io import StringIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecsportal.octostache import (
    CyclicReferenceError,
    FilterError,
    LimitExceededError,
    OctostacheError,
    Variables,
    evaluate,
    evaluate_document,
)
from ecsportal.octostache.commandline import evaluate_lines
from ecsportal.octostache.filters import NAMES
from ecsportal.octostache.parser import parse

pytestmark = pytest.mark.timeout(120)

PIECES = [
    "#{", "}", "#", "##", "##{", "#{/", "#{if ", "#{unless ", "#{each x in ", "#{calc ", "#{else}",
    "#{elseif ", "#{/if}", "#{/unless}", "#{/each}", "if", " in ", "in", "==", " == ", "!=", "|",
    " | ", "[", "]", "[#{", "}]", ".", '"', '\\"', "\\", "'", "(", ")", "{", "+", "-", "*", "/",
    ",", " ", "\n", "\t", "\u2003", "\0", "\ud800", "é", "ß", "😀", "A", "B", "L", "J", "x", "x.A",
    "0", "1", "2.5", "-1", "null", "Octopus", "Octopus.Template.Each.Index", "true", "a,b",
    '{"a":1,"b":[', "utf8", "yyyy", "(a+)+$", "$1", *NAMES,
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=20)
variables = st.dictionaries(
    st.sampled_from(["A", "B", "A.B", "L", "L[1]", "L[A]", "L[1].A", "J", "x", "x.A"]) | texts,
    texts | st.none(),
    max_size=6,
)
relaxed = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@relaxed
@given(template=texts, values=variables, halt_on_error=st.booleans())
def test_any_text_gives_a_result_or_an_own_error(
    template: str, values: dict[str, str | None], halt_on_error: bool
) -> None:
    try:
        result = evaluate(template, values, halt_on_error=halt_on_error)
    except OctostacheError:
        return
    if result.parse_error is not None:
        assert halt_on_error
        assert result.text == template
        assert result.missing == ()
        assert result.position is not None
        assert 0 <= result.position <= len(template)
    assert len(set(result.missing)) == len(result.missing)


@relaxed
@given(text=texts, name=st.sampled_from(NAMES), arguments=st.lists(texts, max_size=3))
def test_any_filter_takes_any_arguments(text: str, name: str, arguments: list[str]) -> None:
    values = {f"A{number}": argument for number, argument in enumerate(arguments)} | {"T": text}
    chain = "".join(f"#{{A{number}}}" for number in range(len(arguments)))
    try:
        result = evaluate(f"#{{T | {name} {chain}}}", values)
    except OctostacheError:
        return
    assert result.parse_error is None


@relaxed
@given(text=st.text(max_size=60))
def test_text_without_expressions_stays_as_it_is(text: str) -> None:
    plain = text.replace("#{", "# {")

    assert evaluate(plain, {"A": "1"}).text == plain


@relaxed
@given(text=st.text(max_size=60))
def test_doubled_hashes_keep_a_text_from_being_evaluated(text: str) -> None:
    plain = text.replace("#", "")

    assert evaluate(f"##{{{plain}}}", {"A": "1"}).text == f"#{{{plain}}}"


@relaxed
@given(template=texts)
def test_going_on_after_an_error_reads_everything_that_halting_reads(template: str) -> None:
    try:
        halted = evaluate(template, {"A": "1", "L": "a,b"})
        went_on = evaluate(template, {"A": "1", "L": "a,b"}, halt_on_error=False)
    except OctostacheError:
        return
    if halted.parse_error is None:
        assert went_on == halted


DEEP = 1_000


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("#{if A}" * DEEP + "x" + "#{/if}" * DEEP, "x"),
        ("#{unless B}" * DEEP + "x" + "#{/unless}" * DEEP, "x"),
        ("#{each a in A}" * DEEP + "x" + "#{/each}" * DEEP, "x"),
        ("#{if B}y#{else}" * DEEP + "x" + "#{/if}" * DEEP, "x"),
        ("#{N" + "[#{N" * DEEP + "}]" * DEEP + "}", "N"),
        ("#{A | Append " * DEEP + "x" + "}" * DEEP, "1" * DEEP + "x"),
        ("#{calc " + "(" * DEEP + "7" + ")" * DEEP + "}", "7"),
        ("#{D" + "[" * DEEP + "k" + "]" * DEEP + "}", None),
    ],
    ids=["if", "unless", "each", "else", "indexers", "arguments", "sum", "literal index"],
)
def test_a_thousand_levels_are_evaluated(template: str, expected: str | None) -> None:
    result = evaluate(template, {"A": "1", "N": "N", "N[N]": "N"})

    assert result.text == (template if expected is None else expected)


def test_a_thousand_levels_are_written_where_unresolved() -> None:
    template = "#{A | Nope " * DEEP + "x" + "}" * DEEP

    result = evaluate(template, {"A": "1"})

    assert result.text is not None
    assert result.text.count("Nope") == DEEP


def test_a_chain_of_ten_thousand_variables_is_followed_to_its_end() -> None:
    values: dict[str, str | None] = {f"V{n}": f"#{{V{n + 1}}}" for n in range(10_000)}

    assert evaluate("#{V0}", {**values, "V10000": "end"}).text == "end"


def test_a_cycle_of_a_thousand_variables_is_named_in_one_line() -> None:
    values: dict[str, str | None] = {f"V{n}": f"#{{V{(n + 1) % DEEP}}}" for n in range(DEEP)}

    with pytest.raises(CyclicReferenceError) as caught:
        evaluate("#{V0}", values)

    assert str(caught.value).startswith("The variable 'V0' needs its own value: V0 -> V1 -> V2")
    assert len(str(caught.value)) < DEEP


def _doubling(levels: int, end: str) -> dict[str, str | None]:
    values: dict[str, str | None] = {f"V{n}": f"#{{V{n + 1}}}#{{V{n + 1}}}" for n in range(levels)}
    return {**values, f"V{levels}": end}


LARGE = 1_000_000
EVIL: dict[str, Callable[[], object]] = {
    "values that double": lambda: evaluate("#{V0}", _doubling(80, "x")),
    "values that double nothing": lambda: evaluate("#{V0}", _doubling(80, "")),
    "a large value, doubled": lambda: evaluate("#{V0}", _doubling(20, "x" * LARGE)),
    "loops in loops": lambda: evaluate(
        "".join(f"#{{each x{n} in L}}" for n in range(9)) + "#{/each}" * 9, {"L": "," * 99}
    ),
    "a pattern that backtracks": lambda: evaluate(
        '#{T | Match "(a|aa)+$"}', {"T": "a" * 50_000 + "b"}
    ),
    "a pattern that is large": lambda: evaluate(
        '#{T | Match "(((a{999}){999}){999}){999}"}', {"T": "a"}
    ),
    "a replacement that grows": lambda: evaluate(
        '#{T | Replace "" #{T}}', {"T": "x" * 100_000}
    ),
    "an indent that grows": lambda: evaluate(
        "#{T | Indent #{T}}", {"T": "\n" * LARGE}
    ),
    "a format that is long": lambda: evaluate("#{N | Format N999999999}", {"N": "1"}),
    "blocks without end": lambda: evaluate("#{if A}" * 20_000, {"A": "1"}),
    "blocks without end, illegal as names": lambda: evaluate(
        '#{if A == "1"}' * 20_000, {"A": "1"}, halt_on_error=False
    ),
    "indexers without end": lambda: evaluate("#{A" + "[#{A" * 50_000, {"A": "1"}),
    "brackets without end": lambda: evaluate("#{A" + "[" * 200_000, {"A": "1"}),
    "arguments without end": lambda: evaluate("#{if A | Append " * 10_000, {"A": "1"}),
    "quotes without end": lambda: evaluate('#{A | Append \\"' * 50_000, {"A": "1"}),
    "elses without blocks": lambda: evaluate("#{if A}#{else}#{elseif A}" * 8_000, {"A": "1"}),
    "blanks": lambda: evaluate("#{A" + " " * LARGE + "}", {"A": "1"}),
    "hashes": lambda: evaluate("#" * LARGE + "{A}", {"A": "1"}),
    "braces": lambda: evaluate("#{" + "{" * LARGE, {"A": "1"}),
    "deep JSON": lambda: evaluate("#{J[0][0]}", {"J": "[" * 100_000 + "]" * 100_000}),
    "broken JSON": lambda: evaluate("#{J.a}", {"J": '{"a":' * 100_000}),
    "JSON that refers to itself": lambda: evaluate(
        "#{J.x60}",
        {"J": json.dumps({f"x{n}": f"#{{J.x{n - 1}}}" if n else "end" for n in range(61)})},
    ),
    "two JSON values that refer to each other": lambda: evaluate(
        "#{J.x40}",
        {
            "J": json.dumps({f"x{n}": f"#{{K.x{n - 1}}}" for n in range(41)}),
            "K": json.dumps({f"x{n}": f"#{{J.x{n}}}" for n in range(41)}),
        },
    ),
    "ten thousand variables": lambda: evaluate(
        "#{V[9999].Name}", {f"V[{n}].Name": str(n) for n in range(10_000)}
    ),
    "a large value through filters": lambda: evaluate(
        '#{T | ToUpper | Replace x y | HtmlEscape | ToBase64 | Append "." | Sha256}',
        {"T": "<x>" * (LARGE // 3)},
    ),
    "a million items": lambda: evaluate("#{each x in L}#{x}#{/each}", {"L": "," * (LARGE // 2)}),
}  # fmt: skip


@pytest.mark.parametrize("work", EVIL.values(), ids=EVIL.keys())
def test_time_is_bounded(work: Callable[[], object]) -> None:
    started = time.process_time()
    with suppress(OctostacheError):
        work()
    assert time.process_time() - started < 20


def test_growth_beyond_the_limits_is_an_error_that_says_so() -> None:
    with pytest.raises(LimitExceededError, match="grows over 134,217,728 characters"):
        evaluate("#{V0}", _doubling(20, "x" * LARGE))


def test_an_error_of_a_filter_names_variable_and_character() -> None:
    with pytest.raises(FilterError) as caught:
        evaluate("#{Out}", {"Out": 'ab #{In | Replace "(" x}', "In": "1"})

    assert str(caught.value) == (
        "The regular expression '(' is broken at character 2: there are more ( than ). "
        "It stands in '#{In | Replace \"(\" \"x\"}', character 6 of the value of 'Out'."
    )


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("a #{b", "Character 6 (line 1, column 6): the text ends too early"),
        ("a\nb #{$}", "Character 7 (line 2, column 5): '$' does not fit"),
        ("#{if X}\n#{/each}", "Character 11 (line 2, column 3): nothing is open"),
    ],
)
def test_a_broken_template_is_told_by_line_and_column(template: str, message: str) -> None:
    result = evaluate(template, {})

    assert result.text == template
    assert result.parse_error is not None
    assert result.parse_error.startswith(message)


def test_parsing_takes_time_in_proportion() -> None:
    def seconds(text: str) -> float:
        times = []
        for _ in range(3):
            started = time.process_time()
            parse(text)
            times.append(time.process_time() - started)
        return min(times)

    text = 'some text #{Name} and #{if A == "b"}yes#{else}no#{/if} #{Task[x].Image | ToUpper}\n'

    assert seconds(text * 8_000) < 12 * seconds(text * 1_000)


def test_a_document_of_a_thousand_levels_is_evaluated() -> None:
    document: object = "#{A}"
    for _ in range(DEEP):
        document = [document]

    result, missing = evaluate_document(document, {"A": "1"})

    for _ in range(DEEP):
        result = result[0]
    assert result == "1"
    assert missing == []


@relaxed
@given(line=st.text(alphabet='{}[]":,templavribsuh#\\0 ', max_size=40))
def test_any_line_is_answered(line: str) -> None:
    output = StringIO()

    evaluate_lines(StringIO(line.replace("\n", " ") + "\n"), output)

    for answer in output.getvalue().splitlines():
        assert isinstance(json.loads(answer), dict)


def test_names_are_found_in_any_case() -> None:
    assert Variables({"Straße": "1"}).evaluate("#{STRAßE}").text == "1"
