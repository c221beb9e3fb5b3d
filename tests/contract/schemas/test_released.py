"""Records as former releases wrote them are still read: they are kept for ever."""

from __future__ import annotations

import io
import json
from pathlib import Path

import fastavro
import pytest
from fastavro.schema import fingerprint, to_parsing_canonical_form

from schemas import codec
from schemas.records import SubmissionAccepted, SubmissionRefused
from tests.contract.schemas.examples import AVRO, loaded, paths

RECEIPTS = sorted((AVRO.parent / "released" / "2026-11").glob("Submission*.avsc"))
#: What the first release wrote before each receipt.
PREFIXES = {"SubmissionAccepted": "c301df54d615cab6df60", "SubmissionRefused": "c30170cd5712379f179b"}


@pytest.mark.parametrize("file", RECEIPTS, ids=lambda file: file.stem)
def test_a_receipt_of_the_first_release_is_read_and_says_nothing_of_institutions(file: Path) -> None:
    writer = fastavro.parse_schema(json.loads(file.read_text(encoding="utf-8")))
    path = next(path for path in paths() if path.parent.name == file.stem)
    _, values = loaded(path)
    out = io.BytesIO()
    out.write(b"\xc3\x01" + bytes.fromhex(fingerprint(to_parsing_canonical_form(writer), "CRC-64-AVRO")))
    fastavro.schemaless_writer(out, writer, values)
    assert out.getvalue()[:10].hex() == PREFIXES[file.stem]
    found = codec.decode(out.getvalue())
    assert isinstance(found, SubmissionAccepted | SubmissionRefused)
    assert (found.on_behalf_of, found.institutions_position) == (None, None)
    assert codec.plain(found) == {**values, "on_behalf_of": None, "institutions_position": None}


def test_both_receipts_of_the_first_release_are_kept() -> None:
    assert {file.stem for file in RECEIPTS} >= set(PREFIXES)
