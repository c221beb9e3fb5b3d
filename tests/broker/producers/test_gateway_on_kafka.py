"""What the intake over HTTPS answers is what Kafka has."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from producers import institutions, tokens
from producers.institution_log import say
from schemas import codec, topics
from schemas.records import AchievementRegistered, InstitutionKind, Text, TokenScope
from tests.broker.producers.intake import Intake, admitted, intake, offer, until
from tests.broker.streams.admitting import Admitting, admitting


@pytest.fixture(scope="module")
def running(bootstrap: str) -> Iterator[Intake]:
    with intake(bootstrap) as made:
        yield made


def test_what_was_answered_with_202_is_in_kafka_where_the_answer_says(running: Intake) -> None:
    name, token, _ = admitted(running.bootstrap)
    with running.client(token) as client:
        answer = client.post("/v1/submissions", json=[offer(1), offer(2)])
        assert answer.status_code == 202, answer.text
    content = answer.json()
    assert content["inbox"] == topics.inbox(name).name
    assert [(one["partition"], one["offset"]) for one in content["submissions"]] == [(0, 0), (0, 1)]
    found = running.inbox(name)
    assert [values["achievement_id"] for _, values in found] == ["A1", "A2"]
    assert [str(values["submission_id"]) for _, values in found] == [
        one["submission_id"] for one in content["submissions"]
    ]
    assert {values["institution_id"] for _, values in found} == {name}


def test_a_batch_with_a_fault_leaves_nothing_behind_and_names_all_of_them(running: Intake) -> None:
    name, token, _ = admitted(running.bootstrap)
    batch = {"submissions": [offer(1), offer(2, maturity=12, zh={"title": "", "abstract": "", "keywords": []}), {}]}
    with running.client(token) as client:
        answer = client.post("/v1/submissions", json=batch)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/submissions/1/zh/title", "blank"),
        ("/submissions/1/maturity", "range"),
        ("/submissions/2/record", "unknown-value"),
    ]
    assert running.inbox(name) == []


def test_avro_goes_in_as_it_is(running: Intake) -> None:
    name, token, _ = admitted(running.bootstrap)
    record = AchievementRegistered(uuid.uuid4(), name, "A1", 1, datetime.now(UTC), zh=Text("膜"))
    with running.client(token) as client:
        headers = {"Content-Type": "application/avro"}
        answer = client.post("/v1/submissions", content=codec.encode(record), headers=headers)
    assert answer.status_code == 202, answer.text
    assert [codec.record(*one) for one in running.inbox(name)] == [record]


def test_the_same_key_again_gives_the_same_answer_and_no_second_record(running: Intake) -> None:
    name, token, _ = admitted(running.bootstrap)
    with running.client(token) as client:
        first, again = (
            client.post("/v1/submissions", json=[offer(1), offer(2)], headers={"Idempotency-Key": "k1"})
            for _ in range(2)
        )
        assert (first.status_code, again.status_code) == (202, 202)
        assert again.json() == first.json()
        other = client.post("/v1/submissions", json=[offer(3)], headers={"Idempotency-Key": "k1"})
        assert (other.status_code, other.json()["errors"][0]["code"]) == (422, "key-reused")
        fresh = client.post("/v1/submissions", json=[offer(1)], headers={"Idempotency-Key": "k2"})
    assert fresh.status_code == 202
    assert len(running.inbox(name)) == 3


def test_a_key_is_known_after_a_restart(running: Intake) -> None:
    _, token, _ = admitted(running.bootstrap)
    with running.client(token) as client:
        first = client.post("/v1/submissions", json=offer(1), headers={"Idempotency-Key": "k1"}).json()
    with intake(running.bootstrap) as another, another.client(token) as client:
        again = client.post("/v1/submissions", json=offer(1), headers={"Idempotency-Key": "k1"})
        other = client.post("/v1/submissions", json=offer(2), headers={"Idempotency-Key": "k1"})
    assert again.json() == first
    assert other.status_code == 422


def _answered(market: Admitting, running: Intake) -> tuple[str, str]:
    name = market.institutions[0]
    token = institutions.new_key()
    now = datetime.now(UTC)
    described = institutions.Description(name, None, "Lab", InstitutionKind.INSTITUTE, None)
    say(running.bootstrap, institutions.admit(described, now))
    say(running.bootstrap, tokens.issue(tokens.Grant(name, tokens.SCOPES, "", None), "t1", token, now))
    return name, token


def test_a_replay_has_one_effect_and_one_receipt_that_is_told_over_http(running: Intake) -> None:
    with admitting(running.bootstrap, "lab") as market:
        name, token = _answered(market, running)
        with running.client(token) as client:
            until(lambda: client.get("/v1/receipts").status_code == 200)
            for _ in range(3):
                answer = client.post("/v1/submissions", json=offer(1), headers={"Idempotency-Key": "k"})
                assert answer.status_code == 202
            (one,) = answer.json()["submissions"]
            # The same version again, as another submission.
            refused = client.post("/v1/submissions", json=offer(1)).json()["submissions"][0]["submission_id"]
            receipts: list[Any] = []
            cursor = "0"
            while len(receipts) < 2:
                page = client.get("/v1/receipts", params={"after": cursor, "wait": 20, "limit": 1}).json()
                assert page["receipts"], "no receipt came"
                receipts += page["receipts"]
                cursor = page["next"]
            assert [each["submission_id"] for each in receipts] == [one["submission_id"], refused]
            assert receipts[1]["faults"][0]["rule"] == "newer"
            status = client.get(f"/v1/submissions/{one['submission_id']}").json()
            assert (status["status"], status["receipt"]) == ("accepted", receipts[0])
            only = client.get("/v1/receipts", params={"status": "refused"}).json()["receipts"]
            assert only == receipts[1:]
        assert len(market.receipts(name)) == 2
        assert market.registered()[f"{name}/A1"] == [1]


def test_what_waits_is_pending_and_what_nobody_sent_is_not_found(running: Intake) -> None:
    _, token, _ = admitted(running.bootstrap)
    with running.client(token) as client:
        sent = client.post("/v1/submissions", json=offer(1)).json()["submissions"][0]["submission_id"]
        assert client.get(f"/v1/submissions/{sent}").json() == {
            "submission_id": sent, "status": "pending", "receipt": None,
        }  # fmt: skip
        assert client.get(f"/v1/submissions/{uuid.uuid4()}").status_code == 404


def test_nobody_is_told_of_what_another_institution_sent(running: Intake) -> None:
    _, token, _ = admitted(running.bootstrap)
    _, other, _ = admitted(running.bootstrap)
    with running.client(token) as client:
        sent = client.post("/v1/submissions", json=offer(1)).json()["submissions"][0]["submission_id"]
    with running.client(other) as client:
        assert client.get(f"/v1/submissions/{sent}").status_code == 404


def test_a_token_is_good_for_its_scopes_alone_and_for_nothing_once_it_is_revoked(running: Intake) -> None:
    name, token, token_id = admitted(running.bootstrap, [TokenScope.READ])
    with running.client(token) as client:
        assert client.post("/v1/submissions", json=offer(1)).status_code == 403
        assert client.get("/v1/receipts").status_code == 200
        say(running.bootstrap, tokens.revoke(name, token_id, datetime.now(UTC)))
        until(lambda: client.get("/v1/receipts").status_code == 401, 5)
    with running.client(None) as client:
        assert client.get("/v1/receipts").headers["www-authenticate"].startswith("Bearer")


def test_a_suspended_institution_is_refused_until_it_is_resumed(running: Intake) -> None:
    name, token, _ = admitted(running.bootstrap)
    with running.client(token) as client:
        assert client.post("/v1/submissions", json=offer(1)).status_code == 202
        say(running.bootstrap, institutions.suspend(name, "looked into", datetime.now(UTC)))
        until(lambda: client.post("/v1/submissions", json={}).status_code == 403, 5)
        answer = client.post("/v1/submissions", json=offer(2))
        assert answer.json()["type"] == "urn:techdock:problem:institution-suspended"
        assert "looked into" in answer.json()["detail"]
        say(running.bootstrap, institutions.resume(name, datetime.now(UTC)))
        until(lambda: client.post("/v1/submissions", json=offer(3)).status_code == 202, 5)
    assert [values["achievement_id"] for _, values in running.inbox(name)] == ["A1", "A3"]


def test_receipts_that_are_older_than_what_is_remembered_are_read_anew(running: Intake) -> None:
    with admitting(running.bootstrap, "lab") as market:
        _, token = _answered(market, running)
        with running.client(token) as client:
            until(lambda: client.get("/v1/receipts").status_code == 200)
            for start in range(0, 12_000, 1_000):
                batch = [offer(number) for number in range(start, start + 1_000)]
                while (answer := client.post("/v1/submissions", json=batch)).status_code == 429:
                    time.sleep(float(answer.headers["retry-after"]))
                assert answer.status_code == 202, answer.text
            until(lambda: len(market.receipts(market.institutions[0])) == 12_000, 60)
        with intake(running.bootstrap) as another, another.client(token) as client:
            found: list[str] = []
            cursor = "0"
            while len(found) < 12_000:
                page = client.get("/v1/receipts", params={"after": cursor, "limit": 500}).json()
                assert page["next"] != cursor
                found += [each["subject_id"] for each in page["receipts"]]
                cursor = page["next"]
        assert found == [f"A{number}" for number in range(12_000)]


def test_a_client_that_asks_for_news_is_answered_when_there_is_some(running: Intake) -> None:
    with admitting(running.bootstrap, "lab") as market:
        _, token = _answered(market, running)
        with running.client(token) as client, running.client(token) as other:
            until(lambda: client.get("/v1/receipts").status_code == 200)
            sender = threading.Timer(0.5, lambda: other.post("/v1/submissions", json=offer(1)))
            sender.start()
            page = client.get("/v1/receipts", params={"wait": 20}).json()
            sender.join()
        assert [each["subject_id"] for each in page["receipts"]] == ["A1"]
