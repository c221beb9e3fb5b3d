"""The list of refusal codes is closed: every code that a source can tell is in it, where it is told, and no other."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from schemas import codec, refusals
from schemas.refusals import REFUSALS, Code, Told

ROOT = Path(__file__).parents[3]
#: Where a function that makes a fault takes its code, counted from 0.
_TAKES_CODE = {"fault": 1, "Fault": 1, "refuse": 0, "Unfit": 0, "_absent": 4}
#: Decisions whose faults become receipts or refused moves; all others are told before anything is sent.
_TOLD_BY = {
    "schemas/rules.py": Told.RECEIPT,
    "schemas/texts.py": Told.RECEIPT,
    "schemas/annex_rules.py": Told.RECEIPT,
    "streams/domain/annexes.py": Told.RECEIPT,
    "streams/domain/facts.py": Told.RECEIPT,
    "streams/domain/policies/admitting.py": Told.RECEIPT,
    "schemas/amounts.py": Told.RECEIPT,
    "schemas/contracts.py": Told.RECEIPT,
    "schemas/roles.py": Told.RECEIPT,
    "streams/domain/roles.py": Told.RECEIPT,
    "schemas/task_rules.py": Told.RECEIPT,
    "streams/domain/task_mandates.py": Told.RECEIPT,
    "streams/domain/admission.py": Told.RECEIPT,
    "streams/domain/mandate.py": Told.RECEIPT,
    "streams/domain/guards.py": Told.MOVE,
    "streams/domain/contracts.py": Told.MOVE,
    "streams/domain/appointments.py": Told.MOVE,
    "streams/domain/turns.py": Told.MOVE,
    **{path.relative_to(ROOT).as_posix(): Told.TASK for path in (ROOT / "streams/domain/tasks").glob("*.py")},
}


def _codes(source: str) -> Iterator[str | None]:
    """The code of each fault that ``source`` makes; ``None`` where it is handed on under the name ``rule``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            place = _TAKES_CODE.get(called)
            if place is None or len(node.args) <= place:
                continue
            code = node.args[place]
            if isinstance(code, ast.Constant):
                yield str(code.value)
            else:
                handed_on = code.attr if isinstance(code, ast.Attribute) else getattr(code, "id", "")
                assert handed_on == "rule", ast.unparse(node)
                yield None


def _told() -> dict[str, set[Told]]:
    found: defaultdict[str, set[Told]] = defaultdict(set)
    for package in ("schemas", "infra", "producers", "streams", "consumers"):
        for path in sorted((ROOT / package).rglob("*.py")):
            told = _TOLD_BY.get(path.relative_to(ROOT).as_posix(), Told.BEFORE)
            for code in _codes(path.read_text(encoding="utf-8")):
                if code is not None:
                    found[code].add(told)
    return dict(found)


def test_every_code_that_can_be_told_is_in_the_list_with_where_it_is_told_and_nothing_else_is() -> None:
    assert _told() == {code: set(refusal.told) for code, refusal in REFUSALS.items()}


def test_the_type_of_a_code_names_the_same_codes() -> None:
    assert sorted(get_args(Code)) == sorted(REFUSALS)
    assert list(get_args(Code)) == sorted(get_args(Code))


def test_a_source_that_makes_up_a_code_is_found() -> None:
    assert list(_codes('fault("x", "made-up", 1, "")\nplace.refuse("other", 1, "")')) == ["made-up", "other"]
    with pytest.raises(AssertionError, match="computed"):
        list(_codes('Fault("x", computed(), "", "")'))


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_a_code_is_explained_in_both_languages(code: Code) -> None:
    refusal = REFUSALS[code]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
    assert re.fullmatch(r"[A-Z][^|]+: [^|]+\.", refusal.en)
    assert re.fullmatch(r"[^|]*[\u4e00-\u9fff][^|]*：[^|]*[\u4e00-\u9fff][^|]*。", refusal.zh)


def test_the_document_is_what_the_list_makes() -> None:
    written = (ROOT / "docs" / "refusals.md").read_text(encoding="utf-8")
    assert written == refusals.document(), "make it anew: python -m schemas.refusals > docs/refusals.md"


def test_an_accepted_receipt_names_the_place_and_the_version_in_the_register() -> None:
    fields = {field["name"]: field for field in codec.schema("SubmissionAccepted")["fields"]}
    for name in ("register_topic", "register_partition", "register_offset", "version"):
        assert name in fields
        assert f"`{name}`" in refusals.document()
