"""Who may submit, and for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class InstitutionKind(StrEnum):
    """What kind of institution it is."""

    UNKNOWN = "UNKNOWN"
    UNIVERSITY = "UNIVERSITY"
    INSTITUTE = "INSTITUTE"
    ENTERPRISE = "ENTERPRISE"
    DISTRICT_OFFICE = "DISTRICT_OFFICE"
    BROKER = "BROKER"
    #: Where technical contracts are registered (技术合同登记机构).
    REGISTRAR = "REGISTRAR"


class AdmittedBy(StrEnum):
    """Who opened the door to an institution."""

    UNKNOWN = "UNKNOWN"
    OPERATOR = "OPERATOR"
    SENDER = "SENDER"


class TokenScope(StrEnum):
    """What a token lets its bearer do over HTTPS."""

    UNKNOWN = "UNKNOWN"
    SUBMIT = "SUBMIT"
    READ = "READ"


@dataclass(frozen=True, slots=True)
class InstitutionAdmitted:
    """An institution may submit from now on, or is described anew."""

    institution_id: str
    name_zh: str | None
    name_en: str | None
    kind: InstitutionKind
    district: str | None
    by: AdmittedBy
    admitted_at: datetime


@dataclass(frozen=True, slots=True)
class InstitutionSuspended:
    """An institution may submit nothing until it is resumed; what it has registered stays."""

    institution_id: str
    reason: str
    suspended_at: datetime


@dataclass(frozen=True, slots=True)
class InstitutionResumed:
    """An institution that was suspended may submit again."""

    institution_id: str
    resumed_at: datetime


@dataclass(frozen=True, slots=True)
class InstitutionRemoved:
    """An institution may submit nothing any more; its topics and what it has registered stay."""

    institution_id: str
    reason: str
    removed_at: datetime


@dataclass(frozen=True, slots=True)
class InstitutionKeyRotated:
    """An institution has a new key; the one before is worth nothing any more."""

    institution_id: str
    key_hash: str
    rotated_at: datetime


@dataclass(frozen=True, slots=True)
class TokenIssued:
    """An institution has one more token for the intake over HTTPS."""

    institution_id: str
    token_id: str
    token_hash: str
    scopes: tuple[TokenScope, ...]
    about: str
    until: date | None
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class TokenRevoked:
    """A token is worth nothing any more."""

    institution_id: str
    token_id: str
    revoked_at: datetime


@dataclass(frozen=True, slots=True)
class DelegationGranted:
    """An institution lets another one speak for it, through that one's own inbox."""

    from_institution_id: str
    to_institution_id: str
    until: date | None
    granted_at: datetime


@dataclass(frozen=True, slots=True)
class DelegationRevoked:
    """An institution does not let another one speak for it any more."""

    from_institution_id: str
    to_institution_id: str
    revoked_at: datetime
