"""The examples in other languages submit what we understand, and understand the receipts that we write."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition
from rich.console import Console

from infra import clients
from infra.broker import artefacts as kafka_jars
from infra.broker.artefacts import Jar
from infra.terminal import steps
from producers import admittance
from schemas import codec, topics
from schemas.records import AchievementRegistered, SubmissionAccepted, SubmissionKind
from tests.conftest import ROOT

EXAMPLES, SCHEMAS = ROOT / "examples", ROOT / "schemas" / "avro"
_AVRO = Jar("org.apache.avro:avro:1.12.1", "72600f057bfbe2efe35fa55433e7756d45667dc938934be38a6e2be368aca237")
_DEADLINE = 120.0


def _tool(name: str) -> str:
    """A program of the system; where it is missing that is said, and is a failure where TECHDOCK_REQUIRE names it."""
    found = shutil.which(name)
    if found is None:
        sentence = f"{name} is not installed: nobody ran the example that needs it"
        if name in os.environ.get("TECHDOCK_REQUIRE", "").split(","):
            pytest.fail(sentence)
        pytest.skip(sentence)
    return found


@pytest.fixture
def institution(bootstrap: str) -> str:
    """An institution of this test's own, with its topics."""
    name = f"example-{uuid.uuid4().hex[:12]}"
    admittance.admit_unknown(bootstrap, [name], datetime.now(UTC))
    return name


@contextmanager
def answering(bootstrap: str, institution: str) -> Iterator[list[AchievementRegistered]]:
    """Accepts what comes in, as admission would; what came."""
    came: list[AchievementRegistered] = []
    ended = threading.Event()
    answerer = threading.Thread(target=_answer, args=(bootstrap, institution, came, ended))
    answerer.start()
    try:
        yield came
    finally:
        ended.set()
        answerer.join()


def _answer(bootstrap: str, institution: str, came: list[AchievementRegistered], ended: threading.Event) -> None:
    consumer: KafkaConsumer = clients.consumer(bootstrap, group_id=None)
    partition = TopicPartition(topics.inbox(institution).name, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    producer = clients.producer(bootstrap, compression_type=None)
    deadline = time.monotonic() + _DEADLINE
    while not ended.is_set() and time.monotonic() < deadline:
        for records in consumer.poll(timeout_ms=200).values():
            for record in records:
                said = codec.decode(record.value)
                assert isinstance(said, AchievementRegistered)
                came.append(said)
                receipt = SubmissionAccepted(
                    said.submission_id, institution, SubmissionKind.ACHIEVEMENT_REGISTERED, said.achievement_id,
                    said.version, topics.ACHIEVEMENTS.name, 0, 17, datetime.now(UTC), None, None,
                )  # fmt: skip
                producer.send(
                    topics.receipts(institution).name, codec.encode(receipt), str(said.submission_id).encode()
                )
        producer.flush()
    producer.close()
    consumer.close()


def _ran(*command: str | Path, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_DEADLINE, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _is_told(said: str, came: list[AchievementRegistered]) -> None:
    (achievement,) = came
    assert (achievement.achievement_id, achievement.version) == ("DUT-7", 1)
    assert achievement.en is not None
    assert achievement.en.title == "Hull cleaning robot"
    assert "SubmissionAccepted" in said
    assert str(achievement.submission_id) in said


def test_the_java_example_submits_and_hears_its_receipt(
    bootstrap: str, institution: str, artefacts: Path, tmp_path: Path
) -> None:
    javac, java = _tool("javac"), _tool("java")
    jars = (*kafka_jars.recorded(), _AVRO)
    if missing := kafka_jars.missing(artefacts, jars):
        with steps(Console(stderr=True)).step("fetching Avro for Java") as step:
            kafka_jars.fetch(artefacts, missing, step)
    path = kafka_jars.class_path(artefacts, jars)
    _ran(
        javac,
        "-Xlint:all",
        "-Werror",
        "-cp",
        path,
        "-d",
        str(tmp_path),
        EXAMPLES / "java" / "Submit.java",
        folder=tmp_path,
    )
    with answering(bootstrap, institution) as came:
        said = _ran(
            java, "-cp", f"{path}{os.pathsep}{tmp_path}", "Submit", bootstrap, institution, SCHEMAS, "DUT-7",
            "Hull cleaning robot", folder=tmp_path,
        )  # fmt: skip
    _is_told(said, came)


def test_the_node_example_submits_and_hears_its_receipt(bootstrap: str, institution: str, tmp_path: Path) -> None:
    node, npm = _tool("node"), _tool("npm")
    shutil.copytree(EXAMPLES / "node", tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
    _ran(npm, "ci", "--no-audit", "--no-fund", folder=tmp_path)
    with answering(bootstrap, institution) as came:
        said = _ran(
            node, "submit.mjs", bootstrap, institution, SCHEMAS, "DUT-7", "Hull cleaning robot", folder=tmp_path
        )
    _is_told(said, came)
