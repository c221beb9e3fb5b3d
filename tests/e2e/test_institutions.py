"""Institutions and delegations in the whole system: commands, receipts, rows, and a check that covers them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from confluent_kafka import Producer
from sqlalchemy import select

from consumers import database, tables
from schemas import codec, topics
from schemas.records import AchievementRegistered, Text
from tests.e2e.conftest import System, until
from tests.unit.streams.making import achievement

_ROWS = "id,title\n1,pump\n2,valve\n"


def _submit(system: System, inbox: str, *records: AchievementRegistered) -> None:
    producer = Producer({"bootstrap.servers": system.bootstrap(), "acks": "all"})
    for record in records:
        producer.produce(topics.inbox(inbox).name, codec.encode(record))
    assert producer.flush(30) == 0


def test_an_office_speaks_for_an_enterprise_until_it_is_suspended(system: System, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(_ROWS, encoding="utf-8")
    system.run("institution", "add", "e-soft", "--name-en", "Soft", "--kind", "enterprise", "--district", "210211")
    system.run("institution", "add", "e-office", "--name-zh", "科技局", "--kind", "district-office")
    system.run("import", str(file), "--as", "achievements", "--institution", "e-soft", "--wait")
    named: dict[str, Any] = {
        "institution_id": "e-soft",
        "registered_at": datetime.now(UTC),
        "zh": Text("船体清洗机器人"),
    }
    without, with_grant = achievement("3", **named), achievement("3", **named)
    _submit(system, "e-office", without)
    system.run("delegation", "grant", "--from", "e-soft", "--to", "e-office")
    _submit(system, "e-office", with_grant, achievement("1", version=2, **named))
    file.write_text("id,title\n5,pump\n", encoding="utf-8")
    asked = ("import", str(file), "--as", "achievements", "--institution", "e-office", "--on-behalf-of", "e-soft")
    assert system.json(*asked, "--wait")["accepted"] == 1
    system.run("institution", "suspend", "e-office", "--reason", "looked into")
    late = achievement("4", **named)
    _submit(system, "e-office", late)
    report = system.verified()
    assert report["differences"] == []
    assert report["checked"]["rows of institutions"] >= 2
    assert report["checked"]["rows of delegations"] >= 1
    assert report["checked"]["receipts_by_mandate"] == report["checked"]["rows of receipts"]
    engine = database.engine(system.environment()["TECHDOCK_DATABASE_URL"])
    with engine.connect() as connection:
        mine = select(tables.receipts).where(tables.receipts.c.institution_id == "e-office")
        found = {row.submission_id: row for row in connection.execute(mine)}
        soft = select(tables.achievements).where(tables.achievements.c.institution_id == "e-soft")
        registered = {row.achievement_id: row.version for row in connection.execute(soft)}
    engine.dispose()
    assert found[late.submission_id].faults[0]["rule"] == "institution-suspended"
    spoken = [row for row in found.values() if row.on_behalf_of == "e-soft"]
    # All of this was answered before the last row of the import was.
    assert {(row.subject_id, row.result) for row in spoken} == {("1", "accepted"), ("3", "accepted"), ("5", "accepted")}
    assert registered == {"1": 2, "2": 1, "3": 1, "5": 1}
    until(lambda: system.json("institution", "show", "e-office")["status"] == "suspended", 30)
