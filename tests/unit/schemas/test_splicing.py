"""A spliced record is byte for byte the record that decoding and encoding would have made."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from schemas import codec
from schemas.errors import Unreadable
from schemas.splicing import Splice, splice

_names = st.text(max_size=12)
_codes = st.none() | st.sampled_from(["210202", "310000"])
_reasons = st.lists(
    st.fixed_dictionaries(
        {
            "factor": st.just("TERM"),
            "detail": _names,
            "contribution": st.floats(0, 1),
            "in_title": st.integers(-1, 240),
            "in_keywords": st.integers(-1, 240),
        }
    ),
    max_size=4,
)
_candidates = st.fixed_dictionaries(
    {
        "demand_institution_id": _names, "demand_id": _names, "demand_version": st.integers(1, 10**6),
        "achievement_institution_id": _names, "achievement_id": _names, "achievement_version": st.integers(1, 10**6),
        "demand_title": _names, "achievement_title": _names, "industries": st.lists(_names, max_size=3),
        "maturity": st.none() | st.integers(1, 9), "achievement_district": _codes, "demand_district": _codes,
        "score": st.floats(0, 1), "model_version": _names, "reasons": _reasons, "matches_wanted": st.integers(1, 1000),
    }
)  # fmt: skip
_MORE: dict[str, Any] = {
    "match_id": "3f2c2f6e-6f0a-5f0e-9d57-0d5b3c1c2a11", "caused_at": 1_700_000_000_000_000, "reason": "OUTRANKED",
}  # fmt: skip


@given(_candidates, st.sampled_from(["MatchProposed", "MatchRevised", "MatchWithdrawn"]), st.booleans())
@settings(deadline=None)
def test_it_is_what_decoding_and_encoding_would_have_made(
    candidate: dict[str, Any], target: str, is_known: bool
) -> None:
    data = codec.encode_fields("Candidate", candidate)
    made = splice("Candidate", target).made(data, _MORE, candidate if is_known else None)
    assert made == codec.encode_fields(target, {**candidate, **_MORE})


def test_another_record_is_not_spliced() -> None:
    with pytest.raises(Unreadable):
        splice("Candidate", "MatchProposed").made(codec.encode_fields("ClockTicked", {"now": 0}), _MORE)


def test_schemas_that_share_no_beginning_are_refused() -> None:
    with pytest.raises(ValueError, match="does not begin with"):
        Splice("ClockTicked", "MatchProposed")
