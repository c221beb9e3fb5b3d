"""What the intake takes, and what it answers where it takes nothing."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from producers import institutions
from producers.gateway.bodies import Limits
from producers.gateway.rates import Rate
from schemas import codec, shapes, topics
from tests.unit.producers.gateway.serving import NOW, OTHER, READER, TOKEN, Market, offer

INBOX = topics.inbox("dlut").name


@pytest.fixture
def market() -> Market:
    return Market()


def said(market: Market, inbox: str = INBOX) -> list[dict[str, Any]]:
    return [codec.decode_fields(one.value())[1] for one in market.topics.written.get(inbox, ())]


def codes(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.headers["content-type"] == "application/problem+json"
    return [(one.get("pointer", one.get("parameter")), one["code"]) for one in answer.json()["errors"]]


async def post(market: Market, content: Any, token: str | None = TOKEN, **headers: str) -> httpx.Response:
    async with market.client(token) as client:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        answer: httpx.Response = await client.post(
            "/v1/submissions", content=body, headers={"Content-Type": "application/json", **headers}
        )
        return answer


@pytest.mark.parametrize("body", [offer(1), [offer(1)], {"submissions": [offer(1)]}], ids=["one", "list", "named"])
async def test_a_submission_goes_to_the_inbox_of_whose_token_it_is(market: Market, body: Any) -> None:
    answer = await post(market, body)
    assert answer.status_code == 202
    (one,) = answer.json()["submissions"]
    (values,) = said(market)
    assert (values["institution_id"], str(values["submission_id"])) == ("dlut", one["submission_id"])


async def test_what_a_body_says_of_its_institution_is_a_claim_that_goes_through_its_own_inbox(market: Market) -> None:
    assert (await post(market, offer(1, institution_id="neusoft"))).status_code == 202
    assert [values["institution_id"] for values in said(market)] == ["neusoft"]
    assert said(market, topics.inbox("neusoft").name) == []


async def test_without_a_key_each_request_is_another_submission(market: Market) -> None:
    first, second = [(await post(market, offer(1))).json()["submissions"][0] for _ in range(2)]
    assert first["submission_id"] != second["submission_id"]


async def test_the_ids_of_a_key_are_those_of_its_institution(market: Market) -> None:
    mine, theirs = [await post(market, offer(1), token, **{"Idempotency-Key": "k"}) for token in (TOKEN, OTHER)]
    assert mine.json()["submissions"][0]["submission_id"] != theirs.json()["submissions"][0]["submission_id"]


async def test_the_same_content_spelled_otherwise_is_the_same_request(market: Market) -> None:
    key = {"Idempotency-Key": "k"}
    async with market.client() as client:
        first = await client.post("/v1/submissions", json=offer(1), headers=key)
        spelled = json.dumps(dict(reversed(offer(1).items())), indent=3).encode()
        again = await client.post(
            "/v1/submissions", content=spelled, headers={**key, "Content-Type": "application/json; charset=utf-8"}
        )
        other = await client.post("/v1/submissions", json=offer(1, maturity=3), headers=key)
    assert (first.status_code, again.json()) == (202, first.json())
    assert codes(other) == [("Idempotency-Key", "key-reused")]
    assert len(said(market)) == 1


async def test_the_same_key_at_the_same_time_waits_its_turn(market: Market) -> None:
    async with market.client() as client:
        market.broker.gate = asyncio.Event()
        key = {"Idempotency-Key": "k"}
        first = asyncio.create_task(client.post("/v1/submissions", json=offer(1), headers=key))
        await asyncio.wait_for(market.broker.holds.wait(), 10)
        second = await client.post("/v1/submissions", json=offer(1), headers=key)
        assert second.status_code == 409
        assert second.headers["retry-after"]
        market.broker.gate.set()
        assert (await first).status_code == 202
        market.broker.gate = None
        assert (await client.post("/v1/submissions", json=offer(1), headers=key)).json() == (await first).json()
    assert len(said(market)) == 1


async def test_kafka_that_is_away_takes_nothing_and_a_retry_under_the_key_is_taken_once(market: Market) -> None:
    key = {"Idempotency-Key": "k"}
    market.broker.is_away = True
    async with market.client() as client:
        failed = await client.post("/v1/submissions", json=[offer(1), offer(2)], headers=key)
        assert (failed.status_code, failed.headers["retry-after"]) == (503, "6")
        market.broker.is_away = False
        done = await client.post("/v1/submissions", json=[offer(1), offer(2)], headers=key)
    assert [one["submission_id"] for one in done.json()["submissions"]] == failed.json()["submission_ids"]
    assert len(said(market)) == 2


async def test_while_kafka_does_not_answer_nobody_is_let_in(market: Market) -> None:
    market.is_up = False
    answer = await post(market, offer(1))
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:techdock:problem:not-available")
    async with market.client(None) as client:
        assert (await client.get("/healthz")).status_code == 503


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b'{"a": -Infinity}', "-Infinity is no JSON number"),
        (b'{"a": 1e999999999999999999999}', "is more than any number"),
        (b'{"record": "x", "record": "y"}', "'record' stands there twice"),
        (b"\xff\xfe{\x00}\x00", "utf-8"),
        (b'"\xed\xa0\x80"', "utf-8"),
        (b"[" * 100_000, "nested deeper than 16 levels"),
        (b"[" * 20 + b"1" + b"]" * 20, "nested deeper than 16 levels"),
        (b"17", "neither an object nor a list"),
        (b"[]", "the list is empty"),
        (b'{"submissions": {}}', "neither an object nor a list"),
        (b'{"submissions": [{}], "more": 1}', "nothing else can stand"),
        (b"1" * 10_000, "Exceeds the limit"),
    ],
)
async def test_a_body_that_is_no_json_says_why(market: Market, body: bytes, told: str) -> None:
    answer = await post(market, body)
    assert answer.status_code == 400
    assert codes(answer) == [("", "not-json")]
    assert told in answer.json()["detail"]
    assert said(market) == []


async def test_all_faults_of_all_rows_are_told_at_once(market: Market) -> None:
    rows = [
        offer(1), offer(2, registered_at="yesterday", colour="red"), 17, {"record": "Offer"},
        offer(3, price={"amount": "1e400", "currency": "CNY"}), offer(4, keywords_="x" * 300),
    ]  # fmt: skip
    answer = await post(market, rows)
    assert answer.status_code == 422
    assert codes(answer) == [
        ("/1/registered_at", "wrong-type"), ("/1/colour", "unknown-field"), ("/2", "unknown-value"),
        ("/3/record", "unknown-value"), ("/4/price/amount", "wrong-type"), ("/5/keywords_", "unknown-field"),
    ]  # fmt: skip
    assert max(len(one["value"]) for one in answer.json()["errors"]) <= 200
    assert said(market) == []


async def test_an_amount_that_is_more_than_any_money_is_a_fault(market: Market) -> None:
    body = json.dumps(offer(1, price={"amount": 0, "currency": "CNY"})).replace('"amount": 0', '"amount": 1e400')
    assert codes(await post(market, body.encode())) == [("/price/amount", "amount")]


async def test_a_clock_more_than_a_day_ahead_is_a_fault(market: Market) -> None:
    assert codes(await post(market, offer(1, registered_at="2026-03-02T12:00:01Z"))) == [
        ("/registered_at", "event-time")
    ]


async def test_half_of_a_pair_of_utf_16_is_a_fault_and_can_be_told(market: Market) -> None:
    answer = await post(market, offer(1, zh={"title": "a\ud800"}, **{"\udfff": 1}))
    assert {code for _, code in codes(answer)} >= {"unknown-field"}


async def test_of_very_many_faults_the_first_are_told_and_no_more_are_looked_for(market: Market) -> None:
    answer = await post(market, [{}] * 1_000)
    assert len(codes(answer)) == 1_000
    row = {**offer(1), **{f"x{number}": 1 for number in range(2_000)}}
    assert len(codes(await post(market, row))) == shapes.MOST_FAULTS
    answer = await post(market, [row] * 10)
    assert len(codes(answer)) == 1_000
    assert "or more faults in 10 submissions" in answer.json()["detail"]


async def test_an_id_that_stands_twice_in_a_batch_is_a_fault(market: Market) -> None:
    same = "123e4567-e89b-42d3-a456-426614174000"
    answer = await post(market, [offer(1, submission_id=same), offer(2, submission_id=same)])
    assert codes(answer) == [("/1/submission_id", "duplicate-id")]


async def test_too_many_rows_are_refused_whole(market: Market) -> None:
    answer = await post(market, [offer(number) for number in range(1_001)])
    assert (answer.status_code, said(market)) == (413, [])


@pytest.mark.parametrize("form", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
async def test_a_body_of_another_form_is_refused(market: Market, form: str) -> None:
    assert (await post(market, offer(1), **{"Content-Type": form})).status_code == 415


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256])
async def test_a_key_that_cannot_be_one_is_refused(market: Market, key: str) -> None:
    async with market.client() as client:
        headers = [(b"Idempotency-Key", key.encode()), (b"Content-Type", b"application/json")]
        answer = await client.post("/v1/submissions", content=json.dumps(offer(1)).encode(), headers=headers)
    assert codes(answer) == [("Idempotency-Key", "wrong-type")]


@pytest.mark.parametrize(
    "body", [b"", b"\x00\x00\x00\x00\x07abc", b"\xc3\x01" + bytes(20), codec.prefix("DemandPosted")]
)
async def test_bytes_that_are_no_record_say_why(market: Market, body: bytes) -> None:
    answer = await post(market, body, **{"Content-Type": "application/avro"})
    assert (answer.status_code, codes(answer)) == (400, [("", "unreadable")])


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer nothing", f"Basic {TOKEN}", f"Bearer {TOKEN}x"])
async def test_without_a_good_token_nobody_is_let_in(market: Market, authorization: str) -> None:
    async with market.client(None) as client:
        answer = await client.post("/v1/submissions", json=offer(1), headers={"Authorization": authorization})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="techdock"')
    assert said(market) == []


async def test_a_token_to_read_with_submits_nothing(market: Market) -> None:
    answer = await post(market, offer(1), READER)
    assert (answer.status_code, said(market)) == (403, [])
    async with market.client(READER) as client:
        assert (await client.get("/v1/receipts")).json() == {"receipts": [], "next": "0"}


async def test_a_suspended_institution_is_refused_with_the_reason(market: Market) -> None:
    market.say(institutions.suspend("dlut", "looked into", NOW))
    answer = await post(market, offer(1))
    assert (answer.status_code, said(market)) == (403, [])
    assert "looked into" in answer.json()["detail"]
    assert (await post(market, offer(1), OTHER)).status_code == 202


async def test_whoever_sends_too_much_waits_and_nobody_else_does() -> None:
    market = Market(of_institutions=Rate(1.0, 2.0))
    answers = [await post(market, offer(number)) for number in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert int(answers[2].headers["retry-after"]) >= 1
    assert (await post(market, offer(1), OTHER)).status_code == 202
    market.clock.now += 1
    assert (await post(market, offer(3))).status_code == 202


async def test_whoever_guesses_tokens_waits_and_whoever_has_one_does_not() -> None:
    market = Market(of_strangers=Rate(1.0, 2.0))
    answers = [await post(market, offer(1), "guess") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert (await post(market, offer(1))).status_code == 202


@pytest.mark.parametrize(
    "question", ["after=-1", "after=x", "limit=0", "limit=501", "status=lost", "wait=21", "wait=nan", "colour=red"]
)
async def test_a_question_that_is_none_says_which_parameter(market: Market, question: str) -> None:
    async with market.client() as client:
        answer = await client.get(f"/v1/receipts?{question}")
    assert (answer.status_code, codes(answer)) == (422, [(question.partition("=")[0], "wrong-type")])


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/nothing", 404), ("PUT", "/v1/submissions", 405)])
async def test_what_is_not_there_is_a_problem_too(market: Market, method: str, path: str, status: int) -> None:
    async with market.client() as client:
        answer = await client.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_a_body_that_says_it_is_too_large_is_not_read() -> None:
    market = Market(limits=Limits(body_bytes=1_000))
    answer = await post(market, b"x" * 1_001)
    assert answer.status_code == 413
