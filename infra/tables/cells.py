"""A cell of a file as the value of a field: text, number, amount, day, time, list, symbol.

Each reader gives the value, ``None`` for an empty cell, or ``Unfit`` with what to do about it.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from schemas.days import CHINA
from schemas.refusals import Code

#: What files write where there is nothing.
_EMPTY = frozenset({"", "-", "--", "—", "/", "n/a", "null", "none", "无", "暂无"})
_SPLIT = re.compile(r"[;,；，、|\n]")


@dataclass(frozen=True, slots=True)
class Unfit:
    """A cell that does not fit its field."""

    rule: Code
    repair: str


def _repairs() -> dict[int, str | None]:
    # C1 controls in imported text are Windows-1252 punctuation that was taken for Latin-1: the same repair as in HTML.
    table: dict[int, str | None] = dict.fromkeys((*range(0x20), 0x7F, 0xFEFF))
    for code in range(0x80, 0xA0):
        table[code] = bytes([code]).decode("windows-1252", errors="ignore") or None
    return {**table, 0x09: "\t", 0x0A: "\n", 0x0B: "\n", 0x0C: "\n", 0xA0: " ", 0x2028: "\n", 0x2029: "\n"}


_REPAIRS = _repairs()
_LINE_REPAIRS = {**_REPAIRS, **dict.fromkeys((0x09, 0x0A, 0x0B, 0x0C, 0x2028, 0x2029), " ")}


def text(value: Any) -> str | Unfit | None:
    """Anything that has one obvious spelling, as it is."""
    if isinstance(value, str):
        return value
    if value is None:
        return None
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return Unfit("wrong-type", "give text")
    if isinstance(value, int):
        return str(value)
    # Spreadsheets keep whole numbers as 1001.0.
    exact = Decimal(value)
    return str(int(exact)) if exact.is_finite() and abs(exact) < 10**15 and exact == int(exact) else str(value)


def identifier(value: Any) -> str | Unfit | None:
    """An id without the spaces around it."""
    found = text(value)
    return found.strip(" \t\r\n\u3000\xa0\ufeff") if isinstance(found, str) else found


def line(value: Any) -> str | Unfit | None:
    """One line: control characters out, line breaks as spaces, in Unicode's composed form (NFC)."""
    found = text(value)
    if not isinstance(found, str):
        return found
    if not (found.isascii() and found.isprintable()):
        found = unicodedata.normalize("NFC", found.replace("\r\n", "\n").replace("\r", "\n").translate(_LINE_REPAIRS))
    return found.strip()


def prose(value: Any) -> str | Unfit | None:
    """Several lines, made good in the same way."""
    found = text(value)
    if not isinstance(found, str):
        return found
    if not (found.isascii() and found.isprintable()):
        found = unicodedata.normalize("NFC", found.replace("\r\n", "\n").replace("\r", "\n").translate(_REPAIRS))
    return found.strip()


def items(value: Any) -> list[str] | Unfit | None:
    """A list, or text that is divided by ``; , ； ， 、 |`` or line breaks; each entry once."""
    if isinstance(value, list):
        entries = [line(each) for each in value]
        wrong = next((each for each in entries if isinstance(each, Unfit)), None)
        if wrong is not None:
            return wrong
        return list(dict.fromkeys(str(each) for each in entries if each))
    found = prose(value)
    if not isinstance(found, str):
        return found
    return list(dict.fromkeys(entry for each in _SPLIT.split(found) if (entry := str(line(each) or ""))))


def whole(value: Any) -> int | Unfit | None:
    """A whole number; ``TRL 5`` and ``5级`` are 5."""
    if isinstance(value, bool):
        return Unfit("wrong-type", "give a whole number")
    found = identifier(value)
    if not isinstance(found, str):
        return found
    plain = unicodedata.normalize("NFKC", found).strip()
    if plain.lower() in _EMPTY:
        return None
    number = re.fullmatch(r"(?:TRL[ -]*)?([+-]?[0-9]{1,9})(?:\.0*)?[ ]*级?", plain, re.IGNORECASE)
    return int(number[1]) if number else Unfit("wrong-type", "give a whole number")


_UNITS = {"": 1, "千": 10**3, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7, "亿": 10**8}
_CURRENCY_WORDS = {
    "¥": "CNY", "元": "CNY", "人民币": "CNY", "人民币元": "CNY", "RMB": "CNY", "元人民币": "CNY", "圆": "CNY",
    "€": "EUR", "欧元": "EUR", "£": "GBP", "英镑": "GBP", "US$": "USD", "美元": "USD", "美金": "USD", "日元": "JPY",
    "港元": "HKD", "HK$": "HKD", "韩元": "KRW",
}  # fmt: skip
_WORDS = "|".join(sorted(map(re.escape, _CURRENCY_WORDS), key=len, reverse=True))
_AMOUNT = re.compile(
    rf"(?P<before>{_WORDS}|\$|[A-Z]{{3}})?\s*(?P<digits>[+-]?(?:[0-9]{{1,3}}(?:,[0-9]{{3}})+|[0-9]{{1,30}})(?:\.[0-9]{{1,30}})?)"
    rf"\s*(?P<unit>十万|百万|千万|千|万|亿)?\s*(?P<after>{_WORDS}|[A-Z]{{3}})?"
)
_OPEN_PRICE = frozenset({"面议", "待定", "可议", "价格面议", "negotiable"})


def money(value: Any, currency: str | None) -> dict[str, Any] | Unfit | None:
    """An amount such as ``12,000.00``, ``12万`` or ``US$ 3 million`` without the words, with its currency.

    ``currency`` is what the file's own column says; else the amount's own sign, else CNY. ``面议`` is no amount.
    """
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return _priced(str(value), currency)
    found = identifier(value)
    if not isinstance(found, str):
        return found
    plain = unicodedata.normalize("NFKC", found).strip().rstrip("。")
    if plain.lower() in _EMPTY or plain.lower() in _OPEN_PRICE:
        return None
    parts = _AMOUNT.fullmatch(plain)
    if parts is None:
        return Unfit("amount", "give one amount in digits, for example 12000.00, 12,000 or 12万")
    signs = {_CURRENCY_WORDS.get(sign, sign) for sign in (parts["before"], parts["after"]) if sign} - {"$"}
    if currency is not None:
        signs.add(currency)
    if len(signs) > 1:
        return Unfit("currency", f"it names more than one currency: {', '.join(sorted(signs))}")
    if parts["before"] == "$" and not signs:
        return Unfit("currency", "say whose dollar it is in the currency column, for example USD")
    digits = Decimal(parts["digits"].replace(",", "")) * _UNITS[parts["unit"] or ""]
    return {"amount": digits, "currency": next(iter(signs), "CNY")}


def _priced(digits: str, currency: str | None) -> dict[str, Any] | Unfit:
    try:
        return {"amount": Decimal(digits), "currency": currency or "CNY"}
    except InvalidOperation:
        return Unfit("amount", "give one amount in digits")


_DAY = re.compile(r"([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?")
_NO_END = frozenset({"长期", "长期有效", "永久", "不限"})


def day(value: Any) -> date | Unfit | None:
    """A day: ``2025-03-01``, ``2025/3/1``, ``20250301``, ``2025年3月1日``; ``长期`` is none."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    found = identifier(value)
    if not isinstance(found, str):
        return found
    plain = unicodedata.normalize("NFKC", found)
    if plain.lower() in _EMPTY or plain in _NO_END:
        return None
    parts = _DAY.fullmatch(plain.removesuffix(" 00:00:00"))
    try:
        return date(*(int(part) for part in parts.groups())) if parts else Unfit("wrong-type", _DAY_REPAIR)
    except ValueError:
        return Unfit("wrong-type", "there is no such day in the calendar")


_DAY_REPAIR = "give a date, for example 2025-03-01"


def moment(value: Any) -> datetime | Unfit | None:
    """A point in time; without a zone it is China's, without an hour the day's first."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=CHINA)
    whole_day = day(value)
    if isinstance(whole_day, date):
        return datetime.combine(whole_day, time(), CHINA)
    if not (isinstance(whole_day, Unfit) and isinstance(value, str)):
        return whole_day
    try:
        return moment(datetime.fromisoformat(value.strip().replace("/", "-")))
    except ValueError:
        return Unfit("wrong-type", "give a time, for example 2025-03-01T08:00:00+08:00")


def unique(value: Any) -> uuid.UUID | Unfit | None:
    """A UUID."""
    found = identifier(value)
    if not isinstance(found, str) or not found:
        return found if isinstance(found, Unfit) else None
    try:
        return uuid.UUID(found)
    except ValueError:
        return Unfit("wrong-type", "give a UUID, or leave it empty: one is derived from the row")


def symbol(value: Any, known: Mapping[str, str]) -> str | Unfit | None:
    """One of a closed set of words, in any of the spellings in ``known``."""
    found = line(value)
    if not isinstance(found, str) or not found:
        return found if isinstance(found, Unfit) else None
    spelled = known.get(re.sub(r"[\s\-]+", "_", found.upper())) or known.get(found)
    return spelled or Unfit("unknown-value", f"give one of {', '.join(dict.fromkeys(known.values()))}")


_LANGUAGES = {
    **dict.fromkeys(("ZH", "ZH_CN", "CN", "CHINESE", "中文", "汉语"), "zh"),
    **dict.fromkeys(("EN", "EN_US", "EN_GB", "ENGLISH", "英文", "英语"), "en"),
}


def language(value: Any) -> str | Unfit | None:
    """``zh`` or ``en``."""
    return symbol(value, _LANGUAGES)
