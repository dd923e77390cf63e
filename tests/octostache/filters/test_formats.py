import pytest

from ecsportal.octostache import evaluate


def shown(text: str, *arguments: str) -> str | None:
    """The result, None where the filter fails."""
    values = {"T": text} | {f"A{number}": argument for number, argument in enumerate(arguments)}
    chain = "".join(f"#{{A{number}}}" for number in range(len(arguments)))
    result = evaluate(f"#{{T | Format {chain}}}", values)
    return None if result.missing else result.text


@pytest.mark.parametrize(
    ("text", "arguments", "result"),
    [
        ("1234.567", ["N2"], "1,234.57"),
        ("1,234.567", ["F1"], "1234.6"),
        ("2.345", ["F2"], "2.35"),
        ("2.675", ["Double", "F2"], "2.67"),
        ("2.675", ["Double", "0.00"], "2.68"),
        ("0.1", ["Double", "0.00000000000000000000"], "0.10000000000000000000"),
        ("-0.001", ["N2"], "0.00"),
        ("-0.001", ["Double", "N2"], "-0.00"),
        ("1234.5", ["C"], "¤1,234.50"),
        ("-1234.5", ["C"], "(¤1,234.50)"),
        ("0.1234", ["P1"], "12.3 %"),
        ("12345.678", ["E2"], "1.23E+004"),
        ("0.00012", ["e1"], "1.2e-004"),
        ("1.50", ["G"], "1.50"),
        ("123456", ["G3"], "1.23E+05"),
        ("42", ["Int32", "D5"], "00042"),
        ("-42", ["int", "D5"], "-00042"),
        ("255", ["Int", "X4"], "00FF"),
        ("-1", ["int", "x"], "ffffffff"),
        ("1e3", ["double", "R"], "1000"),
        ("79228162514264337593543950335", ["N0"], "79,228,162,514,264,337,593,543,950,335"),
        ("42", ["0000"], "0042"),
        ("0", ["#.##"], ""),
        ("0.5", ["#.##"], ".5"),
        ("5", ["0.0#"], "5.0"),
        ("1234567.891", ["#,##0.00"], "1,234,567.89"),
        ("1234567", ["0,,.0"], "1.2"),
        ("0.5", ["0%"], "50%"),
        ("1234.5", ["0.00E+00"], "1.23E+03"),
        ("-5", ["0;(0);zero"], "(5)"),
        ("0", ["0;(0);zero"], "zero"),
        ("5558675309", ["(###) ###-####"], "(555) 867-5309"),
        ("12", ["0 'kg' \\0"], "12 kg 0"),
        ("1", ["yyyy"], "yyyy"),
        ("2031-12-30T22:15:00", ["yyyy-MM-dd"], "2031-12-30"),
        ("2031-12-30 22:15", ["Date", "HH:mm:ss"], "22:15:00"),
        ("2031-02-03T04:05:06", ["d MMM yy, h:mm tt"], "3 Feb 31, 4:05 AM"),
        ("2031-02-03T04:05:06", ["dddd dd MMMM"], "Monday 03 February"),
        ("12/30/2031", ["DateTime", "D"], "Tuesday, 30 December 2031"),
        ("30 December 2031", ["yyyyMMdd"], "20311230"),
        ("December 30, 2031 10:15 PM", ["s"], "2031-12-30T22:15:00"),
        ("2031-12-30T22:15:00+05:30", ["zzz"], "+05:30"),
        ("2031-12-30T22:15:00+05:30", ["DateTimeOffset", "r"], "Tue, 30 Dec 2031 16:45:00 GMT"),
        ("2031-12-30T22:15:00.5Z", ["o"], "2031-12-30T22:15:00.5000000Z"),
        ("2031-12-30T22:15:00.5", ["ss.fff F"], "00.500 5"),
    ],
)
def test_numbers_and_dates_by_dotnet_formats(text: str, arguments: list[str], result: str) -> None:
    assert shown(text, *arguments) == result


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("42", ["D5"]),
        ("42", ["Q2"]),
        ("42", ["R"]),
        ("1.5", ["int", "0"]),
        ("abc", ["decimal", "0"]),
        ("5", ["Nope", "0"]),
        ("abc", ["yyyy"]),
        ("2031-02-30", ["d"]),
        ("2031-12-30", ["Q"]),
        ("5", ["a", "b", "c"]),
        ("5", []),
        ("5", ["N999999999"]),
        ("2031-01-01", ["ffffffff"]),
    ],
)
def test_what_does_not_fit_fails(text: str, arguments: list[str]) -> None:
    assert shown(text, *arguments) is None


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("D | AddDays 2", "2032-01-01T22:15:00.0000000"),
        ('D | AddHours "-1.5"', "2031-12-30T20:45:00.0000000"),
        ('Z | AddHours "0.5"', "2031-12-30T22:45:00.0000000Z"),
        ("O | AddDays 1", "2031-12-31T22:15:00.0000000+05:30"),
    ],
)
def test_dates_move_on_their_own_clock(expression: str, text: str) -> None:
    day = "2031-12-30T22:15:00"
    values = {"D": day, "Z": f"{day}Z", "O": f"{day}+05:30"}

    assert evaluate(f"#{{{expression}}}", values).text == text


@pytest.mark.parametrize(
    "expression",
    [
        'D | AddDays "x"',
        "D | AddDays",
        'D | AddDays "1" "2"',
        'D | AddDays "9999999"',
        'X | AddDays "1"',
    ],
)
def test_dates_that_cannot_move_stay(expression: str) -> None:
    result = evaluate(f"#{{{expression}}}", {"D": "2031-12-30", "X": "no date"})

    assert result.missing == (f"#{{{expression}}}",)


def test_now_stands_alone() -> None:
    utc = evaluate("#{ | NowDateUtc}", {}).text
    local = evaluate('#{ | NowDate "yyyy"}', {}).text

    assert utc is not None
    assert utc.endswith("Z")
    assert len(utc) == len("2031-12-30T22:15:00.0000000Z")
    assert local is not None
    assert local.isdecimal()
    assert evaluate("#{A | NowDate}", {"A": "1"}).missing == ("#{A | NowDate}",)
