"""The institutions of the scenario as an operator would describe them: what some of them do asks for their kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from producers.institutions import Description
from producers.scenario.places import Institution, Kind
from schemas.records import InstitutionKind

#: Incubators, funds and pilot-test bases are companies.
_KINDS: Mapping[Kind, InstitutionKind] = {
    "university": InstitutionKind.UNIVERSITY,
    "institute": InstitutionKind.INSTITUTE,
    "foreign": InstitutionKind.INSTITUTE,
    "district": InstitutionKind.DISTRICT_OFFICE,
    "broker": InstitutionKind.BROKER,
    "incubator": InstitutionKind.ENTERPRISE,
    "fund": InstitutionKind.ENTERPRISE,
    "base": InstitutionKind.ENTERPRISE,
}


def described(institutions: Iterable[Institution]) -> list[Description]:
    """Their descriptions, in the same order."""
    return [Description(one.slug, one.name_zh, one.name_en, _KINDS[one.kind], one.district) for one in institutions]
