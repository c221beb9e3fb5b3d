"""Scoring models as they are published: checked, kept in a topic for ever, found there again."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from confluent_kafka import KafkaException, Producer

from infra import reading
from infra.reach import reach
from infra.security import access
from schemas import codec, topics
from schemas.cloudevents import Stamp
from schemas.errors import Misconfigured, Unavailable, Unreadable
from schemas.records import ScoringModelAdopted, ScoringModelPublished
from streams.domain.model import ScoringModel, beside_any, default_model, shipped, unpacked

#: One publisher at a time: whoever opens another one fences the former out before it may look or write.
_PUBLISHER = "techdock.model"
_PATIENCE = 30.0
_STAMP = Stamp("model")
#: The broker counts some bytes around a record as well.
_MOST_BYTES = topics.MODEL_BYTES - 1024


@functools.lru_cache(maxsize=2)
def model_in(data: bytes) -> ScoringModel:
    """The model in the bytes of a file or a record; raises ``Unreadable``."""
    return _read(data, unpacked)


def _read(data: bytes, read: Callable[[bytes], ScoringModel]) -> ScoringModel:
    try:
        return read(data)
    except (OSError, EOFError, ValueError, TypeError, KeyError, zlib.error) as error:
        raise Unreadable("model", f"no scoring model of this release ({error})") from error


def model_from(path: Path | None) -> ScoringModel:
    """The model in a file, or the one that ships with TechDock; raises ``Misconfigured``."""
    return default_model() if path is None else _in_file(path, model_in)


def compared_with(path: Path | None) -> ScoringModel:
    """The same to measure another one against: it may have been learned beside other dictionaries."""
    return beside_any(shipped()) if path is None else _in_file(path, functools.partial(_read, read=beside_any))


def _in_file(path: Path, read: Callable[[bytes], ScoringModel]) -> ScoringModel:
    try:
        return read(path.read_bytes())
    except OSError as error:
        raise Misconfigured([f"{path}: {error.strerror}; name the file of a scoring model"]) from error
    except Unreadable as error:
        raise Misconfigured([f"{path}: {error.why}; name the file of a packed scoring model"]) from error


def published(bootstrap: str) -> list[ScoringModelPublished]:
    """Every published model, the one that counts last. Raises ``Unavailable``."""
    # All partitions hold the same.
    place = (topics.SCORING_MODELS.name, 0)
    if place not in reading.places(bootstrap, [topics.SCORING_MODELS.name]):
        return []
    spans = {place: (0, reading.ends(bootstrap, [place])[place])}
    found = (codec.decode(message.value()) for message in reading.records(bootstrap, spans))
    return [record for record in found if isinstance(record, ScoringModelPublished)]


def adoptions(bootstrap: str) -> dict[int, ScoringModelAdopted]:
    """What each matching lane said last about the model it follows. Raises ``Unavailable``."""
    found = (codec.decode(one.value()) for one in reading.committed_records(bootstrap, [topics.MODEL_ADOPTIONS.name]))
    return {record.lane: record for record in found if isinstance(record, ScoringModelAdopted)}


def followed(bootstrap: str) -> dict[int, ScoringModel]:
    """The model that each matching lane scores by: the last one before its position. Raises ``Unavailable``."""
    heard = reading.last_before_group(bootstrap, "techdock.matching", topics.SCORING_MODELS.name)
    found = {lane: codec.decode(data) for lane, data in heard.items()}
    return {lane: model_in(one.model) for lane, one in found.items() if isinstance(one, ScoringModelPublished)}


def model_differences(
    said: Sequence[ScoringModelPublished], versions: Mapping[int, str], told: Mapping[int, ScoringModelAdopted]
) -> list[Mapping[str, object]]:
    """Lanes that do not follow the model that was published last, or tell that they follow another than they do.

    Where none is published there are no matches, however many would be due: that is a difference too.
    """
    if not said:
        return [{"what": "scoring model", "expected": "one that is published", "found": None}]
    latest = said[-1].version
    differences: list[Mapping[str, object]] = []
    for lane in range(topics.SCORING_MODELS.partitions):
        follows, says = versions.get(lane), told[lane].version if lane in told else None
        if follows != latest:
            differences.append({"what": "scoring model", "lane": lane, "expected": latest, "found": follows})
        if says != follows:
            differences.append({"what": "adoption told", "lane": lane, "expected": follows, "found": says})
    return differences


class ModelPublisher:
    """Publishes models, each to all lanes at once or to none.

    Making one raises ``Misconfigured`` where the topic is missing, ``Unavailable`` where no broker answers.
    """

    def __init__(self, bootstrap: str) -> None:
        reach(bootstrap)
        if not reading.places(bootstrap, [topics.SCORING_MODELS.name]):
            raise Misconfigured(
                [f"there is no topic {topics.SCORING_MODELS.name}: make it with `techdock topics apply`"]
            )
        self._producer = Producer(
            {
                **access.librdkafka(bootstrap),
                "transactional.id": _PUBLISHER,
                "transaction.timeout.ms": int(_PATIENCE * 1000),
                "message.max.bytes": topics.MODEL_BYTES,
                "log_level": 4,
            }
        )
        try:
            self._producer.init_transactions(_PATIENCE)
        except KafkaException as error:
            raise Unavailable(f"transactions cannot start: {error}") from error
        # Only now: what a former publisher had begun is decided.
        self.published = {record.version: record for record in published(bootstrap)}

    def serves(self) -> bool:
        """Whether the model that was published last is one that this release can read."""
        if not self.published:
            return False
        try:
            model_in(list(self.published.values())[-1].model)
        except Unreadable:
            return False
        return True

    def publish(self, model: ScoringModel, comment: str, now: datetime) -> bool:
        """Whether ``model`` was published; it was not where it had been before.

        Raises ``Misconfigured`` where it cannot be, ``Unavailable`` where it did not come through.
        """
        if not (isinstance(model.version, str) and model.version):
            raise Misconfigured(["the model has no version: give it one, so that matches can name it"])
        packed = model.packed()
        known = self.published.get(model.version)
        if known is not None:
            if _is_same(known.model, packed):
                return False
            raise Misconfigured(
                [f"scoring model {model.version} was published before with other content: give this one a new version"]
            )
        record = ScoringModelPublished(model.version, now, comment, packed)
        self._send(codec.encode(record), model.version, now)
        self.published[model.version] = record
        return True

    def _send(self, data: bytes, version: str, now: datetime) -> None:
        if len(data) > _MOST_BYTES:
            raise Misconfigured([f"scoring model {version} has {len(data):,} bytes; at most {_MOST_BYTES:,} will do"])
        try:
            self._producer.begin_transaction()
            headers = _STAMP.of(data, int(now.timestamp() * 1000))
            for lane in range(topics.SCORING_MODELS.partitions):
                self._producer.produce(topics.SCORING_MODELS.name, data, version.encode(), lane, headers=headers)
            self._producer.commit_transaction(_PATIENCE)
        except KafkaException as error:
            raise Unavailable(
                f"scoring model {version} was not published ({error}): is another one being published? Try again"
            ) from error


def _is_same(one: bytes, other: bytes) -> bool:
    """Whether two packed models say the same; another machine may have packed one of them in other bytes."""
    try:
        return one == other or model_in(one).packed() == other
    except Unreadable:
        return False
