"""A number is the same however it is spelled, and what is no number equals nothing."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, strategies as st

from schemas.records import IpKind, IpRight
from streams.domain.right_numbers import right_numbers


def _number(text: str, kind: IpKind = IpKind.INVENTION_PATENT) -> tuple[str, ...]:
    return right_numbers((IpRight(kind, text),))


@pytest.mark.parametrize(
    "spelled",
    [
        "200310100002.X", "ZL200310100002.X", "zl 2003 1 0100002.x", "ＺＬ２００３１０１００００２．Ｘ",
        "CN200310100002.X", "CN200310100002", "200310100002", "200310100002X", "专利号：ZL 200310100002.X",
        "ZL-2003-1-0100002.X", "CN ZL200310100002.X",
    ],
)  # fmt: skip
def test_an_application_is_known_by_its_twelve_digits(spelled: str) -> None:
    # The number with which the standard of check digits explains itself (ZC 0006-2003).
    assert _number(spelled) == ("PATENT:CN200310100002",)


@pytest.mark.parametrize("spelled", ["92114467.9", "ZL92114467.9", "CN92114467", "92 1 14467.9"])
def test_an_application_of_former_years_has_eight_digits(spelled: str) -> None:
    assert _number(spelled) == ("PATENT:CN92114467",)


def test_a_wrong_check_digit_equals_only_the_same_mistake() -> None:
    wrong = _number("ZL200310100002.3")
    assert wrong == _number("2003 1 0100002.3") == ("PATENT:CN200310100002.3",)
    assert wrong != _number("200310100002.X")


@pytest.mark.parametrize(
    "spelled", ["CN108123456A", "CN 108123456 B", "cn108123456b", "CN108123456", "ＣＮ１０８１２３４５６Ａ"]
)
def test_a_publication_is_known_without_its_kind(spelled: str) -> None:
    assert _number(spelled) == ("PATENT:CN108123456",)


@pytest.mark.parametrize(
    ("spelled", "number"),
    [
        ("US 9,123,456 B2", "PATENT:US9123456"), ("EP1234568A1", "PATENT:EP1234568"),
        ("PCT/CN2018/091234", "PATENT:PCTCN2018091234"), ("WO2018/123457 A1", "PATENT:WO2018123457"),
    ],
)  # fmt: skip
def test_a_patent_of_elsewhere_keeps_its_country(spelled: str, number: str) -> None:
    assert _number(spelled) == (number,)


def test_kinds_of_patents_are_taken_for_one_another_and_other_rights_are_not() -> None:
    spelled = "201920654321.0"
    assert _number(spelled, IpKind.UTILITY_MODEL) == _number(spelled, IpKind.DESIGN_PATENT) == _number(spelled)
    assert _number("2018SR123457", IpKind.SOFTWARE_COPYRIGHT) == ("SOFTWARE_COPYRIGHT:2018SR123457",)
    assert _number("软著登字第3123457号", IpKind.SOFTWARE_COPYRIGHT) == ("SOFTWARE_COPYRIGHT:3123457",)
    assert _number("CNA20180123.4", IpKind.PLANT_VARIETY) == ("PLANT_VARIETY:CNA201801234",)


@pytest.mark.parametrize(
    "spelled", ["", "无", "申请中", "N/A", "待定", "/", "0", "00000000", "111111", "12345678", "ZL-1", "2018"]
)
def test_what_people_type_where_there_is_no_number_is_none(spelled: str) -> None:
    assert _number(spelled) == ()


@pytest.mark.parametrize("kind", [IpKind.KNOW_HOW, IpKind.UNKNOWN])
def test_what_nobody_registers_has_no_number(kind: IpKind) -> None:
    assert _number("200310100002.X", kind) == ()


def test_numbers_are_told_once_and_in_order() -> None:
    rights = tuple(IpRight(IpKind.INVENTION_PATENT, text) for text in ("CN108123456B", "CN108123456A", "200310100002"))
    assert right_numbers(rights) == ("PATENT:CN108123456", "PATENT:CN200310100002")


@given(st.sampled_from(IpKind), st.text(max_size=40))
def test_any_text_gives_at_most_one_number_without_a_blank(kind: IpKind, text: str) -> None:
    found = _number(text, kind)
    assert len(found) <= 1
    assert all(number == number.strip() and " " not in number for number in found)


@given(
    st.integers(2003, 2029),
    st.sampled_from("12389"),
    st.integers(0, 9_999_999),
    st.sampled_from(["", "ZL", "CN", "zl "]),
)
def test_with_its_check_digit_or_without_an_application_is_the_same(
    year: int, kind: str, serial: int, before: str
) -> None:
    digits = f"{year}{kind}{serial:07}"
    assume(len(set(digits)) > 2)
    total = sum(int(digit) * weight for digit, weight in zip(digits, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), strict=True))
    check = "X" if total % 11 == 10 else str(total % 11)
    assert _number(f"{before}{digits}.{check}") == _number(digits) != ()
