"""What records of annexes do to the tables."""

from __future__ import annotations

from consumers.rows.change import Change, Changes, Key, Values, without


def _annex_deposited(values: Values) -> Change:
    row = {**without(values, "submission_id", "nonce", "ciphertext"), "sealed_bytes": len(values["ciphertext"])}
    return Change("annexes", _annex(values), row)


def _annex_erased(values: Values) -> Change:
    row = {
        **without(values, "submission_id", "version", "by", "reason"),
        "erased_version": values["version"],
        "erased_by": values["by"],
        "erasure_reason": values["reason"],
    }
    return Change("annexes", _annex(values), row)


def _annex_granted(values: Values) -> Change:
    row = {**without(values, "submission_id"), "revoked_at": None, "revocation_reason": None}
    return Change("annex_grants", (*_annex(values), values["grantee_institution_id"]), row)


def _annex_revoked(values: Values) -> Change:
    row = {**without(values, "submission_id", "version", "reason"), "revocation_reason": values["reason"]}
    return Change("annex_grants", (*_annex(values), values["grantee_institution_id"]), row)


def _annex_read(values: Values) -> Change:
    return Change("annex_readings", (values["reading_id"],), values)


def _annex(values: Values) -> Key:
    return values["institution_id"], values["achievement_id"]


#: By the record's name.
CHANGES: Changes = {
    "AnnexDeposited": _annex_deposited,
    "AnnexErased": _annex_erased,
    "AnnexGranted": _annex_granted,
    "AnnexRevoked": _annex_revoked,
    "AnnexRead": _annex_read,
}
