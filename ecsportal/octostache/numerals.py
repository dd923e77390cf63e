"""Numbers as the reference engine reads and writes them (invariant culture)."""

import math
import re
from decimal import Decimal, InvalidOperation

_BLANKS = "\t\n\v\f\r "
_FLOAT = re.compile(r"([+-]?)(\d[\d,]*(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d{1,9}))?", re.ASCII)
_DECIMAL = re.compile(r"([+-]?)(\d[\d,]*(?:\.\d*)?|\.\d+)([+-]?)", re.ASCII)
_WORDS = {"infinity": math.inf, "-infinity": -math.inf, "nan": math.nan, "+infinity": math.inf}
_INT32 = range(-(2**31), 2**31)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_MAX_DECIMAL = Decimal("79228162514264337593543950335")
_DIGITS_DECIMAL = 28


def read_double(text: str) -> float | None:
    """A float with outer blanks, sign, exponent and thousands commas; None if it is none."""
    stripped = text.strip(_BLANKS)
    match = _FLOAT.fullmatch(stripped)
    if match is None:
        return _WORDS.get(stripped.lower())
    sign, digits, exponent = match.groups()
    return float(f"{sign}{digits.replace(',', '')}e{exponent or 0}")


def write_double(number: float) -> str:
    """The shortest text that reads back as `number`; from 1E+15 and 1E-05 on with exponents."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "-0" if math.copysign(1, number) < 0 else "0"
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    shown = "".join(map(str, digits))
    point = len(shown) + int(exponent)  # digits before the decimal point
    prefix = "-" if sign else ""
    if point > 15 or point < -3:  # noqa: PLR2004 -- the format's own switch to exponents
        fraction = f".{shown[1:]}" if len(shown) > 1 else ""
        return f"{prefix}{shown[0]}{fraction}E{point - 1:+03d}"
    if point <= 0:
        return f"{prefix}0.{'0' * -point}{shown}"
    if point >= len(shown):
        return prefix + shown + "0" * (point - len(shown))
    return f"{prefix}{shown[:point]}.{shown[point:]}"


def read_int(text: str) -> int | None:
    """A 32-bit integer with outer blanks and a sign, or None."""
    stripped = text.strip(_BLANKS)
    if len(stripped) > 60 or _INTEGER.fullmatch(stripped) is None:  # noqa: PLR2004 -- no int32
        return None
    number = int(stripped)
    return number if number in _INT32 else None


def read_decimal(text: str) -> Decimal | None:
    """A decimal of 28 digits with thousands commas and a sign on either side, or None."""
    match = _DECIMAL.fullmatch(text.strip(_BLANKS))
    if match is None:
        return None
    sign, digits, trailing = match.groups()
    if sign and trailing:
        return None
    try:
        number = Decimal((sign or trailing) + digits.replace(",", ""))
    except InvalidOperation:
        return None
    if number.copy_abs() > _MAX_DECIMAL:
        return None
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > _DIGITS_DECIMAL:
        return number.quantize(Decimal(1).scaleb(-_DIGITS_DECIMAL))
    return number
