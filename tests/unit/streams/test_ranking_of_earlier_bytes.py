"""Candidates that an earlier release wrote are ranked, kept and told in the words of this one."""

from __future__ import annotations

import io

import fastavro
from fastavro.schema import fingerprint, to_parsing_canonical_form

from schemas import codec, editions, topics
from schemas.records import Candidate, CandidatesChanged, MatchProposed, MatchWithdrawn
from streams.lane import Output
from streams.ranking import RankingShard
from tests.contract.schemas.examples import loaded, paths
from tests.unit.streams.making import entered

#: As it was before reasons told fields.
_FIRST = editions.releases()[0].schema("Candidate")
(_NAME, _VALUES) = next(loaded(path) for path in paths() if path.parent.name == "Candidate")


def _earlier(values: dict[str, object]) -> bytes:
    schema = fastavro.parse_schema(_FIRST)
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema, values)
    marker = b"\xc3\x01" + bytes.fromhex(fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))
    return marker + out.getvalue()


def _change(candidate: bytes) -> CandidatesChanged:
    change = next(codec.record(*loaded(path)) for path in paths() if path.parent.name == "CandidatesChanged")
    assert isinstance(change, CandidatesChanged)
    (entry, *_) = change.entries
    values = {**codec.plain(change), "entries": [{**codec.plain(entry), "candidate": candidate}], "removed": []}
    record = codec.record("CandidatesChanged", values)
    assert isinstance(record, CandidatesChanged)
    return record


def _told(outputs: list[Output]) -> list[object]:
    return [codec.decode(one.value) for one in outputs if one.topic == topics.MATCHES.name]


def test_a_candidate_of_an_earlier_release_becomes_a_match_and_a_state_of_this_one() -> None:
    shard = RankingShard()
    outputs = [*shard.decide(entered(_change(_earlier(_VALUES)), topics.CANDIDATES.name)), *shard.settle()]
    (state,) = (one for one in outputs if one.topic == topics.RANKING_STATE.name)
    assert state.value == codec.encode_fields(_NAME, _VALUES)
    (match,) = _told(outputs)
    assert isinstance(match, MatchProposed)
    assert [(reason.in_title, reason.in_keywords) for reason in match.reasons] == [(-1, -1)] * len(match.reasons)


def test_a_state_of_an_earlier_release_is_restored_and_its_match_taken_back() -> None:
    shard = RankingShard()
    change = _change(_earlier(_VALUES))
    key = f"{change.demand_ref}\x1f{change.entries[0].achievement_ref}".encode()
    shard.load(entered(_earlier(_VALUES), topics.RANKING_STATE.name, key=key))
    shard.restored()
    candidate = codec.decode(_earlier(_VALUES))
    assert isinstance(candidate, Candidate)
    removed = {
        "achievement_institution_id": candidate.achievement_institution_id,
        "achievement_id": candidate.achievement_id,
        "reason": "OUTRANKED",
    }
    gone = codec.record("CandidatesChanged", {**codec.plain(change), "entries": [], "removed": [removed]})
    outputs = [*shard.decide(entered(gone, topics.CANDIDATES.name)), *shard.settle()]
    (match,) = _told(outputs)
    assert isinstance(match, MatchWithdrawn)
    assert match.achievement_ref == candidate.achievement_ref
