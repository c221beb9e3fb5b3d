"""Whether receipts and registers tell the same: each accepted submission stands once where its receipt says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from infra.reading import committed_records, topic_names
from schemas import codec, topics
from schemas.records import AnnexRead, NegotiationUpdated
from streams.mandate_check import MandateCheck

#: Topic, partition and offset of a record in a register.
_Spot = tuple[str, int, int]


def differences(bootstrap: str, mandates: MandateCheck) -> list[Mapping[str, object]]:
    """Records of the registers whose place no receipt names, receipts of nothing, ids that an inbox used twice."""
    registers = [
        topic.name
        for topic in (
            topics.ACHIEVEMENTS, topics.DEMANDS, topics.NEGOTIATIONS, topics.ANNEXES, topics.FACTS, topics.TASKS,
        )
    ]  # fmt: skip
    registered: dict[_Spot, Any] = {}
    others: dict[_Spot, Mapping[str, Any]] = {}
    for message in committed_records(bootstrap, registers):
        name, values = codec.decode_fields(message.value())
        is_copy = message.topic() == topics.NEGOTIATIONS.name and name != NegotiationUpdated.__name__
        if not is_copy and name != AnnexRead.__name__:
            spot = message.topic(), message.partition(), message.offset()
            registered[spot] = values["submission_id"]
            if name == NegotiationUpdated.__name__ and _concerns_others(values):
                others[spot] = values
    accepted: defaultdict[tuple[str, Any], set[_Spot]] = defaultdict(set)
    for inbox, one, spot in _accepted(bootstrap, topic_names(bootstrap), mandates, others):
        accepted[inbox, one].add(spot)
    told = {spot: one for (_, one), spots in accepted.items() for spot in spots}
    twice: list[Mapping[str, object]] = [
        {"what": "submission", "submission": str(one), "inbox": inbox, "registered": len(spots)}
        for (inbox, one), spots in sorted(accepted.items())
        if len(spots) > 1
    ]
    return twice + [
        {"what": "submission", "submission": str(registered.get(spot, told.get(spot))), "place": list(spot),
         "registered": spot in registered, "accepted": spot in told}
        for spot in sorted(registered.keys() | told.keys())
        if registered.get(spot) != told.get(spot)
    ]  # fmt: skip


def _concerns_others(move: Mapping[str, Any]) -> bool:
    """Whether somebody else than the two sides of its deal makes a move, or is named in it."""
    sides = {move["achievement_institution_id"], move["demand_institution_id"]}
    return move["institution_id"] not in sides or move["role"] is not None or move["broker"] is not None


def _accepted(
    bootstrap: str, names: Sequence[str], mandates: MandateCheck, others: Mapping[_Spot, Mapping[str, Any]]
) -> Iterable[tuple[str, Any, _Spot]]:
    receipts = [name for name in names if name.startswith("techdock.receipts.")]
    for message in committed_records(bootstrap, receipts):
        name, values = codec.decode_fields(message.value())
        if name != "SubmissionAccepted":
            mandates.take(name, values)
            continue
        spot = (values["register_topic"], values["register_partition"], values["register_offset"])
        mandates.take(name, values, others.get(spot))
        yield values["institution_id"], values["submission_id"], spot
