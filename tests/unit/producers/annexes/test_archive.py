"""An annex is read by its owner and under a grant that stands, and by nobody else; after an erasure by nobody."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from infra.vault.vault import Vault
from producers.annexes import acts
from producers.annexes.acts import Permission, Subject
from producers.annexes.archive import MOST_WAITING, Archive, Plain, Reader, Unsealable, Withheld
from schemas import codec, rules
from schemas.days import CHINA
from schemas.errors import Misconfigured, Unavailable, Unreadable
from schemas.padding import MOST_BYTES
from schemas.records import SUBMISSIONS, AchievementRegistered, AnnexSubmission, Text
from streams.domain.admission import Standing, accept, objections, subject
from tests.unit.producers.annexes.shelving import MemoryShelf

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
REF, TEXT = "dlut/A1", "配方：钯 0.3 %".encode()
UNTIL = date(2026, 3, 10)


class Market:
    """One achievement of dlut, what admission remembers of it, and the annexes behind."""

    def __init__(self, folder: Path) -> None:
        self.shelf = MemoryShelf()
        self.now = self.admitted_at = NOW
        self.archive = Archive(self.shelf, Vault(folder / "vault"), lambda: self.now)
        self._standing = Standing()
        registered = AchievementRegistered(uuid.uuid4(), "dlut", "A1", 1, NOW, Text("膜"))
        assert self._judged(registered) == []

    def say(self, record: AnnexSubmission) -> list[str]:
        """The codes by which admission refuses an act; none, and it stands."""
        found = self._judged(record)
        if not found:
            self.shelf.put(record)
        return found

    def deposit(self, text: bytes = TEXT, after: int = 0) -> list[str]:
        return self.say(self.archive.deposit("dlut", "A1", Plain("text/plain", text), after))

    def about(self) -> Subject:
        return Subject("dlut", "A1", self.archive.standing())

    def grant(self, grantee: str = "neusoft", until: date = UNTIL) -> list[str]:
        return self.say(acts.grant(self.about(), Permission(grantee, "NDA-1", until), self.now))

    def erase(self) -> list[str]:
        return self.say(acts.erase(self.about(), "王敏", "已转让", self.now))

    def read(self, reader: str = "neusoft") -> bytes:
        return self.archive.read(REF, Reader(reader, self.admitted_at)).content

    def _judged(self, record: Any) -> list[str]:
        name = type(record).__name__
        _, values = codec.decode_fields(codec.encode(record))
        about = subject(SUBMISSIONS[name], values)
        found = objections("dlut", name, SUBMISSIONS[name], values, about, self._standing, self.now)
        if not found:
            accept(about, self._standing)
        return [one.rule for one in found]


@pytest.fixture
def market(tmp_path: Path) -> Market:
    return Market(tmp_path)


def test_the_owner_reads_what_it_deposited_and_a_stranger_learns_nothing(market: Market) -> None:
    with pytest.raises(Withheld, match="dlut/A1 has no annex that neusoft may read") as before:
        market.read()
    assert market.deposit() == []
    assert market.read("dlut") == TEXT
    with pytest.raises(Withheld) as after:
        market.read()
    assert str(before.value) == str(after.value)


def test_every_reading_is_told_before_with_the_grant_it_was_made_under(market: Market) -> None:
    market.deposit()
    market.grant()
    assert market.read() == TEXT
    market.read("dlut")
    told = [(one.reader_institution_id, one.version, one.grant_version, one.nda) for one in market.shelf.readings()]
    assert told == [("neusoft", 1, 2, "NDA-1"), ("dlut", 1, None, None)]
    market.shelf.is_away = True
    with pytest.raises(Unavailable):
        market.read()


def test_a_grant_ends_with_its_last_day_in_china(market: Market) -> None:
    market.deposit()
    market.grant(until=date(2026, 3, 5))
    market.now = datetime(2026, 3, 5, 23, 59, tzinfo=CHINA)
    assert market.read() == TEXT
    market.now += timedelta(minutes=1)
    with pytest.raises(Withheld):
        market.read()


def test_a_grant_that_was_revoked_lets_nobody_read(market: Market) -> None:
    market.deposit()
    market.grant()
    assert market.say(acts.revoke(market.about(), "neusoft", "", NOW)) == []
    with pytest.raises(Withheld):
        market.read()
    with pytest.raises(Misconfigured, match="no grant lets neusoft read"):
        acts.revoke(market.about(), "neusoft", "", NOW)


def test_what_is_revoked_or_erased_while_it_is_opened_is_not_given_out(market: Market) -> None:
    market.deposit()
    market.grant()
    market.shelf.meanwhile = [acts.revoke(market.about(), "neusoft", "", NOW)]
    with pytest.raises(Withheld, match="no annex that neusoft may read"):
        market.read()
    market.shelf.meanwhile = [acts.erase(market.about(), "王敏", "已转让", NOW)]
    with pytest.raises(Withheld, match="was erased by version 4"):
        market.read("dlut")
    assert len(market.shelf.readings()) == 2


def test_what_is_deposited_anew_while_it_is_opened_holds_no_reading_up(market: Market) -> None:
    market.deposit()
    market.shelf.meanwhile = [market.archive.deposit("dlut", "A1", Plain("text/plain", b"better"), 0)]
    assert market.read("dlut") == TEXT
    assert market.read("dlut") == b"better"


def test_a_grant_does_not_pass_to_whoever_is_admitted_later_under_the_same_id(market: Market) -> None:
    market.deposit()
    market.grant()
    market.admitted_at = NOW + timedelta(seconds=1)
    with pytest.raises(Withheld, match="no annex that neusoft may read"):
        market.read()
    market.now = NOW + timedelta(seconds=2)
    market.grant()
    assert market.read() == TEXT


def test_a_grant_is_for_what_is_deposited_later_too(market: Market) -> None:
    market.deposit()
    market.grant()
    market.deposit(b"better")
    assert market.read() == b"better"


def test_after_an_erasure_nobody_reads_and_no_key_is_left(market: Market) -> None:
    market.deposit()
    market.grant()
    sealed = market.shelf.deposit(0)
    assert market.erase() == []
    with pytest.raises(Withheld, match="was erased by version 3"):
        market.read("dlut")
    with pytest.raises(Withheld, match="no annex that neusoft may read"):
        market.read()
    assert market.archive.vault.key(REF, sealed.after_erasure) is None


def test_an_annex_is_opened_anew_only_when_that_is_said_and_old_grants_stay_ended(market: Market) -> None:
    market.deposit()
    market.grant()
    market.erase()
    with pytest.raises(Unsealable, match="deposit it after erasure 3"):
        market.deposit(b"new")
    assert market.deposit(b"new", after=3) == []
    assert market.read("dlut") == b"new"
    with pytest.raises(Withheld):
        market.read()
    # Once it is open, what follows need not say so again.
    assert market.deposit(b"newer") == []
    assert market.read("dlut") == b"newer"


def test_what_was_sealed_before_an_erasure_is_refused_after_it(market: Market) -> None:
    market.deposit()
    late = market.archive.deposit("dlut", "A1", Plain("text/plain", b"late"), 0)
    market.erase()
    assert market.say(late) == ["newer", "annex-erased"]
    assert market.say(replace(late, version=9)) == ["annex-erased"]


def test_nothing_is_granted_of_what_is_not_there(market: Market) -> None:
    assert market.grant() == ["annex-missing"]
    market.deposit()
    market.erase()
    assert market.grant() == ["annex-missing"]


def test_an_erasure_is_taken_of_what_never_came_further_than_the_inbox(market: Market) -> None:
    market.archive.deposit("dlut", "A1", Plain("text/plain", TEXT), 0)
    assert market.archive.vault.key(REF, 0) is not None
    assert market.erase() == []
    market.archive.standing()
    assert market.archive.vault.key(REF, 0) is None


def test_two_deposits_at_once_are_put_in_order_by_admission(market: Market) -> None:
    first, second = (market.archive.deposit("dlut", "A1", Plain("text/plain", text), 0) for text in (b"a", b"b"))
    assert market.say(first) == []
    assert market.say(second) == ["newer"]
    assert market.read("dlut") == b"a"


def test_what_another_vault_sealed_is_told_plainly(market: Market, tmp_path: Path) -> None:
    market.deposit()
    elsewhere = Archive(market.shelf, Vault(tmp_path / "other"), lambda: NOW)
    with pytest.raises(Unreadable, match="the vault of this home has no key for it"):
        elsewhere.read(REF, Reader("dlut", NOW))
    elsewhere.vault.key_made(REF, 0)
    with pytest.raises(Unreadable, match="it does not open with its key"):
        elsewhere.read(REF, Reader("dlut", NOW))
    assert market.shelf.readings() == []


@pytest.mark.parametrize(
    ("plain", "why"),
    [
        (Plain("text/plain; charset=utf-8", TEXT), "give one such as application/pdf"),
        (Plain("PDF", TEXT), "give one such as application/pdf"),
        (Plain("text/plain", b"x" * (MOST_BYTES + 1)), "more than the 512,000 bytes"),
    ],
)
def test_what_cannot_be_sealed_is_told_without_its_words(market: Market, plain: Plain, why: str) -> None:
    with pytest.raises(Unsealable, match=why) as told:
        market.archive.deposit("dlut", "A1", plain, 0)
    assert TEXT.decode() not in str(told.value)
    assert "Plain(" not in repr(plain)


@pytest.mark.parametrize("name", [" A1", "A" * 201, "A\x001"])
def test_no_key_is_made_for_what_breaks_a_rule(market: Market, name: str) -> None:
    with pytest.raises(Unsealable) as told:
        market.archive.deposit("dlut", name, Plain("text/plain", TEXT), 0)
    assert {one.field for one in told.value.faults} == {"achievement_id"}
    assert market.archive.vault.names() == frozenset()


def test_an_institution_gets_no_more_keys_while_a_hundred_wait_to_be_accepted(market: Market) -> None:
    for number in range(MOST_WAITING):
        market.archive.vault.key_made(f"dlut/none{number}", 0)
    with pytest.raises(Unsealable, match="100 annexes of dlut were handed in and not accepted, dlut/none0 among"):
        market.deposit()
    assert market.archive.vault.key(REF, 0) is None
    # What has its key already goes on, and so do others.
    again = market.archive.deposit("dlut", "none0", Plain("text/plain", TEXT), 0)
    market.archive.deposit("dlut2", "A1", Plain("text/plain", TEXT), 0)
    market.shelf.put(again)
    assert market.deposit() == []
    assert market.read("dlut") == TEXT


def test_a_plain_text_that_is_taken_for_a_sealed_one_is_refused_without_being_repeated(market: Market) -> None:
    sealed = market.archive.deposit("dlut", "A1", Plain("text/plain", TEXT), 0)
    found = rules.faults("AnnexDeposited", codec.plain(replace(sealed, ciphertext=TEXT, nonce=b"")))
    assert [(one.field, one.rule) for one in found] == [("nonce", "sealed"), ("ciphertext", "sealed")]
    assert TEXT.decode() not in str(found)


def test_nobody_grants_to_itself(market: Market) -> None:
    with pytest.raises(Misconfigured, match="reads its own annex anyway"):
        market.grant("dlut")


class Disclosure(RuleBasedStateMachine):
    """Any order of acts, against who should be able to read now."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory(prefix="techdock-annex-")
        self.market = Market(Path(self._folder.name))
        self.text: bytes | None = None
        self.erased = 0
        self.until: dict[str, date] = {}

    def teardown(self) -> None:
        self._folder.cleanup()

    @rule(text=st.binary(min_size=1, max_size=20), says_so=st.booleans())
    def deposit(self, text: bytes, says_so: bool) -> None:
        after = self.erased if says_so else 0
        if self.text is None and self.erased and not says_so:
            with pytest.raises(Unsealable):
                self.market.deposit(text, after)
            return
        assert self.market.deposit(text, after) == []
        self.text = text

    @rule(grantee=st.sampled_from(["neusoft", "broker"]), days=st.integers(0, 3))
    def grant(self, grantee: str, days: int) -> None:
        until = self.market.now.astimezone(CHINA).date() + timedelta(days=days)
        refused = self.market.grant(grantee, until)
        assert refused == ([] if self.text is not None else ["annex-missing"])
        if not refused:
            self.until[grantee] = until

    @rule(grantee=st.sampled_from(["neusoft", "broker"]))
    def revoke(self, grantee: str) -> None:
        if grantee not in self.until:
            with pytest.raises(Misconfigured):
                acts.revoke(self.market.about(), grantee, "", self.market.now)
            return
        assert self.market.say(acts.revoke(self.market.about(), grantee, "", self.market.now)) == []
        del self.until[grantee]

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours: int) -> None:
        self.market.now += timedelta(hours=hours)

    @rule()
    def erase(self) -> None:
        assert self.market.erase() == []
        self.text, self.erased = None, self.market.about().next_version - 1
        self.until.clear()

    @rule()
    def rotate(self) -> None:
        self.market.archive.vault.rotate()

    @invariant()
    def only_those_read_who_may(self) -> None:
        today = self.market.now.astimezone(CHINA).date()
        for reader in ("dlut", "neusoft", "broker", "dicp"):
            may = reader == "dlut" or self.until.get(reader, date.min) >= today
            if self.text is not None and may:
                assert self.market.read(reader) == self.text
            else:
                with pytest.raises(Withheld):
                    self.market.read(reader)


TestDisclosure = Disclosure.TestCase
TestDisclosure.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
