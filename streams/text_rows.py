"""A row of a file as texts, read as ``techdock import`` reads it, so that a file scores here as it will live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from infra.tables import cells, columns
from infra.tables.cells import Unfit
from infra.tables.columns import Kind
from infra.tables.files import BrokenRow, Row
from schemas.faults import shown
from schemas.records import Text
from streams.domain.text import is_chinese

_READERS = {"title": cells.line, "abstract": cells.prose, "keywords": cells.items}
_LANGUAGES = ("zh", "en")
#: What of a file counts here.
_FIELDS = (
    "language", *_READERS, *_LANGUAGES, *(f"{field}_{language}" for field in _READERS for language in _LANGUAGES)
)  # fmt: skip

#: A row's text in the place of its language, Chinese first.
Sides = tuple[Text | None, Text | None]


def kind_of(name: str) -> Kind:
    """What of an import counts for texts: of all columns only that of the id is needed."""
    kind = columns.KINDS[name]
    fields = {field: names for field, names in kind.fields.items() if field in (kind.id_field, *_FIELDS)}
    return replace(kind, needed=((kind.id_field,),), fields=fields)


def read(row: Row | BrokenRow, kind: Kind, column_of: Mapping[str, str]) -> tuple[str, Sides]:
    """The id of a row and its texts: what is said of one language by name, and the rest in the language it is in.

    Raises ``ValueError`` with what is wrong with it.
    """
    if isinstance(row, BrokenRow):
        raise ValueError(row.why)
    values = {field: row.cells.get(column) for field, column in column_of.items()}
    name = _fitting(kind.id_field, cells.identifier, values.get(kind.id_field))
    if not name:
        raise ValueError(f"there is no {kind.id_field}")
    if not _is_writable(name):
        raise ValueError(f"{kind.id_field}: {shown(name)} has half of a character in it: write it anew")
    zh, en = (_text(_of_language(values, language)) for language in _LANGUAGES)
    told = _text(values)
    if told is not None:
        zh_told, en_told = sides(told, _language(values.get("language")))
        zh, en = _joined(zh, zh_told), _joined(en, en_told)
    return name, (zh, en) if zh or en else sides(Text("", ""))


def sides(text: Text, language: str = "") -> Sides:
    """``text`` in the place of its ``language``, which is found where it is not given."""
    chinese = language == "zh" or (not language and is_chinese(text.title + text.abstract or "".join(text.keywords)))
    return (text, None) if chinese else (None, text)


def _of_language(values: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    # Whoever names a column ``en`` may mean a text by it, and says by --map which field that is.
    nested = values.get(language)
    return nested if isinstance(nested, dict) else {field: values.get(f"{field}_{language}") for field in _READERS}


def _text(values: Mapping[str, Any]) -> Text | None:
    found = {field: _fitting(field, reader, values.get(field)) for field, reader in _READERS.items()}
    if not any(found.values()):
        return None
    return Text(found["title"] or "", found["abstract"] or "", tuple(found["keywords"] or ()))


def _joined(own: Text | None, other: Text | None) -> Text | None:
    """``own``, and of ``other`` what that leaves open."""
    if own is None or other is None:
        return own or other
    return Text(own.title or other.title, own.abstract or other.abstract, own.keywords or other.keywords)


def _fitting(field: str, reader: Any, value: Any) -> Any:
    found = reader(value)
    if isinstance(found, Unfit):
        raise ValueError(f"{field}: {found.repair}")
    return found


def _language(value: Any) -> str:
    found = cells.language(value)
    if isinstance(found, Unfit):
        known = ", ".join(_LANGUAGES)
        raise ValueError(f"language: {shown(value)} is none of {known}; leave it empty to have it found")
    return found or ""


def _is_writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
