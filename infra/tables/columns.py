"""Which column of a file is which field of a record."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.tables.files import Table
from schemas.errors import Misconfigured
from schemas.faults import shown

_REMARK = re.compile(r"[（(【\[].*?[）)】\]]|[*＊:：]")
_GAP = re.compile(r"[\s_\-]+")

#: Fields of every record, with other names that columns have for them.
_ALWAYS: Mapping[str, tuple[str, ...]] = {
    "submission_id": ("提交编号",),
    "version": ("版本", "版本号"),
}
_WORDS: Mapping[str, tuple[str, ...]] = {
    "language": ("语言", "语种", "lang"),
    "title": ("标题", "题目", "名称", "name"),
    "abstract": ("description", "摘要", "简介", "内容", "summary"),
    "keywords": ("关键词", "关键字"),
    "title_zh": ("中文标题", "中文名称", "中文题目"),
    "title_en": ("英文标题", "英文名称", "英文题目"),
    "abstract_zh": ("description_zh", "中文摘要", "中文简介"),
    "abstract_en": ("description_en", "英文摘要", "英文简介"),
    "keywords_zh": ("中文关键词",),
    "keywords_en": ("英文关键词",),
    "zh": (),
    "en": (),
    "industries": ("industry", "行业", "所属行业", "应用行业", "行业代码", "国民经济行业"),
    "modes": ("mode", "合作方式", "合作模式", "转化方式"),
    "currency": ("币种", "货币"),
    "district": ("地区", "区县", "所在地", "行政区划", "行政区划代码"),
}
_ACHIEVEMENT: Mapping[str, tuple[str, ...]] = {
    "achievement_id": ("id", "编号", "序号", "成果编号", "成果号"),
    "registered_at": ("登记时间", "登记日期", "发布时间", "发布日期"),
    "owners": ("owner", "权利人", "所有人", "完成单位", "成果完成单位"),
    "maturity": ("trl", "成熟度", "技术成熟度", "成熟度等级"),
    "ip_rights": (),
    "price": ("价格", "报价", "转让价格", "意向价格", "预期价格", "金额"),
    "territories": ("territory", "适用地区", "许可地域"),
    "valid_until": ("有效期", "有效期至", "截止日期"),
    "disclosure": ("公开程度", "披露级别", "公开范围"),
}
_DEMAND: Mapping[str, tuple[str, ...]] = {
    "demand_id": ("id", "编号", "序号", "需求编号", "需求号"),
    "posted_at": ("发布时间", "发布日期", "提出时间"),
    "enterprise": ("company", "企业", "企业名称", "需求企业", "需求单位", "单位名称"),
    "maturity_wanted": ("成熟度", "成熟度要求", "期望成熟度"),
    "budget": ("预算", "投入预算", "拟投入资金", "意向金额", "金额"),
    "deadline": ("截止日期", "截止时间", "有效期", "有效期至"),
    "matches_wanted": ("匹配数量", "推荐数量"),
}
_NEGOTIATION: Mapping[str, tuple[str, ...]] = {
    "submission_id": ("提交编号",),
    "achievement_institution_id": ("成果机构", "成果所属机构"),
    "achievement_id": ("成果编号",),
    "demand_institution_id": ("需求机构", "需求所属机构"),
    "demand_id": ("需求编号",),
    "sequence": ("序号", "步骤"),
    "move": ("动作", "进展"),
    "moved_at": ("时间", "日期", "发生时间"),
    "mode": ("合作方式", "合作模式"),
    "price": ("价格", "金额", "合同金额"),
    "currency": ("币种", "货币"),
    "terms": (),
    "reason": ("原因", "理由"),
    "broker": ("技术经理人机构", "受托机构"),
}
_PREFIXED = {"title": ("成果名称", "成果标题"), "abstract": ("成果摘要", "成果简介")}
_DEMAND_WORDS = {"title": ("需求名称", "需求标题", "技术需求"), "abstract": ("需求描述", "需求内容", "需求简介")}


@dataclass(frozen=True, slots=True)
class Kind:
    """What rows become: the record, the field of its id, and every field with its other names."""

    record: str
    id_field: str
    fields: Mapping[str, tuple[str, ...]]
    #: One field of each group must have a column.
    needed: tuple[tuple[str, ...], ...]


def _with(extra: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    return {field: (*names, *extra.get(field, ())) for field, names in _WORDS.items()}


_TITLES = ("title", "title_zh", "title_en", "zh", "en")
KINDS: Mapping[str, Kind] = {
    "achievements": Kind(
        "AchievementRegistered", "achievement_id",
        {**_ACHIEVEMENT, **_ALWAYS, **_with(_PREFIXED)}, (("achievement_id",), _TITLES),
    ),
    "demands": Kind(
        "DemandPosted", "demand_id", {**_DEMAND, **_ALWAYS, **_with(_DEMAND_WORDS)}, (("demand_id",), _TITLES)
    ),
    "negotiations": Kind(
        "NegotiationUpdated", "achievement_id", _NEGOTIATION,
        tuple((field,) for field in (
            "achievement_institution_id", "achievement_id", "demand_institution_id", "demand_id", "sequence", "move",
        )),
    ),
}  # fmt: skip


def chosen(kind: Kind, assignments: Sequence[str]) -> dict[str, str]:
    """``field=column`` as given with ``--map``, by field; raises ``Misconfigured`` for what is no such thing."""
    found: dict[str, str] = {}
    problems: list[str] = []
    for assignment in assignments:
        name, equals, column = assignment.partition("=")
        field = field_of(kind, name.strip())
        if not equals or not column.strip():
            problems.append(f"--map {assignment}: write field=column, for example {kind.id_field}=id")
        elif field is None:
            problems.append(f"--map {assignment}: no field {name.strip()!r}; the fields are {', '.join(kind.fields)}")
        elif field in found:
            problems.append(f"--map {assignment}: {field} is mapped twice")
        else:
            found[field] = column.strip()
    if problems:
        raise Misconfigured(problems)
    return found


def mapping(kind: Kind, table: Table, assigned: Mapping[str, str]) -> dict[str, str]:
    """The column of each field: as assigned, else the one that has the field's name or another name for it.

    Raises ``Misconfigured`` for columns that the file does not have and for fields that must have one.
    """
    if table.is_empty:
        return {}
    listed = shown(", ".join(column for column in table.columns if column))
    problems = [
        f"--map {field}={column}: the file has no such column; it has {listed}"
        for field, column in assigned.items()
        if column not in table.columns
    ]
    found = {**_by_name(kind, table.columns, set(assigned.values())), **assigned}
    problems += [
        f"no column for {group[0]}: add --map {group[0]}=COLUMN; the file has {listed}"
        for group in kind.needed
        if not any(field in found for field in group)
    ]
    if problems:
        raise Misconfigured(problems)
    return found


def _by_name(kind: Kind, columns: Sequence[str], taken: set[str]) -> dict[str, str]:
    spelled: dict[str, str] = {}
    for column in columns:
        if column and column not in taken:
            spelled.setdefault(_plain(column), column)
    found: dict[str, str] = {}
    used: set[str] = set()
    # A field's own name first, so that another field cannot claim its column by a nickname.
    for names in ([(field, field) for field in kind.fields], _nicknames(kind)):
        for field, name in names:
            match = spelled.get(_plain(name))
            if match is not None and field not in found and match not in used:
                found[field] = match
                used.add(match)
    return found


def _nicknames(kind: Kind) -> list[tuple[str, str]]:
    return [(field, name) for field, names in kind.fields.items() for name in names]


def field_of(kind: Kind, name: str) -> str | None:
    """The field that ``name`` is, or is another name for; ``None`` where there is none."""
    if name in kind.fields:
        return name
    return next((field for field, names in kind.fields.items() if name in names), None)


def _plain(name: str) -> str:
    return _GAP.sub("_", _REMARK.sub("", name).strip().lower())
