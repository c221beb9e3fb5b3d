"""Kafka's jars are used only if they are the very files we recorded."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from infra.broker import artefacts
from infra.broker.artefacts import Jar
from schemas.errors import Misconfigured, Unavailable


class Counting:
    """A step that notes how far it was."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def at(self, done: int, total: int) -> None:
        self.seen.append((done, total))


def jar(name: str) -> Jar:
    return Jar(f"org.example:{name}:1.0", hashlib.sha256(name.encode()).hexdigest())


JARS = tuple(jar(f"part-{number}") for number in range(10))


def honest(wanted: Jar, folder: Path) -> None:
    (folder / wanted.path).parent.mkdir(parents=True, exist_ok=True)
    (folder / wanted.path).write_bytes(wanted.path.parts[-3].encode())


def test_every_recorded_jar_is_there_once_with_the_broker_and_its_logger() -> None:
    recorded = artefacts.recorded()
    assert len({found.coordinates for found in recorded}) == len(recorded)
    assert all(len(found.sha256) == 64 for found in recorded)
    names = {found.coordinates for found in recorded}
    assert f"org.apache.kafka:kafka_2.13:{artefacts.VERSION}" in names
    assert any(name.startswith("org.apache.logging.log4j:log4j-slf4j-impl:") for name in names)


def test_a_file_lies_where_maven_has_it() -> None:
    assert jar("part-1").path == Path("org/example/part-1/1.0/part-1-1.0.jar")
    packed = replace(jar("part-1"), classifier="all", packaging="tar.gz")
    assert packed.path == Path("org/example/part-1/1.0/part-1-1.0-all.tar.gz")


def test_what_is_missing_is_fetched_once(tmp_path: Path) -> None:
    step = Counting()
    artefacts.fetch(tmp_path, artefacts.missing(tmp_path, JARS), step, honest)
    assert artefacts.missing(tmp_path, JARS) == ()
    assert artefacts.class_path(tmp_path, JARS).count(".jar") == 10
    assert step.seen[-1] == (9, 10)
    assert [path.name for path in tmp_path.iterdir()] == ["org"]


def test_a_file_with_another_sum_is_thrown_away(tmp_path: Path) -> None:
    def forged(wanted: Jar, folder: Path) -> None:
        honest(wanted, folder)
        (folder / wanted.path).write_bytes(b"forged")

    with pytest.raises(Misconfigured, match="came with an unknown SHA-256"):
        artefacts.fetch(tmp_path, JARS, Counting(), forged)
    assert artefacts.missing(tmp_path, JARS) == JARS


def test_a_file_that_changed_later_is_named(tmp_path: Path) -> None:
    artefacts.fetch(tmp_path, JARS, Counting(), honest)
    changed = tmp_path / JARS[3].path
    changed.write_bytes(b"half a f")
    with pytest.raises(Misconfigured, match=f"{changed.name} is not the file we know"):
        artefacts.class_path(tmp_path, JARS)


def test_without_a_network_the_sentence_is_the_fetchers(tmp_path: Path) -> None:
    def unreachable(wanted: Jar, _folder: Path) -> None:
        raise Unavailable(f"{wanted.coordinates} cannot be downloaded")

    with pytest.raises(Unavailable, match="cannot be downloaded"):
        artefacts.fetch(tmp_path, JARS, Counting(), unreachable)
