"""Ports stay where they were, as long as they can."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from infra import ports
from schemas.errors import Misconfigured


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "ports.json"


def test_a_port_stays_the_same_from_start_to_start(kept: Path) -> None:
    first = ports.chosen(kept, ("broker-1", "web"))
    assert ports.chosen(kept, ("web", "broker-1", "more"))["web"] == first["web"]
    assert len(set(first.values())) == 2


def test_a_port_that_someone_took_is_chosen_again(kept: Path) -> None:
    before = ports.chosen(kept, ("broker-1", "web"))
    with socket.create_server(("127.0.0.1", before["web"])):
        after = ports.chosen(kept, ("broker-1", "web"))
    assert after["web"] != before["web"]
    assert after["broker-1"] == before["broker-1"]


def test_a_fixed_port_is_taken_at_its_word(kept: Path) -> None:
    port = ports.chosen(kept, ("other",))["other"]
    assert ports.chosen(kept, ("web",), {"web": port})["web"] == port


def test_a_fixed_port_that_someone_took_is_one_clear_sentence(kept: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(Misconfigured, match=rf"^port {port} \(web\) is taken: free it or choose another$"):
            ports.chosen(kept, ("web",), {"web": port})


def test_fixed_as_nothing_means_any(kept: Path) -> None:
    assert ports.chosen(kept, ("web",), {"web": 0})["web"] > 0


@pytest.mark.parametrize("text", ["", "no json", "[1]", '{"web": "80"}'])
def test_a_broken_file_is_written_anew(kept: Path, text: str) -> None:
    kept.write_text(text, encoding="utf-8")
    assert ports.chosen(kept, ("web",)) == ports.chosen(kept, ("web",))
