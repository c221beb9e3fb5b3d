"""Rules of a sealed annex. What is found wrong never repeats its bytes: by mistake they may be a plain text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from schemas.faults import fault
from schemas.padding import NONCE_BYTES, SEALED_BYTES
from schemas.records import Fault

_TOKEN = r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}"  # noqa: S105 - a token of RFC 2045, no secret
_MEDIA_TYPE = re.compile(f"{_TOKEN}/{_TOKEN}")
_UNSEALED = "hand in the plain text by `techdock annex deposit` or `PUT /v1/annexes/…`: it is sealed there"


def deposited(found: list[Fault], values: Mapping[str, Any]) -> None:
    """What is sealed, and what is told of it."""
    if not is_media_type(values["media_type"]):
        repair = "give a type and a subtype in lower case without parameters, for example application/pdf"
        found.append(fault("media_type", "media-type", values["media_type"], repair))
    for field, allowed in (("nonce", {NONCE_BYTES}), ("ciphertext", SEALED_BYTES)):
        size = len(values[field])
        if size not in allowed:
            found.append(fault(field, "sealed", f"{size:,} bytes", _UNSEALED))
    if values["after_erasure"] < 0:
        repair = "give the version of the erasure that it follows, 0 where there was none"
        found.append(fault("after_erasure", "range", values["after_erasure"], repair))


def is_media_type(text: str) -> bool:
    """Whether ``text`` names a media type as RFC 6838 has it, in lower case and without parameters."""
    return _MEDIA_TYPE.fullmatch(text) is not None
