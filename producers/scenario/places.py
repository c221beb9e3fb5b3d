"""Who takes part in the scenario: institutions, offices, brokers, a registrar, and enterprises with invented names.

The six Dalian institutions exist; what they are made to say here is invented, and so are the foreign institutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Literal

from producers.scenario.themes import Both

Kind = Literal["university", "institute", "foreign", "district", "broker", "registrar", "enterprise"]


@dataclass(frozen=True, slots=True)
class Institution:
    """Somebody with an inbox; ``slug`` is the id, ``district`` a GB/T 2260 code."""

    slug: str
    name_zh: str
    name_en: str
    kind: Kind
    district: str | None


@dataclass(frozen=True, slots=True)
class Enterprise:
    """An invented enterprise in one of Dalian's districts."""

    name: Both
    district: str
    #: Its id, where it has an inbox of its own; for the others their district's office submits.
    slug: str | None = None


OWNERS: tuple[Institution, ...] = (
    Institution("dlut", "大连理工大学", "Dalian University of Technology", "university", "210211"),
    Institution("dicp", "中国科学院大连化学物理研究所", "Dalian Institute of Chemical Physics", "institute", "210204"),
    Institution("dmu", "大连海事大学", "Dalian Maritime University", "university", "210211"),
    Institution("dlou", "大连海洋大学", "Dalian Ocean University", "university", "210204"),
    Institution("djtu", "大连交通大学", "Dalian Jiaotong University", "university", "210204"),
    Institution("dlu", "大连大学", "Dalian University", "university", "210213"),
    Institution("nordhav", "北峡海洋技术研究所", "Nordhav Institute of Marine Technology", "foreign", None),
    Institution("rheintal", "莱茵谷材料研究所", "Rheintal Institute for Materials", "foreign", None),
    Institution("kansai-pm", "关西精密制造研究所", "Kansai Institute of Precision Manufacturing", "foreign", None),
)  # fmt: skip

_DISTRICTS: tuple[tuple[str, str, str], ...] = (
    ("210202", "中山区", "Zhongshan District"),
    ("210203", "西岗区", "Xigang District"),
    ("210204", "沙河口区", "Shahekou District"),
    ("210211", "甘井子区", "Ganjingzi District"),
    ("210212", "旅顺口区", "Lüshunkou District"),
    ("210213", "金州区", "Jinzhou District"),
    ("210214", "普兰店区", "Pulandian District"),
    ("210224", "长海县", "Changhai County"),
    ("210281", "瓦房店市", "Wafangdian City"),
    ("210283", "庄河市", "Zhuanghe City"),
)
OFFICES: tuple[Institution, ...] = tuple(
    Institution(f"district-{code}", f"{zh}科技成果转化服务站", f"Technology Transfer Office of {en}", "district", code)
    for code, zh, en in _DISTRICTS
)
BROKERS: tuple[Institution, ...] = (
    Institution("dalian-tech-market", "大连技术交易市场", "Dalian Technology Market", "broker", "210211"),
    Institution("northeast-tech-market", "东北科技大市场", "Northeast Technology Market", "broker", "210202"),
    Institution("liaodong-brokers", "辽东技术经理人事务所", "Liaodong Technology Brokers", "broker", "210213"),
)
REGISTRAR = Institution(
    "registrar-dalian", "大连市技术合同登记处", "Dalian Registry of Technical Contracts", "registrar", "210202"
)
DISTRICTS: tuple[str, ...] = tuple(code for code, _, _ in _DISTRICTS)

#: Where an industry has its home in the city, by the longest beginning of its GB/T 4754 code that is listed.
_HOMES: dict[str, tuple[str, ...]] = {
    "A": ("210224", "210224", "210283", "210212", "210213"),
    "C": ("210213", "210211", "210281", "210214", "210212", "210283"),
    "C13": ("210224", "210283", "210281", "210212", "210214"),
    "C14": ("210224", "210283", "210281", "210212", "210214"),
    "C25": ("210281", "210213", "210211"),
    "C26": ("210281", "210213", "210211", "210214"),
    "C27": ("210213", "210211", "210204", "210214"),
    "C34": ("210281", "210281", "210213", "210211", "210283", "210214"),
    "C37": ("210211", "210204", "210212", "210213"),
    "C373": ("210212", "210211", "210213", "210224", "210283"),
    "D": ("210202", "210211", "210213", "210212", "210203"),
    "G": ("210203", "210202", "210211", "210204"),
    "I": ("210211", "210204", "210202", "210203"),
    "M": ("210204", "210203", "210202", "210211"),
    "N": ("210203", "210204", "210214", "210283"),
}
#: What the enterprises of an industry call their trade, in the same way.
_TRADES: dict[str, tuple[tuple[str, str], ...]] = {
    "A": (("海洋牧场", "Marine Ranching"), ("水产养殖", "Aquaculture"), ("海珍品", "Sea Farming")),
    "C13": (("水产食品", "Seafood Processing"), ("海洋食品", "Marine Foods")),
    "C14": (("食品", "Foods"), ("海洋食品", "Marine Foods")),
    "C25": (("石化", "Petrochemical"), ("炼化", "Refining")),
    "C26": (("化工", "Chemical"), ("精细化工", "Fine Chemicals"), ("新材料", "Advanced Materials")),
    "C27": (("制药", "Pharmaceutical"), ("生物医药", "Biopharma")),
    "C28": (("纤维", "Fibre"),),
    "C29": (("橡塑", "Rubber and Plastics"),),
    "C30": (("无机材料", "Inorganic Materials"), ("复合材料", "Composites")),
    "C31": (("特钢", "Special Steel"),),
    "C32": (("合金材料", "Alloys"), ("金属材料", "Metals")),
    "C33": (("金属制品", "Metal Products"), ("压力容器", "Pressure Vessels")),
    "C34": (("重工", "Heavy Industry"), ("机械", "Machinery")),
    "C342": (("机床", "Machine Tools"), ("精密机械", "Precision Machinery")),
    "C343": (("起重机械", "Lifting Equipment"), ("重工", "Heavy Industry")),
    "C344": (("泵阀", "Pumps and Valves"), ("流体机械", "Fluid Machinery")),
    "C345": (("轴承", "Bearings"), ("传动", "Transmissions")),
    "C35": (("专用设备", "Special Equipment"), ("装备", "Equipment")),
    "C358": (("医疗器械", "Medical Devices"),),
    "C36": (("汽车部件", "Automotive Parts"),),
    "C37": (("轨道装备", "Rail Equipment"), ("机车部件", "Rolling Stock Parts")),
    "C373": (("船舶", "Shipbuilding"), ("海洋工程", "Offshore Engineering"), ("船舶配套", "Marine Equipment")),
    "C38": (("电气", "Electric"), ("电源", "Power Systems")),
    "C39": (("电子", "Electronics"), ("光电", "Optoelectronics")),
    "C40": (("仪器仪表", "Instruments"), ("测控", "Measurement and Control")),
    "D": (("能源", "Energy"), ("新能源", "New Energy")),
    "G53": (("轨道交通", "Rail Transit"),),
    "G54": (("交通", "Transport"),),
    "G55": (("航运", "Shipping"), ("港口物流", "Port Logistics")),
    "I": (("软件", "Software"), ("数据", "Data"), ("智能科技", "Intelligent Technology")),
    "N": (("环保", "Environmental"), ("水务", "Water")),
}
_ANY_TRADE = (("科技", "Technology"), ("工程技术", "Engineering"))
_FIRST = (
    "澄 Cheng", "砾 Li", "岚 Lan", "沐 Mu", "霁 Ji", "湛 Zhan", "骁 Xiao", "珩 Heng", "霖 Lin", "泊 Bo",
    "屿 Yu", "翊 Yi", "朔 Shuo", "瀚 Han", "旌 Jing", "洵 Xun", "昀 Yun", "峤 Qiao", "溯 Su", "榕 Rong",
)  # fmt: skip
_SECOND = (
    "屿 yu", "礁 jiao", "砚 yan", "舷 xian", "桅 wei", "曜 yao", "铄 shuo", "澜 lan", "樾 yue",
    "钧 jun", "汀 ting", "弦 xian", "穹 qiong", "沣 feng", "峙 zhi", "铎 duo",
)  # fmt: skip
#: A character of each and how they are read; 屿屿 is no name.
_BRANDS = tuple(
    (first[0] + second[0], first[2:] + second[2:]) for first in _FIRST for second in _SECOND if first[0] != second[0]
)
#: Where a place of its own stands in the name, at times.
_TOWNS = {"210214": ("普兰店", "Pulandian"), "210224": ("长海", "Changhai"), "210281": ("瓦房店", "Wafangdian"),
          "210283": ("庄河", "Zhuanghe"), "210212": ("旅顺", "Lüshun")}  # fmt: skip


def home(industry: str, random: Random) -> str:
    """A district where such an industry is at home."""
    return random.choice(_HOMES[_listed(industry, _HOMES) or "M"])


def trade(industry: str) -> str:
    """The trade that an industry belongs to; enterprises of one trade ask for the same kinds of things."""
    return _listed(industry, _TRADES)


def _listed(industry: str, table: Mapping[str, object]) -> str:
    """The longest beginning of the code that the table lists; empty where it lists none."""
    beginnings = (industry[:length] for length in range(len(industry), 0, -1))
    return next((each for each in beginnings if each in table), "")


class Names:
    """Names of enterprises, none twice."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._brands = list(_BRANDS)
        random.shuffle(self._brands)
        #: Districts in which an enterprise has an inbox of its own: one in each.
        self._with_inbox: set[str] = set()

    def enterprise(self, industry: str, district: str) -> Enterprise:
        """A new enterprise of this industry in this district."""
        brand_zh, brand_en = self._brands.pop()
        trade_zh, trade_en = self._random.choice(_TRADES.get(trade(industry), _ANY_TRADE))
        town_zh, town_en = _TOWNS.get(district, ("大连", "Dalian"))
        if self._random.random() < 0.5:
            town_zh, town_en = "大连", "Dalian"
        form_zh, form_en = self._random.choice((("有限公司", "Co., Ltd."), ("股份有限公司", "Corp.")))
        name = Both(f"{town_zh}{brand_zh}{trade_zh}{form_zh}", f"{town_en} {brand_en} {trade_en} {form_en}")
        is_first = district not in self._with_inbox
        self._with_inbox.add(district)
        return Enterprise(name, district, f"enterprise-{district}" if is_first else None)
