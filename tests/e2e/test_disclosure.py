"""A confidential annex in the whole system: its words are found nowhere, and it is read under a grant alone."""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.reading import committed_records
from infra.vault.ring import Ring, master_in, ring_in
from infra.vault.sealing import Label, Sealed, opened
from schemas import codec, topics
from schemas.errors import Misconfigured, Unreadable
from schemas.records import AnnexDeposited, AnnexRead
from tests.e2e.conftest import System
from tests.e2e.searching import files, in_files, in_tables, in_topics, spellings

#: Not below pytest's own folder is the home of the system; what people keep themselves is.
PUBLIC = f"public{uuid.uuid4().hex}"
SECRET = f"secret{uuid.uuid4().hex}"
REF = "d-lab/A1"


def _found(system: System, words: str) -> set[str]:
    """Where ``words`` are, of all that a system writes."""
    addresses = system.environment()
    return (
        {f"topic {name}" for name in in_topics(system.bootstrap(), words)}
        | {f"table {name}" for name in in_tables(addresses["TECHDOCK_DATABASE_URL"], words)}
        | {f"file {name}" for name in in_files(system.home, words)}
    )


def _answers(system: System, words: str) -> set[str]:
    """Commands that tell ``words``, of those that tell everything they know."""
    asked = (
        ("annex", "list"), ("matches",), ("deals",), ("institution", "list"), ("quarantine", "list", "--all"),
        ("conformance", "--institution", "d-lab"), ("status",),
    )  # fmt: skip
    told = {" ".join(one): system.attempt(*one, "--json").stdout for one in asked}
    assert all(told.values())
    return {name for name, answer in told.items() if words in answer}


@pytest.fixture(scope="module")
def market(system: System, tmp_path_factory: pytest.TempPathFactory) -> System:
    """Three institutions, one of them with two achievements."""
    rows = tmp_path_factory.mktemp("rows") / "rows.csv"
    rows.write_text(f"id,title\nA1,{PUBLIC}\nA2,valve\n", encoding="utf-8")
    for name, kind in (("d-lab", "institute"), ("d-soft", "enterprise"), ("d-other", "enterprise")):
        system.run("institution", "add", name, "--name-en", name, "--kind", kind)
    system.run("import", str(rows), "--as", "achievements", "--institution", "d-lab", "--wait")
    return system


@pytest.mark.parametrize("before", ["", "x", "xy"])
@pytest.mark.parametrize("after", ["", "z", "zz"])
def test_the_search_knows_words_in_every_spelling(before: str, after: str) -> None:
    whole = f"{before}{SECRET}{after}"
    spelled = [whole.encode(), whole.encode("utf-16"), whole.encode("utf-16-be"), whole.encode().hex().encode()]
    spelled.append(base64.b64encode(whole.encode()))
    for data in spelled:
        assert any(form in data for form in spellings(SECRET)), data
    assert not any(form in base64.b64encode(PUBLIC.encode()) for form in spellings(SECRET))


@pytest.mark.timeout(900)
def test_its_words_are_nowhere_and_whoever_has_a_grant_reads_them_until_it_is_erased(
    market: System, tmp_path: Path
) -> None:
    plain, out = tmp_path / "plain.txt", tmp_path / "read.txt"
    plain.write_text(f"钯 {SECRET} 0.3 %\n", encoding="utf-8")
    market.run("annex", "deposit", REF, str(plain), "--media-type", "text/plain")
    nobody = market.attempt("annex", "deposit", "d-nobody/A1", str(plain), "--media-type", "text/plain")
    assert (nobody.returncode, "d-nobody is not known" in nobody.stderr) == (2, True)
    refused = market.attempt("annex", "read", REF, "--as", "d-soft", "--out", str(out))
    assert (refused.returncode, out.exists()) == (1, False)
    assert "no annex that d-soft may read" in refused.stderr
    # The search finds what is public, so that it would find what is not.
    seen = _found(market, PUBLIC)
    assert {"topic techdock.achievements.v1", "table achievements"} <= seen
    assert _answers(market, SECRET) == set()
    assert any(name.startswith("file ") for name in seen)
    assert _found(market, SECRET) == set()
    market.run("annex", "grant", REF, "--to", "d-soft", "--nda", "NDA-1", "--until", "2099-01-01")
    market.run("annex", "read", REF, "--as", "d-soft", "--out", str(out))
    assert out.read_bytes() == plain.read_bytes()
    assert out.stat().st_mode & 0o777 == 0o600
    assert market.attempt("annex", "read", REF, "--as", "d-other", "--out", str(tmp_path / "no")).returncode == 1
    assert [(one.reader_institution_id, one.grant_version, one.nda) for one in _readings(market)] == [
        ("d-soft", 2, "NDA-1")
    ]
    market.run("annex", "revoke", REF, "--to", "d-soft")
    assert market.attempt("annex", "read", REF, "--as", "d-soft", "--out", str(tmp_path / "no")).returncode == 1
    _erased(market, tmp_path)
    assert _found(market, SECRET) == set()
    report = market.verified()
    assert report["differences"] == []
    assert (report["checked"]["rows of annexes"], report["checked"]["rows of annex_grants"]) == (1, 1)
    assert report["checked"]["rows of annex_readings"] == 1


def _erased(market: System, tmp_path: Path) -> None:
    """After an erasure nothing that lies in the home opens what lies in the log, also with a file of before."""
    (deposit,) = (one for one in _said(market) if isinstance(one, AnnexDeposited))
    former = (market.home / "vault" / "keys.json").read_text(encoding="utf-8")
    assert _opens(market.home, former, deposit)
    market.run("annex", "erase", REF, "--by", "Wang Min", "--reason", "sold")
    assert not _opens(market.home, former, deposit)
    refused = market.attempt("annex", "read", REF, "--as", "d-lab", "--out", str(tmp_path / "no"))
    assert refused.returncode == 1
    assert "was erased by version 4" in refused.stderr
    again = ("annex", "deposit", REF, str(tmp_path / "plain.txt"), "--media-type", "text/plain")
    assert "deposit it after erasure 4" in market.attempt(*again).stderr
    assert market.json("annex", "list")[0]["erased"] == 4


def _opens(home: Path, former: str, deposit: AnnexDeposited) -> bool:
    """Whether any master that any file of the home holds opens a key that any of them or ``former`` holds."""
    label = Label(deposit.ref, deposit.after_erasure, deposit.version, deposit.media_type)
    texts = [data.decode("utf-8", "replace") for _, data in files(home)]
    masters = [
        master for data in texts for found in re.findall(r'\{"name": "[^{}]*\}', data) if (master := master_in(found))
    ]
    assert masters
    for ring in _rings([former, *(data for data in texts if '"wrapped"' in data)]):
        for master in masters:
            try:
                key = Ring(master.name, ring.wrapped).key((deposit.ref, deposit.after_erasure), master)
                opened(Sealed(deposit.nonce, deposit.ciphertext), key, label)
            except (Misconfigured, Unreadable, KeyError):
                continue
            return True
    return False


def _rings(texts: list[str]) -> Iterator[Ring]:
    for one in texts:
        try:
            yield ring_in(one, Path("keys.json"))
        except Misconfigured:
            continue


def _said(market: System) -> list[object]:
    return [codec.decode(one.value()) for one in committed_records(market.bootstrap(), [topics.ANNEXES.name])]


def _readings(market: System) -> list[AnnexRead]:
    return [one for one in _said(market) if isinstance(one, AnnexRead)]


@pytest.mark.timeout(900)
def test_over_https_it_goes_in_and_out_and_an_erasure_that_was_submitted_destroys_the_key(market: System) -> None:
    url = json.loads((market.home / "run" / "endpoints.json").read_text(encoding="utf-8"))["intake_url"]
    tokens = {name: market.run("token", "issue", name).strip() for name in ("d-lab", "d-soft")}
    owner, reader = (
        httpx.Client(base_url=url, headers={"Authorization": f"Bearer {tokens[name]}"}, timeout=60)
        for name in ("d-lab", "d-soft")
    )
    secret = f"secret{uuid.uuid4().hex}"
    with owner, reader:
        put = owner.put("/v1/annexes/d-lab/A2", content=secret.encode(), headers={"Content-Type": "text/plain"})
        assert put.status_code == 202, put.text
        _accepted(owner, put.json()["submissions"][0]["submission_id"])
        assert reader.get("/v1/annexes/d-lab/A2").status_code == 404
        market.run("annex", "grant", "d-lab/A2", "--to", "d-soft", "--nda", "NDA-2", "--until", "2099-01-01")
        assert reader.get("/v1/annexes/d-lab/A2").content == secret.encode()
        assert owner.get("/v1/annexes/d-lab/A2").content == secret.encode()
        assert _found(market, secret) == set()
        erased = {
            "record": "AnnexErased", "achievement_id": "A2", "version": 3, "erased_at": "2026-03-01T08:00:00+08:00",
            "by": "Wang Min", "reason": "sold",
        }  # fmt: skip
        answer = owner.post("/v1/submissions", json=erased)
        assert answer.status_code == 202, answer.text
        _accepted(owner, answer.json()["submissions"][0]["submission_id"])
        # Whoever asks next hears of it first, and the key is gone.
        assert reader.get("/v1/annexes/d-lab/A2").status_code == 404
        keys = json.loads((market.home / "vault" / "keys.json").read_text(encoding="utf-8"))["keys"]
        assert "d-lab/A2" not in {one["ref"] for one in keys}
        assert _found(market, secret) == set()


def _accepted(client: httpx.Client, submission_id: str) -> None:
    """Waits for the receipt, which has to be good."""
    after = "0"
    for _ in range(30):
        found = client.get("/v1/receipts", params={"after": after, "wait": 10}).json()
        for receipt in found["receipts"]:
            if receipt["submission_id"] == submission_id:
                assert receipt["receipt"] == "SubmissionAccepted", receipt
                return
        after = found["next"]
    pytest.fail(f"no receipt for {submission_id}")


@pytest.mark.timeout(900)
def test_a_fact_that_an_office_verified_stays_with_the_version_it_was_stated_for(
    market: System, tmp_path: Path
) -> None:
    market.run("institution", "add", "d-office", "--name-zh", "科技局", "--kind", "district-office")
    stated = ("--version", "1", "--kind", "maturity", "--statement", "TRL 7", "--evidence", "LN-42")
    assert "verifier" in market.attempt("facts", "verify", REF, *stated, "--by", "d-lab").stderr
    market.run("facts", "verify", REF, *stated, "--by", "d-office", "--fact", "F1")
    market.run("facts", "verify", REF, *stated, "--by", "d-office", "--fact", "F2")
    rows = tmp_path / "rows.csv"
    rows.write_text("id,title,version\nA1,better,2\n", encoding="utf-8")
    market.run("import", str(rows), "--as", "achievements", "--institution", "d-lab", "--wait")
    market.run("facts", "retract", "F2", "--by", "d-office", "--reason", "report withdrawn")
    (told,) = market.json("facts", "list", REF)
    assert (told["fact"], told["verified_by"], told["evidence"]) == ("F1", "d-office", "LN-42")
    assert (told["for_version"], told["is_of_last_version"]) == (1, False)
    report = market.verified()
    assert report["differences"] == []
    assert report["checked"]["rows of facts"] == 2
