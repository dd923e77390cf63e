import pytest

from ecsportal.octostache import (
    CollectionError,
    CyclicReferenceError,
    VariableNameError,
    Variables,
    evaluate,
    is_truthy,
)


@pytest.mark.parametrize("text", [None, "", "0", "no", "NO", " No ", "false", "\tFALSE\n"])
def test_falsy_texts(text: str | None) -> None:
    assert not is_truthy(text)


@pytest.mark.parametrize("text", [" ", "00", "1", "n", "off", "#{Ghost}", "0 "])
def test_all_other_texts_are_truthy(text: str) -> None:
    assert is_truthy(text)


@pytest.mark.parametrize(
    ("template", "normal"),
    [
        ("#{ Ghost }", "#{Ghost}"),
        ("#{Ghost .  Part [a]}", "#{Ghost.Part[a]}"),
        ("#{Ghost . Part}", "#{Ghost.Part}"),
        ("#{Ghost[ a ].B}", "#{Ghost[a ].B}"),
        ("#{Ghost[ #{ Key } ]}", "#{Ghost[#{Key}]}"),
        ("#{Ghost|ToUpper}", "#{Ghost | ToUpper}"),
        ("#{|Nope}", "#{ | Nope}"),
        ("#{Ghost | Nope a \"b c\" \\\"d\\\"}", '#{Ghost | Nope "a" "b c" "d"}'),
        ("#{Ghost | Nope #{calc 1+G}}", "#{Ghost | Nope #{1+G}}"),
    ],
)  # fmt: skip
def test_what_is_not_found_is_written_in_normal_form(template: str, normal: str) -> None:
    result = evaluate(template, {})

    assert result.text == normal
    assert result.missing[-1] == normal


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("#{if L | Nope}a#{else}b#{/if}", "#{if L | Nope}a#{else}b#{/if}"),
        ("#{if L | Nope == \"t\"}a#{/if}", '#{if L | Nope == "t" }a#{/if}'),
        ("#{if \"t\" != L | Nope}a#{/if}", '#{if L | Nope != "t" }a#{/if}'),
        ("#{if L | Nope == M}a#{/if}", "#{if L | Nope == M }a#{/if}"),
        ("#{unless L | Nope}a#{/unless}", "#{if L | Nope}#{else}a#{/if}"),
        (
            "#{if L | Nope}a##{x}#{each y in Z}#{y}#{/each}#{elseif Q}b#{/if}",
            "#{if L | Nope}a##{x}#{each y in Z}#{y}#{/each}#{else}#{if Q}b#{/if}#{/if}",
        ),
    ],
)  # fmt: skip
def test_a_condition_on_a_failing_filter_is_written_whole(template: str, text: str) -> None:
    result = evaluate(template, {"L": "1", "M": "2"})

    assert result.text == text
    assert result.missing == ("L | Nope",)


def test_missing_tokens_come_once_and_in_order_of_discovery() -> None:
    result = evaluate("#{B}#{A}#{C}#{B}", {"C": "<#{D}>"})

    assert result.missing == ("#{B}", "#{A}", "#{D}")
    assert (
        result.error == "The following tokens were unable to be evaluated: '#{B}', '#{A}', '#{D}'"
    )


def test_tokens_missing_inside_the_variable_of_a_condition_are_reported() -> None:
    result = evaluate("#{if A}x#{/if}", {"A": "#{Ghost}"})

    assert result.text == "x"
    assert result.missing == ("#{Ghost}",)


def test_only_the_chosen_branch_is_evaluated() -> None:
    assert evaluate("#{if A}#{Loop}#{else}b#{/if}", {"A": "", "Loop": "#{Loop}"}).text == "b"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("#{calc 1 + 2}", "3"),
        ("#{calc ( 1 + 2 ) * 3}", "9"),
        ("#{calc 10-2-3}", "5"),
        ("#{calc 1/0}", "Infinity"),
        ("#{calc 0.1+0.2}", "0.30000000000000004"),
        ("#{calc 1000000*1000000000}", "1E+15"),
        ("#{calc 1/100000}", "1E-05"),
        ("#{calc 1/10000}", "0.0001"),
        ("#{calc A+Big}", "1506"),
        ("#{calc -1}", "#{-1}"),
        ("#{calc Absent+A}", "#{Absent+A}"),
    ],
)
def test_sums(template: str, text: str) -> None:
    result = evaluate(template, {"A": "6", "Big": "1,500"})

    assert result.text == text
    assert result.missing == ()


@pytest.mark.parametrize(
    "values",
    [
        {"A": "#{A}"},
        {"A": "#{B}", "B": "#{A}"},
        {"A": "#{if A}1#{/if}"},
        {"A": "#{each x in A}1#{/each}"},
        {"A": "#{each x in L}#{A}#{/each}", "L": "1"},
        {"A": "#{A | ToUpper}"},
        {"A": "#{calc A+1}"},
        {"A": "#{X[#{A}]}"},
        {"A": "#{B | Append #{A}}", "B": "1"},
    ],
)
def test_a_value_that_needs_itself_is_an_error(values: dict[str, str]) -> None:
    with pytest.raises(CyclicReferenceError, match="needs its own value"):
        evaluate("#{A}", values)


def test_an_item_with_a_loop_over_its_own_collection_is_an_error() -> None:
    values = {"A[1].V": "#{each x in A}#{x.V}#{/each}"}

    with pytest.raises(CyclicReferenceError):
        evaluate("#{each x in A}#{x.V}#{/each}", values)


def test_a_loop_of_the_same_shape_in_an_item_is_no_cycle() -> None:
    values = {"A[1].V": "#{each x in B}#{x.V}#{/each}", "B[1].V": "end"}

    assert evaluate("#{each x in A}#{x.V}#{/each}", values).text == "end"


def test_a_reserved_loop_variable_is_an_error_once_there_is_an_item() -> None:
    assert evaluate("#{each OCTOPUS in Ghost}x#{/each}", {}).text == ""
    with pytest.raises(CollectionError, match="'OCTOPUS' cannot be the name of an item"):
        evaluate("#{each OCTOPUS in L}x#{/each}", {"L": "1"})


def test_an_expression_in_a_variables_own_name_is_an_error() -> None:
    with pytest.raises(VariableNameError, match=r"'Bad\[#\{x\}\]'"):
        evaluate("#{Any}", {"Any": "v", "Bad[#{x}]": "y"})


def test_custom_filters_step_in_where_built_in_ones_fail() -> None:
    filters = {
        "Shout": lambda text, arguments, budget: f"{text}!",
        "ToUpper": lambda text, arguments, budget: "custom",
    }
    values = {"A": "a", "Inner": "#{A | Shout}", "L": "1"}
    variables = Variables(values, filters=filters)

    assert variables.evaluate("#{A | shout}#{A | ToUpper}#{A | ToUpper x}").text == "a!Acustom"
    assert variables.evaluate('#{if A | Shout == "a!"}yes#{/if}').text == "yes"
    assert variables.evaluate("#{Inner}").text == "#{A | Shout}"
    assert variables.evaluate("#{each x in L}#{A | Shout}#{/each}").text == "#{A | Shout}"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("a#{ | null}", None),
        ("#{A | null}", None),
        ("#{each x in L}#{ | null}#{/each}", None),
        ("#{if No}#{ | null}#{else}b#{/if}", "b"),
        ("#{A | null | Append b}", "b"),
        ("#{V}", "#{ | null}"),
        ("#{A | Append #{ | null}}", "a#{ | null}"),
    ],
)
def test_null_works_only_in_the_text_itself(template: str, text: str | None) -> None:
    result = evaluate(template, {"A": "a", "L": "1", "V": "#{ | null}"})

    assert result.text == text
    assert result.missing == ()
