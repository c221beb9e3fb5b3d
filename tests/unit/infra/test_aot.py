"""What Java learned of Kafka is looked for under its own version and the jars it was learned from."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.broker import aot


def test_where_nothing_is_kept_java_starts_as_ever(tmp_path: Path) -> None:
    assert aot.learned(tmp_path) == ()
    aot.cache(tmp_path).touch()
    assert aot.learned(tmp_path) == (f"-XX:AOTCache={aot.cache(tmp_path)}",)


def test_another_java_and_jars_elsewhere_learn_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, elsewhere = aot.cache(tmp_path), aot.cache(tmp_path / "moved")
    monkeypatch.setattr("infra.broker.aot.metadata.version", lambda _: "99.0.1")
    assert len({before.name, elsewhere.name, aot.cache(tmp_path).name}) == 3
