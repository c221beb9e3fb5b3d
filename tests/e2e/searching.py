"""Looks for some words wherever a running system could have left them: topics, tables, files; in several spellings."""

from __future__ import annotations

import base64
import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, KafkaError, TopicPartition
from sqlalchemy import text

from consumers import database
from infra import reading


def spellings(words: str) -> list[bytes]:
    """``words`` as they are, in UTF-16, in hexadecimal digits, and in base64 wherever they begin."""
    plain = words.encode()
    found = [plain, words.encode("utf-16-le"), words.encode("utf-16-be"), plain.hex().encode()]
    found.append(plain.hex().upper().encode())
    for before in range(3):
        # What stands beside them changes the first and the last characters: these are left out.
        spelled = base64.b64encode(b"\x00" * before + plain + b"\x00" * (-(before + len(plain)) % 3))
        found.append(spelled[-(-before * 4 // 3) : len(spelled) - 4])
    return found


def in_topics(bootstrap: str, words: str) -> set[str]:
    """Topics with a record that holds ``words`` in its key, its value or its headers, committed or not."""
    forms = spellings(words)
    return {topic for topic, data in _records(bootstrap) if _holds(data, forms)}


def _records(bootstrap: str) -> Iterator[tuple[str, bytes]]:
    names = reading.topic_names(bootstrap)
    missing = {place: end for place, end in reading.ends(bootstrap, reading.places(bootstrap, names)).items() if end}
    settings: dict[str, Any] = {
        "bootstrap.servers": bootstrap, "group.id": "search", "isolation.level": "read_uncommitted",
        "enable.auto.commit": False, "enable.partition.eof": True, "auto.offset.reset": "earliest",
    }  # fmt: skip
    consumer = Consumer(settings)
    consumer.assign([TopicPartition(*place, 0) for place in missing])
    try:
        while missing:
            # The next one, and what has come with it: a batch that is to be full is waited for, at the end too.
            for message in (*consumer.consume(1, 5.0), *consumer.consume(500, 0)):
                error, place = message.error(), (message.topic() or "", message.partition() or 0)
                if error is not None:
                    assert error.code() == KafkaError._PARTITION_EOF, error
                    missing.pop(place, None)
                    continue
                headers = b"".join(name.encode() + b"\x00" + (said or b"") for name, said in message.headers() or ())
                yield place[0], b"\x00".join((message.key() or b"", message.value() or b"", headers))
    finally:
        consumer.close()


def in_tables(database_url: str, words: str) -> set[str]:
    """Tables with a row that holds ``words`` in any column."""
    engine, forms = database.engine(database_url), spellings(words)
    found = set()
    with engine.connect() as connection:
        names = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        for name in names:
            for (row,) in connection.execute(text(f'SELECT row_to_json(t)::text FROM "{name}" t')):
                if _holds(row.encode(), forms):
                    found.add(name)
    engine.dispose()
    return found


def in_files(folder: Path, words: str) -> set[str]:
    """Files below ``folder`` that hold ``words``."""
    forms = spellings(words)
    return {str(path.relative_to(folder)) for path, data in files(folder) if _holds(data, forms)}


def files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below ``folder`` with its bytes, as far as it stays while we look."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            try:
                yield path, _written(path)
            except FileNotFoundError:
                continue


def _written(path: Path) -> bytes:
    """What was ever written to a file: Kafka makes hundreds for indexes, 2 MB each, and leaves holes in them."""
    parts = []
    with path.open("rb") as file:
        descriptor, at = file.fileno(), 0
        end = os.fstat(descriptor).st_size
        while (start := _next(descriptor, at, os.SEEK_DATA, end)) < end:
            at = _next(descriptor, start, os.SEEK_HOLE, end)
            parts.append(os.pread(descriptor, at - start, start))
    # A hole is read as zeros.
    return b"\x00".join(parts)


def _next(descriptor: int, at: int, what: int, end: int) -> int:
    try:
        return os.lseek(descriptor, at, what)
    except OSError as error:
        # Behind the last of its data.
        if error.errno == errno.ENXIO:
            return end
        raise


def _holds(data: bytes, forms: Sequence[bytes]) -> bool:
    return any(form in data for form in forms)
