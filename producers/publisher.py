"""Sends submissions to the inbox of their institution, and tells when one did not arrive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError

from infra import clients
from schemas import cloudevents, codec, framing, topics
from schemas.errors import Unavailable, Unreadable
from schemas.records import Submission
from schemas.rules import EVENT_TIMES

#: How long a flush may take before it counts as failed, in seconds.
_FLUSH_SECONDS = 60.0
_SUBJECTS = {
    "AchievementRegistered": "achievement_id",
    "AchievementWithdrawn": "achievement_id",
    "DemandPosted": "demand_id",
    "DemandWithdrawn": "demand_id",
    "AnnexDeposited": "achievement_id",
    "AnnexGranted": "achievement_id",
    "AnnexRevoked": "achievement_id",
    "AnnexErased": "achievement_id",
    "FactVerified": "fact_id",
    "FactRetracted": "fact_id",
}


def addressed(name: str, values: Mapping[str, Any]) -> tuple[str, list[cloudevents.Header]]:
    """The key and the headers of a submission, given by its name and its plain values."""
    subject = _SUBJECTS.get(name)
    if subject is None:
        kept = "subject" if name == "TaskMoved" else "achievement"
        key = f"{values[f'{kept}_institution_id']}/{values[f'{kept}_id']}"
    else:
        key = values[subject]
    source, time = f"/institutions/{values['institution_id']}", cloudevents.spelled(values[EVENT_TIMES[name]])
    return key, cloudevents.headers(name, source, str(values["submission_id"]), time)


class Publisher:
    """A producer of submissions; every one is acknowledged by ``flush`` or reported by an error.

    They go through the inbox of the institution that each names, or all through that of the one named by ``through``.
    Records go out in the binary mode of CloudEvents' Kafka binding: attributes in headers, Avro in the value.
    """

    def __init__(self, bootstrap: str, producer: KafkaProducer | None = None, through: str | None = None) -> None:
        # kafka-python compresses at gzip's slowest level only, which costs more than all the rest of a record.
        self._producer = producer or clients.producer(bootstrap, compression_type=None)
        self._failure: BaseException | None = None
        self._inboxes: dict[str, str] = {}
        self._through = through
        self._framing = framing.adopted()

    def __enter__(self) -> Publisher:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        # After an error there is nothing to wait for.
        if kind is None:
            self.flush()
        self._producer.close(timeout=5 if kind is None else 0)

    def send(self, submission: Submission) -> None:
        """Sends a submission; it is on its way until ``flush`` returns.

        Raises ``Unavailable`` when this or an earlier one could not be sent, ``Unreadable`` for one that is too large.
        """
        self.send_fields(type(submission).__name__, codec.plain(submission))

    def send_fields(self, name: str, values: Mapping[str, Any]) -> None:
        """The same for a submission given as plain values."""
        key, headers = addressed(name, values)
        self._put(values["institution_id"], key, codec.encode_fields(name, values), headers)

    def flush(self) -> None:
        """Returns when the brokers have everything that was sent; raises ``Unavailable`` when they have not."""
        try:
            self._producer.flush(timeout=_FLUSH_SECONDS)
        except KafkaError as error:
            raise Unavailable(f"Kafka did not take the last records in time ({error})") from error
        self._raise_failure()

    def _put(self, institution_id: str, key: str, value: bytes, headers: list[cloudevents.Header]) -> None:
        self._raise_failure()
        topic = self._inboxes.get(institution_id)
        if topic is None:
            topic = self._inboxes[institution_id] = topics.inbox(self._through or institution_id).name
        try:
            sent = self._producer.send(
                topic, value=self._framing.written(topic, value), key=key.encode(), headers=headers
            )
        except MessageSizeTooLargeError as error:
            limit = clients.MAX_RECORD_BYTES
            raise Unreadable(
                key, f"its {len(value):,} bytes are more than the {limit:,} of the largest record"
            ) from error
        except KafkaError as error:
            raise Unavailable(
                f"Kafka takes no records for {topic} ({error}); is it running? (`techdock status`)"
            ) from error
        sent.add_errback(self._failed)

    def _failed(self, error: BaseException) -> None:
        # Called by the producer's own thread; the sender hears of it with its next word.
        self._failure = self._failure or error

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise Unavailable(f"a record could not be sent ({self._failure}); send them again, ids keep it safe")
