"""What a connected system has to do, check by check, over all that it has written to its inbox."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import timedelta

from producers.conformance.findings import Finding, advised, checked
from producers.conformance.inbox import Inbox, Said
from schemas import rules
from schemas.records import SUBMISSIONS, SubmissionRefused

#: Further ahead than this is a wrong clock or a wrong time zone; a day is refused.
_AHEAD = timedelta(minutes=5)
#: A clock that is off by more than this most of the time.
_SKEWED = timedelta(minutes=10)
#: Annexes are sealed by the intake and by commands, which have the keys, and facts are for those who verify.
_OF_EVERY_SYSTEM = [name for name, kind in SUBMISSIONS.items() if not kind.startswith(("ANNEX_", "FACT_", "TASK_"))]
_ATTRIBUTES = ("ce_specversion", "ce_id", "ce_source", "ce_type", "content-type")

Wrong = list[tuple[int, str]]


def findings(inbox: Inbox) -> list[Finding]:
    """Every check, in the order in which a system is best built."""
    return [check(inbox) for check in _CHECKS]


def _readable(inbox: Inbox) -> Finding:
    repair = (
        "write one of the records of schemas/avro in single-object encoding: C3 01, the fingerprint of its schema, "
        "then the record; or in Confluent's format, where a schema registry is agreed upon"
    )
    return checked("encoding", "every record can be read", len(inbox.raw), inbox.broken, repair, "write to the inbox")


def _kinds(inbox: Inbox) -> Finding:
    seen = Counter(one.name for one in inbox.said)
    missing = [name for name in _OF_EVERY_SYSTEM if not seen[name]]
    wrong = [(-1, name) for name in missing] if inbox.said else []
    repair = "send one of each kind that the system will ever send"
    return advised(
        "encoding", "every kind of submission was tried", len(inbox.said), wrong, repair, "send a submission"
    )


def _schemas(inbox: Inbox) -> Finding:
    prefixes: defaultdict[str, set[bytes]] = defaultdict(set)
    for one in inbox.said:
        prefixes[one.name].add((one.raw.value or b"")[:10])
    wrong = [(-1, f"{name}: {len(found)} schemas") for name, found in prefixes.items() if len(found) > 1]
    told = "several schemas of one record are read side by side: write by the newest once it is rolled out everywhere"
    return advised("evolution", "one schema for each kind", len(inbox.said), wrong, told, "send a submission")


def _attributes(inbox: Inbox) -> Finding:
    wrong = [
        (one.raw.offset, f"without {', '.join(missing)}")
        for one in inbox.said
        if (missing := [name for name in _ATTRIBUTES if name not in one.raw.headers])
    ]
    repair = "add the attributes of CloudEvents as headers; ce_id is the submission id"
    return advised("encoding", "CloudEvents attributes", len(inbox.said), wrong, repair, "send a submission")


def _identity(inbox: Inbox) -> Finding:
    mine = inbox.institution_id
    wrong = [
        (one.raw.offset, f"institution_id {one.values['institution_id']!r}")
        for one in inbox.said
        if one.values["institution_id"] != mine
    ]
    repair = f"speak for {mine!r} only; whoever speaks for another needs a delegation"
    return advised("identity", "it speaks for itself", len(inbox.said), wrong, repair, "send a submission")


def _rules(inbox: Inbox) -> Finding:
    wrong: Wrong = []
    for one in inbox.first_words():
        found = rules.faults(one.name, one.values, arrived_at=one.raw.arrived_at)
        wrong += [(one.raw.offset, f"{each.field}: {each.rule}: {each.repair}") for each in found]
    repair = "docs/refusals.md says of each code what it means"
    return checked("content", "every rule holds", len(inbox.said), wrong, repair, "send a submission")


def _one_thing_an_id(inbox: Inbox) -> Finding:
    wrong = [
        (other.raw.offset, f"submission_id {name} was used at {said[0].raw.offset} for something else")
        for name, said in inbox.by_id().items()
        for other in said[1:]
        if other.values != said[0].values
    ]
    repair = "choose a new submission_id for everything new: under an old one nobody looks at it"
    return checked("idempotency", "an id names one thing", len(inbox.said), wrong, repair, "send a submission")


def _repeats(inbox: Inbox) -> Finding:
    repeated = sum(len(said) > 1 for said in inbox.by_id().values())
    missing = "let the connection break while something is sent, and let the system send it again under the same id"
    return checked("idempotency", "it sends again under the same id", repeated, [], "", missing)


def _told_anew(inbox: Inbox) -> Finding:
    said: defaultdict[tuple[str, ...], list[Said]] = defaultdict(list)
    for one in inbox.first_words():
        said[*one.subject, one.name, str(one.number)].append(one)
    wrong = [
        (other.raw.offset, f"says what {first.raw.offset} said, under another submission_id")
        for first, *others in said.values()
        for other in others
        if _content(other) == _content(first)
    ]
    repair = "after a failure send the same bytes again: keep the submission_id with what is to be sent"
    return checked("idempotency", "nothing is said twice", len(inbox.said), wrong, repair, "send a submission")


def _content(one: Said) -> dict[str, object]:
    return {name: value for name, value in one.values.items() if name != "submission_id"}


def _versions(inbox: Inbox) -> Finding:
    last: dict[tuple[str, ...], Said] = {}
    wrong: Wrong = []
    revised = 0
    for one in inbox.standing():
        before = last.get(one.subject)
        if before is not None and not one.is_move:
            revised += 1
            if one.number <= before.number:
                wrong.append(
                    (one.raw.offset, f"version {one.number} after {before.number} of {'/'.join(one.subject[1:])}")
                )
        if before is None or one.number > before.number:
            last[one.subject] = one
    repair = "raise the version with every change, and send versions in their order, one after the other"
    missing = "change an achievement or a demand that was sent before, and withdraw one"
    return checked("ordering", "versions rise", revised, wrong, repair, missing)


def _withdrawals(inbox: Inbox) -> Finding:
    known: set[tuple[str, ...]] = set()
    wrong: Wrong = []
    seen = 0
    for one in inbox.standing():
        if one.name.endswith("Withdrawn"):
            seen += 1
            if one.subject not in known:
                wrong.append((one.raw.offset, f"{'/'.join(one.subject[1:])} was never registered"))
        known.add(one.subject)
    repair = "withdraw only what was registered, under the same id"
    return checked("ordering", "what is withdrawn was known", seen, wrong, repair, "withdraw something")


def _keys(inbox: Inbox) -> Finding:
    keys: dict[tuple[str, ...], bytes | None] = {}
    wrong: Wrong = []
    for one in inbox.said:
        if one.raw.key is None or keys.setdefault(one.subject, one.raw.key) != one.raw.key:
            wrong.append((one.raw.offset, f"key {one.raw.key!r} of {'/'.join(one.subject[1:])}"))
    repair = "give all records of one subject one key, best its id: order is kept for each key"
    return advised("ordering", "one key for each subject", len(inbox.said), wrong, repair, "send a submission")


def _future(inbox: Inbox) -> Finding:
    wrong = [
        (one.raw.offset, f"says {one.time.isoformat()}, arrived {one.raw.arrived_at.isoformat()}")
        for one in inbox.first_words()
        if one.time > one.raw.arrived_at + _AHEAD
    ]
    repair = "set the clock by NTP, and write times with their zone: a local time taken for UTC is eight hours ahead"
    return checked("clock", "nothing comes from the future", len(inbox.said), wrong, repair, "send a submission")


def _skew(inbox: Inbox) -> Finding:
    late = [one.raw.arrived_at - one.time for one in inbox.first_words()]
    usual = timedelta(seconds=statistics.median(each.total_seconds() for each in late)) if late else timedelta()
    wrong = [(-1, f"half of the records are {usual} old when they arrive")] if usual > _SKEWED else []
    repair = "no fault where old facts are sent; else set the clock, or send without waiting"
    return advised("clock", "facts arrive soon", len(late), wrong, repair, "send a submission")


def _answers(inbox: Inbox) -> Finding:
    waiting = [
        (said[0].raw.offset, "no receipt yet") for name, said in inbox.by_id().items() if name not in inbox.receipts
    ]
    repair = "receipts come within seconds: is admission running? (`techdock status`)"
    return checked(
        "receipts", "every submission has its receipt", len(inbox.said), waiting, repair, "send a submission"
    )


def _mends(inbox: Inbox) -> Finding:
    refused = [one for one in inbox.first_words() if inbox.is_refused(one.submission_id)]
    accepted = inbox.standing()
    wrong = [
        (said.raw.offset, _why(inbox, said))
        for said in refused
        if not any(one.subject == said.subject and one.raw.offset > said.raw.offset for one in accepted)
    ]
    repair = (
        "show refusals to whoever can repair them, with the repair that the receipt names, and send what is repaired"
    )
    missing = "send something that breaks a rule, see the refusal in your own system, and repair it"
    return advised("receipts", "what was refused was repaired", len(refused), wrong, repair, missing)


def _why(inbox: Inbox, said: Said) -> str:
    refusals = (each for each in inbox.receipts[said.submission_id] if isinstance(each, SubmissionRefused))
    return "; ".join(f"{each.field}: {each.rule}" for each in next(refusals).faults)


_CHECKS: tuple[Callable[[Inbox], Finding], ...] = (
    _readable, _kinds, _schemas, _attributes, _identity, _rules, _one_thing_an_id, _repeats, _told_anew, _versions,
    _withdrawals, _keys, _future, _skew, _answers, _mends,
)  # fmt: skip
