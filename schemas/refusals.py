"""Every code by which a value, a submission or a move is refused: the one closed list, in Chinese and English.

``docs/refusals.md`` is made from it: ``python -m schemas.refusals > docs/refusals.md``. A code that is told is never
renamed or given another meaning: senders' programs ask for it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import Enum
from typing import Literal, NamedTuple

Code = Literal[
    "agreed", "amount", "annex-erased", "annex-missing", "appointment", "blank", "broker-missing", "certification",
    "certification-missing", "closed", "code", "confirmation", "conflict", "contract-missing", "control-character",
    "currency", "dates", "decimals", "duplicate", "duplicate-id", "event-time", "exclusivity", "experts", "full",
    "institution-id", "institution-kind", "institution-removed", "institution-suspended", "key-reused", "known",
    "language-missing", "lone-surrogate", "matched", "media-type", "merged-cell", "misplaced", "missing-field",
    "newer", "not-json", "offered", "payment-missing", "positive", "present", "range", "reason-missing", "reserved",
    "role", "rule", "same-submission", "sealed", "sequence", "sequence-taken", "settled", "space-at-an-end", "speaker",
    "speaks-for-itself", "table", "terms-missing", "too-long", "too-many", "unknown-field", "unknown-value",
    "unreadable", "verifier", "wrong-type",
]  # fmt: skip


class Told(Enum):
    """Where a code is told, with a heading in both languages."""

    RECEIPT = "In receipts: `SubmissionRefused` · 回执中的代码"
    MOVE = "Of moves in deals: `MoveRefused` · 对接动作被拒的代码"
    TASK = "Of moves in key tasks: `TaskRefused` · 全周期任务动作被拒的代码"
    BEFORE = "Before anything is sent: import, repair · 发送之前（导入、修复）的代码"


class Refusal(NamedTuple):
    """Where a code is told, and what it means and how to repair it, in both languages."""

    told: frozenset[Told]
    en: str
    zh: str


_RECEIPT, _MOVE, _BEFORE = frozenset({Told.RECEIPT}), frozenset({Told.MOVE}), frozenset({Told.BEFORE})
_TASK = frozenset({Told.TASK})

REFUSALS: Mapping[Code, Refusal] = {
    "institution-id": Refusal(
        _RECEIPT,
        "An institution's id is not written as one: 1 to 63 lower-case letters, digits and hyphens, no "
        "hyphen at an end.",
        "机构标识的写法不合规定：用 1 至 63 个小写字母、数字或连字符，首尾不能是连字符，例如 dlut。",
    ),
    "institution-suspended": Refusal(
        _RECEIPT,
        "The institution is suspended: send this again under a new submission id once it is resumed.",
        "机构已被暂停：恢复之后用新的提交编号重新提交。",
    ),
    "institution-removed": Refusal(
        _RECEIPT,
        "The institution was removed: ask the operator of this market to admit it again.",
        "机构已被移除：请市场运营方重新接纳。",
    ),
    "speaks-for-itself": Refusal(
        _RECEIPT | _BEFORE,
        "The inbox belongs to another institution than the record names, and nobody lets it speak for that one: submit "
        "through your own inbox, under your own institution_id, or have a delegation granted.",
        "收件主题属于另一机构，且没有代理授权：只向本机构的收件主题提交，institution_id 写本机构的标识，"
        "或先取得代理授权。",
    ),
    "speaker": Refusal(
        _RECEIPT,
        "Who moves a deal is none of its parties, or a party certifies its own contract: let the institution submit "
        "the move whose move it is.",
        "提交动作的机构不是该对接项目的当事方，或当事方自己认定合同：由有权提交该动作的机构提交。",
    ),
    "institution-kind": Refusal(
        _RECEIPT,
        "An institution is not of the kind, or not of the district, that the move needs by what the operator said of "
        "it: let another one make the move, or ask the operator.",
        "按市场运营方的登记，该机构的类别或所在区县与此动作不符：由相符的机构提交，或请运营方更正登记。",
    ),
    "reserved": Refusal(
        _RECEIPT,
        "A field is filled by the market alone: leave it out.",
        "该字段只由市场填写：提交时留空。",
    ),
    "broker-missing": Refusal(
        _RECEIPT,
        "An appointment names no broker: give the id of the institution that is to be the broker.",
        "委托没有写明技术经理人机构：给出该机构的标识。",
    ),
    "certification-missing": Refusal(
        _RECEIPT,
        "A certification does not say what it confirms: give the contract's version, kind and technical amount.",
        "认定没有写明内容：给出合同版本、合同类别和技术交易额。",
    ),
    "newer": Refusal(
        _RECEIPT,
        "This version, or a higher one, is registered already: send a higher version under a new submission_id.",
        "该成果或需求已登记同一版本或更高版本：改用比已登记版本更大的版本号，并换一个 submission_id 再提交。",
    ),
    "known": Refusal(
        _RECEIPT | _BEFORE | _TASK,
        "What is to be withdrawn, or is spoken of, was never registered: register it first, or check its id.",
        "要撤回或提及的成果或需求没有登记过：先登记，或核对编号。",
    ),
    "rule": Refusal(
        _RECEIPT,
        "A rule of a policy is no rule: it is not written in CEL, names what no rule sees, compares different types or "
        "is too deep; `repair` says where.",
        "政策的规则不成立：不是合法的 CEL 表达式、引用了规则看不到的名称、比较了不同类型的值或嵌套过深；"
        "`repair` 指出位置。",
    ),
    "event-time": Refusal(
        _RECEIPT,
        "The time is before 1990, or more than a day after its arrival: check the sender's clock and time "
        "zone; give the time when it happened.",
        "事件时间早于 1990 年，或比到达时间晚一天以上：检查发送方的时钟和时区，填写事情发生的时间。",
    ),
    "dates": Refusal(
        _RECEIPT | _TASK,
        "A day lies before the one that it cannot be before, or is over, in China: give the day that the repair "
        "names or a later one.",
        "日期早于允许的最早日期或已经过去（按中国时间）：按提示填写当天或以后的日期。",
    ),
    "language-missing": Refusal(
        _RECEIPT,
        "There are words in neither language: give a title in Chinese (zh) or English (en), or both.",
        "中文和英文的文字都没有：至少给出中文（zh）或英文（en）的名称。",
    ),
    "blank": Refusal(
        _RECEIPT,
        "A text that is needed is empty or only spaces: fill it in.",
        "应填写的文字是空的或只有空格：填写内容。",
    ),
    "too-long": Refusal(
        _RECEIPT | _BEFORE,
        "A text is longer than its field takes: shorten it to the length that the repair names.",
        "文字超过该字段的长度：缩短到回执所说的长度。",
    ),
    "control-character": Refusal(
        _RECEIPT,
        "A text holds control characters: take them out; the repair names the first.",
        "文字中有控制字符：删除控制字符；回执指出第一个的位置。",
    ),
    "lone-surrogate": Refusal(
        _RECEIPT,
        "A text holds half of a UTF-16 pair: export it again as UTF-8, and cut no text inside a character.",
        "文字中有不成对的 UTF-16 代理字符：用 UTF-8 重新导出；不要在字符中间截断。",
    ),
    "space-at-an-end": Refusal(
        _RECEIPT,
        "An id begins or ends with a space: take the space away.",
        "编号的开头或结尾有空格：去掉空格。",
    ),
    "too-many": Refusal(
        _RECEIPT | _MOVE | _TASK,
        "A list has more than 100 entries: keep the 100 that matter most. Or a contract has more than 200 payments: "
        "add up what is paid in a year.",
        "列表超过 100 项：保留最重要的 100 项；或一份合同的到账超过 200 笔：按年合并。",
    ),
    "duplicate": Refusal(
        _RECEIPT | _TASK,
        "A list names an entry twice: name each entry once.",
        "列表中同一项出现两次：每项只写一次。",
    ),
    "range": Refusal(
        _RECEIPT | _TASK,
        "A number is outside its bounds: give a whole number within the bounds that the repair names.",
        "数值超出范围：填写回执所说范围内的整数。",
    ),
    "amount": Refusal(
        _RECEIPT | _MOVE | _BEFORE | _TASK,
        "An amount is negative, too large, or not one number: give one amount from 0 to 1,000,000,000,000,000. Or it "
        "is more than the contract leaves: the repair says how much is open.",
        "金额为负、过大或不是一个数：填写 0 至 1,000,000,000,000,000 之间的一个金额；"
        "或超出合同余额：以修复提示中的余额为准。",
    ),
    "decimals": Refusal(
        _RECEIPT,
        "An amount has more than two decimals: round it to two.",
        "金额的小数超过两位：四舍五入到两位小数。",
    ),
    "currency": Refusal(
        _RECEIPT | _BEFORE | _TASK,
        "A currency is unclear or no code of ISO 4217: give the three letters in capitals, for example CNY.",
        "币种不明或不是 ISO 4217 代码：填写大写的三字母代码，例如 CNY。",
    ),
    "code": Refusal(
        _RECEIPT,
        "No code of an industry (GB/T 4754) or a place (GB/T 2260): give a code as the repair says, for "
        "example C2614 or 210202.",
        "行业代码（GB/T 4754）或地区代码（GB/T 2260）不存在：按回执的提示填写代码，例如 C2614、210202。",
    ),
    "unknown-value": Refusal(
        _RECEIPT | _BEFORE | _TASK,
        "A value is none of those that its field knows: give one of those that the schema lists.",
        "取值不在字段允许的列表中：从模式所列的值中选一个。",
    ),
    "terms-missing": Refusal(
        _RECEIPT | _BEFORE,
        "An offer, agreement or contract comes without its terms: give the cooperation mode and the price, 0 "
        "for none.",
        "报价、达成一致或签约时缺少条款：给出合作方式和价格；不收费填 0。",
    ),
    "contract-missing": Refusal(
        _RECEIPT,
        "A registration or an amendment comes without the contract: give its number, kind, days, amount and shares.",
        "登记或变更没有附上合同：给出登记编号、合同类别、日期、金额和收益分配。",
    ),
    "payment-missing": Refusal(
        _RECEIPT,
        "PAY comes without a payment: give its kind, amount, day and proof.",
        "到账动作没有附上款项：给出款项类别、金额、日期和凭证。",
    ),
    "misplaced": Refusal(
        _RECEIPT,
        "A contract, a payment, a broker or a certification comes with a move that has nothing to do with it: send it "
        "with REGISTER or AMEND, with PAY, APPOINT or CERTIFY.",
        "合同、款项、委托对象或认定附在了无关的动作上：合同随登记（REGISTER）或变更（AMEND）提交，款项随到账（PAY）提交，"
        "委托对象随委托（APPOINT）提交，认定随认定动作（CERTIFY）提交。",
    ),
    "reason-missing": Refusal(
        _RECEIPT,
        "A deal is ended, a contract changed or sent back, an annex erased or a fact taken back without a reason: say "
        "in words why.",
        "结束对接项目、变更或退回合同、删除保密附件或撤回核实没有说明原因：用文字说明原因。",
    ),
    "verifier": Refusal(
        _RECEIPT,
        "Who states a fact may not verify it: a district office or a broker does, and never the owner of the "
        "achievement.",
        "该机构不能核实此事实：只能由区县科技部门或技术经理人机构核实，成果方不能核实自己的成果。",
    ),
    "media-type": Refusal(
        _RECEIPT | _BEFORE,
        "A media type is not written as one: a type and a subtype in lower case, for example application/pdf.",
        "媒体类型的写法不合规定：用小写写出类型和子类型，例如 application/pdf。",
    ),
    "sealed": Refusal(
        _RECEIPT | _BEFORE,
        "A deposited annex was not sealed by this market, or is too large: hand in the plain text by "
        "`techdock annex deposit` or `PUT /v1/annexes/{institution}/{id}`, at most 512,000 bytes.",
        "提交的保密附件不是由本市场加密，或者过大：用 `techdock annex deposit` 或 `PUT /v1/annexes/{institution}/{id}` "
        "提交原文，不超过 512,000 字节。",
    ),
    "annex-missing": Refusal(
        _RECEIPT,
        "The achievement has no annex that anybody could read: deposit one first.",
        "该成果没有可供阅读的保密附件：先提交附件。",
    ),
    "annex-erased": Refusal(
        _RECEIPT | _BEFORE,
        "The annex was erased: to deposit another one, name the erasure that it follows in `after_erasure`, as the "
        "repair says.",
        "该保密附件已被删除：如需重新提交，在 `after_erasure` 中写明回执所说的删除序号。",
    ),
    "table": Refusal(
        _MOVE | _TASK,
        "Where the deal or the case stands, this move is not possible: make one of the moves that the refusal lists.",
        "项目或事项的当前状态不允许这个动作：只做拒绝记录中列出的动作。",
    ),
    "role": Refusal(
        _MOVE | _TASK,
        "The move belongs to another institution: leave it to the one that the repair describes.",
        "该动作应由另一机构提交：由提示中所述的一方提交。",
    ),
    "appointment": Refusal(
        _MOVE,
        "A broker that no party has appointed moves a deal, or an appointment changes nothing: let a party APPOINT it "
        "first, or leave the appointment or dismissal out.",
        "未受委托的技术经理人机构提交了动作，或委托、解除没有改变任何内容：先由一方委托（APPOINT），或不再提交该委托或解除。",
    ),
    "certification": Refusal(
        _MOVE,
        "What is certified is not the contract as it stands, or is certified already: certify the present version, or "
        "send it back with REJECT.",
        "认定的内容与现行合同不符，或该版本已经认定：认定现行版本，或用退回（REJECT）退还。",
    ),
    "sequence": Refusal(
        _MOVE,
        "The move does not carry the next number of its deal: submit it under the number that the repair names.",
        "动作的序号不是下一个：用下一个序号重新提交。",
    ),
    "sequence-taken": Refusal(
        _MOVE,
        "Another move stands or waits under this number of the deal: submit this one under the number that the repair "
        "names, if it still makes sense.",
        "该序号下已有另一个动作（已生效或正在等待）：若仍有必要，用提示的序号重新提交。",
    ),
    "confirmation": Refusal(
        _MOVE,
        "The party has not confirmed the terms, or has already: the repair says which move is left.",
        "该方尚未确认条款，或已经确认过：按提示选择其他动作。",
    ),
    "offered": Refusal(
        _MOVE,
        "The achievement is not registered, or was withdrawn: end the deal, or ask the achievement's owner.",
        "成果没有登记或已经撤回：结束该项目，或联系成果方。",
    ),
    "present": Refusal(
        _MOVE,
        "The move needs terms: give the cooperation mode and the price.",
        "这个动作需要条款：给出合作方式和价格。",
    ),
    "positive": Refusal(
        _RECEIPT | _MOVE,
        "What is agreed, contracted, registered or paid has no amount above 0: state the amount.",
        "达成一致、签约、登记或到账的金额必须大于 0：填写金额。",
    ),
    "agreed": Refusal(
        _MOVE,
        "The contract's terms are not those that were agreed: contract the agreed terms, offer anew, or end the deal.",
        "合同条款与达成一致的条款不同：按达成一致的条款签约，重新报价，或结束该项目。",
    ),
    "exclusivity": Refusal(
        _MOVE,
        "A contract on the achievement stands against this one: exclusive, sole or assigned: end the deal.",
        "成果已有合同，与独占、排他或转让相冲突：结束该项目。",
    ),
    "closed": Refusal(
        _TASK,
        "What the case is to be opened in is not open: its institution opens it first.",
        "所属对象尚未开放或已关闭：由其机构先行开放。",
    ),
    "full": Refusal(
        _TASK,
        "All places are taken: wait until one becomes free, or have the capacity revised.",
        "名额已满：等待空出名额，或由其机构调整容量。",
    ),
    "conflict": Refusal(
        _TASK,
        "The expert has a conflict of interests: appoint another one.",
        "专家存在利益冲突：另行指定专家。",
    ),
    "experts": Refusal(
        _TASK,
        "Too few assessments count: have at least three experts without a conflict assess it.",
        "有效的专家评价不足：至少需要三位无利益冲突的专家。",
    ),
    "matched": Refusal(
        _TASK,
        "The match of these two was withdrawn: ask again once they match.",
        "双方的匹配已撤回：重新匹配之后再邀请或申请。",
    ),
    "settled": Refusal(
        _TASK,
        "Money is still promised or owed: have it repaid, written off or released first.",
        "仍有已承诺或未收回的资金：先收回、核销或释放。",
    ),
    "wrong-type": Refusal(
        _BEFORE,
        "A field has another type than it should: give text, number, date, time, list or UUID, as the repair says.",
        "字段的类型不对：按提示填写文字、数字、日期、时间、列表或 UUID。",
    ),
    "missing-field": Refusal(
        _BEFORE | _RECEIPT,
        "A field that is needed is absent: add it.",
        "缺少必填字段：补上该字段。",
    ),
    "unknown-field": Refusal(
        _BEFORE,
        "The schema has no such field: use the name that the repair proposes, or take it out.",
        "模式中没有这个字段：改用提示的字段名，或删除它。",
    ),
    "duplicate-id": Refusal(
        _BEFORE,
        "An earlier row of the file or the batch says something else under the same id and version: give another id, "
        "or a higher version.",
        "同一文件或同一批次中前面的行已有相同编号和版本，内容不同：换一个编号，或提高版本号。",
    ),
    "merged-cell": Refusal(
        _BEFORE,
        "A merged cell stands for several rows or columns: take it apart and give each its own value.",
        "表格中的合并单元格无法对应到一行一列：拆分合并单元格，每行每列填写各自的值。",
    ),
    "unreadable": Refusal(
        _BEFORE,
        "A row of the file cannot be read: mend the row as it says, and import the file again.",
        "文件中的这一行无法读取：按提示修正该行后重新导入。",
    ),
    "not-json": Refusal(
        _BEFORE,
        "The body of a request is no JSON that can be taken: mend what the repair names, as a name that stands twice, "
        "NaN, or too deep a nesting.",
        "请求正文不是可接受的 JSON：按提示修正，例如重复的键、NaN 或嵌套过深。",
    ),
    "key-reused": Refusal(
        _BEFORE,
        "The same Idempotency-Key came with something else before: give a new key, or send what it came with.",
        "同一 Idempotency-Key 之前用于不同的内容：换一个新的键，或重新发送原来的内容。",
    ),
    "same-submission": Refusal(
        _BEFORE,
        "The repair of a record in quarantine changes its submission_id: keep the submission_id that it came with.",
        "修复隔离区记录时改变了 submission_id：保留原来的 submission_id。",
    ),
}  # fmt: skip

_INTRODUCTION = """# Refusal codes · 拒绝代码

Made from `schemas/refusals.py`; do not edit. Every refusal names all that is wrong at once: `field` (the path of the
field), `rule` (one of these codes), `value` (what was there, at most 200 characters) and `repair` (what to do, in
English). A code keeps its name and its meaning; new ones may be added.

本文由 `schemas/refusals.py` 生成，请勿手工修改。每份拒绝一次列出全部问题：`field`（字段路径）、`rule`（下列代码之一）、
`value`（原值，最多 200 个字符）和 `repair`（如何修正，英文）。代码的名称和含义不变，以后可能增加新的代码。

An accepted submission is told with its place: `SubmissionAccepted` names `register_topic`, `register_partition` and
`register_offset` of the fact, and the `version` under which its subject stands in the register (of a move, its number).

受理回执 `SubmissionAccepted` 给出事实在登记簿中的位置（`register_topic`、`register_partition`、`register_offset`）
以及登记的 `version`（对接动作则为序号）。
"""


def document() -> str:
    """``docs/refusals.md``."""
    return "\n".join([_INTRODUCTION, *(_section(told) for told in Told)])


def _section(told: Told) -> str:
    rows = [f"| `{code}` | {one.en} | {one.zh} |" for code, one in REFUSALS.items() if told in one.told]
    return "\n".join([f"## {told.value}", "", "| code · 代码 | English | 中文 |", "|---|---|---|", *rows, ""])


if __name__ == "__main__":
    sys.stdout.write(document())
