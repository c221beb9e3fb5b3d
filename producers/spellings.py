"""The words of closed sets as files spell them, in Chinese and English."""

from __future__ import annotations

from typing import Any

from infra.tables import cells
from infra.tables.cells import Unfit
from schemas.records import CooperationMode, Disclosure, Move

_MODES = {
    **{mode.value: mode.value for mode in CooperationMode if mode is not CooperationMode.UNKNOWN},
    "转让": "ASSIGNMENT", "技术转让": "ASSIGNMENT", "专利转让": "ASSIGNMENT",
    "独占许可": "LICENCE_EXCLUSIVE", "排他许可": "LICENCE_SOLE", "普通许可": "LICENCE_ORDINARY",
    "作价入股": "EQUITY", "技术入股": "EQUITY", "作价投资": "EQUITY",
    "合作开发": "JOINT_DEVELOPMENT", "联合开发": "JOINT_DEVELOPMENT", "委托开发": "JOINT_DEVELOPMENT",
    "技术服务": "SERVICE", "服务": "SERVICE", "先使用后付费": "USE_FIRST_PAY_LATER", "先用后付": "USE_FIRST_PAY_LATER",
}  # fmt: skip
_DISCLOSURES = {
    **{level.value: level.value for level in Disclosure},
    "公开": "PUBLIC", "合作机构": "PARTNERS", "内部": "PARTNERS", "保密": "CONFIDENTIAL",
}  # fmt: skip
_MOVES = {
    **{move.value: move.value for move in Move if move is not Move.UNKNOWN},
    "联系": "CONTACT", "洽谈": "START_TALKS", "评估": "EVALUATE", "报价": "OFFER", "达成一致": "AGREE",
    "签约": "CONTRACT", "登记": "REGISTER",
    "交付": "DELIVER", "产业化": "INDUSTRIALISE", "暂停": "PAUSE", "恢复": "RESUME", "终止": "END",
    "重新洽谈": "REOPEN", "撤回确认": "RETRACT",
    "委托": "APPOINT", "解除委托": "DISMISS", "认定": "CERTIFY", "退回": "REJECT",
}  # fmt: skip
_CURRENCIES = {"人民币": "CNY", "元": "CNY", "RMB": "CNY", "美元": "USD", "欧元": "EUR", "英镑": "GBP", "日元": "JPY"}


def choices(field: str) -> tuple[str, ...]:
    """The usual Chinese word for each value of a field; empty where its values are no closed set."""
    known = {"modes": _MODES, "mode": _MODES, "disclosure": _DISCLOSURES, "move": _MOVES}.get(field, {})
    usual: dict[str, str] = {}
    for word, value in known.items():
        if not word.isascii():
            usual.setdefault(value, word)
    return tuple(usual.values())


def mode(value: Any) -> Any:
    """A cooperation mode."""
    return cells.symbol(value, _MODES)


def modes(value: Any) -> Any:
    """A list of cooperation modes."""
    found = cells.items(value)
    if not isinstance(found, list):
        return found
    spelled = [mode(each) for each in found]
    wrong = next((each for each in spelled if isinstance(each, Unfit)), None)
    return wrong if wrong is not None else list(dict.fromkeys(spelled))


def disclosure(value: Any) -> Any:
    """A disclosure level."""
    return cells.symbol(value, _DISCLOSURES)


def move(value: Any) -> Any:
    """What a party of a deal does."""
    return cells.symbol(value, _MOVES)


def currency(value: Any) -> Any:
    """A currency code, as it is where it is not a known word: the rules know the codes."""
    found = cells.line(value)
    if not isinstance(found, str) or not found:
        return found or None
    return _CURRENCIES.get(found, found.upper())
