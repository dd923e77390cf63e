import pytest

from ecsportal.octostache import CyclicReferenceError, evaluate_document


def test_every_text_is_evaluated_and_what_is_missing_has_its_path() -> None:
    document = {
        "task_name": "#{App}",
        "containers": [
            {"name": "web", "ports": [{"port": "#{Port}"}], "cpu": 256, "essential": True},
            {"name": "#{Ghost}-#{Other}", "user": None},
        ],
        "#{App}": "key",
    }

    result, missing = evaluate_document(document, {"App": "shop", "Port": "80"})

    assert result == {
        "task_name": "shop",
        "containers": [
            {"name": "web", "ports": [{"port": "80"}], "cpu": 256, "essential": True},
            {"name": "#{Ghost}-#{Other}", "user": None},
        ],
        "#{App}": "key",
    }
    assert missing == [("containers[1].name", "#{Ghost}"), ("containers[1].name", "#{Other}")]


def test_the_document_itself_is_left_alone() -> None:
    document = {"a": ["#{X}"]}

    evaluate_document(document, {"X": "1"})

    assert document == {"a": ["#{X}"]}


def test_a_text_that_does_not_parse_is_missing_as_a_whole() -> None:
    result, missing = evaluate_document({"a": {"b": "x #{bad"}}, {})

    assert result == {"a": {"b": "x #{bad"}}
    assert missing == [("a.b", "x #{bad")]


def test_a_document_may_be_a_single_text() -> None:
    assert evaluate_document("#{A}", {"A": "1"}) == ("1", [])


def test_an_error_names_the_field() -> None:
    with pytest.raises(CyclicReferenceError, match=r"^a\[0\]: The variable 'A' needs"):
        evaluate_document({"a": ["#{A}"]}, {"A": "#{A}"})
