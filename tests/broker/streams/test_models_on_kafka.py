"""Scoring models go to every lane at once, once, however large, and are found again."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from infra import reading
from infra.home import Endpoints
from infra.topics import KafkaCluster
from schemas import codec, topics
from schemas.errors import Misconfigured, Unavailable
from schemas.records import ScoringModelPublished
from streams.domain.model import ScoringModel
from streams.models import ModelPublisher, model_in, published
from tests.broker.streams.commands import techdock
from tests.unit.streams.making import MODEL, NOW


@pytest.fixture(autouse=True)
def _topics(bootstrap: str) -> None:
    with KafkaCluster(bootstrap) as cluster:
        cluster.create([topics.SCORING_MODELS, topics.MODEL_ADOPTIONS])


def _model(megabytes: float = 0.0) -> ScoringModel:
    """A model of its own version with so many bytes that cannot be packed any smaller."""
    terms = (os.urandom(500).hex() for _ in range(int(megabytes * 2_000)))
    return replace(MODEL, version=str(uuid.uuid4()), surprisal={**MODEL.surprisal, **dict.fromkeys(terms, 6.0)})


def _heard(bootstrap: str, version: str) -> dict[int, list[ScoringModelPublished]]:
    """What each lane would hear of a version."""
    heard: dict[int, list[ScoringModelPublished]] = {lane: [] for lane in range(topics.PARTITIONS)}
    for message in reading.committed_records(bootstrap, [topics.SCORING_MODELS.name]):
        record = codec.decode(message.value())
        assert isinstance(record, ScoringModelPublished)
        if record.version == version:
            heard[message.partition()].append(record)
    return heard


def test_a_model_of_three_megabytes_reaches_every_lane_whole(bootstrap: str) -> None:
    model = _model(megabytes=3)
    assert len(model.packed()) > 3_000_000
    assert ModelPublisher(bootstrap).publish(model, "large", NOW)
    for records in _heard(bootstrap, model.version).values():
        (record,) = records
        assert (record.published_at, record.comment) == (NOW, "large")
        assert model_in(record.model) == model
    assert published(bootstrap)[-1].version == model.version


def test_a_model_beyond_the_limit_is_refused_before_it_is_sent(bootstrap: str) -> None:
    model = _model(megabytes=9)
    with pytest.raises(Misconfigured, match=r"at most 8,387,584 will do"):
        ModelPublisher(bootstrap).publish(model, "", NOW)
    assert not any(_heard(bootstrap, model.version).values())


def test_the_same_model_again_has_no_second_effect(bootstrap: str) -> None:
    model = _model()
    assert ModelPublisher(bootstrap).publish(model, "", NOW)
    assert not ModelPublisher(bootstrap).publish(model, "once more", NOW)
    assert [len(records) for records in _heard(bootstrap, model.version).values()] == [1, 1]


def test_a_version_that_is_taken_is_refused_for_other_content(bootstrap: str) -> None:
    model = _model()
    publisher = ModelPublisher(bootstrap)
    publisher.publish(model, "", NOW)
    with pytest.raises(Misconfigured, match="published before with other content"):
        publisher.publish(replace(model, threshold=0.5), "", NOW)
    assert [len(records) for records in _heard(bootstrap, model.version).values()] == [1, 1]


def test_of_two_publishers_the_one_that_came_first_is_fenced_out(bootstrap: str) -> None:
    first, second = ModelPublisher(bootstrap), ModelPublisher(bootstrap)
    model = _model()
    with pytest.raises(Unavailable, match="was not published"):
        first.publish(model, "", NOW)
    assert second.publish(model, "", NOW)
    assert [len(records) for records in _heard(bootstrap, model.version).values()] == [1, 1]


def _run(endpoints: Endpoints, home: Path, *arguments: str) -> CompletedProcess[str]:
    return techdock(endpoints, home, "model", *arguments)


def test_an_operator_publishes_a_file_and_sees_it_in_the_list(endpoints: Endpoints, tmp_path: Path) -> None:
    model = _model()
    path = tmp_path / "model.json.gz"
    path.write_bytes(model.packed())
    done = _run(endpoints, tmp_path, "publish", str(path), "--comment", "for the autumn session")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{model.version} is published" in done.stdout
    assert "nothing is to do" in _run(endpoints, tmp_path, "publish", str(path)).stdout
    assert "is published already" in _run(endpoints, tmp_path, "publish", "--if-none").stdout
    listed = json.loads(_run(endpoints, tmp_path, "list", "--json").stdout)
    (mine,) = [one for one in listed["published"] if one["version"] == model.version]
    assert (mine["comment"], mine["bytes"]) == ("for the autumn session", len(model.packed()))
    assert [lane["lane"] for lane in listed["lanes"]] == list(range(topics.PARTITIONS))
    assert model.version in _run(endpoints, tmp_path, "list").stdout


def test_a_model_that_this_release_cannot_read_makes_room_for_the_one_that_ships(
    endpoints: Endpoints, tmp_path: Path
) -> None:
    ModelPublisher(endpoints.bootstrap).publish(replace(_model(), dictionary="another edition"), "", NOW)
    assert not ModelPublisher(endpoints.bootstrap).serves()
    assert "is published already" not in _run(endpoints, tmp_path, "publish", "--if-none").stdout
    ModelPublisher(endpoints.bootstrap).publish(_model(), "", NOW)
    assert ModelPublisher(endpoints.bootstrap).serves()
    assert "is published already" in _run(endpoints, tmp_path, "publish", "--if-none").stdout


def test_a_file_that_is_no_model_is_refused_with_exit_code_2(endpoints: Endpoints, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a model", encoding="utf-8")
    done = _run(endpoints, tmp_path, "publish", str(path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "notes.txt: no scoring model" in done.stderr
