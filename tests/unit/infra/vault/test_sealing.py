"""What is sealed opens with its key, in its place, and in no other way; its length tells little."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from infra.vault.sealing import Label, Sealed, opened, sealed
from schemas.errors import Unreadable
from schemas.padding import MOST_BYTES, SEALED_BYTES, padded, unpadded

KEY = bytes(range(32))
LABEL = Label("dlut/A1", 0, 1, "text/plain")
TEXT = "配方：钯 0.3 %".encode()


@given(st.binary(max_size=9000))
@settings(deadline=None)
def test_what_was_sealed_comes_back_as_it_was(content: bytes) -> None:
    assert opened(sealed(content, KEY, LABEL), KEY, LABEL) == content


def test_the_same_text_is_never_sealed_alike() -> None:
    first, second = sealed(TEXT, KEY, LABEL), sealed(TEXT, KEY, LABEL)
    assert first.nonce != second.nonce
    assert first.ciphertext != second.ciphertext


def test_any_changed_byte_is_told_and_nothing_opens() -> None:
    good = sealed(TEXT, KEY, LABEL)
    for place in range(len(good.ciphertext)):
        with pytest.raises(Unreadable, match="does not open"):
            opened(Sealed(good.nonce, _changed(good.ciphertext, place)), KEY, LABEL)
    for place in range(len(good.nonce)):
        with pytest.raises(Unreadable, match="does not open"):
            opened(Sealed(_changed(good.nonce, place), good.ciphertext), KEY, LABEL)
    for place in range(len(KEY)):
        with pytest.raises(Unreadable, match="does not open"):
            opened(good, _changed(KEY, place), LABEL)


@pytest.mark.parametrize(
    "change", [{"ref": "dlut/A2"}, {"after_erasure": 1}, {"version": 2}, {"media_type": "text/html"}]
)
def test_what_was_moved_to_another_place_does_not_open(change: dict[str, Any]) -> None:
    with pytest.raises(Unreadable, match="does not open"):
        opened(sealed(TEXT, KEY, LABEL), KEY, replace(LABEL, **change))


def test_labels_that_read_alike_when_joined_are_told_apart() -> None:
    one, other = Label('a/b", 0', 0, 1, "t/t"), Label("a/b", 0, 0, '1, "t/t')
    with pytest.raises(Unreadable):
        opened(sealed(TEXT, KEY, one), KEY, other)


@pytest.mark.parametrize("cut", [0, 1, 15, 16, 4000])
def test_what_was_cut_off_does_not_open(cut: int) -> None:
    good = sealed(TEXT, KEY, LABEL)
    with pytest.raises(Unreadable, match="does not open"):
        opened(Sealed(good.nonce, good.ciphertext[:cut]), KEY, LABEL)


@given(st.integers(0, MOST_BYTES))
@settings(deadline=None, max_examples=30)
def test_a_length_is_one_of_a_few(size: int) -> None:
    found = sealed(bytes(size), KEY, LABEL)
    assert len(found.ciphertext) in SEALED_BYTES
    assert len(found.ciphertext) <= max(4096, 2 * (size + 4)) + 16


def test_the_largest_annex_is_sealed_and_one_byte_more_is_not() -> None:
    content = secrets.token_bytes(MOST_BYTES)
    assert unpadded(padded(content)) == content
    with pytest.raises(Unreadable, match="512,001 bytes are more than the 512,000"):
        sealed(content + b"x", KEY, LABEL)


def _changed(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
