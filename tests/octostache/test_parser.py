import gc

import pytest

from ecsportal.octostache import ParseError, evaluate
from ecsportal.octostache.parser import parse, variable_path


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("##{App}", "#{App}"),
        ("###{App}", "#shop"),
        ("####{App}", "###{App}"),
        ("#####{App}", "###shop"),
        ("##{", "#{"),
        ("#", "#"),
        ("##", "##"),
        ("#a#{App}", "#ashop"),
        ("##{App}#{App}##{App}", "#{App}shop#{App}"),
    ],
)
def test_hashes_before_a_brace_escape_in_pairs(template: str, text: str) -> None:
    assert evaluate(template, {"App": "shop"}).text == text


@pytest.mark.parametrize(
    "template",
    [
        "###{",
        "#{",
        "#{}",
        "#{ }",
        "#{a",
        "#{a.}",
        "#{a..b}",
        "#{.a}",
        "#{a b[}",
        "#{a]}",
        "#{[a]}",
        "#{a$}",
        "#{a,b}",
        "#{a+b}",
        "#{a!}",
        "#{a'b}",
        '#{a"b}',
        "#{a=b}",
        "#{a*b}",
        "#{a%}",
        "#{a&b}",
        "#{a;}",
        "#{a?}",
        "#{a\\b}",
        "#{a#b}",
        "#{𝒜}",
        "#{a | }",
        "#{a | $}",
        "#{a | b 1.5}",
        '#{a | b "#"}',
        '#{a | b "x}',
        '#{a | b \\"x}',
        "#{a | b #{c} | d}",
        "#{a | b #{c} #{d}}",
        '#{if a == "b"}c',
        "#{if a = b}c#{/if}",
        '#{if "a"}b#{/if}',
        "#{if 'a' == b}c#{/if}",
        "#{if !a}b#{/if}",
        "#{if a && b}c#{/if}",
        "#{if #{a}}b#{/if}",
        '#{if "a" == "b"}c#{/if}',
        "#{/if}",
        "#{/each}",
        "a#{/unless}",
        "#{each a in L}x",
        "#{each a in L | b}x#{/each}",
        "#{each a IN L}x#{/each}",
        "#{if a}b#{/IF}",
        "#{calc 1+}",
        "#{calc (1+2}",
        "#{calc (A+B)*2}",
        "#{calc a+b | c}",
        "#{if a}#{/each}",
    ],
)
def test_what_does_not_fit_leaves_the_whole_text_unread(template: str) -> None:
    result = evaluate(f"#{{X}}{template}", {"X": "x", "a": "1", "L": "1"})

    assert result.parse_error is not None
    assert result.text == f"#{{X}}{template}"
    assert result.missing == ()


@pytest.mark.parametrize(
    "name",
    [
        "if",
        "else",
        "calc",
        "each",
        "unless",
        "eachOne",
        "elseifX",
        "if Yes",
        "else if X",
        "ELSE",
        "Foo is bar",
        "not X",
        "A and B",
        "/if",
        "-1",
        "a:b/c",
        "(x)",
        "~@_",
        "calc (A)",
        "in",
        "a IN b",
        "if a",
        "unless b",
        "elseif x",
        "İf x",
        "unleſſ x",
    ],
)
def test_names_with_keywords_are_looked_up(name: str) -> None:
    assert evaluate(f"#{{ {name} }}", {name: "found"}).text == "found"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("x.y$z", ["x", "y"]),
        ("Tail ", ["Tail"]),
        ("a[b].c", ["a", "b", "c"]),
        ("a in b", ["a"]),
        ("a.", ["a"]),
        ("Pkg[c[0].n].Tag", ["Pkg", "c[0].n", "Tag"]),
        ("Sp[ padded ]", ["Sp", "padded "]),
    ],
)
def test_the_readable_beginning_of_a_name_counts(name: str, path: list[str]) -> None:
    found = variable_path(name)

    assert found is not None
    assert [step.text for step in found.steps] == path


@pytest.mark.parametrize("name", ["", "[q]", "$x", ".a"])
def test_a_name_without_a_readable_beginning_has_no_place(name: str) -> None:
    assert variable_path(name) is None
    assert evaluate("#{Any}", {name: "x", "Any": "v"}).text == "v"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("#{X} and #{bad", "x and #{bad"),
        ("#{X #{X}", "#{X x"),
        ("#{X}#{/if}#{X}", "x#{/if}x"),
        ('#{if X == "x"}y #{X}', '#{if X == "x"}y #{X}'),
        ("#{X | Append #{X} | ToUpper} #{X}", "#{X | Append #{X} | ToUpper} x"),
        ("#{$}##{X}#{X}", "#{$}#{X}x"),
    ],
)
def test_going_on_copies_what_it_cannot_read(template: str, text: str) -> None:
    result = evaluate(template, {"X": "x"}, halt_on_error=False)

    assert result.text == text
    assert result.error is None


def test_a_parse_error_knows_its_position() -> None:
    with pytest.raises(ParseError) as caught:
        parse("ab #{c$}")

    assert caught.value.position == 6


@pytest.mark.parametrize("end", ["#{/if}", "#{/unless}"])
@pytest.mark.parametrize("start", ["if", "unless", "IF", "Unless"])
def test_either_end_closes_a_condition(start: str, end: str) -> None:
    assert evaluate(f"#{{{start} A}}x#{{else}}y{end}", {"A": "1"}).parse_error is None


def test_a_block_without_end_is_a_name_and_its_body_goes_to_the_block_around() -> None:
    result = evaluate("#{if A}#{if B}x#{else}y#{/if}", {"A": "", "if A": "name", "B": ""})

    assert result.text == "namey"


def test_else_inside_a_loop_is_a_name() -> None:
    result = evaluate("#{if A}#{each x in L}#{else}#{/each}#{/if}", {"A": "1", "L": "1"})

    assert result.text == "#{else}"


@pytest.mark.parametrize("end", ["", "#{bad"])
def test_the_collector_works_again_after_a_long_text(end: str) -> None:
    result = evaluate("#{a} " * 100_000 + end, {"a": "1"})

    assert (result.parse_error is None) == (end == "")
    assert gc.isenabled()
