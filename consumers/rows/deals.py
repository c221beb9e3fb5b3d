"""What records of deals do to the tables, and those of what follows from deals."""

from __future__ import annotations

from consumers.rows.change import Change, Changes, Values, document, money, without


def _advanced(values: Values) -> Change:
    terms = values["terms"]
    row = {
        **without(values, "terms", "by", "contract", "payment", "paid"),
        **money("price", terms and terms["price"]),
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
        **money("contract", said.get("amount")),
        "non_technical_amount": said.get("non_technical"),
        "shares": contract and [dict(share) for share in contract["shares"]],
    }


def _held(values: Values) -> Change:
    told_in_register = ("terms", "contract", "payment", "broker", "certification", "role")
    row = {**without(values, "by", *told_in_register), "moved_by": values["by"]}
    return Change("held_moves", (values["deal_id"], values["sequence"]), row)


def _released(values: Values) -> Change:
    return Change("held_moves", (values["deal_id"], values["sequence"]), None)


def _fired(values: Values) -> Change:
    key = ("deal_id", "sequence", "action", "begun_on")
    return Change("deal_clocks", tuple(values[name] for name in key), values)


def _refused(values: Values) -> Change:
    row = {**without(values, "by"), "moved_by": values["by"]}
    return Change("refusals", (values["by"], values["submission_id"]), row)


def _window_measured(values: Values) -> Change:
    key = tuple(values[name] for name in ("period", "begins_on", "dimension", "value"))
    row = {**values, "lost": document(values["lost"]), "stages": document(values["stages"])}
    return Change("pipeline_windows", key, row if values["stages"] else None)


def _shared_out(values: Values) -> Change:
    key = tuple(values[name] for name in ("deal_id", "sequence", "payment_sequence", "is_reversal"))
    return Change("ledger_postings", key, {**values, "entries": document(values["entries"])})


def _closed(values: Values) -> Change:
    row = {**values, "positions": document(values["positions"]), "entries": document(values["entries"])}
    return Change("recognitions", (values["season"],), row)


#: By the record's name.
CHANGES: Changes = {
    "DealAdvanced": _advanced,
    "MoveHeld": _held,
    "MoveReleased": _released,
    "MoveRefused": _refused,
    "ClockFired": _fired,
    "PipelineWindowMeasured": _window_measured,
    "LedgerPosted": _shared_out,
    "RecognitionClosed": _closed,
}
