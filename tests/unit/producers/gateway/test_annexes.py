"""Annexes over HTTPS: sealed on the way in, given out under a grant alone, and nothing of them in any answer else."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from producers import institutions, tokens
from producers.institutions import Description
from producers.tokens import Grant
from schemas import codec, topics
from schemas.padding import MOST_BYTES
from schemas.records import AnnexDeposited, AnnexErased, AnnexGranted, InstitutionKind, TokenScope
from tests.unit.producers.gateway.serving import NOW, OTHER, READER, TOKEN, Market

INBOX = topics.inbox("dlut").name
TEXT = "配方：钯 0.3 %".encode()


@pytest.fixture
def market() -> Market:
    return Market()


async def put(
    market: Market, text: bytes = TEXT, token: str | None = TOKEN, url: str = "/v1/annexes/dlut/A1", **headers: str
) -> httpx.Response:
    async with market.client(token) as client:
        told = {"Content-Type": "text/plain; charset=utf-8", **headers}
        answer: httpx.Response = await client.put(url, content=text, headers=told)
        return answer


async def get(market: Market, token: str | None, url: str = "/v1/annexes/dlut/A1") -> httpx.Response:
    async with market.client(token) as client:
        answer: httpx.Response = await client.get(url)
        return answer


def said(market: Market) -> list[AnnexDeposited]:
    return [codec.decode(one.value()) for one in market.topics.written.get(INBOX, ())]  # type: ignore[misc]


async def deposited(market: Market) -> None:
    """An annex that admission took."""
    assert (await put(market)).status_code == 202
    market.shelf.put(said(market)[-1])


def granted(market: Market, until: date = date(2026, 3, 1)) -> None:
    market.shelf.put(AnnexGranted(uuid.uuid4(), "dlut", "A1", 2, NOW, "neusoft", "NDA-1", until))


async def test_a_plain_text_goes_to_the_inbox_sealed(market: Market) -> None:
    answer = await put(market)
    assert answer.status_code == 202
    (one,) = answer.json()["submissions"]
    (record,) = said(market)
    assert (record.ref, record.version, record.media_type) == ("dlut/A1", 1, "text/plain")
    assert str(record.submission_id) == one["submission_id"]
    assert all(TEXT not in message.value() for message in market.topics.written[INBOX])


async def test_the_owner_reads_it_and_nobody_keeps_it_on_the_way(market: Market) -> None:
    await deposited(market)
    answer = await get(market, READER)
    assert (answer.status_code, answer.content) == (200, TEXT)
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["cache-control"] == "no-store"
    assert [one.reader_institution_id for one in market.shelf.readings()] == ["dlut"]


async def test_another_reads_it_under_a_grant_and_is_told_the_same_of_nothing_without_one(market: Market) -> None:
    nothing = await get(market, OTHER)
    await deposited(market)
    withheld = await get(market, OTHER)
    assert (nothing.status_code, withheld.status_code) == (404, 404)
    assert nothing.json() == withheld.json()
    granted(market)
    assert (await get(market, OTHER)).content == TEXT
    granted(market, date(2026, 2, 28))
    assert (await get(market, OTHER)).status_code == 404


async def test_a_suspended_institution_reads_nothing(market: Market) -> None:
    await deposited(market)
    granted(market)
    market.say(institutions.suspend("neusoft", "looked into", NOW))
    answer = await get(market, OTHER)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:techdock:problem:institution-suspended")
    assert market.shelf.readings() == []


async def test_who_is_admitted_again_under_a_removed_id_reads_nothing_of_before(market: Market) -> None:
    await deposited(market)
    granted(market)
    described = Description("neusoft", "新东软", None, InstitutionKind.ENTERPRISE, None)
    market.say(institutions.admit(described, NOW + timedelta(seconds=1)))
    assert (await get(market, OTHER)).content == TEXT
    market.say(institutions.remove("neusoft", "dissolved", NOW))
    market.say(institutions.admit(described, NOW + timedelta(seconds=2)))
    market.say(tokens.issue(Grant("neusoft", (TokenScope.READ,), "", None), "t4", "another", NOW))
    assert (await get(market, "another")).status_code == 404


async def test_a_token_to_read_deposits_nothing_and_no_token_gets_nothing(market: Market) -> None:
    assert (await put(market, token=READER)).status_code == 403
    assert (await put(market, token=None)).status_code == 401
    assert (await get(market, None)).status_code == 401
    assert said(market) == []


async def test_nobody_deposits_for_another_but_by_a_delegation_and_through_its_own_inbox(market: Market) -> None:
    url = "/v1/annexes/neusoft/N1"
    assert (await put(market, url=url)).status_code == 403
    assert not list(market.archive.standing().known)
    market.say(institutions.admit(Description("dlut", "局", None, InstitutionKind.DISTRICT_OFFICE, None), NOW))
    market.say(institutions.grant("neusoft", "dlut", None, NOW))
    assert (await put(market, url=url)).status_code == 202
    assert [one.ref for one in said(market)] == ["neusoft/N1"]


async def test_an_annex_costs_more_than_a_submission(market: Market) -> None:
    answers = [(await put(market, url=f"/v1/annexes/dlut/A{number}")).status_code for number in range(42)]
    assert answers == [202] * 40 + [429] * 2


async def test_an_erased_annex_is_opened_anew_only_when_that_is_said(market: Market) -> None:
    await deposited(market)
    market.shelf.put(AnnexErased(uuid.uuid4(), "dlut", "A1", 2, NOW, "王敏", "已转让"))
    assert (await get(market, READER)).status_code == 404
    answer = await put(market)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["parameter"], error["code"]) == ("after_erasure", "annex-erased")
    assert (await put(market, url="/v1/annexes/dlut/A1?after_erasure=2")).status_code == 202
    assert said(market)[-1].after_erasure == 2


async def test_an_id_with_a_slash_names_its_achievement(market: Market) -> None:
    assert (await put(market, url="/v1/annexes/dlut/2026/7")).status_code == 202
    market.shelf.put(said(market)[-1])
    assert (await get(market, READER, "/v1/annexes/dlut/2026/7")).content == TEXT
    assert (await get(market, READER, "/v1/annexes/dlut/2026%2F7")).content == TEXT


@pytest.mark.parametrize(
    ("text", "url", "headers", "status"),
    [
        (b"x" * (MOST_BYTES + 1), "/v1/annexes/dlut/A1", {}, 413),
        (TEXT, "/v1/annexes/dlut/A1", {"Content-Type": "nonsense"}, 422),
        (TEXT, "/v1/annexes/dlut/A1", {"Content-Type": ""}, 415),
        (TEXT, "/v1/annexes/dlut/A1?after_erasure=-1", {}, 422),
        (TEXT, "/v1/annexes/dlut/A1?after_erasure=7", {}, 422),
        (TEXT, "/v1/annexes/dlut/%20A1", {}, 422),
        (TEXT, f"/v1/annexes/dlut/{'A' * 201}", {}, 422),
        (TEXT, "/v1/annexes/dlut/A%001", {}, 422),
    ],
)  # fmt: skip
async def test_what_cannot_be_deposited_is_told_without_its_words(
    market: Market, text: bytes, url: str, headers: dict[str, str], status: int
) -> None:
    answer = await put(market, text, url=url, **headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert TEXT.decode() not in answer.text
    assert said(market) == []
    assert market.archive.vault.names() == frozenset()


async def test_what_cannot_be_done_here_is_told_with_all_that_can(market: Market) -> None:
    async with market.client() as client:
        answer = await client.delete("/v1/annexes/dlut/A1")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, PUT")


async def test_what_was_changed_on_the_topic_is_told_and_not_given_out(market: Market) -> None:
    await deposited(market)
    data = bytearray(market.shelf.written[0])
    data[-40] ^= 1
    market.shelf.written[0] = bytes(data)
    answer = await get(market, READER)
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:techdock:problem:damaged")
    assert market.shelf.readings() == []


async def test_while_a_reading_cannot_be_written_down_nothing_is_given_out(market: Market) -> None:
    await deposited(market)
    market.shelf.is_away = True
    answer = await get(market, READER)
    assert answer.status_code == 503
    assert TEXT not in answer.content


async def test_an_annex_in_a_batch_of_submissions_is_refused_unless_it_was_sealed_here(market: Market) -> None:
    body: dict[str, Any] = {
        "record": "AnnexDeposited", "achievement_id": "A1", "version": 1, "deposited_at": NOW.isoformat(),
        "media_type": "text/plain", "nonce": "", "ciphertext": "6ZKv",
    }  # fmt: skip
    async with market.client() as client:
        answer = await client.post("/v1/submissions", json=body)
        unlike = await client.post("/v1/submissions", json={**body, "ciphertext": TEXT.decode()})
    told = {(one["pointer"], one["code"], one["value"]) for one in answer.json()["errors"]}
    assert told == {("/nonce", "sealed", "0 bytes"), ("/ciphertext", "sealed", "3 bytes")}
    assert unlike.status_code == 422
    assert TEXT.decode() not in unlike.text
