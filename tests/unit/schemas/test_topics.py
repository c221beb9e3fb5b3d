"""Institutions' topics are made from their ids, and only from good ones."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from schemas import topics
from schemas.errors import Misconfigured

BAD = ["", "DLUT", "dl ut", "-dlut", "dlut-", "dlut.v1", "dlut/1", "大连理工", "d" * 64, "dlut\n", "..", "a_b"]


@pytest.mark.parametrize("slug", BAD)
@pytest.mark.parametrize("make", [topics.inbox, topics.receipts])
def test_an_id_that_cannot_be_part_of_a_name_is_refused_in_a_sentence(make: type, slug: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        make(slug)

    (sentence,) = refused.value.problems
    assert sentence.startswith(f"institution id {slug!r}: use 1 to 63 lower-case letters, digits and hyphens")


@given(st.from_regex(topics.SLUG, fullmatch=True))
def test_topics_of_an_institution_are_found_by_their_patterns_and_lead_back_to_it(slug: str) -> None:
    inbox, receipts = topics.inbox(slug), topics.receipts(slug)

    assert re.fullmatch(topics.INBOXES, inbox.name)
    assert re.fullmatch(topics.RECEIPTS, receipts.name)
    assert topics.institution_of(inbox.name) == topics.institution_of(receipts.name) == slug
    # The longest name that Kafka takes.
    assert len(receipts.name) <= 249


def test_an_institution_speaks_and_is_answered_in_one_order() -> None:
    assert topics.inbox("dlut").partitions == topics.receipts("dlut").partitions == 1
    assert topics.inbox("dlut").config["message.timestamp.type"] == "LogAppendTime"


@pytest.mark.parametrize(
    "name",
    [*(topic.name for topic in topics.CATALOGUE), "techdock.inbox.dlut.v2", "other.inbox.dlut.v1", "techdock.inbox.v1"],
)
def test_other_topics_belong_to_no_institution(name: str) -> None:
    assert topics.institution_of(name) is None
