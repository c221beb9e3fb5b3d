"""What an operator may say of institutions, and what is answered where it may not be said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, strategies as st

from producers import institutions
from producers.institutions import Decision, Description
from schemas.errors import Misconfigured
from schemas.institutions import Institutions, Status
from schemas.records import (
    DelegationGranted,
    DelegationRevoked,
    InstitutionAdmitted,
    InstitutionEvent,
    InstitutionKind,
    InstitutionRemoved,
)

#: One in the morning of 2 March in China.
NOW = datetime(2026, 3, 1, 17, tzinfo=UTC)


def described(name: str = "dlut", kind: InstitutionKind = InstitutionKind.UNIVERSITY, **changes: str) -> Description:
    return Description(name, changes.get("name_zh", "大连理工大学"), None, kind, changes.get("district", "210204"))


class Log:
    """The topic of institutions, to speak to."""

    def __init__(self) -> None:
        self.events: list[InstitutionEvent] = []
        self.standing = Institutions()

    def say(self, decide: Decision) -> Sequence[InstitutionEvent]:
        said = decide(self.standing)
        for event in said:
            self.events.append(event)
            self.standing.take(event, len(self.events))
        return said


@pytest.fixture
def log() -> Log:
    """dlut, neusoft, a district office and a broker are admitted."""
    made = Log()
    made.say(institutions.admit(described(), NOW))
    made.say(institutions.admit(described("neusoft", InstitutionKind.ENTERPRISE), NOW))
    made.say(institutions.admit(described("district-210204", InstitutionKind.DISTRICT_OFFICE), NOW))
    made.say(institutions.admit(described("broker", InstitutionKind.BROKER), NOW))
    return made


def refused(log: Log, decide: Decision) -> str:
    with pytest.raises(Misconfigured) as caught:
        log.say(decide)
    return "; ".join(caught.value.problems)


def test_the_same_description_again_says_nothing(log: Log) -> None:
    assert log.say(institutions.admit(described(), NOW)) == ()
    assert len(log.say(institutions.admit(described(district="210211"), NOW))) == 1


def test_everything_that_is_wrong_with_a_description_is_told_at_once() -> None:
    with pytest.raises(Misconfigured) as caught:
        institutions.admit(Description("dlut", "\x00", None, InstitutionKind.UNIVERSITY, "99"), NOW)
    assert len(caught.value.problems) == 2
    with pytest.raises(Misconfigured, match="give a name"):
        institutions.admit(Description("dlut", None, None, InstitutionKind.UNIVERSITY, None), NOW)
    with pytest.raises(Misconfigured, match="lower-case"):
        institutions.admit(described("../dlut"), NOW)


def test_a_sender_opens_the_door_only_for_whom_nobody_knows(log: Log) -> None:
    (event,) = log.say(institutions.admit_senders(["dlut", "sbir"], NOW))
    assert isinstance(event, InstitutionAdmitted)
    assert event.institution_id == "sbir"
    assert log.say(institutions.admit_senders(["dlut", "sbir"], NOW)) == []


def test_a_sender_does_not_let_in_whom_an_operator_keeps_out(log: Log) -> None:
    log.say(institutions.suspend("dlut", "key leaked", NOW))
    log.say(institutions.remove("neusoft", "merged", NOW))
    why = refused(log, institutions.admit_senders(["dlut", "neusoft"], NOW))
    assert "dlut: it is suspended (key leaked)" in why
    assert "neusoft: it was removed (merged)" in why


def test_an_introduction_leaves_alone_whom_an_operator_has_described(log: Log) -> None:
    log.say(institutions.admit_senders(["sbir"], NOW))
    cast = [described(name, InstitutionKind.BROKER) for name in ("dlut", "sbir", "liaodong")]
    said = log.say(institutions.introduction(cast, NOW))
    assert [getattr(event, "institution_id", "") for event in said] == ["sbir", "liaodong"]
    assert log.standing.known["sbir"].admitted.kind is InstitutionKind.BROKER
    assert log.say(institutions.introduction(cast, NOW)) == []


def test_an_introduction_lets_nobody_in_while_one_is_kept_out(log: Log) -> None:
    log.say(institutions.remove("neusoft", "merged", NOW))
    cast = [described(name, InstitutionKind.ENTERPRISE) for name in ("liaodong", "neusoft")]
    assert "neusoft: it was removed (merged)" in refused(log, institutions.introduction(cast, NOW))
    assert "liaodong" not in log.standing.known


def test_what_holds_already_is_not_said_again(log: Log) -> None:
    assert log.say(institutions.resume("dlut", NOW)) == ()
    assert len(log.say(institutions.suspend("dlut", "key leaked", NOW))) == 1
    assert log.say(institutions.suspend("dlut", "for another reason", NOW)) == ()
    assert len(log.say(institutions.remove("dlut", "closed", NOW))) == 1
    assert log.say(institutions.remove("dlut", "closed", NOW)) == ()


@pytest.mark.parametrize(
    "decide",
    [
        institutions.suspend("nobody", "x", NOW),
        institutions.resume("nobody", NOW),
        institutions.remove("nobody", "x", NOW),
        institutions.rotate_key("nobody", "key", NOW),
        institutions.grant("nobody", "broker", None, NOW),
        institutions.grant("dlut", "nobody", None, NOW),
    ],
)
def test_whom_nobody_knows_is_named(log: Log, decide: Decision) -> None:
    assert "nobody is not known" in refused(log, decide)


def test_a_removal_ends_all_delegations_of_the_institution_with_it(log: Log) -> None:
    log.say(institutions.grant("dlut", "broker", None, NOW))
    log.say(institutions.grant("neusoft", "broker", None, NOW))
    log.say(institutions.grant("neusoft", "district-210204", None, NOW))
    said = log.say(institutions.remove("broker", "closed", NOW))
    assert said == (
        DelegationRevoked("dlut", "broker", NOW),
        DelegationRevoked("neusoft", "broker", NOW),
        InstitutionRemoved("broker", "closed", NOW),
    )
    assert set(log.standing.grants) == {("neusoft", "district-210204")}


def test_only_a_district_office_or_a_broker_speaks_for_others(log: Log) -> None:
    assert "only a district office or a broker" in refused(log, institutions.grant("neusoft", "dlut", None, NOW))
    assert len(log.say(institutions.grant("neusoft", "district-210204", None, NOW))) == 1


def test_a_grant_may_get_another_end_and_the_same_again_says_nothing(log: Log) -> None:
    day = date(2026, 3, 2)
    assert log.say(institutions.grant("neusoft", "broker", day, NOW)) == (
        DelegationGranted("neusoft", "broker", day, NOW),
    )
    assert log.say(institutions.grant("neusoft", "broker", day, NOW)) == ()
    assert len(log.say(institutions.grant("neusoft", "broker", None, NOW))) == 1


def test_a_grant_cannot_end_before_today_in_china() -> None:
    with pytest.raises(Misconfigured, match="that day is over in China"):
        institutions.grant("neusoft", "broker", date(2026, 3, 1), NOW)


def test_nobody_grants_to_itself_and_nothing_is_revoked_that_was_not_granted(log: Log) -> None:
    with pytest.raises(Misconfigured, match="speaks for itself anyway"):
        institutions.grant("broker", "broker", None, NOW)
    assert "grants nothing to broker" in refused(log, institutions.revoke("neusoft", "broker", NOW))


def test_a_reason_has_words() -> None:
    with pytest.raises(Misconfigured, match="say in words why"):
        institutions.suspend("dlut", "  ", NOW)
    with pytest.raises(Misconfigured, match="--reason"):
        institutions.remove("dlut", "\x00", NOW)


def test_a_key_is_kept_as_its_hash_alone(log: Log) -> None:
    key = institutions.new_key()
    (event,) = log.say(institutions.rotate_key("dlut", key, NOW))
    assert key not in str(event)
    assert log.standing.known["dlut"].key_hash == institutions.key_hash(key)
    assert len(key) >= 43
    assert institutions.new_key() != key


_NAMES = st.sampled_from(["dlut", "neusoft", "broker", "district-210204", "nobody"])
_commands = st.one_of(
    st.builds(lambda name: institutions.admit(described(name, InstitutionKind.BROKER), NOW), _NAMES),
    st.builds(lambda name: institutions.admit_senders([name], NOW), _NAMES),
    st.builds(lambda name: institutions.suspend(name, "x", NOW), _NAMES),
    st.builds(lambda name: institutions.resume(name, NOW), _NAMES),
    st.builds(lambda name: institutions.remove(name, "x", NOW), _NAMES),
    st.builds(lambda name: institutions.rotate_key(name, "key", NOW), _NAMES),
    st.builds(lambda one, two: institutions.revoke(one, two, NOW), _NAMES, _NAMES),
    st.tuples(_NAMES, _NAMES)
    .filter(lambda pair: pair[0] != pair[1])
    .map(lambda pair: institutions.grant(*pair, None, NOW)),
)


@given(st.lists(_commands, max_size=40))
def test_whatever_is_said_no_grant_names_anybody_who_is_removed_or_unknown(commands: list[Decision]) -> None:
    log = Log()
    for decide in commands:
        try:
            log.say(decide)
        except Misconfigured:
            continue
    for pair in log.standing.grants:
        assert all(log.standing.status(name) in {Status.ADMITTED, Status.SUSPENDED} for name in pair)
