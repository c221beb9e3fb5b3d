"""``techdock contracts`` and ``techdock ledger`` read what a deals lane has told on a real broker."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from infra import clients
from infra.home import Endpoints
from infra.topics import KafkaCluster
from schemas import codec, topics
from schemas.records import Certification, ContractKind, DealRole, LedgerPosted, Money, Move
from streams import deal_check
from streams.domain.stages import Offered
from streams.domain.turns import Told, follow
from tests.broker.streams import alone
from tests.broker.streams.commands import techdock
from tests.unit.streams.making import EXCLUSIVE_TERMS, achievement, move, payment, sale, tech_contract

endpoints, bootstrap = alone.endpoints, alone.bootstrap
_MOVES = [
    *sale(), move(Move.REGISTER, 6), replace(move(Move.PAY, 7), payment=payment("30.01")),
    move(
        Move.CERTIFY, 8, institution_id="registrar", role=DealRole.REGISTRAR,
        certification=Certification(1, ContractKind.LICENCE, EXCLUSIVE_TERMS.price),
    ),
    replace(move(Move.AMEND, 9), contract=tech_contract(amount=Money(Decimal("200.00"), "CNY"))),
]  # fmt: skip


def _told() -> list[Told]:
    offered = Offered(is_registered=True)
    return [told for one in _MOVES for told in follow(offered, one)]


@pytest.fixture(autouse=True)
def _written(bootstrap: str) -> None:
    """The moves, and what a lane told of them but for its last posting."""
    told = _told()
    with KafkaCluster(bootstrap) as cluster:
        cluster.create([topics.NEGOTIATIONS, topics.DEALS, topics.LEDGER, topics.HELD_MOVES, topics.REFUSALS])
    _say(bootstrap, topics.NEGOTIATIONS, [achievement(), *_MOVES])
    _say(bootstrap, topics.DEALS, (one for one in told if not isinstance(one, LedgerPosted)))
    _say(bootstrap, topics.LEDGER, (one for one in told[:-1] if isinstance(one, LedgerPosted)))


def _say(bootstrap: str, topic: topics.Topic, records: Iterable[Any]) -> None:
    producer = clients.producer(bootstrap)
    for record in records:
        producer.send(topic.name, codec.encode(record), b"key", partition=0)
    producer.flush()
    producer.close()


def _asked(endpoints: Endpoints, home: Path, *arguments: str) -> Any:
    done = techdock(endpoints, home, *arguments, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_contracts_and_accounts_are_told_and_a_posting_that_is_missing_is_found(
    endpoints: Endpoints, bootstrap: str, tmp_path: Path
) -> None:
    (contract,) = _asked(endpoints, tmp_path, "contracts")
    assert (contract["amount"], contract["paid"], contract["version"]) == ("200.00", "30.01", 2)
    # What was certified is not what stands.
    assert (contract["is_certified"], contract["certified_version"]) == (False, 1)
    # Its posting was reversed, and the one in its place is not there yet.
    assert _asked(endpoints, tmp_path, "ledger") == []
    checked, found = deal_check.check(bootstrap)
    assert checked["ledger_postings"] == 3
    assert [one["what"] for one in found] == ["ledger posting", "law of the ledger: received"]
    _say(bootstrap, topics.LEDGER, _told()[-1:])
    accounts = {one["account"]: one["amount"] for one in _asked(endpoints, tmp_path, "ledger")}
    assert accounts == {"RECEIVED": "30.01", "INVENTOR": "18.01", "UNIT": "9.00", "BROKER": "3.00"}
    assert deal_check.check(bootstrap)[1] == []
