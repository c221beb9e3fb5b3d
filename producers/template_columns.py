"""What the columns of a template are called, and what to write in them, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column; its heading is the Chinese name with the field in brackets, as the import finds it."""

    field: str
    name: str
    zh: str
    en: str
    example: str = ""
    is_needed: bool = False

    @property
    def heading(self) -> str:
        """What stands in the first row."""
        return f"{self.name} ({self.field})"


_VERSION = Column(
    "version", "版本号", "整数，默认1；修改后加1", "Whole number, 1 unless given; raise it with every change", "1"
)
_TEXTS = (
    Column(
        "title_zh",
        "中文名称",
        "中文名称，与英文名称至少填一项",
        "Title in Chinese; give this or the English one",
        "船体水下清洗机器人",
    ),
    Column(
        "abstract_zh", "中文简介", "技术内容、指标、优势", "What it is, figures, advantages", "在泊位清除藤壶并回收污物"
    ),
    Column("keywords_zh", "中文关键词", "用分号隔开", "Separated by semicolons", "船舶；机器人"),
    Column("title_en", "英文名称", "英文名称", "Title in English", "Hull cleaning robot"),
    Column(
        "abstract_en", "英文简介", "英文简介", "The same in English", "Removes barnacles at berth and collects them"
    ),
    Column("keywords_en", "英文关键词", "用分号隔开", "Separated by semicolons", "ship; robot"),
)
_INDUSTRIES = Column(
    "industries", "行业代码", "GB/T 4754-2017 代码，用分号隔开", "GB/T 4754-2017 codes, separated by semicolons", "C37",
)  # fmt: skip
_MODES = Column(
    "modes", "合作方式", "从列表选择；多项用分号隔开", "From the list; several are separated by semicolons", "普通许可",
)  # fmt: skip
_CURRENCY = Column("currency", "币种", "默认人民币", "CNY unless given", "CNY")
_DISTRICT = Column(
    "district", "行政区划代码", "GB/T 2260 六位代码", "GB/T 2260 code of six digits", "210204",
)  # fmt: skip

COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "achievements": (
        Column("achievement_id", "成果编号", "本单位内唯一", "Unique within your institution", "DUT-7", is_needed=True),
        _VERSION,
        *_TEXTS,
        Column("owners", "权利人", "用分号隔开", "Separated by semicolons", "大连理工大学"),
        _INDUSTRIES,
        Column("maturity", "成熟度", "技术成熟度1至9级", "Technology readiness level 1 to 9", "7"),
        _MODES,
        Column("price", "价格", "金额，可写“12万”；面议可留空", "An amount; empty where it is negotiable", "1800000"),
        _CURRENCY,
        _DISTRICT,
        Column("territories", "适用地区", "许可地域代码，空为不限", "Codes of places it is offered in; empty for all"),
        Column("valid_until", "有效期至", "日期，空为长期", "Last day; empty for no end", "2027-12-31"),
        Column("disclosure", "公开程度", "公开、合作机构或保密，默认公开", "Public unless given", "公开"),
    ),
    "demands": (
        Column("demand_id", "需求编号", "本单位内唯一", "Unique within your institution", "N-12", is_needed=True),
        _VERSION,
        *_TEXTS,
        Column("enterprise", "企业名称", "提出需求的企业", "The enterprise that asks", "大连某船厂"),
        _INDUSTRIES,
        Column("maturity_wanted", "成熟度要求", "最低成熟度1至9级", "Least technology readiness level, 1 to 9", "6"),
        _MODES,
        Column("budget", "预算", "金额，可写“50万”", "An amount", "500000"),
        _CURRENCY,
        _DISTRICT,
        Column("deadline", "截止日期", "日期，空为长期", "Last day; empty for no end", "2027-12-31"),
        Column("matches_wanted", "匹配数量", "1至100，默认20", "How many matches, 20 unless given", "20"),
    ),
    "negotiations": (
        Column("achievement_institution_id", "成果机构", "机构代号", "Id of the institution", "dlut", is_needed=True),
        Column("achievement_id", "成果编号", "该机构的成果编号", "Its id of the achievement", "DUT-7", is_needed=True),
        Column("demand_institution_id", "需求机构", "机构代号", "Id of the institution", "neusoft", is_needed=True),
        Column("demand_id", "需求编号", "该机构的需求编号", "Its id of the demand", "N-12", is_needed=True),
        Column("sequence", "序号", "本项目的第几步，从1开始", "Which step of this deal, from 1", "1", is_needed=True),
        Column("move", "动作", "从列表选择", "Choose from the list", "联系", is_needed=True),
        Column("moved_at", "时间", "发生时间", "When it happened", "2026-03-01 10:00"),
        Column("mode", "合作方式", "报价、达成一致、签约时填写", "With an offer, an agreement, a contract", "普通许可"),
        Column("price", "价格", "报价、达成一致、签约时填写", "With an offer, an agreement, a contract", "1800000"),
        _CURRENCY,
        Column("reason", "原因", "终止、暂停时填写", "Why it is ended or paused", ""),
        Column("broker", "受托机构", "委托时填写机构代号", "With an appointment: the broker's id", ""),
    ),
}  # fmt: skip
