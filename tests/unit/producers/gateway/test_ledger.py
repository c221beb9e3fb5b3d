"""What an institution said last, and what was answered, whatever the order in which it is heard."""

from __future__ import annotations

import uuid

from producers.gateway.ledger import Ledger, Receipt, Said

IDS = [uuid.UUID(int=number) for number in range(40)]


def receipt(offset: int, number: int, name: str = "SubmissionAccepted") -> Receipt:
    return Receipt(offset, IDS[number], name, b"")


async def test_the_first_record_of_a_submission_is_its_place() -> None:
    ledger = Ledger()
    ledger.say(Said(IDS[1], 5, None, ""))
    ledger.say(Said(IDS[1], 6, None, ""))
    assert (ledger.offset_of(IDS[1]), ledger.offset_of(IDS[2])) == (5, None)


async def test_only_the_last_ones_are_remembered() -> None:
    ledger = Ledger(window=3)
    for number in range(10):
        ledger.say(Said(IDS[number], number, f"k{number}", "d"))
        ledger.answer(receipt(number, number))
    assert [number for number in range(10) if ledger.offset_of(IDS[number]) is not None] == [7, 8, 9]
    assert [number for number in range(10) if ledger.came_with(f"k{number}") is not None] == [7, 8, 9]
    assert ledger.receipt_of(IDS[0]) is None
    assert ledger.receipt_of(IDS[9]) is not None
    assert ledger.receipts(ledger.since, 10, None)[0][0].offset == ledger.since


async def test_a_key_is_remembered_for_as_long_as_the_last_submission_under_it() -> None:
    ledger = Ledger(window=3)
    for number in range(4):
        ledger.say(Said(IDS[number], number, "k" if number < 2 else None, "d" if number < 2 else ""))
    assert ledger.came_with("k") == "d"
    ledger.say(Said(IDS[4], 4, None, ""))
    assert ledger.came_with("k") is None


async def test_what_was_just_sent_is_known_before_it_is_heard() -> None:
    ledger = Ledger(window=2)
    ledger.remember("k", "d", [(IDS[1], 7), (IDS[2], 8)])
    assert (ledger.came_with("k"), ledger.offset_of(IDS[2])) == ("d", 8)
    for number in (1, 2, 3, 4):
        ledger.say(Said(IDS[number], 6 + number, "k" if number < 3 else None, "d"))
    assert (ledger.came_with("k"), ledger.offset_of(IDS[1]), ledger.offset_of(IDS[2])) == (None, None, None)


async def test_receipts_come_in_pages_and_a_filter_leaves_none_out() -> None:
    ledger = Ledger()
    for number in range(9):
        ledger.answer(receipt(2 * number, number, "SubmissionRefused" if number % 3 == 0 else "SubmissionAccepted"))
    found: list[int] = []
    start = 0
    while (page := ledger.receipts(start, 2, "SubmissionRefused"))[0]:
        found += [each.offset for each in page[0]]
        start = page[1]
    assert found == [0, 6, 12]
    assert start == 17
    assert ledger.receipts(17, 2, None) == ([], 17)


async def test_a_request_under_way_keeps_the_next_one_under_its_key_out_for_a_minute_at_most() -> None:
    ledger = Ledger()
    assert ledger.begin("k", 0.0)
    assert not ledger.begin("k", 59.0)
    assert ledger.begin("k", 61.0)
    ledger.end("k")
    assert ledger.begin("k", 62.0)


async def test_it_is_current_once_both_ends_were_reached() -> None:
    ledger = Ledger()
    ledger.reached("inbox")
    assert not ledger.is_current
    ledger.reached("receipts")
    assert ledger.is_current
