"""Tokens are issued, shown and revoked; nothing but their hash is ever said."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from producers import institutions, tokens
from producers.institutions import Description, new_key
from producers.tokens import Grant, Tokens
from schemas import codec
from schemas.errors import Misconfigured
from schemas.institutions import Institutions, Status
from schemas.records import InstitutionKind, TokenScope

#: One in the morning of 2 March in China.
NOW = datetime(2026, 3, 1, 17, tzinfo=UTC)
SUBMIT = (TokenScope.SUBMIT,)


def wanted(name: str = "dlut", until: date | None = None, about: str = "") -> Grant:
    return Grant(name, SUBMIT, about, until)


class Log:
    """The topic of institutions, with two admitted."""

    def __init__(self) -> None:
        self.standing = Institutions()
        self.said: list[bytes] = []
        for name in ("dlut", "neusoft"):
            self.say(institutions.admit(Description(name, "大学", None, InstitutionKind.UNIVERSITY, None), NOW))

    def say(self, decide: institutions.Decision) -> None:
        for event in decide(self.standing):
            self.said.append(codec.encode(event))
            self.standing.take(event, len(self.said))

    def shown(self, token: str, now: datetime = NOW) -> tokens.Bearer | None:
        return Tokens(self.standing).bearer(token, now)


@pytest.fixture
def log() -> Log:
    return Log()


def test_a_token_names_its_institution_and_what_it_is_for(log: Log) -> None:
    token = new_key()
    log.say(tokens.issue(wanted(), "ab12", token, NOW))
    bearer = log.shown(token)
    assert bearer is not None
    assert (bearer.institution_id, bearer.token_id, bearer.scopes) == ("dlut", "ab12", frozenset(SUBMIT))
    assert (bearer.status, bearer.is_over) == (Status.ADMITTED, False)


def test_nothing_but_its_hash_is_said(log: Log) -> None:
    token = new_key()
    log.say(tokens.issue(wanted(), "ab12", token, NOW))
    assert [data for data in log.said if token.encode() in data] == []


@pytest.mark.parametrize("other", ["", "x", "ab12", "key"])
def test_what_was_never_issued_opens_nothing(log: Log, other: str) -> None:
    log.say(tokens.issue(wanted(), "ab12", new_key(), NOW))
    assert log.shown(other) is None


def test_the_hash_of_a_token_is_no_token(log: Log) -> None:
    token = new_key()
    log.say(tokens.issue(wanted(), "ab12", token, NOW))
    assert log.shown(institutions.key_hash(token)) is None


def test_a_revoked_token_opens_nothing_and_the_others_still_do(log: Log) -> None:
    first, second = new_key(), new_key()
    log.say(tokens.issue(wanted(), "ab12", first, NOW))
    log.say(tokens.issue(wanted(), "cd34", second, NOW))
    log.say(tokens.revoke("dlut", "ab12", NOW))
    assert log.shown(first) is None
    assert log.shown(second) is not None


def test_the_key_of_an_institution_opens_everything_until_it_is_replaced(log: Log) -> None:
    key = new_key()
    log.say(institutions.rotate_key("dlut", key, NOW))
    bearer = log.shown(key)
    assert bearer is not None
    assert bearer.scopes == frozenset(tokens.SCOPES)
    log.say(institutions.rotate_key("dlut", new_key(), NOW))
    assert log.shown(key) is None


def test_the_bearer_of_a_suspended_institution_is_known_as_suspended(log: Log) -> None:
    token = new_key()
    log.say(tokens.issue(wanted(), "ab12", token, NOW))
    log.say(institutions.suspend("dlut", "looked into", NOW))
    bearer = log.shown(token)
    assert bearer is not None
    assert (bearer.status, bearer.reason) == (Status.SUSPENDED, "looked into")


def test_a_removed_institution_has_no_token_any_more(log: Log) -> None:
    token = new_key()
    log.say(tokens.issue(wanted(), "ab12", token, NOW))
    log.say(institutions.remove("dlut", "merged", NOW))
    assert log.shown(token) is None


def test_the_last_day_of_a_token_ends_at_midnight_in_china(log: Log) -> None:
    token = new_key()
    log.say(tokens.issue(wanted(until=date(2026, 3, 2)), "ab12", token, NOW))
    last, over = (log.shown(token, datetime(2026, 3, 2, hour, tzinfo=UTC)) for hour in (15, 16))
    assert last is not None
    assert over is not None
    assert (last.is_over, over.is_over) == (False, True)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (wanted("nobody"), "nobody is not known"),
        (wanted(until=date(2026, 3, 1)), "that day is over in China"),
        (wanted(about="a\nb"), "--about"),
        (Grant("dlut", (), "", None), "--scope"),
    ],
)
def test_what_is_wrong_with_a_token_is_told(log: Log, asked: Grant, told: str) -> None:
    with pytest.raises(Misconfigured, match=told):
        log.say(tokens.issue(asked, "ab12", new_key(), NOW))


def test_a_token_that_is_none_cannot_be_revoked(log: Log) -> None:
    with pytest.raises(Misconfigured, match="dlut has no token ab12"):
        log.say(tokens.revoke("dlut", "ab12", NOW))


def test_an_institution_has_a_hundred_tokens_at_most(log: Log) -> None:
    for number in range(tokens.MAX_TOKENS):
        log.say(tokens.issue(wanted(), f"{number:04x}", new_key(), NOW))
    with pytest.raises(Misconfigured, match="revoke one first"):
        log.say(tokens.issue(wanted(), "ab12", new_key(), NOW))
