"""Submissions over HTTP in the whole system: as a client in Python sends them, and as curl does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any

import httpx
import pytest

from tests.broker.producers.intake import offer
from tests.e2e.conftest import System, until


def _url(system: System) -> str:
    found = json.loads((system.home / "run" / "endpoints.json").read_text(encoding="utf-8"))
    return str(found["intake_url"])


def _client(system: System, institution: str, *options: str) -> httpx.Client:
    system.run("institution", "add", institution, "--name-en", "Lab", "--kind", "institute")
    token = system.run("token", "issue", institution, *options).strip()
    return httpx.Client(base_url=_url(system), headers={"Authorization": f"Bearer {token}"}, timeout=60)


def _receipts(client: httpx.Client, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = "0"
    while len(found) < count:
        page = client.get("/v1/receipts", params={"after": cursor, "wait": 20}).raise_for_status().json()
        assert page["receipts"], f"only {len(found)} of {count} receipts came"
        found += page["receipts"]
        cursor = page["next"]
    return found


def test_what_is_posted_is_registered_and_its_receipt_comes_back_by_the_same_way(system: System) -> None:
    with _client(system, "e-http") as client:
        # A token is good as soon as the command has returned, or within a moment.
        until(lambda: client.get("/v1/receipts").status_code == 200, 10)
        batch = [offer(number) for number in range(20)]
        for _ in range(2):
            answer = client.post("/v1/submissions", json=batch, headers={"Idempotency-Key": "first"})
            assert answer.status_code == 202, answer.text
        ids = [one["submission_id"] for one in answer.json()["submissions"]]
        receipts = _receipts(client, 20)
        assert [each["submission_id"] for each in receipts] == ids
        assert {each["receipt"] for each in receipts} == {"SubmissionAccepted"}
        assert client.get(f"/v1/submissions/{ids[7]}").json()["receipt"] == receipts[7]
    report = system.verified()
    assert report["differences"] == []


def test_a_suspended_institution_is_refused_at_once_and_served_again_once_it_is_resumed(system: System) -> None:
    with _client(system, "e-late") as client:
        until(lambda: client.post("/v1/submissions", json=offer(1)).status_code == 202, 10)
        system.run("institution", "suspend", "e-late", "--reason", "token leaked")
        until(lambda: client.post("/v1/submissions", json=offer(2)).status_code == 403, 2)
        system.run("institution", "resume", "e-late")
        until(lambda: client.post("/v1/submissions", json=offer(3)).status_code == 202, 10)
        kinds = [each["receipt"] for each in _receipts(client, 2)]
    # What slipped in before the intake had heard of it, if anything, was refused by admission.
    assert kinds[0] == kinds[-1] == "SubmissionAccepted"


def test_a_token_that_was_revoked_opens_nothing(system: System) -> None:
    with _client(system, "e-revoked", "--scope", "read") as client:
        until(lambda: client.get("/v1/receipts").status_code == 200, 10)
        assert client.post("/v1/submissions", json=offer(1)).status_code == 403
        (row,) = system.json("token", "list", "e-revoked")
        assert row["scopes"] == ["read"]
        system.run("token", "revoke", "e-revoked", row["token_id"])
        until(lambda: client.get("/v1/receipts").status_code == 401, 2)


def test_curl_is_enough(system: System) -> None:
    curl = shutil.which("curl")
    if curl is None:
        sentence = "curl is not installed (Debian: apt-get install curl): nobody tried it as a foreign client does"
        if "curl" in os.environ.get("TECHDOCK_REQUIRE", "").split(","):
            pytest.fail(sentence)
        pytest.skip(sentence)
    with _client(system, "e-curl") as client:
        until(lambda: client.get("/v1/receipts").status_code == 200, 10)
        asked = [curl, "-sS", "--fail-with-body", "-H", f"Authorization: {client.headers['Authorization']}"]
        body = ["-H", "Content-Type: application/json", "-d", json.dumps(offer("curl"))]
        sent = subprocess.run(
            [*asked, *body, f"{_url(system)}/v1/submissions"], capture_output=True, text=True, check=True, timeout=60
        )
        (one,) = json.loads(sent.stdout)["submissions"]
        told = subprocess.run(
            [*asked, f"{_url(system)}/v1/receipts?wait=20"], capture_output=True, text=True, check=True, timeout=60
        )
    (receipt,) = json.loads(told.stdout)["receipts"]
    assert (receipt["submission_id"], receipt["receipt"]) == (one["submission_id"], "SubmissionAccepted")
