import pytest

from ecsportal.octostache import OctostacheError, Variables, evaluate, is_bound


def test_names_keep_their_first_spelling_and_place() -> None:
    variables = Variables({"Dup": "1", "Other": "2"})
    variables["DUP"] = "3"

    assert list(variables) == ["Dup", "Other"]
    assert variables["dup"] == "3"
    assert "dUP" in variables
    assert len(variables) == 2


def test_a_change_is_seen_by_the_next_evaluation() -> None:
    variables = Variables({"A": "1", "B": "<#{A}>"})
    assert variables.evaluate("#{B}").text == "<1>"

    variables["A"] = "2"
    assert variables.evaluate("#{B}").text == "<2>"
    variables["a"] = "#{C}"
    variables["C"] = "3"
    assert variables.evaluate("#{B}").text == "<3>"
    del variables["c"]
    assert variables.evaluate("#{B}").missing == ("#{C}",)


def test_the_later_of_two_names_for_one_place_wins_after_a_change_too() -> None:
    variables = Variables({"Tail": "1", "Tail ": "2"})
    assert variables.evaluate("#{Tail}").text == "2"

    variables["Tail"] = "3"

    assert variables.evaluate("#{Tail}").text == "2"


def test_a_null_variable_is_empty_in_a_template_and_absent_as_a_value() -> None:
    variables = Variables({"N": None, "E": ""})

    assert variables.evaluate("[#{N}]").text == "[]"
    assert variables.value("N", "default") == "default"
    assert variables.value("E", "default") == ""
    assert variables.raw("N") is None


def test_a_value_is_asked_for_by_name_and_not_by_path() -> None:
    variables = Variables({"A[x].B": "#{C}", "C": "1"})

    assert variables.value("a[X].b") == "1"
    assert variables.value("A[ x].B") is None
    assert variables.raw("A[x].B") == "#{C}"


@pytest.mark.parametrize(
    ("value", "flag"), [("True", True), (" false ", False), ("yes", True), ("", True), (None, True)]
)
def test_flags_fall_back_to_the_default(value: str | None, flag: bool) -> None:
    assert Variables({"F": value}).flag("F", default=True) is flag


@pytest.mark.parametrize(
    ("value", "number"),
    [("42", 42), (" -7 ", -7), ("+1", 1), ("1.5", None), ("2147483648", None), ("x", None)],
)
def test_integers_have_32_bits(value: str, number: int | None) -> None:
    assert Variables({"N": "#{V}", "V": value}).integer("N") == number


def test_lists_are_trimmed_and_lose_their_empty_parts() -> None:
    variables = Variables({"L": " a, ,b;c,", "P": "x\r\n y\n\n"})

    assert variables.strings("L") == ["a", "b;c"]
    assert variables.strings("L", ",;") == ["a", "b", "c"]
    assert variables.paths("P") == ["x", "y"]
    assert variables.strings("Ghost") == []


def test_a_required_value_must_not_be_empty() -> None:
    variables = Variables({"A": "1", "E": ""})

    assert variables.require("A") == "1"
    for name in ("E", "Ghost"):
        with pytest.raises(OctostacheError, match=name):
            variables.require(name)


def test_indexes_below_a_path() -> None:
    variables = Variables({"Package[A].Name": "1", "Package[b].Name": "2", "Package[a].Id": "3"})

    assert variables.indexes("package") == ["A", "b"]
    assert variables.indexes("Ghost") == []
    with pytest.raises(OctostacheError):
        variables.indexes("  ")


@pytest.mark.parametrize(
    ("text", "truthy"),
    [("#{A}", True), ("#{Ghost}", False), ("no", False), ("#{bad", False), ("#{ | null}", False),
     (None, False), ("#{A}#{Ghost}", False)],
)  # fmt: skip
def test_a_text_with_an_error_is_not_truthy(text: str | None, truthy: bool) -> None:
    assert Variables({"A": "1"}).truthy(text) is truthy


def test_text_without_expressions_is_not_even_parsed() -> None:
    assert evaluate(None, {}).text is None
    assert evaluate("## }", {"Bad[#{x}]": "1"}).text == "## }"


def test_bound_texts_hold_an_expression() -> None:
    assert is_bound("a #{B}")
    assert not is_bound("# {B}")
