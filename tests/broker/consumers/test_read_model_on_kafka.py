"""The read model on a real broker: transactions, new institutions, rebuilds, second writers."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import func, select

from consumers import tables
from consumers.intake import Intake
from consumers.store import Place, Store
from consumers.verification import snapshot
from infra.lag import KafkaLag
from schemas.errors import Misconfigured
from schemas.records import QuarantineAction, Record, Stage
from schemas.topics import inbox, receipts
from tests.broker.consumers.conftest import World, until
from tests.unit.consumers import facts


def count(world: World, table: Any) -> int:
    with world.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def story(number: int) -> list[Record]:
    name = f"a{number}"
    return [
        facts.achievement(name), facts.demand(name), facts.proposed(name, "a"), facts.proposed(name, "b"),
        facts.revised(name, "a", 0.75), facts.match_withdrawn(name, "b"), facts.deal(name, 1, Stage.IN_TALKS, "1.50"),
        facts.move_refused(name, 7),
    ]  # fmt: skip


def test_markers_of_transactions_do_not_hold_it_up(world: World) -> None:
    world.start()
    for number in range(30):
        # Each transaction leaves a marker in each partition, and every third was taken back.
        world.write(facts.proposed("ghost", f"g{number}"), commit=number % 3 != 0)
        world.write(facts.proposed(f"d{number}", "a"))
    until(lambda: count(world, tables.matches) == 20 + 30)
    with KafkaLag(world.bootstrap) as cluster:
        until(
            lambda: cluster.measure()[world.sources.group] == dict.fromkeys(cluster.measure()[world.sources.group], 0)
        )
    world.agrees()


def test_started_again_behind_a_marker_it_goes_on(world: World) -> None:
    world.start()
    world.write(facts.proposed("d", "a"))
    until(lambda: count(world, tables.matches) == 1)
    world.running.pop().stop()
    world.write(facts.proposed("d", "never"), commit=False)
    world.start()
    world.write(facts.proposed("d", "b"))
    until(lambda: count(world, tables.matches) == 2)
    world.agrees()


def test_a_new_institution_is_noticed_while_we_run(world: World) -> None:
    world.start()
    world.write(facts.proposed("d", "a"))
    until(lambda: count(world, tables.matches) == 1)
    slug = world.institution("late")
    world.write(facts.accepted(facts.submission("x"), slug), topic=receipts(slug).name)
    until(lambda: count(world, tables.receipts) == 1, 10)


def _is_still(world: World) -> bool:
    """Whether nothing was written for longer than a read waits."""
    first = snapshot(world.engine)
    time.sleep(0.5)
    return snapshot(world.engine) == first


def test_a_rebuild_under_way_gives_the_same_rows(world: World) -> None:
    slug = world.institution("one")
    for number in range(25):
        world.write(*story(number))
    world.write(facts.refused(facts.submission("y"), slug), topic=receipts(slug).name)
    world.write(b"\xff garbage", topic=world.quarantine.name, headers={"techdock-topic": "t", "techdock-offset": "7"})
    world.start()
    until(lambda: count(world, tables.refusals) == 25 and count(world, tables.receipts) == 1)
    until(lambda: count(world, tables.quarantine) == 1)
    # The partitions come in batches of their own: all of them have to be in before the picture is taken.
    until(lambda: _is_still(world))
    before = snapshot(world.engine)
    Store(world.engine).clear()
    until(lambda: snapshot(world.engine) == before)


def test_two_that_believe_they_are_alone_do_no_harm(world: World) -> None:
    """Two groups are what a frozen member and its successor are: both read every partition."""
    world.start()
    world.start(group=f"techdock.{world.name}-zombie")
    for number in range(25):
        world.write(*story(number))
    until(lambda: count(world, tables.refusals) == 25)
    with world.engine.connect() as connection:
        rows = connection.execute(select(tables.positions)).all()
    world.agrees()
    assert {Place(row.topic, row.partition) for row in rows} >= {Place(world.facts.name, n) for n in range(3)}


def test_every_submission_needs_its_receipt_or_its_place_in_quarantine(world: World) -> None:
    slug = world.institution("one")
    said = [facts.achievement(name, institution=slug) for name in "abc"]
    world.write(*said, said[0], b"garbage", b"worse", topic=inbox(slug).name)
    world.write(*(facts.accepted(each.submission_id, slug) for each in said), topic=receipts(slug).name)
    world.write(facts.accepted(said[0].submission_id, slug), topic=receipts(slug).name)
    origin = {"techdock-topic": inbox(slug).name, "techdock-partition": "0", "techdock-offset": "4"}
    world.write(b"garbage", topic=world.quarantine.name, headers=origin)
    world.write(b"worse", topic=world.quarantine.name, headers={**origin, "techdock-offset": "5"})
    world.start()
    report = world.compared()
    assert not report.differences
    assert report.checked["submissions"] == 6
    assert report.checked["rows of receipts"] == 3


def test_what_is_lost_or_doubled_or_made_up_is_named(world: World, monkeypatch: Any) -> None:
    from consumers import verification

    monkeypatch.setattr(verification, "_PATIENCE", 1.0)
    slug = world.institution("one")
    said = [facts.achievement(name, institution=slug) for name in "ab"]
    world.write(*said, b"garbage", topic=inbox(slug).name)
    one = said[0].submission_id
    world.write(facts.accepted(one, slug), facts.refused(one, slug), topic=receipts(slug).name)
    world.write(facts.accepted(facts.submission("nobody's"), slug), topic=receipts(slug).name)
    world.write(b"worse", topic=world.quarantine.name)
    world.write(facts.acted(0, QuarantineAction.REPLAYED, world.quarantine.name))
    world.start()
    until(lambda: count(world, tables.receipts) == 2 and count(world, tables.quarantine) == 1)
    found = sorted(str(difference["what"]) for difference in world.compared().differences)
    at = f"{inbox(slug).name}[0] at offset 1"
    assert found == [
        "a receipt that answers no submission", f"no receipt for {at}", "replayed, but in no inbox",
        "two receipts that differ",
        "unreadable and not in quarantine",
    ]  # fmt: skip


def test_a_read_model_that_stands_still_is_named(world: World, monkeypatch: Any) -> None:
    from consumers import verification

    monkeypatch.setattr(verification, "_PATIENCE", 0.5)
    world.write(facts.proposed("d", "a"))
    found = {difference["what"] for difference in world.compared().differences}
    assert found == {"the read model is behind", "in the topics, not in SQL"}


def test_checked_while_it_works_it_still_agrees(world: World) -> None:
    world.start()
    for number in range(10):
        world.write(*story(number))
    for number in range(10, 13):
        world.write(*story(number))
        world.agrees()


def test_a_position_that_the_log_does_not_hold_is_an_error_and_never_a_new_beginning(world: World) -> None:
    world.write(facts.proposed("d", "a"))
    place = Place(world.facts.name, 0)
    intake = Intake(world.bootstrap, world.sources)
    try:
        until(lambda: not intake.read(0.1) and place in intake.waiting)
        intake.start_at({place: 1_000_000})
        with pytest.raises(Misconfigured, match="rebuild"):
            until(lambda: bool(intake.read(0.1)))
    finally:
        intake.close()
