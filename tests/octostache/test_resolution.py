import pytest

from ecsportal.octostache import CollectionError, evaluate

JSON = {
    "Cfg": '{"name":"web","n":null,"t":true,"f":2.50,"big":2E2,"one":1.0,"list":["a",{"k":"v"}],'
    '"text":"{\\"in\\":5}","when":"2031-02-03T04:05:06.5Z","day":"2031-02-03","ü":"é","*":"star"}',
    "Arr": "[1,[2,3],null]",
    "Dates": '{"o":{"a":"2031-02-03T04:05:06.500Z","b":"2031-02-03T04:05:06.000",'
    '"c":"2031-02-03"}}',
    "Odd": "[1e999,NaN,1E3]",
    "OddIn": '{"o":[1e999,NaN,1E3]}',
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("#{Cfg.name}", "web"),
        ("#{Cfg[name]}", "web"),
        ("#{Cfg.Name}|#{Cfg.n}|#{Cfg.none}", "||"),
        ("#{Cfg.t}", "True"),
        ("#{Cfg.f} #{Cfg.big} #{Cfg.one}", "2.5 200 1"),
        ("#{Cfg.list}", '["a",{"k":"v"}]'),
        ("#{Cfg.list[1].k}#{Cfg.list.0}", "va"),
        ("#{Cfg.text.in}", "5"),
        ("#{Cfg.when} #{Cfg.day}", "02/03/2031 04:05:06 2031-02-03"),
        ("#{Dates.o}", '{"a":"2031-02-03T04:05:06.5Z","b":"2031-02-03T04:05:06","c":"2031-02-03"}'),
        ("#{Odd}#{Odd[0]}", "[1e999,NaN,1E3]Infinity"),
        ("#{OddIn.o}", '["Infinity","NaN",1000.0]'),
        ("#{Cfg.ü}", "é"),
        ("#{Cfg[*]}", "star"),
        ("#{Arr[ +1 ]}#{Arr[01][1]}#{Arr[2]}#{Arr[9]}", "[2,3]3"),
    ],
)
def test_json_members(template: str, text: str) -> None:
    result = evaluate(template, JSON)

    assert result.text == text
    assert result.missing == ()


@pytest.mark.parametrize(
    "template",
    ["#{Cfg.name.x}", "#{Cfg.n.x}", "#{Cfg.none.x}", "#{Arr.x}", "#{Arr[*]}", "#{Arr[]}"],
)
def test_what_json_cannot_have_is_missing(template: str) -> None:
    assert evaluate(template, JSON).missing == (template,)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("{a: 1}", "1"),
        ("{'a': 'x'}", "x"),
        ("{\"a\": 1,}", "1"),
        ("/* note */ {\"a\": /* here */ 1} // end", "1"),
        ("{\"a\": [1,2,],}", "[1,2]"),
        ("{\"a\": \"\\u0041\\n\"}", "A\n"),
        ("{'a': '\\ud83d\\ude00'}", "😀"),
        ("{\"a\": 0x1F}", "31"),
        ("{\"a\": 12345678901234567890}", "12345678901234567890"),
        ("{\"a\": 1, \"a\": 2}", "2"),
        ("{\"a\": {\"d\":\"2031-02-03T04:05:06Z\",\"f\":2E2,\"s\":\"<é\\t\"}}",
         '{"d":"2031-02-03T04:05:06Z","f":200.0,"s":"<é\\t"}'),
    ],
)  # fmt: skip
def test_json_is_read_leniently(value: str, text: str) -> None:
    assert evaluate("#{J.a}", {"J": value}).text == text


@pytest.mark.parametrize(
    "value",
    ["{", "{a}", "{a:}", '{"a":1} x', "[1", "{'a':'b}", "12", '"text"', "null", "{a:b}", "{,}"],
)
def test_what_is_no_json_has_no_members(value: str) -> None:
    assert evaluate("#{J.a}", {"J": value}).missing == ("#{J.a}",)


def test_a_negative_index_is_an_error() -> None:
    with pytest.raises(CollectionError, match="-1 is negative"):
        evaluate("#{Arr[-1]}", JSON)


def test_variables_win_over_members_of_json() -> None:
    values = {"J": '{"a":"json","b":"B"}', "J.a": "explicit"}

    assert evaluate("#{J.a}#{J.b}", values).text == "explicitB"


def test_expressions_in_json_are_evaluated_before_and_after() -> None:
    values = {
        "J": '{"#{key}":"#{val}","esc":"##{val}","self":"#{J.esc}"}',
        "key": "dyn",
        "val": "V",
    }

    assert evaluate("#{J.dyn} #{J.esc} #{J.self}", values).text == "V V V"


def test_tokens_missing_while_json_is_prepared_are_not_reported() -> None:
    result = evaluate("#{J.a}", {"J": '{"a":"x","b":"#{Ghost}"}'})

    assert result.text == "x"
    assert result.missing == ()


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("#{Box[red].Size}", "L"),
        ("#{Box[#{Pick}].Size}", "S"),
        ("#{Box[*].Size}", "L"),
        ("#{Box[#{Star}].Size}", "L"),
        ("#{Box[red]}", "red"),
        ("#{G[#{Row}][#{Col}]}", "cell"),
        ("#{P[#{K[#{Row}]}]}", "deep"),
        ("#{Set[x]}", "own"),
    ],
)
def test_indexes(template: str, text: str) -> None:
    values = {
        "Box[red].Size": "L", "Box[blue].Size": "S", "Pick": "blue", "Star": "*",
        "Row": "1", "Col": "2", "G[1][2]": "cell", "K[1]": "k", "P[k]": "deep",
        "Set[x].Y": "1", "Set[x]": "own",
    }  # fmt: skip

    assert evaluate(template, values).text == text


@pytest.mark.parametrize(
    "template",
    [
        "#{Box}", '#{Box["red"]}', "#{Box.red}", "#{Box[#{Nope}].Size}", "#{Box[01].Size}",
        "#{Box[x#{Pick}].Size}", "#{Box[#{Pick | ToLower}].Size}", "#{Part}",
    ],
)  # fmt: skip
def test_indexes_that_find_nothing(template: str) -> None:
    values = {"Box[red].Size": "L", "Box[blue].Size": "S", "Pick": "blue", "Box[1].Size": "M"}

    assert evaluate(template, {**values, "Part.Of": "x"}).missing == (template,)


def test_the_wildcard_does_not_look_for_a_better_item() -> None:
    result = evaluate("#{Box[*].Size}", {"Box[a].Colour": "red", "Box[b].Size": "L"})

    assert result.missing == ("#{Box[*].Size}",)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("#{each h in Host}#{h}=#{h.Ip};#{/each}", "b=2;a=1;"),
        ("#{each x in Csv}[#{x}]#{/each}", "[x][ y][]"),
        ("#{each x in Blank}[#{x}]#{/each}", "[]"),
        ("#{each x in Ghost}[#{x}]#{/each}", ""),
        ("#{each x in Scalar}[#{x}]#{/each}", '["a][b"]'),
        ("#{each x in Ref}[#{x}]#{/each}", "[x][ y][]"),
        ("#{each g in Grid[a]}(#{g})#{/each}", "(a)"),
        ("#{each g in Grid[a].Row}(#{g})#{/each}", "(1)"),
        ("#{each o in Obj}#{o}#{o.Key}#{o.Value};#{/each}", "kkv;nn;"),
        ("#{each h in Host}#{each x in Two}#{Octopus.Template.Each.Index}#{/each}#{/each}", "0101"),
        ("#{each h in Host}#{Octopus.Other}#{/each}", "oo"),
        ("#{each h in Host}#{h.Port}#{/each}", "8080"),
        ("#{each Csv in Two}#{Csv}#{/each}", "12"),
        ("#{each h in Host}#{Outside}#{/each}", "#{h}#{h}"),
    ],
)
def test_loops(template: str, text: str) -> None:
    values = {
        "Host[b].Ip": "2", "Host[a].Ip": "1", "Csv": "x, y,", "Blank": "", "Scalar": '"a,b"',
        "Ref": "#{Csv}", "Grid[a][1]": "x", "Grid[a].Row[1]": "1", "Obj": '{"k":"v","n":null}',
        "Two": "1,2", "Octopus.Other": "o", "h.Port": "80", "Outside": "#{h}",
    }  # fmt: skip

    assert evaluate(template, values).text == text
