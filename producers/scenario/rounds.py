"""What is sent to whom, and what is meant to become of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from schemas import codec
from schemas.records import Submission


class Fate(Enum):
    """What is meant to become of a parcel."""

    ACCEPTED = "accepted"
    #: Accepted as well formed, then refused by the rules of deals.
    MOVE_REFUSED = "move refused"
    REFUSED = "refused"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Parcel:
    """Something for the inbox of an institution: a submission, or bytes that are none."""

    inbox: str
    content: Submission | bytes
    fate: Fate = Fate.ACCEPTED

    @property
    def value(self) -> bytes:
        """The bytes to send."""
        return self.content if isinstance(self.content, bytes) else codec.encode(self.content)


@dataclass(frozen=True, slots=True)
class Round:
    """Parcels that need not wait for one another; those of one inbox keep their order."""

    title: str
    parcels: tuple[Parcel, ...]
    #: The session whose achievements are chosen and announced once all is answered; empty for none.
    announces: str = ""


def parcel(submission: Submission, fate: Fate = Fate.ACCEPTED) -> Parcel:
    """A submission on its way to its own institution's inbox."""
    return Parcel(submission.institution_id, submission, fate)
