"""The Dalian scenario is what it says: complete, well formed, legal where it means to be, and always the same."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from producers import scenario_commands
from producers.scenario import LENGTH, SEED, Scenario, scenario
from producers.scenario.places import DISTRICTS
from producers.scenario.rounds import Fate, Parcel
from producers.scenario.themes import themes
from schemas import codec, rules
from schemas.records import (
    AchievementRegistered,
    AchievementWithdrawn,
    CooperationMode,
    DemandPosted,
    Disclosure,
    Move,
    NegotiationUpdated,
    Stage,
    Submission,
    TaskMoved,
)
from schemas.topics import SLUG

START = datetime(2026, 1, 5, tzinfo=UTC)
OVER = START + timedelta(days=LENGTH)


@functools.cache
def told(seed: int = 2026) -> Scenario:
    return scenario(seed, START)


def parcels(story: Scenario) -> Iterator[Parcel]:
    return (parcel for each in story.rounds for parcel in each.parcels)


def submissions(story: Scenario, *fates: Fate) -> Iterator[Submission]:
    for parcel in parcels(story):
        if not isinstance(parcel.content, bytes) and parcel.fate in fates:
            yield parcel.content


def moves(story: Scenario) -> Iterator[tuple[NegotiationUpdated, Fate]]:
    for parcel in parcels(story):
        if isinstance(parcel.content, NegotiationUpdated):
            yield parcel.content, parcel.fate


def test_there_are_524_achievements_300_demands_and_about_100_deals() -> None:
    story = told()
    assert len(story.achievements) == 524
    assert len(story.demands) == 300
    assert 95 <= story.deals <= 110
    assert story.deals == len({(move.achievement_ref, move.demand_ref) for move, _ in moves(story)})


def test_the_same_seed_and_start_give_the_same_bytes() -> None:
    again = scenario(2026, START)
    assert [parcel.value for parcel in parcels(again)] == [parcel.value for parcel in parcels(told())]


def test_the_same_seed_on_another_day_says_nothing_new() -> None:
    later = scenario(2026, START + timedelta(days=30))
    fates = tuple(Fate)
    assert [each.submission_id for each in submissions(later, *fates)] == [
        each.submission_id for each in submissions(told(), *fates)
    ]


def test_the_commands_play_the_same_story() -> None:
    assert scenario_commands._SEED == SEED


def test_another_seed_tells_another_story_under_other_ids() -> None:
    one, other = told(), told(7)
    assert not {each.ref for each in one.achievements} & {each.ref for each in other.achievements}
    assert [each.zh for each in one.achievements] != [each.zh for each in other.achievements]
    assert (len(other.achievements), len(other.demands)) == (524, 300)


def test_every_good_submission_keeps_the_rules() -> None:
    for submission in submissions(told(), Fate.ACCEPTED, Fate.MOVE_REFUSED):
        name, values = codec.decode_fields(codec.encode(submission))
        assert rules.faults(name, values, arrived_at=OVER) == [], submission


def test_nothing_happens_after_the_story_ends() -> None:
    times = [
        getattr(each, field)
        for each in submissions(told(), *Fate)
        for field in ("registered_at", "posted_at", "moved_at", "withdrawn_at")
        if hasattr(each, field)
    ]
    assert min(times) >= START
    assert max(times) < OVER


def test_no_title_is_used_twice() -> None:
    for language in ("zh", "en"):
        for records in (told().achievements, told().demands):
            titles = Counter(text.title for each in records if (text := getattr(each, language)) is not None)
            assert [title for title, count in titles.items() if count > 1] == []


def test_every_theme_is_offered_and_asked_for() -> None:
    offered = {each.zh.keywords for each in told().achievements if each.zh is not None}
    asked = {
        title for each in told().demands for text in (each.zh, each.en) if text is not None for title in [text.title]
    }
    for theme in themes():
        assert theme.zh.keywords in offered, theme.theme_id
        assert asked & {title for need in theme.needs for title in (need.title.zh, need.title.en)}, theme.theme_id


def test_no_place_for_a_figure_is_left_open() -> None:
    for each in told().achievements:
        for text in (each.zh, each.en):
            assert text is None or "{" not in text.title + text.abstract


def test_every_institution_speaks_and_every_district_asks() -> None:
    story = told()
    assert len(story.institutions) == 33
    assert all(SLUG.fullmatch(each.slug) for each in story.institutions)
    assert {each.institution_id for each in story.achievements} == {
        each.slug for each in story.institutions if each.kind in {"university", "institute", "foreign"}
    }
    assert {each.district for each in story.demands} == set(DISTRICTS)
    assert {each.institution_id for each in story.demands} == {
        f"{kind}-{district}" for district in DISTRICTS for kind in ("district", "enterprise")
    }
    assert all(each.institution_id.endswith(f"-{each.district}") for each in story.demands)


def test_brokers_an_office_and_a_registrar_play_their_part() -> None:
    for seed in (2026, 7):
        kinds = {each.slug: each.kind for each in told(seed).institutions}
        others = Counter(
            (kinds[move.institution_id], str(move.move)) for move, fate in moves(told(seed))
            if fate is Fate.ACCEPTED
            and move.institution_id not in {move.achievement_institution_id, move.demand_institution_id}
        )  # fmt: skip
        assert others == {
            ("broker", "CONTACT"): 3, ("broker", "START_TALKS"): 2, ("district", "CONTACT"): 2,
            ("registrar", "CERTIFY"): 7, ("registrar", "REJECT"): 1,
        }  # fmt: skip
        assert {move.broker for move, _ in moves(told(seed)) if move.move is Move.APPOINT} <= {
            slug for slug, kind in kinds.items() if kind == "broker"
        }


def test_most_are_in_both_languages_and_some_in_one() -> None:
    for records, least in ((told().achievements, 400), (told().demands, 120)):
        spoken = Counter((each.zh is not None, each.en is not None) for each in records)
        assert spoken[True, True] >= least
        assert spoken[True, False] >= 20
        assert spoken[False, True] >= 10


def test_optional_fields_are_used_but_not_always() -> None:
    story = told()
    for field in ("maturity", "price", "valid_until", "district"):
        given = sum(getattr(each, field) is not None for each in story.achievements)
        assert 20 < given < 524, field
    for field in ("maturity_wanted", "budget", "deadline", "matches_wanted"):
        given = sum(getattr(each, field) is not None for each in story.demands)
        assert 20 < given < 300, field
    assert 5 <= sum(each.disclosure is Disclosure.CONFIDENTIAL for each in story.achievements) <= 20


def test_an_enterprise_name_belongs_to_one_district() -> None:
    homes = {(each.enterprise, each.district) for each in told().demands}
    assert len(homes) == len({name for name, _ in homes})


def test_submissions_have_ids_of_their_own_unless_sent_twice_on_purpose() -> None:
    by_id: dict[object, set[bytes]] = {}
    for each in submissions(told(), *Fate):
        by_id.setdefault(each.submission_id, set()).add(codec.encode(each))
    assert all(len(values) == 1 for values in by_id.values())
    repeated = Counter(each.submission_id for each in submissions(told(), *Fate))
    assert sum(count > 1 for count in repeated.values()) == 4


def test_every_kind_of_mistake_is_made() -> None:
    story = told()
    fates = Counter(parcel.fate for parcel in parcels(story))
    assert fates[Fate.UNREADABLE] == 3
    assert fates[Fate.REFUSED] == 8
    broken = {
        fault.rule
        for each in submissions(story, Fate.REFUSED)
        for fault in rules.faults(*codec.decode_fields(codec.encode(each)), arrived_at=OVER)
    }
    assert broken >= {"amount", "code", "blank", "range", "currency", "dates"}
    assert any(
        parcel.inbox != parcel.content.institution_id
        for parcel in parcels(story)
        if not isinstance(parcel.content, bytes)
    )


def test_a_year_has_two_sessions_whose_achievements_are_announced_before_deals_are_over() -> None:
    sessions = [each.announces for each in told().rounds if each.announces]
    assert sessions == ["2026-05", "2026-11"]
    assert not told().rounds[-1].announces


def test_versions_go_up_in_every_inbox() -> None:
    last: dict[tuple[str, str], int] = {}
    for each in dict.fromkeys(submissions(told(), Fate.ACCEPTED)):
        if isinstance(each, NegotiationUpdated | TaskMoved):
            continue
        about = ("a" if isinstance(each, AchievementRegistered | AchievementWithdrawn) else "d", each.ref)
        assert each.version == last.get(about, 0) + 1, each
        last[about] = each.version
    assert sum(version == 2 for version in last.values()) > 60


# A tiny reference of deals, written apart from the one that decides: what is legal where.
_ORDER = (
    Stage.MATCHED, Stage.CONTACTED, Stage.IN_TALKS, Stage.EVALUATED, Stage.TERMS_AGREED,
    Stage.CONTRACTED, Stage.REGISTERED, Stage.DELIVERING, Stage.INDUSTRIALISED,
)  # fmt: skip
_UP = {
    Move.CONTACT: Stage.CONTACTED, Move.START_TALKS: Stage.IN_TALKS, Move.EVALUATE: Stage.EVALUATED,
    Move.CONTRACT: Stage.CONTRACTED, Move.REGISTER: Stage.REGISTERED,
    Move.DELIVER: Stage.DELIVERING, Move.INDUSTRIALISE: Stage.INDUSTRIALISED,
}  # fmt: skip
_ALONE = {CooperationMode.ASSIGNMENT, CooperationMode.LICENCE_EXCLUSIVE, CooperationMode.LICENCE_SOLE}


class Deal:
    def __init__(self) -> None:
        self.stage, self.before, self.sequence = Stage.MATCHED, Stage.MATCHED, 0
        self.terms: object = None
        self.confirmed: set[str] = set()
        self.is_evaluated = False
        self.brokers: dict[str, str | None] = {}
        self.version = 0

    def objection(self, move: NegotiationUpdated, taken: bool, gone: bool) -> str:
        if move.sequence != self.sequence + 1:
            return "sequence-taken"
        if taken:
            return "exclusivity"
        if not self._allows(move.move):
            return "table"
        if gone and move.move is not Move.END:
            return "offered"
        if move.move is Move.PAY and move.institution_id != move.achievement_institution_id:
            return "role"
        if self._is_a_strangers(move):
            return "appointment"
        if move.certification is not None and move.certification.contract_version != self.version:
            return "certification"
        if move.move is Move.CONTRACT and move.terms != self.terms:
            return "agreed"
        return ""

    def _is_a_strangers(self, move: NegotiationUpdated) -> bool:
        needs_none = move.institution_id.startswith(("district-", "registrar-"))
        sides = {move.achievement_institution_id, move.demand_institution_id}
        return move.institution_id not in {*sides, *self.brokers.values()} and not needs_none

    def give_way(self) -> None:
        if self.stage not in {Stage.ENDED, Stage.MATCHED}:
            self.before, self.stage = self.stage, Stage.ENDED

    def _allows(self, move: Move) -> bool:
        if self.stage is Stage.PAUSED:
            return move in {Move.RESUME, Move.END}
        if self.stage is Stage.ENDED:
            return move is Move.REOPEN
        at = _ORDER.index(self.stage)
        if move in {Move.END, Move.APPOINT, Move.DISMISS}:
            return at < _ORDER.index(Stage.CONTRACTED)
        if move is Move.PAUSE:
            return 0 < at < _ORDER.index(Stage.CONTRACTED)
        if move in {Move.PAY, Move.AMEND, Move.CERTIFY}:
            return at >= _ORDER.index(Stage.REGISTERED)
        if move is Move.RESCIND:
            return at >= _ORDER.index(Stage.CONTRACTED)
        if move in {Move.OFFER, Move.RETRACT}:
            return self.stage in {Stage.IN_TALKS, Stage.EVALUATED, Stage.TERMS_AGREED}
        if move is Move.AGREE:
            return self.stage in {Stage.IN_TALKS, Stage.EVALUATED}
        if move is Move.REJECT:
            return self.stage is Stage.REGISTERED
        return move in _UP and _ORDER.index(_UP[move]) == at + 1

    def take(self, move: NegotiationUpdated) -> None:
        self.sequence += 1
        if move.move in {Move.PAUSE, Move.END, Move.RESCIND}:
            self.before, self.stage = self.stage, Stage.PAUSED if move.move is Move.PAUSE else Stage.ENDED
        elif move.move in {Move.RESUME, Move.REOPEN}:
            self.stage = self.before
        elif move.move in _UP:
            self.stage = _UP[move.move]
        elif move.move is Move.REJECT:
            self.stage = Stage.CONTRACTED
        if move.move in {Move.APPOINT, Move.DISMISS}:
            self.brokers[move.institution_id] = move.broker
        self.version += move.move in {Move.REGISTER, Move.AMEND}
        self.is_evaluated |= move.move is Move.EVALUATE
        self._confirm(move)

    def _confirm(self, move: NegotiationUpdated) -> None:
        if move.move is Move.RETRACT:
            self.confirmed.discard(move.institution_id)
        if move.move is Move.OFFER or (move.move is Move.AGREE and move.terms != self.terms):
            self.terms, self.confirmed = move.terms, set()
        if move.move in {Move.OFFER, Move.AGREE}:
            self.confirmed.add(move.institution_id)
        if move.move in {Move.OFFER, Move.AGREE, Move.RETRACT}:
            talks = Stage.EVALUATED if self.is_evaluated else Stage.IN_TALKS
            self.stage = Stage.TERMS_AGREED if len(self.confirmed) == 2 else talks


def test_moves_are_legal_but_for_the_deliberate_ones() -> None:
    deals: dict[tuple[str, str], Deal] = {}
    taken: dict[str, str] = {}
    gone: set[str] = set()
    objections: Counter[str] = Counter()
    for each in told().rounds:
        for parcel in each.parcels:
            move = parcel.content
            if isinstance(move, AchievementWithdrawn) and parcel.fate is Fate.ACCEPTED:
                gone.add(move.ref)
            if not isinstance(move, NegotiationUpdated):
                continue
            deal = deals.setdefault((move.achievement_ref, move.demand_ref), Deal())
            holder = taken.get(move.achievement_ref, move.demand_ref)
            objection = deal.objection(move, holder != move.demand_ref, move.achievement_ref in gone)
            assert (parcel.fate is Fate.MOVE_REFUSED) == bool(objection), (objection, move)
            objections[objection] += 1
            if not objection:
                deal.take(move)
                if move.move is Move.CONTRACT and move.terms is not None and move.terms.mode in _ALONE:
                    taken[move.achievement_ref] = move.demand_ref
                    for (achievement, demand), other in deals.items():
                        if achievement == move.achievement_ref and demand != move.demand_ref:
                            other.give_way()
    assert set(objections) == {
        "", "sequence-taken", "table", "offered", "agreed", "exclusivity", "role", "appointment", "certification",
    }  # fmt: skip
    assert {deal.stage for deal in deals.values()} == set(Stage) - {Stage.UNKNOWN, Stage.MATCHED}


def test_a_deal_moves_once_in_a_round_and_never_while_its_achievement_changes_hands_elsewhere() -> None:
    for each in told().rounds:
        about = [
            (move.achievement_ref, move.demand_ref) for move in (p.content for p in each.parcels)
            if isinstance(move, NegotiationUpdated)
        ]  # fmt: skip
        assert len(about) == len(set(about))
        contracts = [
            (move.achievement_ref, move.demand_ref) for move in (p.content for p in each.parcels)
            if isinstance(move, NegotiationUpdated) and move.move is Move.CONTRACT
        ]  # fmt: skip
        for achievement, demand in contracts:
            assert [other for ref, other in about if ref == achievement] == [demand]


def test_terms_come_with_offers_agreements_and_contracts_and_reasons_with_ends() -> None:
    for move, _ in moves(told()):
        assert (move.terms is not None) == (move.move in {Move.OFFER, Move.AGREE, Move.CONTRACT})
        assert move.move is not Move.END or move.reason


def test_deals_are_about_what_matches() -> None:
    story = told()
    achievements = {each.ref: each for each in story.achievements}
    demands: dict[str, DemandPosted] = {each.ref: each for each in story.demands}
    for move, _ in moves(story):
        achievement, demand = achievements[move.achievement_ref], demands[move.demand_ref]
        assert achievement.disclosure is Disclosure.PUBLIC
        assert set(demand.industries) <= set(achievement.industries)
        if demand.maturity_wanted is not None:
            assert achievement.maturity is not None
            assert achievement.maturity >= demand.maturity_wanted
        if move.terms is not None:
            assert move.terms.mode in achievement.modes
            assert not demand.modes or move.terms.mode in demand.modes
