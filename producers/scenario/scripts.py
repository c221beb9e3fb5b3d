"""How the deals of the scenario go, step by step.

``seeker:CONTACT`` is a move of the demand's side, ``owner:…`` of the achievement's; ``broker:…``, ``office:…`` and
``registrar:…`` are those of others, each in its own name. ``!rule`` marks a move that is meant to be refused by that
rule; it does not use up its sequence number. ``-`` is a round in which nobody moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from schemas.records import Move

Party = Literal["owner", "seeker", "broker", "office", "registrar"]


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a deal; ``broken`` names the rule that refuses it, if one is meant to."""

    by: Party
    move: Move
    broken: str = ""

    @property
    def by_owner(self) -> bool:
        """Whether the achievement's side makes it."""
        return self.by == "owner"


#: A step of ``None`` lets a round pass.
Script = tuple[Step | None, ...]

_TALKS = "seeker:CONTACT owner:START_TALKS"
_OFFERS = f"{_TALKS} seeker:OFFER owner:OFFER"
_TESTED = f"{_TALKS} seeker:EVALUATE owner:OFFER seeker:OFFER"
# One side agrees to other terms than were offered last, the other one to the same.
_AGREED = f"{_TESTED} owner:AGREE seeker:AGREE"
_CONTRACTED = f"{_AGREED} seeker:CONTRACT"
_REGISTERED = f"{_CONTRACTED} owner:REGISTER"
_DELIVERING = f"{_REGISTERED} owner:DELIVER"
_PAID = f"{_REGISTERED} owner:PAY"
_BROKERED = "owner:APPOINT broker:CONTACT broker:START_TALKS"

#: Deals that concern nobody else, with how many there are of each.
ALONE: tuple[tuple[int, str], ...] = (
    (4, "seeker:CONTACT"),
    (4, _TALKS),
    (6, _OFFERS),
    (4, f"{_OFFERS} seeker:OFFER owner:OFFER"),
    (6, _TESTED),
    (5, _AGREED),
    (2, f"{_OFFERS} seeker:AGREE owner:AGREE"),
    (5, _CONTRACTED),
    (3, _REGISTERED),
    (3, _DELIVERING),
    (6, f"{_DELIVERING} seeker:INDUSTRIALISE"),
    (4, f"{_OFFERS} seeker:PAUSE"),
    (2, f"{_AGREED} seeker:PAUSE"),
    (3, f"{_TALKS} seeker:PAUSE owner:RESUME seeker:EVALUATE owner:OFFER seeker:AGREE owner:AGREE owner:CONTRACT "
        "seeker:REGISTER"),
    (2, "seeker:CONTACT owner:END"),
    (4, f"{_OFFERS} seeker:END"),
    (2, f"{_TESTED} owner:END"),
    (1, f"{_OFFERS} seeker:PAUSE owner:END"),
    # Paid; with other shares after a first payment; undone.
    (4, f"{_PAID} owner:DELIVER"),
    (2, f"{_PAID} owner:AMEND owner:DELIVER"),
    (1, f"{_PAID} seeker:RESCIND"),
    (1, f"{_REGISTERED} seeker:PAY!role owner:PAY"),
    # Too fast, out of turn, and other than agreed.
    (2, f"{_TALKS} seeker:CONTRACT!table owner:OFFER seeker:OFFER"),
    (1, "seeker:CONTACT owner:OFFER!table owner:START_TALKS seeker:EVALUATE"),
    (1, f"{_OFFERS} seeker:END owner:RESUME!table"),
    (2, f"{_TALKS} seeker:OFFER!sequence-taken seeker:OFFER owner:OFFER"),
    # Stood by once and no longer; given up, and taken up again.
    (1, f"{_AGREED} seeker:RETRACT owner:CONTRACT!table owner:OFFER"),
    (1, f"{_OFFERS} seeker:END owner:REOPEN seeker:OFFER"),
    (2, f"{_AGREED} seeker:CONTRACT!agreed owner:CONTRACT seeker:REGISTER"),
    # Brought together by a broker that a side appoints; one that nobody appointed, and one that is dismissed.
    (2, f"{_BROKERED} seeker:OFFER owner:AGREE seeker:AGREE seeker:CONTRACT owner:REGISTER registrar:CERTIFY "
        "owner:PAY"),
    (1, "broker:CONTACT!appointment seeker:APPOINT broker:CONTACT owner:START_TALKS seeker:DISMISS seeker:OFFER"),
    # Certified; sent back, registered anew and certified; certified again after a change.
    (2, f"{_REGISTERED} registrar:CERTIFY owner:PAY owner:DELIVER"),
    (1, f"{_REGISTERED} registrar:REJECT owner:REGISTER registrar:CERTIFY"),
    (1, f"{_REGISTERED} registrar:CERTIFY owner:AMEND registrar:CERTIFY!certification registrar:CERTIFY"),
)  # fmt: skip
#: Deals that a district office begins for an enterprise that submits itself, with how many there are of them.
ARRANGED = (2, "office:CONTACT owner:START_TALKS seeker:EVALUATE owner:OFFER seeker:OFFER")
#: Deals over an achievement that its owner withdraws meanwhile.
OVERTAKEN = f"{_OFFERS} seeker:OFFER!offered seeker:END"
#: The step of ``OVERTAKEN`` at which the achievement is withdrawn: after it, nobody can bid any more.
WITHDRAWN_AT = 3
#: Two deals over one achievement: the first gets it alone, the second comes too late.
WINNER = _REGISTERED
#: The market ends its deal in the round of the winner's contract; after that neither side can move it.
LOSER = f"{_OFFERS} - seeker:AGREE!exclusivity owner:REOPEN!exclusivity"
#: Rounds by which the loser starts later than the winner, so that the round it lets pass is that of the contract.
LOSER_BEHIND = 3
#: One winner against one loser, and one that ends by itself before it comes to that.
OUTBID = f"{_TALKS} seeker:OFFER owner:END"


def script(text: str) -> Script:
    """The steps in ``text``."""
    return tuple(_step(word) for word in text.split())


def _step(word: str) -> Step | None:
    if word == "-":
        return None
    side, _, rest = word.partition(":")
    move, _, broken = rest.partition("!")
    (by,) = (one for one in get_args(Party) if one == side)
    return Step(by, Move(move), broken)
