"""An outbox goes out row by row, in order, once in effect, whatever dies in between; receipts come back into it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from producers import outbox as outboxes
from producers.outbox import Outbox
from producers.relay import Relay, read_json
from schemas import codec
from schemas.errors import Misconfigured, Unavailable, Unreadable
from schemas.records import Receipt, SubmissionAccepted, SubmissionKind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Sent:
    """An inbox that remembers, and may be away after so many."""

    def __init__(self, lasts: int = 1_000) -> None:
        self.values: list[dict[str, Any]] = []
        self._lasts = lasts

    def send_fields(self, name: str, values: dict[str, Any]) -> None:
        codec.encode_fields(name, values)
        if len(self.values) == self._lasts:
            raise Unavailable("Kafka is away")
        self.values.append(values)

    def flush(self) -> None:
        """Everything is there at once."""

    @property
    def ids(self) -> list[str]:
        return [values["achievement_id"] for values in self.values]


class Receipts:
    """Receipts that are there now."""

    def __init__(self, *receipts: Receipt) -> None:
        self._receipts = receipts

    def read(self, timeout: float = 0.0) -> Iterator[Receipt]:
        assert timeout >= 0
        return iter(self._receipts)


def _body(number: int, **said: Any) -> str:
    values = {
        "achievement_id": f"A{number}", "version": 1, "registered_at": "2026-03-01T08:00:00+08:00",
        "en": {"title": f"pump {number}"}, "price": {"amount": 12.50, "currency": "CNY"}, **said,
    }  # fmt: skip
    return json.dumps(values)


class Base:
    """A database of an institution in one file."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'own.db'}"
        outboxes.create(self.url, "outbox")
        self.engine = sa.create_engine(self.url)

    def write(self, *bodies: str, record: str = "AchievementRegistered", first: int | None = None) -> None:
        with self.engine.begin() as connection:
            for place, body in enumerate(bodies):
                row = {"record": record, "body": body} | ({} if first is None else {"id": first + place})
                connection.execute(sa.table("outbox", *map(sa.column, row)).insert().values(row))

    def rows(self, *columns: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [
                tuple(row)
                for row in connection.execute(sa.text(f"SELECT {', '.join(columns)} FROM outbox ORDER BY id"))
            ]

    def relay(self, sent: Sent) -> Relay:
        return Relay(Outbox(self.url, "outbox"), "dlut", sent, lambda: NOW)


@pytest.fixture
def base(tmp_path: Path) -> Base:
    """An outbox of this test's own."""
    return Base(tmp_path)


def test_rows_go_out_in_their_order_and_only_once(base: Base) -> None:
    base.write(*map(_body, range(5)))
    sent = Sent()
    relay = base.relay(sent)
    assert [relay.publish(), relay.publish()] == [5, 0]
    assert sent.ids == ["A0", "A1", "A2", "A3", "A4"]
    assert all(values["institution_id"] == "dlut" for values in sent.values)
    assert str(sent.values[0]["price"]["amount"]) == "12.5"
    assert all(published is not None for (published,) in base.rows("published_at"))


def test_a_row_that_was_committed_late_is_not_passed_over(base: Base) -> None:
    base.write(_body(7), first=7)
    sent = Sent()
    base.relay(sent).publish()
    base.write(_body(3), first=3)
    base.relay(sent).publish()
    assert sent.ids == ["A7", "A3"]


def test_what_was_sent_and_not_marked_is_sent_again_under_the_same_id(base: Base) -> None:
    base.write(*map(_body, range(4)))
    first, second = Sent(lasts=2), Sent()
    with pytest.raises(Unavailable):
        base.relay(first).publish()
    assert base.rows("published_at") == [(None,)] * 4
    base.relay(second).publish()
    names = [values["submission_id"] for values in second.values]
    assert [values["submission_id"] for values in first.values] == names[:2]
    assert len(set(names)) == 4
    assert [uuid.UUID(str(name)) for (name,) in base.rows("submission_id")] == names


@pytest.mark.parametrize(
    ("record", "body", "why"),
    [
        ("AchievementRegistered", "{", "no JSON"),
        ("AchievementRegistered", "[1]", "no JSON object"),
        ("AchievementRegistered", '{"price": NaN}', "NaN is no JSON number"),
        ("AchievementRegistered", '{"price": 1e99999999999999999999}', "no JSON"),
        ("AchievementRegistered", '{"a\\u0000b": 1}', "a\\x00b: unknown-field"),
        ("AchievementRegistered", '{"\\ud800": 1}', "\\ud800: unknown-field"),
        ("AchievementRegistered", json.dumps({"x" * 70_000: 1}), "xxx"),
        ("AchievementRegistered", _body(1, colour="red"), "colour: unknown-field"),
        ("AchievementRegistered", _body(1, maturity=12), "maturity"),
        ("Achievement", _body(1), "no submission"),
    ],
)
def test_a_row_that_cannot_go_says_why_and_holds_nobody_up(base: Base, record: str, body: str, why: str) -> None:
    base.write(body, record=record)
    base.write(_body(2))
    sent = Sent()
    base.relay(sent).publish()
    assert sent.ids == ["A2"]
    (error, published), (_, later) = base.rows("error", "published_at")
    assert why in error
    assert len(error) <= 2_000
    assert published is None
    assert later is not None


def test_a_repaired_row_goes_out(base: Base) -> None:
    base.write("{")
    sent = Sent()
    relay = base.relay(sent)
    relay.publish()
    with base.engine.begin() as connection:
        connection.execute(sa.text("UPDATE outbox SET body = :body, error = NULL"), {"body": _body(1)})
    relay.publish()
    assert sent.ids == ["A1"]


def test_a_submission_that_names_itself_keeps_its_name(base: Base) -> None:
    name = uuid.uuid4()
    base.write(_body(1, submission_id=str(name), institution_id="neusoft"))
    sent = Sent()
    base.relay(sent).publish()
    assert (sent.values[0]["submission_id"], sent.values[0]["institution_id"]) == (name, "neusoft")


def test_receipts_come_back_into_their_rows(base: Base) -> None:
    base.write(_body(1), _body(2))
    sent = Sent()
    relay = base.relay(sent)
    relay.publish()
    receipt = SubmissionAccepted(
        sent.values[1]["submission_id"], "dlut", SubmissionKind.ACHIEVEMENT_REGISTERED, "A2", 1,
        "techdock.achievements.v1", 0, 17, NOW, None, None,
    )  # fmt: skip
    assert relay.receive(Receipts(receipt)) == 1
    assert Outbox(base.url, "outbox").waiting() == 1
    (first,), (second,) = base.rows("receipt")
    assert first is None
    assert json.loads(second)["register_offset"] == 17
    assert json.loads(second)["receipt"] == "SubmissionAccepted"


def test_every_row_of_one_id_gets_its_receipt(base: Base) -> None:
    name = uuid.uuid4()
    base.write(*[_body(1, submission_id=str(name))] * 2)
    relay = base.relay(Sent())
    relay.publish()
    receipt = SubmissionAccepted(
        name, "dlut", SubmissionKind.ACHIEVEMENT_REGISTERED, "A1", 1, "techdock.achievements.v1", 0, 17, NOW, None, None
    )
    relay.receive(Receipts(receipt))
    assert all(told is not None for (told,) in base.rows("receipt"))


def test_a_row_that_was_marked_by_hand_is_left_alone(base: Base) -> None:
    base.write(_body(1), _body(2))
    with base.engine.begin() as connection:
        connection.execute(sa.text("UPDATE outbox SET published_at = '2026-01-01 00:00:00' WHERE id = 1"))
    sent = Sent()
    base.relay(sent).publish()
    assert sent.ids == ["A2"]
    assert Outbox(base.url, "outbox").waiting() == 1


def test_further_columns_of_the_table_are_the_institutions_own(base: Base) -> None:
    with base.engine.begin() as connection:
        for column in ("name", "row", "told"):
            connection.execute(sa.text(f"ALTER TABLE outbox ADD COLUMN {column} TEXT"))
    base.write(_body(1), "{")
    sent = Sent()
    base.relay(sent).publish()
    assert sent.ids == ["A1"]
    assert [error is None for (error,) in base.rows("error")] == [True, False]


def test_a_table_that_cannot_be_an_outbox_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'own.db'}"
    with pytest.raises(Misconfigured, match="there is no table outbox"):
        Outbox(url, "outbox")
    with sa.create_engine(url).begin() as connection:
        connection.execute(sa.text("CREATE TABLE outbox (id INTEGER PRIMARY KEY, body TEXT)"))
    with pytest.raises(Misconfigured, match="no column record"):
        Outbox(url, "outbox")
    with pytest.raises(Misconfigured, match="no database address"):
        Outbox("nonsense", "outbox")


def test_a_database_that_is_away_is_told_as_that() -> None:
    with pytest.raises(Unavailable, match="database"):
        Outbox("postgresql+psycopg://nobody@127.0.0.1:1/none", "outbox")


def test_deep_nesting_is_no_way_to_harm() -> None:
    with pytest.raises(Unreadable):
        read_json("[" * 100_000)
