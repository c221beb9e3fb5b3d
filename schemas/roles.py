"""Rules of who may make which move of a deal, as far as the move alone tells.

What an institution is that is neither side, admission asks of what the operator said of it; whether a broker is
appointed, the deals lane knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas import texts
from schemas.amounts import money, number
from schemas.faults import fault, shown
from schemas.records import Fault

#: Moves that somebody else than the two sides makes instead of them, and all that somebody else makes.
OTHERS_ALONE = frozenset({"CERTIFY", "REJECT"})
OTHERS = OTHERS_ALONE | {"CONTACT", "START_TALKS"}

Values = Mapping[str, Any]


def spoken(found: list[Fault], values: Values) -> None:
    """Who speaks: one of the two sides, or somebody else where the move allows it."""
    speaker, owner, seeker, move = (
        values["institution_id"], values["achievement_institution_id"], values["demand_institution_id"],
        values["move"],
    )  # fmt: skip
    is_side = speaker in {owner, seeker}
    if is_side and move in OTHERS_ALONE:
        repair = f"{move} is a move of a registrar that is neither side of the deal"
        found.append(fault("institution_id", "speaker", speaker, repair))
    if not is_side and move not in OTHERS:
        repair = f"only the parties of a deal make {move}: {shown(owner)} (achievement) or {shown(seeker)} (demand)"
        found.append(fault("institution_id", "speaker", speaker, repair))
    if values["role"] is not None:
        repair = "leave it out: the market tells it, by what the operator said of the institution"
        found.append(fault("role", "reserved", values["role"], repair))


def appointed(found: list[Fault], values: Values) -> None:
    """The broker of a move: named where one is appointed, and nowhere else."""
    move, broker = values["move"], values["broker"]
    if broker is None:
        if move == "APPOINT":
            found.append(fault("broker", "broker-missing", None, "name the institution that is to be the broker"))
        return
    if move != "APPOINT":
        found.append(fault("broker", "misplaced", move, "name a broker with the move APPOINT"))
    if texts.SLUG.fullmatch(broker) is None:
        repair = "give the id of an institution, for example liaodong-broker"
        found.append(fault("broker", "institution-id", broker, repair))


def certified(found: list[Fault], values: Values) -> None:
    """The certification of a move: with it where a contract is certified, and nowhere else."""
    move, certification = values["move"], values["certification"]
    if certification is None:
        if move == "CERTIFY":
            repair = "CERTIFY confirms a version of the contract, its kind and its technical-transaction amount"
            found.append(fault("certification", "certification-missing", None, repair))
        return
    if move != "CERTIFY":
        found.append(fault("certification", "misplaced", move, "certify a contract with the move CERTIFY"))
    number(found, "certification.contract_version", certification["contract_version"], 1, None)
    if certification["kind"] == "UNKNOWN":
        repair = "name one of the kinds of contract that the schema lists"
        found.append(fault("certification.kind", "unknown-value", certification["kind"], repair))
    money(found, "certification.technical_amount", certification["technical_amount"])
