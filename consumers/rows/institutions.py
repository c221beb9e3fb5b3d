"""What records of the directory do to the tables, and those of verified facts."""

from __future__ import annotations

from consumers.rows.change import Change, Changes, Key, Values, without

_FREE: Values = {"suspended_at": None, "suspension_reason": None}


def _admitted(values: Values) -> Change:
    row = {**without(values, "by"), "admitted_by": values["by"], "removed_at": None, "removal_reason": None}
    return Change("institutions", (values["institution_id"],), row)


def _suspended(values: Values) -> Change:
    row = {**without(values, "reason"), "suspension_reason": values["reason"]}
    return Change("institutions", (values["institution_id"],), row)


def _resumed(values: Values) -> Change:
    return Change("institutions", (values["institution_id"],), {"institution_id": values["institution_id"], **_FREE})


def _removed(values: Values) -> Change:
    row = {**without(values, "reason"), "removal_reason": values["reason"], **_FREE, "key_rotated_at": None}
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


def _pair(values: Values) -> Key:
    return values["from_institution_id"], values["to_institution_id"]


def _fact_verified(values: Values) -> Change:
    row = {**without(values, "submission_id"), "retracted_at": None, "retraction_reason": None}
    return Change("facts", (values["institution_id"], values["fact_id"]), row)


def _fact_retracted(values: Values) -> Change:
    row = {**without(values, "submission_id", "reason"), "retraction_reason": values["reason"]}
    return Change("facts", (values["institution_id"], values["fact_id"]), row)


#: By the record's name.
CHANGES: Changes = {
    "InstitutionAdmitted": _admitted,
    "InstitutionSuspended": _suspended,
    "InstitutionResumed": _resumed,
    "InstitutionRemoved": _removed,
    "InstitutionKeyRotated": _key_rotated,
    "TokenIssued": _of_tokens,
    "TokenRevoked": _of_tokens,
    "DelegationGranted": _granted,
    "DelegationRevoked": _revoked,
    "FactVerified": _fact_verified,
    "FactRetracted": _fact_retracted,
}
