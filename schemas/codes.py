"""Public code systems as far as a rule needs them: currencies, industries, places."""

from __future__ import annotations

import re
from functools import lru_cache

_CURRENCIES = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
    COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR
    ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK
    MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU
    UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """
#: Currencies of ISO 4217 that circulate, without funds, metals and test codes.
CURRENCIES = frozenset(_CURRENCIES.split())

#: Sections of GB/T 4754-2017 (国民经济行业分类) with their first and last division.
SECTIONS: dict[str, tuple[int, int]] = {
    "A": (1, 5), "B": (6, 12), "C": (13, 43), "D": (44, 46), "E": (47, 50), "F": (51, 52), "G": (53, 60),
    "H": (61, 62), "I": (63, 65), "J": (66, 69), "K": (70, 70), "L": (71, 72), "M": (73, 75), "N": (76, 79),
    "O": (80, 82), "P": (83, 83), "Q": (84, 85), "R": (86, 90), "S": (91, 96), "T": (97, 97),
}  # fmt: skip
_SECTION_OF = {
    f"{division:02d}": section
    for section, (first, last) in SECTIONS.items()
    for division in range(first, last + 1)
}  # fmt: skip

_PROVINCES = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82"
#: Provinces, autonomous regions, municipalities and special regions of GB/T 2260, by the first two digits.
PROVINCES = frozenset(_PROVINCES.split())

# [0-9] and not \d: full-width digits are no code.
_INDUSTRY = re.compile(r"([A-Z])?([0-9]{2})[0-9]{0,2}")
_PLACE = re.compile(r"[0-9]{2}(?:[0-9]{2}){0,2}")


@lru_cache(maxsize=4096)
def industry_problem(code: str) -> str | None:
    """What to do about a GB/T 4754-2017 code, as a sentence; ``None`` where it is one.

    A code is a section letter, or two to four digits with or without the letter of their section. Whether the group
    or class within a known division exists is not looked up.
    """
    if code in SECTIONS:
        return None
    parts = _INDUSTRY.fullmatch(code)
    if parts is None:
        return "give a GB/T 4754-2017 code: a section letter A to T, two to four digits, or both, for example C2614"
    section = _SECTION_OF.get(parts[2])
    if section is None:
        return f"GB/T 4754-2017 has no division {parts[2]}; divisions go from 01 to 97"
    if parts[1] is not None and parts[1] != section:
        return f"division {parts[2]} belongs to section {section}: write {section}{code[1:]}"
    return None


@lru_cache(maxsize=4096)
def district_problem(code: str) -> str | None:
    """What to do about a six-digit GB/T 2260 code, as a sentence; ``None`` where it is one."""
    if len(code) == 6:
        return territory_problem(code)
    return "give a GB/T 2260 code of six digits, for example 210202"


@lru_cache(maxsize=4096)
def territory_problem(code: str) -> str | None:
    """What to do about a GB/T 2260 code or prefix of two, four or six digits, as a sentence; else ``None``."""
    if _PLACE.fullmatch(code) is None:
        return "give a GB/T 2260 code of two (province), four (city) or six digits (district), for example 2102"
    if code[:2] not in PROVINCES:
        return f"GB/T 2260 has no province {code[:2]}; Liaoning is 21, for example"
    return None
