from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecsportal.cloudformation.documents import DocumentError, parse, to_json, to_yaml

FUNCTIONS = {
    "Parameter": {"Ref": "ClusterName"},
    "Attribute": {"Fn::GetAtt": ["RoleWeb", "Arn"]},
    "Deep": {"Fn::GetAtt": ["Nested", "Outputs.Url"]},
    "Text": {"Fn::Sub": "arn:${AWS::Partition}:iam::aws"},
    "Mapped": {"Fn::Sub": ["${Host}:80", {"Host": {"Ref": "Host"}}]},
    "Joined": {"Fn::Join": ["/", ["service", {"Ref": "ClusterName"}]]},
    "Nested": {"Fn::Base64": {"Fn::Sub": "#!/bin/sh\necho ${Name}\n"}},
    "Chosen": {"Fn::If": ["IsProduction", 2, {"Ref": "AWS::NoValue"}]},
    "Whole": {"Fn::Transform": {"Name": "Include", "Parameters": {"Location": "s3://x"}}},
}


def test_functions_become_short_tags_in_yaml() -> None:
    assert to_yaml({name: FUNCTIONS[name] for name in ("Parameter", "Attribute", "Text")}) == (
        "Parameter: !Ref ClusterName\n"
        "Attribute: !GetAtt RoleWeb.Arn\n"
        "Text: !Sub arn:${AWS::Partition}:iam::aws\n"
    )


def test_a_function_directly_inside_another_leaves_the_outer_one_long() -> None:
    assert to_yaml({"Data": {"Fn::Base64": {"Fn::Sub": "x"}}}) == "Data:\n  Fn::Base64: !Sub x\n"


def test_a_condition_attribute_is_not_taken_for_a_function() -> None:
    assert to_yaml({"Resource": {"Condition": "IsProduction"}}) == (
        "Resource:\n  Condition: IsProduction\n"
    )


def test_an_object_with_a_function_s_name_and_an_odd_argument_stays_long() -> None:
    template = {"Label": {"Ref": 5}, "Att": {"Fn::GetAtt": ["A.B", "C"]}}
    assert parse(to_yaml(template)) == template


@pytest.mark.parametrize("write", [to_yaml, to_json])
def test_functions_come_back_in_their_long_form(write: Any) -> None:
    assert parse(write(FUNCTIONS)) == FUNCTIONS


@pytest.mark.parametrize(
    "text",
    [
        "0123", "08", "1e3", "1_000", "0x1F", "1:30", ".5", "+1", "2010-09-09", "yes", "y", "null",
        "~", "", "#{Name}", "x #{Name}", "a: b", "!Ref X", "two\nlines\n", " indented\n", "é", "\t",
    ],
)  # fmt: skip
def test_text_stays_text_whatever_it_looks_like(text: str) -> None:
    assert parse(to_yaml({"Value": text})) == {"Value": text}


def test_lines_of_text_are_written_as_a_block() -> None:
    assert to_yaml({"Value": "one\ntwo\n"}) == "Value: |\n  one\n  two\n"


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.text(min_size=1),
        st.recursive(
            st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
            ),
            max_leaves=8,
        ),
        max_size=4,
    )
)
def test_any_json_object_survives_both_formats(template: dict[str, Any]) -> None:
    assert parse(to_json(template)) == template
    # YAML forbids most control characters and lone surrogates; the emitter escapes the rest.
    assert parse(to_yaml(template)) == template


def test_keys_keep_their_order() -> None:
    assert list(parse(to_yaml({"b": 1, "a": 2}))) == ["b", "a"]


def test_a_shared_object_is_written_out_twice() -> None:
    shared = {"Key": "owner"}
    assert to_yaml({"a": shared, "b": shared}) == "a:\n  Key: owner\nb:\n  Key: owner\n"


def test_short_tags_written_by_hand_are_read() -> None:
    text = "A: !GetAtt [Role, Arn]\nB: !Sub ['${x}', {x: !Ref Y}]\nC: !Equals [!Ref Z, '1']\n"
    assert parse(text) == {
        "A": {"Fn::GetAtt": ["Role", "Arn"]},
        "B": {"Fn::Sub": ["${x}", {"x": {"Ref": "Y"}}]},
        "C": {"Fn::Equals": [{"Ref": "Z"}, "1"]},
    }


def test_a_version_date_and_account_ids_are_read_as_text() -> None:
    text = "AWSTemplateFormatVersion: 2010-09-09\nAccount: 012345678901\nCount: 3\nShare: 0.5\n"
    assert parse(text) == {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Account": "012345678901",
        "Count": 3,
        "Share": 0.5,
    }


def test_json_with_tabs_and_surrogate_pairs_is_read() -> None:
    assert parse('{\n\t"a": "\\ud83d\\ude00"\n}') == {"a": "\U0001f600"}


def test_braces_that_are_no_json_are_read_as_yaml() -> None:
    assert parse("{Resources: {}}") == {"Resources": {}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Line 1, column 1: A template is an object with Resources at its top."),
        ("[1]", "Line 1, column 1: A template is an object with Resources at its top."),
        ("a: 1\na: 2", "Line 2, column 1: The key a is there twice."),
        ('{"a": 1, "a": 2}', "The key a is there twice."),
        (
            "a: &x 1\nb: *x",
            "Line 2, column 4: CloudFormation takes no YAML aliases. Write the value out.",
        ),
        ("a: !No-such x", "Line 1, column 4: There is no function !No-such."),
        ("? [a]\n: 1", "Line 1, column 3: A key has to be plain text."),
        ("a: [", "Line 1, column 5: This is no YAML: did not find expected node content."),
        ("- " * 200000, "Line 1, column 401: The template is nested too deeply."),
        ('{"a":' * 100000, "The template is nested too deeply."),
    ],
)
def test_text_that_is_no_template_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(DocumentError) as refused:
        parse(text)
    assert str(refused.value) == message


def test_what_is_missed_at_the_end_is_told_at_the_last_line() -> None:
    with pytest.raises(DocumentError) as caught:
        parse("Resources:\n  A: [1,\n")
    assert (caught.value.line, caught.value.column) == (2, 9)
