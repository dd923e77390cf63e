"""Numbers by .NET's format strings, invariant culture."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

from ecsportal.octostache.numerals import write_double

_STANDARD = re.compile(r"([A-Za-z])(\d{0,9})", re.ASCII)
_MOST_DIGITS = 1_000
_DEFAULT_DIGITS = {"E": 6, "C": 2, "F": 2, "N": 2, "P": 2}
_INT_BITS = 32
_CUSTOM_DIGITS = 15  # significant ones of a double that a custom format looks at
_PRECISION = 2_500  # the longest double has 767 digits, a format up to 1,000 more

Number = int | float | Decimal


def format_number(number: Number, text: str) -> str | None:
    """`number` as the format string `text` says; None where it can't be used for this type."""
    with localcontext(Context(prec=_PRECISION)):
        return _format(number, text)


def _format(number: Number, text: str) -> str | None:
    standard = _STANDARD.fullmatch(text)
    if not text:
        return _general(number, -1, "E")
    if standard is None:
        return _custom(number, text)
    letter, digits = standard.group(1), int(standard.group(2) or -1)
    if digits > _MOST_DIGITS:
        return None
    if isinstance(number, float) and number - number != 0:
        return write_double(number)
    return _by_letter(number, letter, digits)


def _by_letter(number: Number, letter: str, digits: int) -> str | None:
    kind = letter.upper()
    if kind in ("D", "X", "B"):
        return _integer(number, letter, max(digits, 1)) if isinstance(number, int) else None
    if kind == "G" or (kind == "R" and isinstance(number, float)):
        return _general(number, digits if kind == "G" else -1, "E" if letter.isupper() else "e")
    if kind not in _DEFAULT_DIGITS:
        return None
    places = digits if digits >= 0 else _DEFAULT_DIGITS[kind]
    value = exact(number)
    if kind == "E":
        return _scientific(value, places, letter, exponent_digits=3)
    negative, shown = _fixed(value * 100 if kind == "P" else value, places, grouped=kind != "F")
    negative = negative or (isinstance(number, float) and value < 0)  # a double knows -0.00
    if kind == "C":
        return f"(\u00a4{shown})" if negative else f"\u00a4{shown}"
    sign = "-" if negative else ""
    return f"{sign}{shown} %" if kind == "P" else sign + shown


def exact(number: Number) -> Decimal:
    """The number without any rounding."""
    return number if isinstance(number, Decimal) else Decimal(number)


def rounded(value: Decimal, places: int) -> Decimal:
    """Half away from zero, to that many decimal places."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def _fixed(value: Decimal, places: int, *, grouped: bool) -> tuple[bool, str]:
    """Whether rounding leaves it negative, and the digits without a sign."""
    near = rounded(value, places)
    return near < 0, f"{abs(near):{',' if grouped else ''}f}"


def _integer(number: int, letter: str, width: int) -> str:
    if letter in "Dd":
        return ("-" if number < 0 else "") + str(abs(number)).rjust(width, "0")
    bits = number & (2**_INT_BITS - 1)
    return format(bits, letter if letter in "xX" else "b").rjust(width, "0")


def _general(number: Number, digits: int, letter: str) -> str:
    """The shortest form, or that many significant digits."""
    if digits <= 0:
        if isinstance(number, float):
            return write_double(number).replace("E", letter)
        return f"{number:f}" if isinstance(number, Decimal) else str(number)
    value = exact(number)
    if not value:
        return "0"
    near = rounded(value, digits - 1 - value.adjusted()).normalize()
    if -4 <= near.adjusted() < digits:  # noqa: PLR2004 -- the format's own switch
        return f"{near:f}"
    places = len(near.as_tuple().digits) - 1
    return _scientific(near, places, letter, exponent_digits=2)


def _scientific(value: Decimal, places: int, letter: str, *, exponent_digits: int) -> str:
    power = value.adjusted() if value else 0
    mantissa = rounded(value.scaleb(-power), places)
    if abs(mantissa) >= 10:  # noqa: PLR2004 -- rounding made a further digit
        power += 1
        mantissa = rounded(mantissa / 10, places)
    sign = "-" if power < 0 else "+"
    return f"{mantissa:f}{letter}{sign}{abs(power):0{exponent_digits}d}"


def _sections(text: str) -> list[list[tuple[str, str]]]:
    """The parts between `;` as (kind, text): kind is `literal` or the placeholder itself."""
    sections: list[list[tuple[str, str]]] = [[]]
    pattern = re.compile(
        r"\\(?P<escaped>.)|'(?P<single>[^']*)'?|\"(?P<double>[^\"]*)\"?"
        r"|(?P<exponent>[eE][+-]?0+)|(?P<mark>[0#.,%\u2030;])|(?P<other>.)",
        re.DOTALL,
    )
    for found in pattern.finditer(text):
        mark = found["mark"]
        if mark == ";":
            sections.append([])
        elif mark:
            sections[-1].append((mark, mark))
        elif found["exponent"]:
            sections[-1].append(("E", found["exponent"]))
        else:
            plain = next(
                found[name] for name in ("escaped", "single", "double", "other")
                if found[name] is not None
            )  # fmt: skip
            sections[-1].append(("literal", plain))
    return sections


def _custom(number: Number, text: str) -> str | None:
    if isinstance(number, float) and number - number != 0:
        return write_double(number)
    value = exact(number)
    if isinstance(number, float):
        value = Context(prec=_CUSTOM_DIGITS, rounding=ROUND_HALF_UP).plus(value)
    sections = _sections(text)[:3]
    negative = value < 0
    section = sections[0]
    if negative and len(sections) > 1 and sections[1]:
        section, negative = sections[1], False
    shown, zero = _apply(section, abs(value))
    if zero and len(sections) > 2 and sections[2]:  # noqa: PLR2004 -- the third is for zero
        return _apply(sections[2], Decimal(0))[0]
    if zero and value and section is not sections[0]:
        return _apply(sections[0], Decimal(0))[0]
    signed = negative and (not zero or isinstance(number, float))
    return ("-" if signed else "") + shown


def _apply(section: list[tuple[str, str]], value: Decimal) -> tuple[str, bool]:
    """The text of one section for a number without sign; True if all its digits are zero."""
    kinds = [kind for kind, _ in section]
    digits = [index for index, kind in enumerate(kinds) if kind in ("0", "#")]
    point = kinds.index(".") if "." in kinds else len(kinds)
    before = [index for index in digits if index < point]
    after = [index for index in digits if index > point]
    value = value * 100 ** kinds.count("%") * 1000 ** kinds.count("\u2030")
    exponent = next((text for kind, text in section if kind == "E"), "")
    power = 0
    if exponent and value:
        power = value.adjusted() - len(before) + 1
        value = value.scaleb(-power)
        if rounded(value, len(after)) >= Decimal(10) ** len(before):
            power += 1
            value = value / 10
    grouped = False
    last = before[-1] if before else -1
    for index, kind in enumerate(kinds):
        if kind == ",":
            grouped = grouped or (bool(before) and before[0] < index < last)
            if before and last < index < point and set(kinds[last + 1 : index + 1]) == {","}:
                value = value / 1000
    near = rounded(value, len(after))
    whole, _, fraction = f"{near:f}".partition(".")
    return _filled(section, (whole.lstrip("0"), fraction), (before, after, point),
                   grouped=grouped, power=power), not near  # fmt: skip


def _filled(
    section: list[tuple[str, str]],
    number: tuple[str, str],
    places: tuple[list[int], list[int], int],
    *,
    grouped: bool,
    power: int,
) -> str:
    """The section's characters with the digits in their places."""
    whole, fraction = number
    before, after, point = places
    kinds = [kind for kind, _ in section]
    zeros = [index for index in before if kinds[index] == "0"]
    least = len([index for index in before if index >= zeros[0]]) if zeros else 0
    whole = whole.rjust(least, "0")
    forced = [number for number, index in enumerate(after) if kinds[index] == "0"]
    kept = len(fraction.rstrip("0"))
    shown = fraction[: max(kept, forced[-1] + 1 if forced else 0)]
    output: list[str] = []
    left = len(whole)
    for index, (kind, text) in enumerate(section):
        if index in before:
            remaining = len(before) - before.index(index) - 1
            take = left - remaining if index != before[0] else max(left - remaining, 0)
            for _ in range(max(take, 0)):
                output.append(whole[len(whole) - left])
                left -= 1
                if grouped and left and left % 3 == 0:
                    output.append(",")
        elif index in after:
            output.append(shown[after.index(index) : after.index(index) + 1])
        elif index == point:
            output += ([whole] if not before else []) + (["."] if shown else [])
            left = 0 if not before else left
        elif kind == "E":
            output.append(_power(text, power))
        elif kind in ("literal", "%", "\u2030"):
            output.append(text)
    return "".join(output)


def _power(text: str, power: int) -> str:
    sign = "-" if power < 0 else ("+" if "+" in text else "")
    return f"{text[0]}{sign}{abs(power):0{text.count('0')}d}"
