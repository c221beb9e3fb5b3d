"""``docs/asyncapi.yaml`` is what the catalogue says today, and an AsyncAPI document by the official schema."""

from __future__ import annotations

import copy
import importlib.metadata
import re
from collections.abc import Callable
from typing import Any

import fastavro
import pytest
import yaml
from jsonschema import Draft7Validator

from schemas import topics
from schemas.asyncapi import as_yaml, document
from schemas.cloudevents import ATTRIBUTES, Stamp
from schemas.records import RECORDS
from tests.conftest import ROOT
from tests.contract.documents.official import asyncapi_schema
from tests.contract.documents.references import followed, references
from tests.contract.schemas.examples import loaded, paths, single_object

FILE = ROOT / "docs" / "asyncapi.yaml"
OFFICIAL = asyncapi_schema("3.0.0")
VERSION = importlib.metadata.version("techdock")
PLAIN = document(VERSION)

Change = Callable[[dict[str, Any]], None]


def _objections(plain: dict[str, Any]) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in Draft7Validator(OFFICIAL).iter_errors(plain)]


def test_the_file_is_made_from_the_catalogue() -> None:
    assert FILE.read_text(encoding="utf-8") == as_yaml(PLAIN), "make it anew with `make asyncapi`"


def test_the_file_says_what_was_made() -> None:
    assert yaml.safe_load(FILE.read_text(encoding="utf-8")) == PLAIN


def test_it_is_a_document_by_the_official_schema() -> None:
    assert _objections(PLAIN) == []


def _first_message(plain: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = plain["components"]["messages"]["MatchProposed"]
    return message


def _configuration(plain: dict[str, Any]) -> dict[str, Any]:
    configuration: dict[str, Any] = plain["channels"]["clock"]["bindings"]["kafka"]["topicConfiguration"]
    return configuration


@pytest.mark.parametrize(
    "change",
    [
        lambda plain: plain.pop("info"),
        lambda plain: plain["operations"]["send-matches"].update(action="publish"),
        lambda plain: plain["channels"]["matches"].update(topic="techdock.matches.v1"),
        lambda plain: plain["channels"]["matches"]["bindings"]["kafka"].update(partitions="two"),
        lambda plain: _configuration(plain).update({"retention.ms": "for ever"}),
        lambda plain: _first_message(plain)["payload"]["schema"].pop("fields"),
        lambda plain: plain["components"]["messageTraits"]["cloudevent"]["headers"].update(properties="all"),
    ],
)  # fmt: skip
def test_the_official_schema_would_tell_of_a_mistake(change: Change) -> None:
    plain = copy.deepcopy(PLAIN)
    change(plain)

    assert _objections(plain)


def test_every_reference_leads_somewhere() -> None:
    for reference in references(PLAIN):
        assert followed(PLAIN, reference)


def test_every_topic_is_a_channel_and_every_record_a_message() -> None:
    addresses = {channel["address"].replace("{institution}", "dlut") for channel in PLAIN["channels"].values()}

    assert addresses == {
        *(topic.name for topic in topics.CATALOGUE),
        "techdock.inbox.dlut.v1",
        "techdock.receipts.dlut.v1",
    }
    assert set(PLAIN["components"]["messages"]) == set(RECORDS)


def test_an_institution_writes_to_its_inbox_and_reads_its_receipts() -> None:
    operations = PLAIN["operations"]
    # The intake over HTTPS writes what an institution sends it, and looks where that stands.
    assert operations["send-inbox"]["summary"] == "Written by gateway."
    assert operations["receive-inbox"]["summary"] == "Read by admission, gateway."
    assert operations["send-receipts"]["summary"] == "Written by admission."


def test_a_payload_as_the_document_gives_it_is_enough_to_write_what_we_write() -> None:
    for path in paths():
        name, values = loaded(path)
        schema = PLAIN["components"]["messages"][name]["payload"]["schema"]
        fastavro.parse_schema(copy.deepcopy(schema))
        headers = Stamp("anybody").of(single_object(schema, values), 0)
        said = {attribute: value.decode() for attribute, value in headers}
        assert said["ce_type"] == PLAIN["components"]["messages"][name]["name"]
        told = PLAIN["components"]["messageTraits"]["cloudevent"]["headers"]
        assert list(Draft7Validator(told).iter_errors(said)) == []


@pytest.mark.parametrize(
    "text", ["C3: no", "- a", "#", "'", '"', "on", "1", "null", "line\nbreak", "甲醇 {x}", "\u2028", "\x07"]
)
def test_any_text_comes_back_from_the_yaml(text: str) -> None:
    plain = {"a": text, "b": {"c": [text, {"d": text, "e": []}], "f": {}, text: [1, None, True, -1]}}

    assert yaml.safe_load(as_yaml(plain)) == plain


def test_every_attribute_of_an_event_is_described() -> None:
    assert all(re.fullmatch(r"[A-Z].*\.", about) for about in ATTRIBUTES.values())
