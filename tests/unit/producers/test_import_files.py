"""Files of every kind go in; a broken row costs itself, and the rest of the file still goes in."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from infra.tables.files import BrokenRow
from producers import import_run
from producers.drafts import Draft
from producers.import_run import Job, Summary
from producers.receipts import Answered
from schemas import codec
from schemas.errors import Misconfigured
from schemas.records import Fault

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Told:
    """A report that remembers."""

    def __init__(self) -> None:
        self.faults: list[tuple[int, str, str]] = []
        self.broken: list[tuple[int, str]] = []
        self.columns: tuple[Mapping[str, str], list[str]] = ({}, [])

    def opened(self, mapping: Mapping[str, str], unused: list[str]) -> None:
        self.columns = (mapping, unused)

    def unreadable(self, row: BrokenRow) -> None:
        self.broken.append((row.line, row.why))

    def refused(self, line: int, subject_id: str, faults: tuple[Fault, ...]) -> None:
        assert subject_id or faults
        assert all(each.repair for each in faults)
        self.faults += [(line, each.field, each.rule) for each in faults]

    def progress(self, done: int, size: int) -> None:
        assert 0 <= done <= size

    def awaited(self, answered: int, sent: int) -> None:
        assert answered <= sent


class Kept:
    """An outlet that keeps what it is given, after a look at whether it can be written."""

    def __init__(self) -> None:
        self.values: list[Mapping[str, Any]] = []

    def send(self, record: str, draft: Draft) -> None:
        codec.encode_fields(record, draft.values)
        self.values.append(draft.values)

    def arrived(self) -> Iterable[Answered]:
        return ()

    def rest(self) -> Iterator[Answered]:
        return iter(())


def taken(path: Path, kind: str = "achievements", **options: Any) -> tuple[Summary, Kept, Told]:
    kept, told = Kept(), Told()
    job = Job(path, kind, options.pop("institution", "dlut"), NOW, **options)
    return import_run.run(import_run.prepared(job), told, kept), kept, told


def ids(kept: Kept) -> list[str]:
    return [values["achievement_id"] for values in kept.values]


def file(folder: Path, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
    path = folder / name
    data = content if isinstance(content, bytes) else content.encode(encoding)
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


CHINESE = (
    "成果编号,成果名称,摘要,关键词,成熟度,行业,合作方式,价格,有效期\n"
    "A1,锂电池正极材料,高能量密度,锂电池；正极、材料,TRL 6,C38;C3841,普通许可、作价入股,1.5万,2030年12月31日\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_chinese_table_is_read_in_whatever_encoding_it_was_saved(tmp_path: Path, encoding: str) -> None:
    summary, kept, told = taken(file(tmp_path, "a.csv", CHINESE, encoding))

    assert (summary.rows, summary.sent, told.faults) == (1, 1, [])
    values = kept.values[0]
    assert values["zh"] == {
        "title": "锂电池正极材料",
        "abstract": "高能量密度",
        "keywords": ["锂电池", "正极", "材料"],
    }
    assert values["en"] is None
    assert values["maturity"] == 6
    assert values["modes"] == ["LICENCE_ORDINARY", "EQUITY"]
    assert values["price"] == {"amount": Decimal(15000), "currency": "CNY"}
    assert values["valid_until"] == date(2030, 12, 31)
    assert values["registered_at"] == NOW


def test_an_encoding_may_be_named(tmp_path: Path) -> None:
    _, kept, _ = taken(file(tmp_path, "a.csv", "id,title\n1,電池\n", "big5"), encoding="big5")

    assert kept.values[0]["zh"]["title"] == "電池"


def test_latin_letters_are_not_taken_for_chinese(tmp_path: Path) -> None:
    summary, kept, told = taken(file(tmp_path, "a.csv", b"id,title\n1,caf\xe9 cr\xe8me\n2,plain\n"))

    assert (summary.unreadable, ids(kept)) == (1, ["2"])
    assert "--encoding" in told.broken[0][1]


BROKEN_ROWS = {
    "too few columns": b"B,broken",
    "too many columns": b"B,broken,x,y",
    "bytes of another encoding": "B,坏,".encode("gb18030"),
    "a quote that is never closed": b'B,"open,x',
    "text behind a closing quote": b'B,"shut"x,x',
}


@pytest.mark.parametrize("broken", BROKEN_ROWS.values(), ids=BROKEN_ROWS.keys())
def test_a_broken_row_in_the_middle_costs_only_itself(tmp_path: Path, broken: bytes) -> None:
    good = "A1,好的,x\n".encode(), 'A2,也好,"two\nlines with ""quotes"""\n'.encode()
    content = b"id,title,abstract\n" + good[0] + broken + b"\n" + good[1] + "A3,氢,x\n".encode()

    summary, kept, told = taken(file(tmp_path, "a.csv", content))

    assert ids(kept) == ["A1", "A2", "A3"]
    assert kept.values[1]["zh"]["abstract"] == 'two\nlines with "quotes"'
    assert (summary.rows, summary.unreadable) == (4, 1)
    assert [line for line, _ in told.broken] == [3]


def test_an_inch_sign_opens_no_quote(tmp_path: Path) -> None:
    _, kept, told = taken(file(tmp_path, "a.csv", 'id,title\n1,a 5" pipe\n2,another 7" pipe\n'))

    assert (ids(kept), told.broken) == (["1", "2"], [])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_in_the_header(tmp_path: Path, separator: str) -> None:
    _, kept, _ = taken(file(tmp_path, "a.csv", f"id{separator}title\n1{separator}pump\n"))

    assert kept.values[0]["en"]["title"] == "pump"


def test_tsv_and_gzip_go_in(tmp_path: Path) -> None:
    _, kept, _ = taken(file(tmp_path, "a.tsv.gz", "id\ttitle\n1\ta, b\n"))

    assert kept.values[0]["en"]["title"] == "a, b"


def test_json_lines_report_each_bad_line_and_take_the_rest(tmp_path: Path) -> None:
    rows = [
        '{"id": 1, "title": "ok", "unknown": "x"}',
        "not json",
        '{"id": 2, "title": NaN}',
        "[1]",
        '{"id": 3, "title": "\\ud800 lone"}',
        '{"id": 4, "title": "too dear", "price": 1e400}',
        '{"id": 5, "title": "long", "abstract": "' + "x" * 1_000_000 + '"}',
        "[" * 100_000,
        '{"id": 6, "title": "ok", "price": 12.5}',
    ]
    summary, kept, told = taken(file(tmp_path, "a.jsonl", "\n".join(rows)))

    assert ids(kept) == ["1", "6"]
    assert kept.values[1]["price"] == {"amount": Decimal("12.5"), "currency": "CNY"}
    assert [line for line, _ in told.broken] == [2, 3, 4, 8]
    assert told.faults == [
        (5, "en.title", "lone-surrogate"),
        (6, "price.amount", "amount"),
        (7, "en.abstract", "too-long"),
    ]
    assert (summary.rows, summary.sent, summary.refused, summary.unreadable) == (9, 2, 3, 4)


@pytest.mark.parametrize("indent", [None, 1])
def test_a_json_array_is_read_piece_by_piece(tmp_path: Path, indent: int | None) -> None:
    rows = [{"id": number, "title": f"t{number}", "abstract": "x" * 3000} for number in range(100)]
    _, kept, told = taken(file(tmp_path, "a.json", json.dumps(rows, indent=indent)))

    assert (ids(kept), told.broken) == ([str(number) for number in range(100)], [])


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_what_only_late_rows_of_json_say_is_read_as_well(tmp_path: Path, name: str) -> None:
    rows: list[dict[str, Any]] = [{"id": number, "title": "t"} for number in range(300)]
    rows[299]["abstract"] = "said once"
    text = json.dumps(rows) if name == "a.json" else "\n".join(map(json.dumps, rows))
    _, kept, _ = taken(file(tmp_path, name, text))

    assert (len(kept.values), kept.values[299]["en"]["abstract"]) == (300, "said once")


def test_a_json_array_goes_on_after_a_broken_object(tmp_path: Path) -> None:
    rows = json.dumps([{"id": number, "title": f"t{number}"} for number in range(100)], indent=1)
    content = rows.replace('"t50"', '"t50').replace('"t70"', "t70")

    summary, kept, told = taken(file(tmp_path, "a.json", content))

    assert ids(kept) == [str(number) for number in range(100) if number not in {50, 70}]
    assert (summary.unreadable, [line for line, _ in told.broken]) == (2, [202, 282])


def test_json_in_the_records_own_shape_is_checked_field_by_field(tmp_path: Path) -> None:
    rows = [
        {"achievement_id": "1", "zh": {"title": "甲\x0b"}, "ip_rights": [{"kind": "KNOW_HOW"}]},
        {"achievement_id": "3", "zh": "甲"},
        {"achievement_id": "2", "zh": {"titel": "甲"}, "price": {"amount": "1.50", "currency": "XXX"}},
    ]
    _, kept, told = taken(file(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows))))

    assert kept.values[0]["zh"]["title"] == "甲"
    assert kept.values[0]["ip_rights"] == [{"kind": "KNOW_HOW", "number": ""}]
    assert told.faults == [
        (2, "zh", "wrong-type"),
        (3, "zh.title", "missing-field"),
        (3, "zh.titel", "unknown-field"),
        (3, "price.currency", "currency"),
    ]


def test_an_excel_sheet_with_merged_cells_goes_in(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["某大学成果汇总表"],
        ["编号", "成果名称", "简介", "价格", None],
        [None, None, None, "金额", "币种"],
        [1001, "甲", "介绍", 120000, "CNY"],
        [1002, "乙", "两行共有的介绍", 5.5, "USD"],
        [1003, "丙", None, None, None],
        [1004, "丁", None, None, None],
        [None] * 5,
        [1005, "戊", "介绍", "#REF!", None],
        [1006, "己", "介绍", "面议", None],
    ):
        sheet.append(row)
    for area in ("A1:E1", "A2:A3", "B2:B3", "C2:C3", "D2:E2", "C5:C6", "B7:C7"):
        sheet.merge_cells(area)
    book.save(tmp_path / "a.xlsx")

    summary, kept, told = taken(tmp_path / "a.xlsx")

    assert ids(kept) == ["1001", "1002", "1003", "1006"]
    assert kept.values[0]["price"] == {"amount": Decimal(120000), "currency": "CNY"}
    assert [values["zh"]["abstract"] for values in kept.values[1:3]] == ["两行共有的介绍"] * 2
    assert told.faults == [(7, "title", "merged-cell"), (7, "abstract", "merged-cell")]
    assert [line for line, _ in told.broken] == [9]
    assert (summary.rows, summary.refused, summary.unreadable) == (6, 1, 1)


def test_rows_that_share_a_merged_id_are_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["编号", "名称"], ["A1", "甲"], [None, "乙"], ["A2", "丙"]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    book.create_sheet("第二").append(["编号", "名称"])
    book.save(tmp_path / "a.xlsx")

    _, kept, told = taken(tmp_path / "a.xlsx")

    assert ids(kept) == ["A2"]
    assert told.faults == [(2, "achievement_id", "merged-cell"), (3, "achievement_id", "merged-cell")]
    assert taken(tmp_path / "a.xlsx", sheet="第二")[0].rows == 0
    with pytest.raises(Misconfigured, match="第二"):
        taken(tmp_path / "a.xlsx", sheet="第三")


def test_a_truncated_gzip_gives_the_rows_before_the_break(tmp_path: Path) -> None:
    whole = gzip.compress(("id,title\n" + "".join(f"{n},title {n * 7919}\n" for n in range(5000))).encode())
    (tmp_path / "a.csv.gz").write_bytes(whole[: len(whole) // 2])

    summary, kept, told = taken(tmp_path / "a.csv.gz")

    assert summary.sent > 1000
    assert ids(kept) == [str(number) for number in range(summary.sent)]
    assert (summary.unreadable, len(told.broken)) == (1, 1)


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.jsonl", "a.json.gz"])
def test_random_bytes_are_no_table(tmp_path: Path, name: str) -> None:
    # Byte values in an order that no format has; 0xFF first, so that it is no text either.
    path = file(tmp_path, name, bytes(255 - (number * 37) % 256 for number in range(5000)))
    try:
        summary, kept, _ = taken(path)
    except Misconfigured:
        return
    assert (kept.values, summary.unreadable) == ([], summary.rows)


@pytest.mark.parametrize("content", ["id,title\n", "\nid,title\n\n\n"])
def test_a_header_alone_is_no_row(tmp_path: Path, content: str) -> None:
    assert taken(file(tmp_path, "a.csv", content))[0].rows == 0


@pytest.mark.parametrize(
    ("name", "content", "options", "says"),
    [
        ("a.csv", b"", {}, "empty"),
        ("a.doc", b"x", {}, "xlsx"),
        ("a.csv", b"id,title\n", {"assigned": ("achievement_id=aid",)}, "id, title"),
        ("a.csv", b"id,title\n", {"assigned": ("nonsense=id",)}, "achievement_id"),
        ("a.csv", b"id,title\n", {"assigned": ("title",)}, "field=column"),
        ("a.csv", b"title\nx\n", {}, "--map achievement_id="),
        ("a.csv", b"id,title\n", {"encoding": "klingon"}, "klingon"),
        ("a.csv", b"id,title\n", {"encoding": "base64"}, "base64"),
        ("a.csv", b"id,title\n", {"sheet": "1"}, "--sheet"),
    ],
)
def test_what_cannot_work_is_said_before_the_first_row(
    tmp_path: Path, name: str, content: bytes, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(Misconfigured, match=says):
        taken(file(tmp_path, name, content), **options)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"none\.csv"):
        taken(tmp_path / "none.csv")


def test_texts_are_made_good_and_nothing_else(tmp_path: Path) -> None:
    dirty = "Cafe\u0301\xa0\x0bpump \x96 with\x00 noise\ufeff"
    row = {"id": "\xa0A 1 ", "title": dirty, "abstract": "one\r\ntwo\x0bthree"}

    _, kept, told = taken(file(tmp_path, "a.jsonl", json.dumps(row)))

    assert told.faults == []
    assert kept.values[0]["achievement_id"] == "A 1"
    assert kept.values[0]["en"]["title"] == "Café  pump – with noise"
    assert kept.values[0]["en"]["abstract"] == "one\ntwo\nthree"


def test_columns_that_nobody_needs_are_told(tmp_path: Path) -> None:
    _, _, told = taken(file(tmp_path, "a.csv", "Achievement ID,成果名称（必填）,title_en,colour\n1,a,b,red\n"))

    assert told.columns == (
        {"achievement_id": "Achievement ID", "title": "成果名称（必填）", "title_en": "title_en"},
        ["colour"],
    )


def test_both_languages_may_have_columns(tmp_path: Path) -> None:
    _, kept, _ = taken(file(tmp_path, "a.csv", "id,title,title_en,abstract_en\n1,电池,Battery,Long life\n"))

    assert kept.values[0]["zh"]["title"] == "电池"
    assert kept.values[0]["en"] == {"title": "Battery", "abstract": "Long life", "keywords": []}


def test_the_same_row_again_has_the_same_submission_id(tmp_path: Path) -> None:
    path = file(tmp_path, "a.csv", "id,title,version\n1,pump,1\n1,pump,1\n1,better pump,2\n")
    first, second = taken(path)[1].values, taken(path, institution="dmu")[1].values
    again = [values["submission_id"] for values in taken(path)[1].values]

    assert again == [values["submission_id"] for values in first]
    assert again[0] == again[1] != again[2]
    assert not set(again) & {values["submission_id"] for values in second}


def test_another_row_with_an_id_of_before_is_refused(tmp_path: Path) -> None:
    _, kept, told = taken(file(tmp_path, "a.csv", "id,title\n1,pump\n1,another pump\n2,valve\n"))

    assert ids(kept) == ["1", "2"]
    assert told.faults == [(3, "achievement_id", "duplicate-id")]


def test_a_submission_id_may_come_from_the_file(tmp_path: Path) -> None:
    given = uuid.UUID(int=7)
    _, kept, told = taken(file(tmp_path, "a.csv", f"id,title,submission_id\n1,pump,{given}\n2,x,17\n"))

    assert kept.values[0]["submission_id"] == given
    assert told.faults == [(3, "submission_id", "wrong-type")]


def test_demands_go_in(tmp_path: Path) -> None:
    content = "需求编号,需求名称,需求描述,企业,预算,截止日期,区县\nD1,膜电极,长寿命,某公司,50万元,2026/12/31,210202\n"
    _, kept, told = taken(file(tmp_path, "a.csv", content), "demands")

    assert told.faults == []
    assert kept.values[0]["budget"] == {"amount": Decimal(500000), "currency": "CNY"}
    assert kept.values[0]["deadline"] == date(2026, 12, 31)
    assert (kept.values[0]["enterprise"], kept.values[0]["district"]) == ("某公司", "210202")


def test_negotiations_go_in(tmp_path: Path) -> None:
    content = (
        "achievement_institution_id,achievement_id,demand_institution_id,demand_id,sequence,move,mode,price,reason\n"
        "dlut,A1,district-210202,D1,1,CONTACT,,,\n"
        "dlut,A1,district-210202,D1,2,报价,普通许可,20万,\n"
        "dlut,A1,district-210202,D1,3,OFFER,普通许可,,\n"
        "dmu,A1,district-210202,D1,4,END,,,\n"
    )
    _, kept, told = taken(file(tmp_path, "a.csv", content), "negotiations")

    assert [values["move"] for values in kept.values] == ["CONTACT", "OFFER"]
    assert kept.values[1]["terms"]["price"] == {"amount": Decimal(200000), "currency": "CNY"}
    assert told.faults == [
        (4, "terms.price", "terms-missing"),
        (5, "institution_id", "speaker"),
        (5, "reason", "reason-missing"),
    ]


def test_an_appointment_names_the_broker_and_a_registration_is_sent_back_with_a_reason(tmp_path: Path) -> None:
    content = (
        "成果机构,成果编号,需求机构,需求编号,序号,动作,受托机构,原因\n"
        "dlut,A1,district-210202,D1,1,委托,liaodong,\n"
        "dlut,A1,district-210202,D1,2,解除委托,,\n"
        "dmu,A1,district-210202,D1,7,退回,,设备款未列出\n"
        "dlut,A1,district-210202,D1,3,委托,,\n"
    )
    _, kept, told = taken(file(tmp_path, "a.csv", content), "negotiations")

    assert [(values["move"], values["broker"], values["role"]) for values in kept.values] == [
        ("APPOINT", "liaodong", None), ("DISMISS", None, None), ("REJECT", None, None),
    ]  # fmt: skip
    assert told.faults == [(5, "broker", "broker-missing")]


def test_only_so_many_rows_are_taken_as_asked(tmp_path: Path) -> None:
    assert taken(file(tmp_path, "a.csv", "id,title\n1,a\n2,b\n3,c\n"), limit=2)[0].rows == 2


def test_memory_grows_by_no_more_than_what_it_takes_to_know_an_id_again(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        path = tmp_path / f"{rows}.csv.gz"
        with gzip.open(path, "wt", compresslevel=1) as out:
            out.write("id,title\n")
            out.writelines(f"{number},pump\n" for number in range(rows))
        job = Job(path, "achievements", "dlut", NOW)
        tracemalloc.start()
        import_run.run(import_run.prepared(job), Told(), None)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    small, large = peak(1_000), peak(10_000)
    # What grows is one hash for each id, to find those that come twice.
    assert large - small < 9_000 * 250
