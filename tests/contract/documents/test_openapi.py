"""``docs/openapi.yaml`` is what the routes and the schemas say today, and its examples are taken."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from producers.gateway import api, bodies, document
from producers.gateway.bodies import Limits
from producers.gateway.problems import KINDS
from producers.gateway.submissions import drafted, named
from schemas import codec
from schemas.records import SUBMISSIONS
from tests.conftest import ROOT
from tests.contract.documents.references import followed, references
from tests.contract.schemas.examples import paths

FILE = ROOT / "docs" / "openapi.yaml"
PLAIN = api.described()
SUBMITTED = [path for path in paths() if path.parent.name in SUBMISSIONS]


def _validator(name: str) -> Draft202012Validator:
    # A document of its own, so that references find the components.
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": PLAIN["components"]})


def test_the_file_is_made_from_the_routes() -> None:
    assert FILE.read_text(encoding="utf-8") == document.as_yaml(PLAIN), "make it anew with `make openapi`"


def test_the_file_says_what_was_made() -> None:
    assert yaml.safe_load(FILE.read_text(encoding="utf-8")) == json.loads(json.dumps(PLAIN))


def test_it_is_openapi_3_1_with_every_route_behind_a_token_but_health() -> None:
    assert PLAIN["openapi"].startswith("3.1.")
    open_ = {path for path, method, route in _routes() if not route.get("security") and method}
    assert open_ == {"/healthz"}
    assert PLAIN["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def _routes() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in PLAIN["paths"].items():
        for method, route in methods.items():
            yield path, method, route


def test_every_problem_has_a_schema_an_example_and_the_media_type() -> None:
    told: set[str] = set()
    for _, _, route in _routes():
        for status, answer in route["responses"].items():
            if int(status) >= 400:
                (content,) = answer["content"].values()
                assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
                told |= set(content["examples"])
                for example in content["examples"].values():
                    assert list(_validator("Problem").iter_errors(example["value"])) == []
    assert told == set(KINDS) - {"method-not-allowed"}


def test_every_route_says_what_it_does() -> None:
    for path, method, route in _routes():
        assert re.fullmatch(r"[A-Z].*\.", route["description"], re.DOTALL), (path, method)
        assert all(
            parameter.get("description") for parameter in route.get("parameters", ()) if parameter["in"] != "path"
        )


def test_every_reference_leads_somewhere() -> None:
    for reference in references(PLAIN):
        assert followed(PLAIN, reference)


def test_every_schema_is_a_json_schema() -> None:
    for schema in PLAIN["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("path", SUBMITTED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_our_examples_say_is_a_submission_by_the_document(path: Any) -> None:
    content = {"record": path.parent.name, **json.loads(path.read_text(encoding="utf-8"))}
    assert list(_validator("Submission").iter_errors(content)) == []
    without = {key: value for key, value in content.items() if key not in {"submission_id", "institution_id"}}
    assert list(_validator("Submission").iter_errors(without)) == []
    assert list(_validator("Submission").iter_errors({**content, "colour": "red"}))


def test_what_the_readme_sends_with_curl_is_taken() -> None:
    (shown,) = re.findall(r"v1/submissions -d '\n(.*?)'", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    rows = bodies.rows(shown.encode(), Limits())
    (taken,) = drafted(rows, "dlut", partial(named, "dlut", None), datetime(2026, 3, 2, tzinfo=UTC))
    assert codec.decode_fields(taken.value)[1]["achievement_id"] == "DUT-7"


def test_the_examples_of_the_document_are_submissions_by_the_document() -> None:
    body = PLAIN["paths"]["/v1/submissions"]["post"]["requestBody"]["content"]["application/json"]
    schema = {**body["schema"], "components": PLAIN["components"]}
    for example in body["examples"].values():
        assert list(Draft202012Validator(schema).iter_errors(example["value"])) == []
