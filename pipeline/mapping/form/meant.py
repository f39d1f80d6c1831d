"""What people write for a number, a time of day or a length of time, and how a mapping writes the same."""

from __future__ import annotations

import re
from decimal import Decimal

_UNITS = {
    "ms": ("ms", "msec", "millisecond"),
    "s": ("s", "sec", "second"),
    "m": ("m", "min", "minute"),
    "h": ("h", "hr", "hour"),
    "d": ("d", "day"),
}
_LENGTH = re.compile(r"(?P<count>[1-9][0-9]{0,5})?\s*(?P<unit>[A-Za-z]+?)s?\.?")
_CLOCK = re.compile(r"(?P<hour>[0-9]{1,2})(?:[:.h](?P<minute>[0-5][0-9]))?\s*(?P<half>[AaPp]\.?\s?[Mm]\.?)?")
_NUMBER = re.compile(
    r"(?P<whole>-?[0-9]{1,3}(?:[,' _][0-9]{3})+|-?[0-9]+)(?:[.,](?P<rest>[0-9]+))?\s*(?P<unit>%|percent|[kKMG]?B)?"
)
_BYTES = {"B": 1, "kB": 1000, "KB": 1000, "MB": 1000**2, "GB": 1000**3}


def duration_meant(text: str) -> str:
    """Give a length of time as a mapping writes it, or nothing.

    >>> duration_meant("2 hours"), duration_meant("120min"), duration_meant("minute"), duration_meant("soon")
    ('2h', '120m', '1m', '')
    """
    found = _LENGTH.fullmatch(text.strip())
    word = found["unit"].casefold() if found else ""
    unit = next((short for short, words in _UNITS.items() if word in words), "")
    return f"{found['count'] or 1}{unit}" if found and unit else ""


def clock_meant(text: str) -> str:
    """Give a time of day as ``HH:MM``, or nothing.

    >>> clock_meant("9:00"), clock_meant("11:30 PM"), clock_meant("12 am"), clock_meant("25:00"), clock_meant("13 pm")
    ('09:00', '23:30', '00:00', '', '')
    """
    found = _CLOCK.fullmatch(text.strip())
    if found is None or not (found["minute"] or found["half"]):
        return ""
    hour, half = int(found["hour"]), (found["half"] or "")[:1].casefold()
    if hour > 23 or (half and not 1 <= hour <= 12):
        return ""
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    return f"{hour:02}:{found['minute'] or '00'}"


def number_meant(text: str) -> str:
    """Give a number as a mapping writes it, with a point and without a unit; or nothing, also where it could be two.

    >>> number_meant("10%"), number_meant("10,5"), number_meant("25,000,000"), number_meant("25 MB")
    ('10', '10.5', '25000000', '25000000')
    >>> number_meant("ten"), number_meant("10,500")
    ('', '')
    """
    found = _NUMBER.fullmatch(text.strip())
    if found is None or re.fullmatch(r"-?[0-9]{1,3}[,.][0-9]{3}", text.strip()):
        return ""
    number = Decimal(re.sub(r"[^0-9-]", "", found["whole"]) + (f".{found['rest']}" if found["rest"] else ""))
    return format((number * _BYTES.get(found["unit"] or "", 1)).normalize(), "f")
