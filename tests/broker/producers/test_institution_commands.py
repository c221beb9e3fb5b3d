"""The operator's commands, on a real broker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from infra import reading
from producers.institution_log import institutions
from producers.institutions import key_hash
from schemas import topics

ROOT = Path(__file__).parents[3]


class Operator:
    """Types commands."""

    def __init__(self, bootstrap: str, home: Path) -> None:
        self.bootstrap = bootstrap
        self.prefix = f"op-{uuid.uuid4().hex[:8]}"
        self.enterprise, self.office = f"{self.prefix}-neusoft", f"{self.prefix}-office"
        self._env = {
            **os.environ, "PYTHONPATH": str(ROOT), "TECHDOCK_HOME": str(home), "TECHDOCK_BOOTSTRAP": bootstrap,
        }  # fmt: skip

    def types(self, *words: str, expect: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "producers", *words],
            env=self._env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout if expect == 0 else done.stderr

    def json(self, *words: str) -> Any:
        return json.loads(self.types(*words, "--json"))


@pytest.fixture
def operator(bootstrap: str, tmp_path: Path) -> Operator:
    made = Operator(bootstrap, tmp_path)
    said = made.types(
        "institution", "add", made.enterprise, "--name-zh", "东软集团", "--name-en", "Neusoft",
        "--kind", "enterprise", "--district", "210211",
    )  # fmt: skip
    assert "is admitted" in said
    return made


def test_an_institution_is_added_shown_suspended_resumed_and_removed(operator: Operator) -> None:
    name = operator.enterprise
    assert reading.places(operator.bootstrap, [topics.inbox(name).name, topics.receipts(name).name])
    shown = operator.json("institution", "show", name)
    assert (shown["status"], shown["kind"], shown["name_zh"]) == ("admitted", "ENTERPRISE", "东软集团")
    assert "is suspended" in operator.types("institution", "suspend", name, "--reason", "key leaked")
    assert "is suspended already" in operator.types("institution", "suspend", name, "--reason", "key leaked")
    assert operator.json("institution", "show", name)["reason"] == "key leaked"
    assert "is admitted" in operator.types("institution", "resume", name)
    assert "is removed" in operator.types("institution", "remove", name, "--reason", "merged")
    assert "was removed (merged)" in operator.types("institution", "resume", name, expect=2)
    listed = {one["institution_id"]: one["status"] for one in operator.json("institution", "list")}
    assert listed[name] == "removed"
    assert name in operator.types("institution", "list")


def test_a_key_is_printed_once_and_kept_as_its_hash(operator: Operator) -> None:
    key = operator.types("institution", "rotate-key", operator.enterprise).strip()
    assert institutions(operator.bootstrap).known[operator.enterprise].key_hash == key_hash(key)
    assert operator.json("institution", "show", operator.enterprise)["has_key"]
    told = reading.committed_records(operator.bootstrap, [topics.INSTITUTIONS.name])
    assert not [one for one in told if key.encode() in one.value()]


def test_a_delegation_is_granted_listed_and_revoked(operator: Operator) -> None:
    pair = ("--from", operator.enterprise, "--to", operator.office)
    assert "is not known" in operator.types("delegation", "grant", *pair, expect=2)
    operator.types("institution", "add", operator.office, "--name-en", "Office", "--kind", "district-office")
    assert "speaks for" in operator.types("delegation", "grant", *pair, "--until", "2099-12-31")
    assert "as before" in operator.types("delegation", "grant", *pair, "--until", "2099-12-31")
    assert "give a date" in operator.types("delegation", "grant", *pair, "--until", "soon", expect=2)
    mine = [one for one in operator.json("delegation", "list") if one["from_institution_id"] == operator.enterprise]
    assert [(one["to_institution_id"], one["until"], one["stands"]) for one in mine] == [
        (operator.office, "2099-12-31", True)
    ]
    assert operator.json("institution", "show", operator.office)["speaks_for"] == [operator.enterprise]
    assert "any more" in operator.types("delegation", "revoke", *pair)
    assert "grants nothing" in operator.types("delegation", "revoke", *pair, expect=2)


def test_what_is_wrong_is_told_and_nothing_is_written(operator: Operator) -> None:
    before = institutions(operator.bootstrap).position
    assert "is not known" in operator.types("institution", "show", f"{operator.prefix}-nobody", expect=1)
    wrong = operator.types("institution", "add", "x", "--kind", "broker", "--district", "99", expect=2)
    assert "give a name" in wrong
    assert "--district '99'" in wrong
    assert institutions(operator.bootstrap).position == before


def test_an_import_for_a_suspended_institution_is_refused_before_a_row_is_sent(
    operator: Operator, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("id,title\n1,pump\n", encoding="utf-8")
    operator.types("institution", "suspend", operator.enterprise, "--reason", "key leaked")
    told = operator.types("import", str(rows), "--as", "achievements", "--institution", operator.enterprise, expect=2)
    assert "is suspended (key leaked)" in told
    ends = reading.ends(operator.bootstrap, [(topics.inbox(operator.enterprise).name, 0)])
    assert set(ends.values()) == {0}
