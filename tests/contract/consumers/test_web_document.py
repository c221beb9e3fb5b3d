"""The answers over HTTP that need no broker, and the document that describes them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import Engine

from consumers.store import Store
from consumers.streaming import Limits, Seats
from consumers.web import Sources, app
from tests.contract.consumers.test_store import effects
from tests.unit.consumers import facts


@pytest.fixture
async def client(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    made = app(Sources("127.0.0.1:1", "techdock.matches.v1", engine), Seats(Limits()))
    # What the application makes of an error is what we look at, so nothing is raised through.
    transport = httpx.ASGITransport(made, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://techdock", timeout=30) as opened:
        yield opened


async def test_live_matches_are_listed_best_first(client: httpx.AsyncClient, store: Store) -> None:
    store.apply(effects(facts.proposed("d", "a", 0.25), facts.proposed("d", "b", 0.75)), {})
    answer = await client.get("/v1/matches", params={"demand": "d", "limit": 1})
    (match,) = answer.json()
    assert (match["achievement_id"], match["score"]) == ("b", 0.75)
    assert (await client.get("/v1/matches", params={"demand": "nobody"})).json() == []


@pytest.mark.parametrize(
    "query", ["industry=Z99", "industri=C26", "maturity_min=0", "score_min=2", "district=21020", "limit=0"]
)
async def test_what_is_not_understood_is_said(client: httpx.AsyncClient, query: str) -> None:
    path = "/v1/matches" if query.startswith("limit") else "/v1/matches/stream"
    answer = await client.get(f"{path}?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert query.split("=", maxsplit=1)[0] in answer.text or "GB/T" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/healthz", "/v1/matches/stream"])
async def test_without_a_broker_health_and_stream_say_so(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert "Kafka" in answer.json()["detail"]


async def test_metrics_are_told(client: httpx.AsyncClient) -> None:
    assert "techdock_stream_clients 0.0" in (await client.get("/metrics")).text


async def test_the_document_names_every_way_and_every_condition(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {"/v1/matches", "/v1/matches/stream", "/healthz", "/metrics"}
    asked = {each["name"] for each in document["paths"]["/v1/matches/stream"]["get"]["parameters"]}
    assert asked >= {
        "industry",
        "maturity_min",
        "maturity_max",
        "district",
        "institution",
        "score_min",
        "from",
        "last-event-id",
    }
