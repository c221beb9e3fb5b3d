"""New programs read what every release wrote, every release reads what new programs write, and it means the same."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from schemas import codec
from schemas.__main__ import main
from schemas.editions import PRESENT, Edition, differences, release, releases
from schemas.errors import Misconfigured
from schemas.evolution import objections
from schemas.splicing import splice
from tests.contract.schemas.evolving import Change, edition, field, named
from tests.contract.schemas.examples import loaded, single_object
from tests.contract.schemas.resolution import misreadings

#: SHA-256 of each release: what was released stays as it was. `make release` says the one to write down here.
DIGESTS = {
    "2026-11": "6acd181e9fee0cb2e0553eb3b6ad587b6b83839f780730e8883bb9a045d63539",
    "2026-11.1": "cee7e164e874013783e5e5918a015cbe2b3723e4ec6bbf57f741bc66e8e54726",
    "2026-11.2": "a35743881547b01ef76bac379d599194b94e7528e8b94d51145cdc35298b2df4",
    "2026-11.3": "ee34d05e9de8a8a9d7ef53fe1582ffad6350188bbc96aed71875c28929ccf450",
    "2026-11.4": "7f3f9162a8c3ecb8770299116af5caa38aefebd863a5fe8a806e145b57adb74d",
}
EDITIONS = (*releases(), PRESENT)
RECORD = "AchievementRegistered"
LEAST = json.loads((PRESENT.folder / "examples" / RECORD / "least.json").read_text(encoding="utf-8"))

each_pair = pytest.mark.parametrize(
    ("earlier", "later"), list(itertools.combinations(EDITIONS, 2)), ids=lambda edition: edition.name
)


def test_a_release_is_never_changed() -> None:
    assert {one.name: one.digest() for one in releases()} == DIGESTS


@each_pair
def test_no_release_objects_to_a_later_schema(earlier: Edition, later: Edition) -> None:
    assert differences(earlier, later) == []


@each_pair
def test_examples_are_read_both_ways_and_mean_the_same(earlier: Edition, later: Edition) -> None:
    assert misreadings(earlier, later) == []


def _without(name: str) -> Change:
    def change(schema: dict[str, Any]) -> None:
        schema["fields"] = [each for each in schema["fields"] if each["name"] != name]

    return change


def _with(**more: Any) -> Change:
    return lambda schema: schema["fields"].append({"name": "video_url", "type": "string", "doc": "A film.", **more})


def _renamed_symbol(schema: dict[str, Any]) -> None:
    symbols = named(schema, "CooperationMode")["symbols"]
    symbols[symbols.index("SERVICE")] = "TECHNICAL_SERVICE"


def _wider_union(schema: dict[str, Any]) -> None:
    field(schema, "maturity")["type"].append("string")


#: What must not happen to a schema, and what is said of it. Reading examples tells of the first four alone.
BROKEN: dict[str, tuple[Change, str]] = {
    "a field without a default is removed": (_without("version"), "version: it was removed"),
    "a field is added without a default": (_with(), "video_url: it is new and has no default"),
    "a symbol is renamed": (_renamed_symbol, "its symbol SERVICE was removed or renamed"),
    "a number becomes a text": (lambda s: field(s, "version").update(type="string"), "type was int and is string"),
    "micros become millis": (
        lambda s: field(s, "registered_at")["type"].update(logicalType="timestamp-millis"),
        "logicalType was timestamp-micros and is timestamp-millis",
    ),
    "the scale of money changes": (
        lambda s: field(s, "amount", "Money")["type"].update(scale=4), "scale was 2 and is 4",
    ),
    "the precision of money changes": (
        lambda s: field(s, "amount", "Money")["type"].update(precision=20), "precision was 18 and is 20",
    ),
    "a day becomes a number": (
        lambda s: field(s, "valid_until").update(type=["null", "int"]), "type was date and is int",
    ),
    "the namespace changes": (lambda s: s.update(namespace="dalian"), "is dalian.AchievementRegistered"),
    "a type inside is renamed": (lambda s: named(s, "IpRight").update(name="Right"), "is techdock.Right"),
    "a name gets an alias": (lambda s: named(s, "IpRight").update(aliases=["Right"]), "its aliases"),
    "a field gets an alias": (lambda s: field(s, "price").update(aliases=["cost"]), "price: its aliases"),
    "a field that has a default is removed": (_without("district"), "district: it was removed"),
    "a default changes": (lambda s: field(s, "disclosure").update(default="UNKNOWN"), "default was 'PUBLIC'"),
    "an enum loses its default": (lambda s: named(s, "IpKind").pop("default"), "default was 'UNKNOWN' and is 'none'"),
    "a union grows": (_wider_union, "type was null | int and is null | int | string"),
}  # fmt: skip
#: Of these Avro's own resolution complains, or gives another value, as soon as an example has such a field.
MISREAD = tuple(itertools.islice(BROKEN, 4))


@pytest.mark.parametrize("what", BROKEN)
def test_a_change_that_others_cannot_live_with_is_named_with_its_place(what: str, tmp_path: Path) -> None:
    change, said = BROKEN[what]

    found = differences(PRESENT, edition(tmp_path, "later", RECORD, change))

    assert any(said in each and each.startswith(RECORD) for each in found), found


@pytest.mark.parametrize("what", MISREAD)
def test_reading_examples_tells_of_it_too(what: str, tmp_path: Path) -> None:
    change, _ = BROKEN[what]
    later = edition(tmp_path, "later", RECORD, change)
    if what.startswith("a field without"):
        _strike(later, "version")
    if what == "a symbol is renamed":
        _strike(later, "modes")
    if what.startswith("a field is added"):
        _write(later, video_url="https://example.org/film")
    if what == "a number becomes a text":
        _write(later, version="one")

    assert misreadings(PRESENT, later)


def _strike(later: Edition, name: str) -> None:
    for path in (later.folder / "examples" / RECORD).glob("*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        content.pop(name, None)
        path.write_text(json.dumps(content), encoding="utf-8")


def _write(later: Edition, **values: Any) -> None:
    for path in (later.folder / "examples" / RECORD).glob("*.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**content, **values}), encoding="utf-8")


def test_a_new_symbol_needs_a_default_to_fall_back_on(tmp_path: Path) -> None:
    def without_default(schema: dict[str, Any]) -> None:
        named(schema, "CooperationMode").pop("default")

    def with_symbol(schema: dict[str, Any]) -> None:
        without_default(schema)
        named(schema, "CooperationMode")["symbols"].append("PILOT_TEST")

    earlier = edition(tmp_path, "earlier", RECORD, without_default)
    later = edition(tmp_path, "later", RECORD, with_symbol, {"pilot": {**LEAST, "modes": ["PILOT_TEST"]}})

    assert any("PILOT_TEST is new" in each for each in differences(earlier, later))
    assert any("pilot of later, read by earlier" in each for each in misreadings(earlier, later))


def test_a_record_that_is_removed_is_missed(tmp_path: Path) -> None:
    later = edition(tmp_path, "later", RECORD, lambda _schema: None)
    (later.folder / "avro" / "ClockTicked.avsc").unlink()
    shutil.rmtree(later.folder / "examples" / "ClockTicked")

    assert differences(PRESENT, later) == ["ClockTicked: it was removed; a record stays"]
    assert any("later has no ClockTicked" in each for each in misreadings(PRESENT, later))


def _evolved(schema: dict[str, Any]) -> None:
    """All that a schema may change at once."""
    schema["doc"] = "Otherwise described."
    schema["fields"].insert(4, {"name": "video_url", "type": "string", "doc": "A film.", "default": ""})
    named(schema, "CooperationMode")["symbols"].append("PILOT_TEST")
    field(schema, "title", "Text")["default"] = "untitled"


@pytest.fixture
def evolved(tmp_path: Path) -> Edition:
    """The present schemas, rightly evolved."""
    example = {**LEAST, "video_url": "https://example.org/film", "modes": ["PILOT_TEST", "SERVICE"]}
    return edition(tmp_path, "2099-01", RECORD, _evolved, {"film": example})


def test_a_field_with_a_default_and_a_symbol_that_has_a_fallback_may_come(evolved: Edition) -> None:
    assert differences(PRESENT, evolved) == []
    assert misreadings(PRESENT, evolved) == []


def test_bytes_of_a_release_are_read_when_the_schema_has_changed_since(
    evolved: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = next(path for path in evolved.examples() if path.stem == "film")
    _, values = loaded(path, evolved)
    data = single_object(evolved.schema(RECORD), values)
    monkeypatch.setattr(codec, "_earlier", lambda: codec.written_by([evolved]))

    _, read = codec.decode_fields(data)

    assert read == {**{name: values[name] for name in read}, "modes": ["UNKNOWN", "SERVICE"]}


def test_a_splice_takes_what_an_earlier_release_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = edition(tmp_path, "2026-10", "Candidate", _with(default=""))
    path = next(path for path in PRESENT.examples() if path.parent.name == "Candidate")
    _, values = loaded(path)
    data = single_object(other.schema("Candidate"), {**values, "video_url": "x"})
    monkeypatch.setattr(codec, "_earlier", lambda: codec.written_by([other]))
    more = {"match_id": "3f2c2f6e-6f0a-5f0e-9d57-0d5b3c1c2a11", "caused_at": 0}

    made = splice("Candidate", "MatchProposed").made(data, more)

    assert made == splice("Candidate", "MatchProposed").made(codec.encode_fields("Candidate", values), more)


def test_a_release_keeps_schemas_and_examples_as_they_are(tmp_path: Path) -> None:
    made = release("2099-02", folder=tmp_path)

    assert releases(tmp_path) == (made,)
    assert (made.records, made.digest()) == (PRESENT.records, PRESENT.digest())


@pytest.mark.parametrize(
    ("name", "said"), [("spring", "name it after its month"), ("2099-02", "was released before"), ("2099-01", "before")]
)
def test_a_release_has_a_name_that_comes_last(name: str, said: str, tmp_path: Path) -> None:
    release("2099-02", folder=tmp_path)

    with pytest.raises(Misconfigured, match=said):
        release(name, folder=tmp_path)


def test_what_an_earlier_release_could_not_live_with_is_not_released(tmp_path: Path) -> None:
    kept = tmp_path / "released"
    kept.mkdir()
    release("2099-02", folder=kept)
    later = edition(tmp_path, "later", RECORD, _without("version"))

    with pytest.raises(Misconfigured, match=r"2099-02: AchievementRegistered\.version: it was removed"):
        release("2099-03", later, kept)
    assert [one.name for one in releases(kept)] == ["2099-02"]


def test_a_type_that_holds_itself_is_compared_once() -> None:
    def tree(**more: Any) -> dict[str, Any]:
        nodes = {"type": "array", "items": "Node"}
        return {"type": "record", "name": "Node", "fields": [{"name": "nodes", "type": nodes}], **more}

    assert objections(tree(), tree()) == []
    assert objections(tree(), tree(namespace="other")) != []


def test_the_command_says_what_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["released"])
    assert ended.value.code == 2
    assert "usage: python -m schemas release NAME" in capsys.readouterr().err
