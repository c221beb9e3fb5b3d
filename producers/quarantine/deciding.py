"""What may be done with a record in quarantine, and what follows: pure, over the record and what was done before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from producers.quarantine.asides import Aside
from producers.quarantine.drafts import Repaired
from schemas import topics
from schemas.quarantine import REPLAY_OF
from schemas.records import QuarantineActed, QuarantineAction
from schemas.salvage import Salvage


class Word(NamedTuple):
    """Who acts, when, and what that person says about it."""

    by: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why nothing is done; ``is_done`` where it was done before."""

    sentence: str
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Replay:
    """A record on its way to its inbox again, and the act that says so."""

    act: QuarantineActed
    topic: str
    key: bytes | None
    value: bytes
    headers: Sequence[tuple[str, Any]]


#: What to do about records of lanes whose inputs are nobody's submissions, once the cause is mended.
ELSEWHERE: Mapping[str, str] = {
    "matching": "the fact stands in the register, and only its matches are missing. Its institution submits a new "
    "version of the achievement or demand; a scoring model is published again under a new version",
    "ranking": "what was found for a demand did not reach its matches. The demand's institution submits a new version "
    "of it, so that everything is found again",
    "deals": "the move or the fact stands in the register and moved no deal. The party of the deal submits the same "
    "move again under a new submission id; of an achievement its institution submits a new version",
    "life-cycle": "the move stands in the register and moved no task, or a match that was withdrawn took no invitation "
    "back. The institution submits the same move again under a new submission id, or withdraws the invitation",
    "policies": "the deal, the policy or the fact stands; what deals qualify for is missing. The office revises "
    "its policy; an institution submits a new version of its achievement or demand",
    "duplicates": "the achievement stands in the register and is compared with none, or a decision counts for nothing. "
    "Its institution submits a new version of the achievement; a decision is made again",
}


def no_repair(aside: Aside) -> Objection | None:
    """Why a record cannot be repaired; ``None`` where it can."""
    return _closed(aside) or _foreign(aside)


def repair(aside: Aside, repaired: Repaired, word: Word) -> QuarantineActed:
    """The act that keeps a repaired submission until it is replayed."""
    return _acted(aside, QuarantineAction.REPAIRED, word, None, repaired.submission_id, repaired.data)


def drop(aside: Aside, word: Word) -> QuarantineActed | Objection:
    """The act that closes a record for good."""
    if aside.state == "dropped":
        return _before(aside)
    return _closed(aside) or _acted(aside, QuarantineAction.DROPPED, word)


def replay(aside: Aside, found: Salvage, word: Word) -> Replay | Objection:
    """The submission on its way to admission again; ``found`` is what can be read of its bytes, as repaired if it was.

    Its inbox and key are those that it had, and so are its headers, with one more that names where it comes from.
    """
    if aside.state == "replayed":
        return _before(aside)
    objection = no_repair(aside)
    if objection is not None:
        return objection
    data = aside.value if aside.repaired is None else aside.repaired
    if not found.is_submission or data is None or aside.history is None:
        return Objection(f"{aside.at} still cannot be read ({found.why}): `techdock quarantine repair {aside.at}`")
    topic = aside.history.topic
    act = _acted(aside, QuarantineAction.REPLAYED, word, topic, found.values["submission_id"])
    carried = [header for header in aside.headers if header[0] != REPLAY_OF]
    return Replay(act, topic, aside.key, data, [*carried, (REPLAY_OF, aside.at.full.encode())])


def _closed(aside: Aside) -> Objection | None:
    if aside.is_open:
        return None
    last = aside.acts[-1]
    return Objection(f"{aside.at} was {aside.state} by {last.acted_by} at {_moment(last)}: nothing can follow")


def _before(aside: Aside) -> Objection:
    last = aside.acts[-1]
    return Objection(
        f"{aside.at} was {aside.state} before, by {last.acted_by} at {_moment(last)}: nothing is to do", True
    )


def _foreign(aside: Aside) -> Objection | None:
    """Only what came through an inbox is anyone's submission."""
    if aside.institution_id is not None:
        return None
    if aside.history is None:
        return Objection(f"{aside.at}: its headers do not say where it came from; drop it with a reason")
    advice = ELSEWHERE.get(aside.history.lane, "it is no submission")
    return Objection(
        f"{aside.at} came from {aside.history.topic} through {aside.history.lane} and is no submission, so that it "
        f"cannot be repaired or replayed: {advice}. Then drop it with a reason"
    )


def _acted(
    aside: Aside, action: QuarantineAction, word: Word, sent_to: str | None = None, submission_id: UUID | None = None,
    repaired: bytes | None = None,
) -> QuarantineActed:  # fmt: skip
    return QuarantineActed(
        topics.QUARANTINE.name, aside.at.partition, aside.at.offset, action, word.at, word.by, word.reason,
        sent_to, submission_id, repaired,
    )  # fmt: skip


def _moment(act: QuarantineActed) -> str:
    return act.acted_at.isoformat(timespec="seconds")
