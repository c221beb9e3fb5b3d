"""A row of a file as a submission, or every reason why it cannot be one."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.tables import cells
from infra.tables.cells import Unfit
from infra.tables.columns import Kind
from infra.tables.files import Row
from producers import spellings
from schemas import rules, shapes
from schemas.faults import fault
from schemas.records import Fault

#: Namespace of submission ids that are derived from what is submitted.
_IMPORTED = uuid.UUID("2d7e2a0c-3d0b-4b63-9a38-7b5f0c1de9c4")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
#: Fields that have no flat spelling: they are objects, as JSON has them, or nothing.
_OBJECTS = frozenset({"zh", "en", "ip_rights", "terms", "contract", "payment", "certification"})


@dataclass(frozen=True, slots=True)
class Draft:
    """What one row says; to be sent only where it has no faults."""

    line: int
    subject_id: str
    values: Mapping[str, Any]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Drafting:
    """How the rows of one file become submissions; ``now`` stands in for times that the file does not give."""

    kind: Kind
    institution_id: str
    columns: Mapping[str, str]
    now: datetime

    def draft(self, row: Row) -> Draft:
        """The submission in a row, with all its faults."""
        reading = _Reading(self, row)
        values = _BUILD[self.kind.record](reading)
        ruled = rules.faults(self.kind.record, values, arrived_at=self.now)
        faults = (*reading.found, *_not_told_yet(ruled, reading.found))
        if not faults and values["submission_id"] is None:
            values["submission_id"] = self._derived(values, reading)
        return Draft(row.line, reading.subject, values, faults)

    def _derived(self, values: Mapping[str, Any], reading: _Reading) -> uuid.UUID:
        """The same row gives the same id, whenever it is imported."""
        said = {name: value for name, value in values.items() if name not in reading.assumed}
        content = json.dumps(said, sort_keys=True, default=str)
        return uuid.uuid5(_IMPORTED, f"{self.institution_id} {self.kind.record} {content}")


def _not_told_yet(ruled: list[Fault], found: list[Fault]) -> list[Fault]:
    """A field that could not be read is reported once: not again as missing, nor its parts, nor what it is part of."""
    unread = {each.field for each in found}
    if "title" in unread:
        unread |= {"zh", "zh.title", "en.title"}
    parents = {field.partition(".")[0] for field in unread}
    return [each for each in ruled if each.field not in unread | parents and each.field.partition(".")[0] not in unread]


class _Reading:
    """One row while it is read: its cells by field, and the faults found so far."""

    __slots__ = ("assumed", "drafting", "found", "row", "subject")

    def __init__(self, drafting: Drafting, row: Row) -> None:
        self.drafting = drafting
        self.row = row
        self.found: list[Fault] = []
        #: Fields whose value is not the row's, so that it does not count for the derived id.
        self.assumed = {"submission_id"}
        self.subject = self.read(drafting.kind.id_field, cells.identifier, "")
        self._look_for_merged_cells()

    def cell(self, field: str) -> Any:
        column = self.drafting.columns.get(field)
        return None if column is None else self.row.cells.get(column)

    def read(self, field: str, reader: Callable[[Any], Any], default: Any = None, path: str | None = None) -> Any:
        """A field by its reader; ``default`` where the cell is empty or unfit."""
        raw = self.cell(field)
        if raw is None:
            return default
        value = reader(raw)
        if isinstance(value, Unfit):
            self.found.append(fault(path or field, value.rule, raw, value.repair))
            return default
        return default if value is None else value

    def nested(self, field: str) -> Any:
        """A field that JSON gives as an object or a list of objects, in the record's own shape."""
        value, found = shapes.read_field(self.drafting.kind.record, field, self.cell(field))
        self.found += found
        return value

    def is_nested(self, field: str) -> bool:
        cell = self.cell(field)
        return cell not in (None, "") if field in _OBJECTS else isinstance(cell, (dict, list))

    def moment(self, field: str) -> datetime:
        time: datetime | None = self.read(field, cells.moment)
        if time is None:
            self.assumed.add(field)
            return self.drafting.now
        return time

    def _look_for_merged_cells(self) -> None:
        for field, column in self.drafting.columns.items():
            area = self.row.merged.get(column)
            if area is not None and (area.is_wide or field == self.drafting.kind.id_field):
                repair = f"take the merged cell {area.name} apart and give each row and column its own value"
                self.found.append(fault(field, "merged-cell", self.row.cells.get(column), repair))


def _achievement(row: _Reading) -> dict[str, Any]:
    return {
        **_subject(row, "achievement_id"),
        "registered_at": row.moment("registered_at"),
        **_words(row),
        "owners": row.read("owners", cells.items, []),
        "maturity": row.read("maturity", cells.whole),
        "ip_rights": (row.nested("ip_rights") or []) if row.is_nested("ip_rights") else [],
        "industries": row.read("industries", _codes, []),
        "modes": row.read("modes", spellings.modes, []),
        "price": _money(row, "price"),
        "district": row.read("district", cells.identifier) or None,
        "territories": row.read("territories", _codes, []),
        "valid_until": row.read("valid_until", cells.day),
        "disclosure": row.read("disclosure", spellings.disclosure, "PUBLIC"),
    }


def _demand(row: _Reading) -> dict[str, Any]:
    return {
        **_subject(row, "demand_id"),
        "posted_at": row.moment("posted_at"),
        "enterprise": row.read("enterprise", cells.line) or None,
        **_words(row),
        "industries": row.read("industries", _codes, []),
        "maturity_wanted": row.read("maturity_wanted", cells.whole),
        "modes": row.read("modes", spellings.modes, []),
        "budget": _money(row, "budget"),
        "deadline": row.read("deadline", cells.day),
        "district": row.read("district", cells.identifier) or None,
        "matches_wanted": row.read("matches_wanted", cells.whole),
    }


def _negotiation(row: _Reading) -> dict[str, Any]:
    values = {
        "submission_id": row.read("submission_id", cells.unique),
        "institution_id": row.drafting.institution_id,
        "achievement_institution_id": row.read("achievement_institution_id", cells.identifier, ""),
        "achievement_id": row.subject,
        "demand_institution_id": row.read("demand_institution_id", cells.identifier, ""),
        "demand_id": row.read("demand_id", cells.identifier, ""),
        "sequence": row.read("sequence", cells.whole, 0),
        "move": row.read("move", spellings.move, "UNKNOWN"),
        "moved_at": row.moment("moved_at"),
        "terms": _terms(row),
        "reason": row.read("reason", cells.prose, ""),
        "contract": row.nested("contract") if row.is_nested("contract") else None,
        "payment": row.nested("payment") if row.is_nested("payment") else None,
        "broker": row.read("broker", cells.identifier) or None,
        "certification": row.nested("certification") if row.is_nested("certification") else None,
        # The market tells it.
        "role": None,
    }
    row.subject = f"{values['achievement_id']} / {values['demand_id']} / {values['sequence']}"
    return values


_BUILD: Mapping[str, Callable[[_Reading], dict[str, Any]]] = {
    "AchievementRegistered": _achievement,
    "DemandPosted": _demand,
    "NegotiationUpdated": _negotiation,
}


def _subject(row: _Reading, id_field: str) -> dict[str, Any]:
    return {
        "submission_id": row.read("submission_id", cells.unique),
        "institution_id": row.drafting.institution_id,
        id_field: row.subject,
        "version": row.read("version", cells.whole, 1),
    }


def _words(row: _Reading) -> dict[str, Any]:
    """Texts by language: what the columns ``…_zh`` and ``…_en`` say, and the rest in the language that it is in."""
    found: dict[str, Any] = {language: _text(row, language, f"_{language}") for language in ("zh", "en")}
    title = row.read("title", cells.line, "")
    abstract = row.read("abstract", cells.prose, "")
    if title or abstract or row.cell("keywords") is not None:
        detected = "zh" if _HAN.search(title) or _HAN.search(abstract) else "en"
        language = row.read("language", cells.language, detected)
        keywords = row.read("keywords", cells.items, [], f"{language}.keywords")
        general = {"title": title, "abstract": abstract, "keywords": keywords}
        # What a column says for one language by name goes before what was told apart by its script.
        own = {name: value for name, value in (found[language] or {}).items() if value}
        found[language] = {**general, **own}
    return found


def _text(row: _Reading, language: str, suffix: str) -> dict[str, Any] | None:
    if row.is_nested(language):
        nested = row.nested(language) or {}
        title, abstract = cells.line(nested.get("title", "")), cells.prose(nested.get("abstract", ""))
        return {"title": title, "abstract": abstract, "keywords": cells.items(nested.get("keywords", []))}
    title = row.read(f"title{suffix}", cells.line, "", f"{language}.title")
    abstract = row.read(f"abstract{suffix}", cells.prose, "", f"{language}.abstract")
    keywords = row.read(f"keywords{suffix}", cells.items, [], f"{language}.keywords")
    return {"title": title, "abstract": abstract, "keywords": keywords} if title or abstract or keywords else None


def _money(row: _Reading, field: str) -> Any:
    if row.is_nested(field):
        return row.nested(field)
    currency = row.read("currency", spellings.currency)
    return row.read(field, lambda value: cells.money(value, currency), None, f"{field}.amount")


#: What a row says of terms in columns is their mode and price; ``terms`` as JSON says the rest.
_PLAIN_TERMS: Mapping[str, Any] = {"territories": [], "period_months": None, "milestones": [], "royalty_percent": None}


def _terms(row: _Reading) -> Any:
    if row.is_nested("terms"):
        return row.nested("terms")
    mode = row.read("mode", spellings.mode, path="terms.mode")
    price = _money(row, "price")
    if mode is None and price is None:
        return None
    if price is None:
        row.found.append(fault("terms.price", "terms-missing", None, "give the price of these terms, 0 for none"))
        return None
    if mode is None:
        row.found.append(fault("terms.mode", "terms-missing", None, "give the cooperation mode of these terms"))
        return None
    return {"mode": mode, "price": price, **_PLAIN_TERMS}


def _codes(value: Any) -> Any:
    found = cells.items(value)
    return [each.replace(" ", "").upper() for each in found] if isinstance(found, list) else found
