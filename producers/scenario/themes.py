"""The authored texts of the scenario: technology themes with applications and needs, in Chinese and English.

They are illustrative: written for TechDock, about no real achievement, enterprise or right.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from schemas.records import CooperationMode


@dataclass(frozen=True, slots=True)
class Wording:
    """A theme in one language; ``effect`` has a place for a figure."""

    name: str
    problem: str
    method: str
    effect: str
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Both:
    """The same in Chinese and English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Variant:
    """One application of a theme, with the figure that it reaches."""

    words: Both
    figure: Both


@dataclass(frozen=True, slots=True)
class Need:
    """What an enterprise asks of a theme."""

    title: Both
    description: Both
    maturity_wanted: int | None
    budget_wan: int | None


@dataclass(frozen=True, slots=True)
class Theme:
    """One technology: what there is to offer, and what is asked for. Prices are in 10,000 CNY."""

    theme_id: str
    field: Both
    industries: tuple[str, ...]
    institutions: tuple[str, ...]
    trl: tuple[int, int]
    price_wan: tuple[int, int]
    modes: tuple[CooperationMode, ...]
    zh: Wording
    en: Wording
    variants: tuple[Variant, ...]
    needs: tuple[Need, ...]


def themes() -> tuple[Theme, ...]:
    """All themes, by field and as they were written."""
    folder = resources.files("producers.scenario").joinpath("themes")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda file: file.name)
    return tuple(theme for file in files for theme in _field(json.loads(file.read_text(encoding="utf-8"))))


def _field(content: Mapping[str, Any]) -> list[Theme]:
    return [_theme(Both(**content["field"]), each) for each in content["themes"]]


def _theme(field: Both, values: Mapping[str, Any]) -> Theme:
    return Theme(
        theme_id=values["id"],
        field=field,
        industries=tuple(values["industries"]),
        institutions=tuple(values["institutions"]),
        trl=(values["trl"][0], values["trl"][1]),
        price_wan=(values["price_wan"][0], values["price_wan"][1]),
        modes=tuple(CooperationMode(mode) for mode in values["modes"]),
        zh=_wording(values["zh"]),
        en=_wording(values["en"]),
        variants=tuple(_variant(each) for each in values["variants"]),
        needs=tuple(_need(each) for each in values["needs"]),
    )


def _wording(values: Mapping[str, Any]) -> Wording:
    return Wording(**{**values, "keywords": tuple(values["keywords"])})


def _variant(values: Mapping[str, Any]) -> Variant:
    return Variant(Both(values["zh"], values["en"]), Both(**values["figure"]))


def _need(values: Mapping[str, Any]) -> Need:
    zh, en = values["zh"], values["en"]
    return Need(
        Both(zh["title"], en["title"]),
        Both(zh["description"], en["description"]),
        values["maturity_wanted"],
        values["budget_wan"],
    )
