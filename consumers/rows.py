"""What each record does to the tables, as data: pure, and the same however records are cut into batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from consumers import tables
from schemas.errors import Unreadable

Values = Mapping[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What one record does to one row; ``values`` of ``None`` takes the row away, columns that are absent stay."""

    table: str
    key: Key
    values: Values | None


class Effects:
    """Changes folded to the last word about each row."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[Key, Values | None]] = {}

    def add(self, change: Change) -> None:
        """Take in one more change, later than all before."""
        rows = self.tables.setdefault(change.table, {})
        before = rows.get(change.key)
        if before is not None and change.table in tables.FIRST_COUNTS:
            return
        if before is None or change.values is None:
            rows[change.key] = change.values
        else:
            rows[change.key] = {**before, **change.values}


def change(name: str, values: Values) -> Change:
    """What a record of ours does, given by its name and its plain values.

    Raises ``Unreadable`` for a record that has no place in the read model.
    """
    made = _CHANGES.get(name)
    if made is None:
        raise Unreadable("value", f"{name} has no place in the read model")
    return made(values)


def quarantined(place: tuple[int, int], headers: Iterable[tuple[str, bytes | None]]) -> Change:
    """What a record in quarantine leaves: where it lies, where it came from and what was wrong, never its bytes."""
    told = {name: (value or b"").decode(errors="replace") for name, value in headers if name.startswith("techdock-")}
    return Change(
        "quarantine",
        place,
        {
            "quarantine_partition": place[0],
            "quarantine_offset": place[1],
            "source_topic": told.get("techdock-topic"),
            "source_partition": _integer(told.get("techdock-partition")),
            "source_offset": _integer(told.get("techdock-offset")),
            "source_timestamp": _moment(told.get("techdock-timestamp")),
            "lane": told.get("techdock-lane"),
            "error": told.get("techdock-error"),
            "message": told.get("techdock-message"),
            "attempts": _integer(told.get("techdock-attempts")),
            "first_failure": _moment(told.get("techdock-first-failure")),
            "release": told.get("techdock-release"),
        },
    )


def _moment(text: str | None) -> datetime | None:
    milliseconds = _integer(text)
    # Later than the year 5000 is nobody's time.
    return None if milliseconds is None or milliseconds >= 10**14 else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _integer(text: str | None) -> int | None:
    # Someone else's headers may say anything; a row that says less is better than none.
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 16 else None


def _registered(values: Values) -> Change:
    row = {**_without(values, "price"), **_money("price", values["price"]), **_ON_THE_MARKET}
    return Change("achievements", (values["institution_id"], values["achievement_id"]), row)


def _posted(values: Values) -> Change:
    row = {**_without(values, "budget"), **_money("budget", values["budget"]), **_ON_THE_MARKET}
    return Change("demands", (values["institution_id"], values["demand_id"]), row)


def _achievement_withdrawn(values: Values) -> Change:
    return Change("achievements", (values["institution_id"], values["achievement_id"]), _withdrawal(values))


def _demand_withdrawn(values: Values) -> Change:
    return Change("demands", (values["institution_id"], values["demand_id"]), _withdrawal(values))


def _withdrawal(values: Values) -> Values:
    return {**_without(values, "reason"), "withdrawal_reason": values["reason"]}


def _matched(values: Values) -> Change:
    return Change("matches", (values["match_id"],), values)


def _match_withdrawn(values: Values) -> Change:
    return Change("matches", (values["match_id"],), None)


def _advanced(values: Values) -> Change:
    terms = values["terms"]
    row = {
        **_without(values, "terms", "by", "contract", "payment", "paid"),
        **_money("price", terms and terms["price"]),
        "mode": terms and terms["mode"],
        **_further(terms),
        **_registered_contract(values["contract"]),
        "paid_amount": values["paid"],
        "moved_by": values["by"],
    }
    return Change("deals", (values["deal_id"],), row)


def _further(terms: Values | None) -> Values:
    """What terms say besides mode and price; a milestone's day is written as JSON can hold it."""
    if terms is None:
        return dict.fromkeys(("territories", "period_months", "milestones", "royalty_percent"))
    milestones = [{**one, "due": one["due"] and one["due"].isoformat()} for one in terms["milestones"]]
    further = {name: terms[name] for name in ("territories", "period_months", "royalty_percent")}
    return {**further, "milestones": milestones}


def _registered_contract(contract: Values | None) -> Values:
    """What a registered contract says; what each payment gave to whom is on the ledger."""
    said: Values = contract or {}
    return {
        "contract_number": said.get("registration_number"),
        "contract_kind": said.get("kind"),
        "signed_on": said.get("signed_on"),
        "registered_on": said.get("registered_on"),
        **_money("contract", said.get("amount")),
        "non_technical_amount": said.get("non_technical"),
        "shares": contract and [dict(share) for share in contract["shares"]],
    }


def _held(values: Values) -> Change:
    told_in_register = ("terms", "contract", "payment", "broker", "certification", "role")
    row = {**_without(values, "by", *told_in_register), "moved_by": values["by"]}
    return Change("held_moves", (values["deal_id"], values["sequence"]), row)


def _released(values: Values) -> Change:
    return Change("held_moves", (values["deal_id"], values["sequence"]), None)


def _fired(values: Values) -> Change:
    key = ("deal_id", "sequence", "action", "begun_on")
    return Change("deal_clocks", tuple(values[name] for name in key), values)


def _refused(values: Values) -> Change:
    row = {**_without(values, "by"), "moved_by": values["by"]}
    return Change("refusals", (values["by"], values["submission_id"]), row)


def _receipt(result: str) -> Callable[[Values], Change]:
    def receipt(values: Values) -> Change:
        row = {"result": result, **_BLANK_RECEIPT, **values}
        return Change("receipts", (values["institution_id"], values["submission_id"]), row)

    return receipt


def _acted(values: Values) -> Change:
    place = (values["quarantine_partition"], values["quarantine_offset"])
    row = {
        "quarantine_partition": place[0],
        "quarantine_offset": place[1],
        "last_act": values["action"],
        "acted_at": values["acted_at"],
        "acted_by": values["acted_by"],
        "act_reason": values["reason"],
    }
    return Change("quarantine", place, row)


def _admitted(values: Values) -> Change:
    row = {**_without(values, "by"), "admitted_by": values["by"], "removed_at": None, "removal_reason": None}
    return Change("institutions", (values["institution_id"],), row)


def _suspended(values: Values) -> Change:
    row = {**_without(values, "reason"), "suspension_reason": values["reason"]}
    return Change("institutions", (values["institution_id"],), row)


def _resumed(values: Values) -> Change:
    return Change("institutions", (values["institution_id"],), {"institution_id": values["institution_id"], **_FREE})


def _removed(values: Values) -> Change:
    row = {**_without(values, "reason"), "removal_reason": values["reason"], **_FREE, "key_rotated_at": None}
    return Change("institutions", (values["institution_id"],), row)


def _key_rotated(values: Values) -> Change:
    # The hash stays in the log: nobody who asks the tables needs it.
    row = {"institution_id": values["institution_id"], "key_rotated_at": values["rotated_at"]}
    return Change("institutions", (values["institution_id"],), row)


def _of_tokens(values: Values) -> Change:
    # Who may come in over HTTPS is asked of the log alone: the row stays as it is.
    return Change("institutions", (values["institution_id"],), {"institution_id": values["institution_id"]})


def _granted(values: Values) -> Change:
    return Change("delegations", _pair(values), {**values, "revoked_at": None})


def _revoked(values: Values) -> Change:
    return Change("delegations", _pair(values), values)


def _annex_deposited(values: Values) -> Change:
    row = {**_without(values, "submission_id", "nonce", "ciphertext"), "sealed_bytes": len(values["ciphertext"])}
    return Change("annexes", _annex(values), row)


def _annex_erased(values: Values) -> Change:
    row = {
        **_without(values, "submission_id", "version", "by", "reason"),
        "erased_version": values["version"],
        "erased_by": values["by"],
        "erasure_reason": values["reason"],
    }
    return Change("annexes", _annex(values), row)


def _annex_granted(values: Values) -> Change:
    row = {**_without(values, "submission_id"), "revoked_at": None, "revocation_reason": None}
    return Change("annex_grants", (*_annex(values), values["grantee_institution_id"]), row)


def _annex_revoked(values: Values) -> Change:
    row = {**_without(values, "submission_id", "version", "reason"), "revocation_reason": values["reason"]}
    return Change("annex_grants", (*_annex(values), values["grantee_institution_id"]), row)


def _annex_read(values: Values) -> Change:
    return Change("annex_readings", (values["reading_id"],), values)


def _fact_verified(values: Values) -> Change:
    row = {**_without(values, "submission_id"), "retracted_at": None, "retraction_reason": None}
    return Change("facts", (values["institution_id"], values["fact_id"]), row)


def _fact_retracted(values: Values) -> Change:
    row = {**_without(values, "submission_id", "reason"), "retraction_reason": values["reason"]}
    return Change("facts", (values["institution_id"], values["fact_id"]), row)


def _annex(values: Values) -> Key:
    return values["institution_id"], values["achievement_id"]


def _pair(values: Values) -> Key:
    return values["from_institution_id"], values["to_institution_id"]


def _suspected(values: Values) -> Change:
    return Change("duplicate_suspicions", _both(values), values)


def _retracted(values: Values) -> Change:
    return Change("duplicate_suspicions", _both(values), None)


def _resolved(values: Values) -> Change:
    return Change("duplicate_decisions", _both(values), values)


def _represented(values: Values) -> Change:
    key = values["institution_id"], values["achievement_id"]
    return Change("representations", key, None if values["by_achievement_id"] is None else values)


def _both(values: Values) -> Key:
    return tuple(
        values[f"{side}_{part}"] for side in ("first", "second") for part in ("institution_id", "achievement_id")
    )


def _window_measured(values: Values) -> Change:
    key = tuple(values[name] for name in ("period", "begins_on", "dimension", "value"))
    row = {**values, "lost": _written(values["lost"]), "stages": _written(values["stages"])}
    return Change("pipeline_windows", key, row if values["stages"] else None)


def _shared_out(values: Values) -> Change:
    key = tuple(values[name] for name in ("deal_id", "sequence", "payment_sequence", "is_reversal"))
    return Change("ledger_postings", key, {**values, "entries": _written(values["entries"])})


def _closed(values: Values) -> Change:
    row = {**values, "positions": _written(values["positions"]), "entries": _written(values["entries"])}
    return Change("recognitions", (values["season"],), row)


def _written(value: Any) -> Any:
    """The same as JSON can hold it: an amount as text, to the last digit."""
    if isinstance(value, Mapping):
        return {name: _written(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_written(item) for item in value]
    return str(value) if isinstance(value, Decimal) else value


def _money(name: str, money: Values | None) -> Values:
    return {
        f"{name}_amount": None if money is None else money["amount"],
        f"{name}_currency": None if money is None else money["currency"],
    }


def _without(values: Values, *names: str) -> Values:
    return {name: value for name, value in values.items() if name not in names}


_FREE: Values = {"suspended_at": None, "suspension_reason": None}
_ON_THE_MARKET: Values = {"withdrawn_at": None, "withdrawal_reason": None}
_BLANK_RECEIPT: Values = {
    "register_topic": None,
    "register_partition": None,
    "register_offset": None,
    "faults": [],
}
_CHANGES: Mapping[str, Callable[[Values], Change]] = {
    "AchievementRegistered": _registered,
    "AchievementWithdrawn": _achievement_withdrawn,
    "DemandPosted": _posted,
    "DemandWithdrawn": _demand_withdrawn,
    "MatchProposed": _matched,
    "MatchRevised": _matched,
    "MatchWithdrawn": _match_withdrawn,
    "DealAdvanced": _advanced,
    "MoveHeld": _held,
    "MoveReleased": _released,
    "MoveRefused": _refused,
    "ClockFired": _fired,
    "SubmissionAccepted": _receipt("accepted"),
    "SubmissionRefused": _receipt("refused"),
    "QuarantineActed": _acted,
    "InstitutionAdmitted": _admitted,
    "InstitutionSuspended": _suspended,
    "InstitutionResumed": _resumed,
    "InstitutionRemoved": _removed,
    "InstitutionKeyRotated": _key_rotated,
    "TokenIssued": _of_tokens,
    "TokenRevoked": _of_tokens,
    "DelegationGranted": _granted,
    "DelegationRevoked": _revoked,
    "AnnexDeposited": _annex_deposited,
    "AnnexErased": _annex_erased,
    "AnnexGranted": _annex_granted,
    "AnnexRevoked": _annex_revoked,
    "AnnexRead": _annex_read,
    "FactVerified": _fact_verified,
    "FactRetracted": _fact_retracted,
    "DuplicateSuspected": _suspected,
    "DuplicateRetracted": _retracted,
    "DuplicateResolved": _resolved,
    "RepresentationChanged": _represented,
    "PipelineWindowMeasured": _window_measured,
    "LedgerPosted": _shared_out,
    "RecognitionClosed": _closed,
}
