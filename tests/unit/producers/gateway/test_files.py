"""Files over HTTP: what a client says of them stays words, and an import has bounds."""

from __future__ import annotations

import asyncio
import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from producers.gateway.files import Files, Order
from producers.gateway.problems import Problem
from tests.unit.producers.gateway.serving import READER, Clock, Market

ROWS = "id,title\n1,pump\n2,valve\n"
#: Enough for a small file, far from enough for what a bomb unpacks to.
MEMORY = 300 * 1024**2


def order(filename: str = "rows.csv", **changes: Any) -> Order:
    return Order(**{
        "institution_id": "dlut", "filename": filename, "rows_as": "achievements", "assigned": (),
        "on_behalf_of": None, "dry_run": True, **changes,
    })  # fmt: skip


async def imported(files: Files, wanted: Order, content: bytes) -> dict[str, Any]:
    folder = files.begin(wanted.institution_id)
    try:
        file = folder / f"upload{wanted.suffix()}"
        file.write_bytes(content)
        return await files.imported(wanted, folder, file)
    finally:
        files.end(wanted.institution_id, folder)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("a.csv", ".csv"), ("../../etc/passwd.CSV.GZ", ".csv.gz"), ("C:\\x\\成果.xlsx", ".xlsx"), ("\n.json", ".json")],
)
def test_of_a_name_only_its_end_counts(name: str, suffix: str) -> None:
    assert order(name).suffix() == suffix


@pytest.mark.parametrize("name", ["", "rows", "a.csv/..", "a.xlsm", "a.csv\x00.exe", "x.gz"])
def test_a_name_that_does_not_tell_the_kind_is_refused(name: str) -> None:
    with pytest.raises(Problem, match="does not tell"):
        order(name).suffix()


def test_what_a_client_says_never_becomes_an_option() -> None:
    wanted = order(assigned=("--result=/etc/passwd", "title=a b"), on_behalf_of="neusoft")
    words = wanted.arguments(Path("/f"), Path("/r"))
    assert words == [
        "import", "--as=achievements", "--institution=dlut", "--result=/r", "--json", "--map=--result=/etc/passwd",
        "--map=title=a b", "--on-behalf-of=neusoft", "--dry-run", "/f",
    ]  # fmt: skip


async def test_a_dry_run_says_what_would_become_of_each_row() -> None:
    clock = Clock()
    files = Files("127.0.0.1:1", clock)
    answer = await imported(files, order(), (ROWS + "3,=cmd|' /C calc'!A0\n4,\n").encode())
    assert (answer["rows"], answer["valid"], answer["refused"]) == (4, 3, 1)
    assert [(each["line"], each["rule"]) for each in answer["faults"]] == [(5, "language-missing")]
    workbook = openpyxl.load_workbook(files.result("dlut", answer["id"]))
    assert [row[2].value for row in workbook.active.iter_rows()] == ["result", "valid", "valid", "valid", "refused"]
    with pytest.raises(Problem, match="no such result"):
        files.result("neusoft", answer["id"])
    clock.now += 3_600
    with pytest.raises(Problem, match="no such result"):
        files.result("dlut", answer["id"])
    files.close()


async def test_a_file_that_is_none_says_so_without_our_paths() -> None:
    files = Files("127.0.0.1:1")
    with pytest.raises(Problem) as caught:
        await imported(files, order("成果.xlsx"), b"hello")
    (error,) = caught.value.errors
    assert "is no Excel workbook" in error.fault.repair
    assert "成果.xlsx" in error.fault.repair
    assert "techdock-files" not in str(caught.value.response().body)
    files.close()


async def test_a_column_that_is_not_there_is_told() -> None:
    files = Files("127.0.0.1:1")
    with pytest.raises(Problem) as caught:
        await imported(files, order(assigned=("title=nowhere",)), ROWS.encode())
    assert "nowhere" in caught.value.errors[0].fault.repair
    files.close()


def workbook() -> bytes:
    book = openpyxl.Workbook()
    for row in (("id", "title"), ("1", "pump")):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def bomb() -> bytes:
    """The same in half a megabyte, with a title that unpacks to 500 megabytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            head, pump, rest = before.read(name).partition(b"pump")
            with after.open(name, "w", force_zip64=True) as file:
                file.write(head)
                for _ in range(500 if pump else 0):
                    file.write(b"x" * 1024**2)
                file.write(rest)
    return out.getvalue()


async def test_a_zip_bomb_takes_no_more_memory_than_it_may_and_a_good_workbook_goes_in_with_as_much() -> None:
    files = Files("127.0.0.1:1", memory=MEMORY)
    assert (await imported(files, order("rows.xlsx"), workbook()))["valid"] == 1
    with pytest.raises(Problem, match="more time or memory"):
        await imported(files, order("rows.xlsx"), bomb())
    files.close()


async def test_an_import_that_takes_too_long_is_ended() -> None:
    files = Files("127.0.0.1:1", seconds=0.05)
    with pytest.raises(Problem, match="more time or memory"):
        await imported(files, order(), ROWS.encode())
    files.close()


def test_an_institution_has_one_file_on_its_way_and_keeps_nobody_out() -> None:
    files = Files("127.0.0.1:1")
    mine = files.begin("dlut")
    with pytest.raises(Problem, match="Another file of this institution") as caught:
        files.begin("dlut")
    assert caught.value.status == 503
    others = [files.begin(f"i{number}") for number in range(31)]
    with pytest.raises(Problem, match="Other files"):
        files.begin("late")
    files.end("dlut", mine)
    assert not mine.exists()
    assert files.begin("late") not in others
    files.close()


async def test_of_one_institution_the_last_results_are_kept() -> None:
    files = Files("127.0.0.1:1")
    first = await imported(files, order(), ROWS.encode())
    other = await imported(files, order(institution_id="neusoft"), ROWS.encode())
    for number in range(20):
        files._results[f"r{number}"] = replace(files._results[first["id"]], folder=Path(f"/nowhere/{number}"))
    last = await imported(files, order(), ROWS.encode())
    with pytest.raises(Problem, match="no such result"):
        files.result("dlut", first["id"])
    assert files.result("dlut", last["id"]).exists()
    assert files.result("neusoft", other["id"]).exists()
    files.close()


async def test_over_http_a_file_goes_in_and_its_result_comes_back() -> None:
    market = Market()
    async with market.client() as client, market.client(READER) as reader:
        asked = {"filename": "offers.csv", "as": "achievements", "dry_run": "true", "map": "title=name"}
        content = b"id,name\n1,pump\n"
        assert (await reader.post("/v1/files", params=asked, content=content)).status_code == 403
        answer = await client.post("/v1/files", params=asked, content=content)
        assert answer.status_code == 200, answer.text
        result = await client.get(answer.json()["result"])
        assert result.content[:2] == b"PK"
        assert (await client.get("/v1/files/..%2f..%2fetc/result.xlsx")).status_code == 404
        wrong = await client.post("/v1/files", params={**asked, "as": "offers", "filename": "x"}, content=b"")
        assert {each["parameter"] for each in wrong.json()["errors"]} == {"as"}
    market.files.close()


async def test_a_client_that_leaves_takes_its_file_along() -> None:
    files = Files("127.0.0.1:1")
    folder = files.begin("dlut")
    task = asyncio.create_task(files.imported(order(), folder, folder / "upload.csv"))
    (folder / "upload.csv").write_text(ROWS, encoding="utf-8")
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    files.end("dlut", folder)
    assert not folder.exists()
    files.close()
