"""What earlier releases wrote is read as ours, and only that is written anew."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import fastavro
import pytest

from schemas import codec, editions
from tests.contract.schemas.examples import loaded, paths, types_in

_EARLIER: Mapping[str, Any] = {
    f"{one.name}/{name}": fastavro.parse_schema(one.schema(name)) for one in editions.releases() for name in one.records
}
_TOLD = [path for path in paths() if path.parent.name in {"MatchProposed", "MatchRevised", "Candidate"}]


@pytest.mark.parametrize("path", _TOLD, ids=lambda path: path.parent.name)
@pytest.mark.parametrize("release", editions.releases(), ids=lambda release: release.name)
def test_an_earlier_release_takes_a_new_symbol_for_unknown_and_the_same_sum(
    release: editions.Edition, path: Path
) -> None:
    name, values = loaded(path)
    out = io.BytesIO()
    fastavro.schemaless_writer(out, codec.schema(name), values)
    read = fastavro.schemaless_reader(
        io.BytesIO(out.getvalue()), codec.schema(name), _EARLIER[f"{release.name}/{name}"]
    )
    assert isinstance(read, dict)
    known = next(one["symbols"] for one in types_in(release.schema(name)) if one["name"] == "Factor")
    assert [one["factor"] for one in read["reasons"]] == [
        one["factor"] if one["factor"] in known else "UNKNOWN" for one in values["reasons"]
    ]
    assert sum(one["contribution"] for one in read["reasons"]) == pytest.approx(read["score"])


def test_bytes_of_this_release_are_not_written_anew() -> None:
    for path in paths():
        data = codec.encode_fields(*loaded(path))
        assert codec.renewed(data) is data
