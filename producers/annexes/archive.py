"""Annexes in and out: the log says who may read, the vault has the keys, and one without the other gives nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from infra.vault.sealing import Label, Sealed, opened, sealed
from infra.vault.vault import Vault
from producers.annexes.shelf import Shelf
from schemas import annex_rules, codec, rules
from schemas.annexes import Annex, Annexes, Deposit
from schemas.errors import Unreadable
from schemas.faults import fault
from schemas.padding import MOST_BYTES, NONCE_BYTES, SEALED_BYTES
from schemas.records import AnnexDeposited, AnnexGranted, AnnexRead, Fault, reference

#: Keys of one institution for annexes that admission has not accepted, and may never: no more are made.
MOST_WAITING = 100


class Withheld(Exception):
    """Nothing is given out; the sentence tells the reader no more than the reader may know."""


class Unsealable(Exception):
    """Nothing is deposited; the faults say what to do, and nothing of the plain text."""

    def __init__(self, found: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{one.field}: {one.repair}" for one in found))
        self.faults = found


@dataclass(frozen=True, slots=True, repr=False)
class Plain:
    """A plain text on its way to the vault, or out of it; never printed."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and since when it is admitted without having been removed in between."""

    institution_id: str
    admitted_at: datetime


@dataclass(frozen=True, slots=True)
class Archive:
    """What commands and the intake ask."""

    shelf: Shelf
    vault: Vault
    now: Callable[[], datetime]

    def standing(self, beyond: int = 0) -> Annexes:
        """How annexes stand now, what lies before offset ``beyond`` included.

        Keys from before an erasure are destroyed by whoever hears of it first.
        """
        found = self.shelf.standing(beyond)
        self.vault.destroy(found.erasures(), found.deposited())
        return found

    def deposit(self, institution_id: str, achievement_id: str, plain: Plain, after_erasure: int) -> AnnexDeposited:
        """The next version of an annex, sealed and ready to be submitted; ``after_erasure`` is 0 unless it is told.

        Raises ``Unsealable`` where it breaks a rule, it was erased and that is not said, or too many keys wait.
        """
        _check(plain)
        ref = reference(institution_id, achievement_id)
        standing = self.standing()
        annex = standing.known.get(ref, Annex())
        # Where it was opened anew already, that need not be said again.
        is_open = annex.deposit is not None and after_erasure == 0
        after = annex.erased_version if is_open else after_erasure
        if after != annex.erased_version:
            raise Unsealable([fault("after_erasure", "annex-erased", after, _erased(ref, annex))])
        record = AnnexDeposited(
            uuid.uuid4(), institution_id, achievement_id, annex.version + 1, self.now(), plain.media_type,
            bytes(NONCE_BYTES), bytes(min(SEALED_BYTES)), after,
        )  # fmt: skip
        # A key is for ever: none is made for what admission would refuse by the rules alone.
        if wrong := rules.faults("AnnexDeposited", codec.plain(record), arrived_at=record.deposited_at):
            raise Unsealable(wrong)
        self._check_waiting(standing, ref, after)
        label = Label(ref, after, record.version, plain.media_type)
        made = sealed(plain.content, self.vault.key_made(ref, after), label)
        return replace(record, nonce=made.nonce, ciphertext=made.ciphertext)

    def _check_waiting(self, standing: Annexes, ref: str, after: int) -> None:
        """Whether an institution has many keys already for what admission took nothing of. Raises ``Unsealable``."""
        names, owner = self.vault.names(), ref.partition("/")[0]
        if (ref, after) in names:
            return
        open_ones = {known for known, annex in standing.known.items() if annex.deposit is not None}
        waiting = sorted(name for name, _ in names if name.startswith(f"{owner}/") and name not in open_ones)
        if len(waiting) >= MOST_WAITING:
            repair = (
                f"{len(waiting)} annexes of {owner} were handed in and not accepted, {waiting[0]} among them: wait "
                "for their receipts, or register their achievements and deposit or erase them again"
            )
            raise Unsealable([fault("achievement_id", "known", ref.partition("/")[2], repair)])

    def read(self, ref: str, reader: Reader) -> Plain:
        """The annex of an achievement, for its owner or whom a live grant names; the reading is written down before.

        What counts is what stands at the place of the reading. Raises ``Withheld``, ``Unreadable`` where it does not
        open, and ``Unavailable``.
        """
        now = self.now()
        annex = self.standing().known.get(ref, Annex())
        grant = _grant(ref, annex, reader, now)
        if annex.deposit is None:
            raise Withheld(_erased(ref, annex) if annex.erased is not None else f"{ref} has no annex")
        content = self._opened(ref, annex.deposit)
        institution_id, _, achievement_id = ref.partition("/")
        version, nda = (None, None) if grant is None else (grant.version, grant.nda)
        deposited, name = annex.deposit.version, reader.institution_id
        told = AnnexRead(uuid.uuid4(), institution_id, achievement_id, deposited, name, version, nda, now)
        place = self.shelf.tell(told)
        # A revocation or an erasure may have come in between, and its command have returned.
        after = self.standing(place + 1).known[ref]
        _grant(ref, after, reader, now)
        if after.erased_version != annex.erased_version:
            raise Withheld(_erased(ref, after))
        return Plain(annex.deposit.media_type, content)

    def _opened(self, ref: str, deposit: Deposit) -> bytes:
        key = self.vault.key(ref, deposit.after_erasure)
        if key is None:
            raise Unreadable(
                f"annex of {ref}", "the vault of this home has no key for it: read it where it was deposited"
            )
        said = self.shelf.deposit(deposit.offset)
        label = Label(ref, said.after_erasure, said.version, said.media_type)
        return opened(Sealed(said.nonce, said.ciphertext), key, label)


def _check(plain: Plain) -> None:
    if not annex_rules.is_media_type(plain.media_type):
        raise Unsealable([fault("media_type", "media-type", plain.media_type, "give one such as application/pdf")])
    if len(plain.content) > MOST_BYTES:
        raise Unsealable([fault("", "sealed", "", f"it has more than the {MOST_BYTES:,} bytes that an annex may have")])


def _grant(ref: str, annex: Annex, reader: Reader, now: datetime) -> AnnexGranted | None:
    """The grant by which ``reader`` reads; ``None`` for the owner. Raises ``Withheld`` for anybody else."""
    name = reader.institution_id
    if name == ref.partition("/")[0]:
        return None
    grant = annex.grant_of(name, now)
    # Whoever had this id before and was removed may have been another.
    if grant is None or grant.granted_at < reader.admitted_at:
        # The same whether there is an annex or not: who may not read it need not know.
        raise Withheld(f"{ref} has no annex that {name} may read")
    return grant


def _erased(ref: str, annex: Annex) -> str:
    version = annex.erased_version
    if not version:
        return f"the annex of {ref} was never erased: deposit it without saying so"
    return f"the annex of {ref} was erased by version {version}: to open it anew, deposit it after erasure {version}"
