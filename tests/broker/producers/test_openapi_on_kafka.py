"""Schemathesis makes up requests by the OpenAPI document, good and bad ones, and holds every answer against it."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from confluent_kafka import Producer

from schemas import codec, topics
from tests.broker.producers.intake import admitted, intake
from tests.unit.consumers.facts import accepted, refused

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
#: Of each operation and phase; more of them with `SCHEMATHESIS_EXAMPLES`.
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES") or "15"
#: A body that is right by the document may still break a rule of the market: a grammar does not say them all.
NOT_ASKED = "positive_data_acceptance"
#: How a request that the document does not allow may be turned away; 413 is for a batch with too many rows.
TURNED_AWAY = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 413, 415, 422, 429]
"""


def _receive(bootstrap: str, name: str) -> None:
    """A receipt of either kind, so that there are some to tell, and whoever asks for the first need not wait."""
    producer = Producer({"bootstrap.servers": bootstrap})
    for receipt in (accepted(uuid.uuid4(), name), refused(uuid.uuid4(), name)):
        producer.produce(topics.receipts(name).name, codec.encode(receipt), str(receipt.submission_id), 0)
    assert producer.flush(30) == 0


# A good request to /v1/files starts a process: its answers are tested by name, in tests/unit/producers/gateway.
def test_every_answer_is_as_the_document_says_it(bootstrap: str, tmp_path: Path) -> None:
    name, token, _ = admitted(bootstrap)
    _receive(bootstrap, name)
    (tmp_path / "schemathesis.toml").write_text(TURNED_AWAY, encoding="utf-8")
    with intake(bootstrap) as running:
        done = subprocess.run(
            [
                SCHEMATHESIS, "run", f"{running.url}/openapi.json", "-H", f"Authorization: Bearer {token}",
                "--checks", "all", "--exclude-checks", NOT_ASKED, "--mode", "all", "--seed", "1",
                "--phases", "examples,coverage,fuzzing,stateful", "--max-examples", EXAMPLES,
                "--exclude-path", "/v1/files", "--request-timeout", "40", "--max-response-time", "40", "--no-color",
            ],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=280,
        )  # fmt: skip
    said = done.stdout + done.stderr
    if done.returncode:
        pytest.fail(said[-6_000:])
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert phase in said, said
