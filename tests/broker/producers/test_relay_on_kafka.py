"""The relay between a real database and a real Kafka, killed in the middle of its work."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from kafka import KafkaConsumer, TopicPartition

from infra import clients
from infra.home import Endpoints
from producers import outbox as outboxes
from schemas import codec, topics
from schemas.records import AchievementRegistered

_ROWS = 3_000
_DEADLINE = 60.0


def _write(engine: sa.Engine, table: str, first: int, count: int) -> None:
    rows = [
        {"record": "AchievementRegistered", "body": json.dumps({
            "achievement_id": f"A{number}", "version": 1, "registered_at": "2026-03-01T08:00:00+08:00",
            "en": {"title": f"pump {number}"},
        })}
        for number in range(first, first + count)
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(sa.table(table, sa.column("record"), sa.column("body")).insert(), rows)


def _relay(endpoints: Endpoints, url: str, table: str, institution: str, *options: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "infra",
        "relay",
        "--database",
        url,
        "--table",
        table,
        "--institution",
        institution,
    ]
    env = {**os.environ, "TECHDOCK_BOOTSTRAP": endpoints.bootstrap}
    return subprocess.Popen([*command, *options], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _published(engine: sa.Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(
            connection.execute(sa.text(f"SELECT count(*) FROM {table} WHERE published_at IS NOT NULL")).scalar() or 0
        )


def _inbox(bootstrap: str, institution: str) -> list[AchievementRegistered]:
    consumer: KafkaConsumer = clients.consumer(bootstrap, group_id=None)
    partition = TopicPartition(topics.inbox(institution).name, 0)
    consumer.assign([partition])
    end = consumer.end_offsets([partition])[partition]
    found: list[AchievementRegistered] = []
    deadline = time.monotonic() + _DEADLINE
    while consumer.position(partition) < end and time.monotonic() < deadline:
        for records in consumer.poll(timeout_ms=500).values():
            for record in records:
                said = codec.decode(record.value)
                assert isinstance(said, AchievementRegistered)
                found.append(said)
    consumer.close()
    return found


@pytest.fixture(params=["postgresql", "mysql", "sqlite"])
def url(request: pytest.FixtureRequest, endpoints: Endpoints, tmp_path: Path) -> Iterator[str]:
    """A database of each kind."""
    if request.param == "postgresql":
        yield endpoints.database_url
    elif request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'own.db'}"
    else:
        with tempfile.TemporaryDirectory(prefix="techdock-") as folder, _mariadb(Path(folder)) as address:
            yield address


@contextmanager
def _mariadb(folder: Path) -> Iterator[str]:
    """A MariaDB server, which speaks as MySQL does; where it is missing that is said."""
    server, install = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    if server is None or install is None:
        sentence = "mariadbd is not installed (Debian: apt-get install mariadb-server): nobody relayed from MySQL"
        if "mariadbd" in os.environ.get("TECHDOCK_REQUIRE", "").split(","):
            pytest.fail(sentence)
        pytest.skip(sentence)
    data, user = folder / "data", f"--user={pwd.getpwuid(os.geteuid()).pw_name}"
    subprocess.run(
        [install, "--no-defaults", f"--datadir={data}", user, "--auth-root-authentication-method=normal"],
        check=True, capture_output=True,
    )  # fmt: skip
    socket = folder / "s"
    running = subprocess.Popen(
        [server, "--no-defaults", f"--datadir={data}", user, f"--socket={socket}", "--skip-networking"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        # It makes its socket when it is ready.
        deadline = time.monotonic() + _DEADLINE
        while not socket.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        yield f"mysql://root@localhost/test?unix_socket={socket}"
    finally:
        running.terminate()
        running.wait(_DEADLINE)


def _driven(url: str) -> str:
    return url.replace("mysql://", "mysql+pymysql://")


@pytest.fixture
def table() -> str:
    """A table and an institution of this test's own."""
    return f"outbox_{uuid.uuid4().hex[:12]}"


def test_a_killed_relay_loses_nothing_and_says_nothing_new_twice(endpoints: Endpoints, table: str, url: str) -> None:
    institution = table.replace("_", "-")
    outboxes.create(url, table)
    engine = sa.create_engine(_driven(url))
    with engine.begin() as connection:
        # Receipts are another test's: nobody answers here.
        connection.execute(sa.text(f"ALTER TABLE {table} DROP COLUMN receipt"))
    _write(engine, table, 0, _ROWS)
    relay = _relay(endpoints, url, table, institution)
    deadline = time.monotonic() + _DEADLINE
    while not _published(engine, table) and time.monotonic() < deadline:
        time.sleep(0.01)
    relay.send_signal(signal.SIGKILL)
    relay.communicate(timeout=_DEADLINE)
    before = _published(engine, table)
    assert before > 0
    _write(engine, table, _ROWS, 100)
    again = _relay(endpoints, url, table, institution, "--once")
    _, said = again.communicate(timeout=_DEADLINE)
    assert again.returncode == 0, said.decode()
    assert _published(engine, table) == _ROWS + 100
    found = _inbox(endpoints.bootstrap, institution)
    first = list({said.submission_id: said for said in reversed(found)}.values())[::-1]
    assert sorted(int(said.achievement_id[1:]) for said in first) == list(range(_ROWS + 100))
    in_order = list(dict.fromkeys(said.achievement_id for said in found))
    assert in_order == [f"A{number}" for number in range(_ROWS + 100)]
    engine.dispose()
