"""The achievements of the scenario: every theme in several of its applications."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from producers.scenario.numbers import between, chance, moment, submission_id, wan
from producers.scenario.places import OWNERS, Institution
from producers.scenario.themes import Theme, Variant
from schemas.records import AchievementRegistered, Disclosure, IpKind, IpRight, Money, Text

COUNT = 524
_OWNERS = {owner.slug: owner for owner in OWNERS}
_CONFIDENTIAL, _PARTNERS = 12, 45
#: An achievement from abroad counts so often when the next owner is chosen.
_ABROAD = 3
#: What the owner looks for, by maturity up to that level.
_OUTLOOK: tuple[tuple[int, tuple[tuple[str, str], ...]], ...] = (
    (5, (
        ("寻求合作单位共同开展中试。", "A partner for pilot tests is sought."),
        ("愿与企业联合放大和试用。", "Enterprises are invited to scale it up and try it with us."),
    )),
    (7, (
        ("技术文件齐备，寻求首批应用单位。", "It is documented; first users are sought."),
        ("可按企业工况开展定制和示范应用。", "It can be adapted to a plant's conditions and demonstrated there."),
    )),
    (9, (
        ("已有应用实例，可直接推广。", "It is in use and can be rolled out."),
        ("技术成熟，可提供全套资料和培训。", "It is mature and comes with full documentation and training."),
    )),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """An achievement with the theme that it comes from."""

    theme: Theme
    record: AchievementRegistered


def offers(themes: Sequence[Theme], seed: int, start: datetime) -> tuple[Offer, ...]:
    """524 achievements over all themes evenly; fewer only where there are not enough themes."""
    random = chance(seed, "achievements")
    chosen = _chosen(themes, random)
    special = random.sample(range(len(chosen)), min(len(chosen), _CONFIDENTIAL + _PARTNERS))
    secret = set(special[:_CONFIDENTIAL])
    disclosure = {place: Disclosure.CONFIDENTIAL if place in secret else Disclosure.PARTNERS for place in special}
    numbers: dict[str, int] = {}
    found = []
    for place, (theme, variant, owner) in enumerate(chosen):
        numbers[owner.slug] = numbers.get(owner.slug, 0) + 1
        achievement_id = f"{owner.slug.upper()}-{seed}-{numbers[owner.slug]:03d}"
        registered_at = moment(start, 50 * place / len(chosen), random)
        drawn = _Drawn(theme, variant, owner, random, registered_at)
        record = drawn.record(seed, achievement_id, disclosure.get(place, Disclosure.PUBLIC))
        found.append(Offer(theme, record))
    return tuple(found)


def _chosen(themes: Sequence[Theme], random: Random) -> list[tuple[Theme, Variant, Institution]]:
    """Which applications of which themes, and whose they are; in the order in which they are registered."""
    count = min(COUNT, sum(len(theme.variants) for theme in themes))
    share, more = divmod(count, len(themes))
    with_more = set(random.sample(range(len(themes)), more))
    chosen = []
    burden: Counter[str] = Counter()
    for place, theme in enumerate(themes):
        variants = random.sample(theme.variants, min(len(theme.variants), share + (place in with_more)))
        for variant in variants:
            # Whoever has least so far; a few from abroad are enough.
            owner = min((_OWNERS[slug] for slug in theme.institutions), key=lambda each: burden[each.slug])
            burden[owner.slug] += _ABROAD if owner.kind == "foreign" else 1
            chosen.append((theme, variant, owner))
    random.shuffle(chosen)
    return chosen


class _Drawn:
    """One achievement while its fields are drawn."""

    def __init__(
        self, theme: Theme, variant: Variant, owner: Institution, random: Random, registered_at: datetime
    ) -> None:
        self._theme = theme
        self._variant = variant
        self._owner = owner
        self._random = random
        self._registered_at = registered_at
        self._maturity = random.randint(*theme.trl)

    def record(self, seed: int, achievement_id: str, disclosure: Disclosure) -> AchievementRegistered:
        random, theme, owner = self._random, self._theme, self._owner
        zh, en = self._texts()
        modes = tuple(mode for mode in theme.modes if random.random() < 0.8) or theme.modes
        return AchievementRegistered(
            submission_id=submission_id(seed, "achievement", achievement_id, 1),
            institution_id=owner.slug,
            achievement_id=achievement_id,
            version=1,
            registered_at=self._registered_at,
            zh=zh,
            en=en,
            owners=(owner.name_en if owner.kind == "foreign" else owner.name_zh,),
            maturity=None if random.random() < 0.04 else self._maturity,
            ip_rights=self._rights(),
            industries=theme.industries,
            modes=modes,
            price=self._price(),
            district=owner.district,
            territories=("21",) if random.random() < 0.04 else (),
            valid_until=self._valid_until(),
            disclosure=disclosure,
        )

    def _texts(self) -> tuple[Text | None, Text | None]:
        zh_words, en_words, variant = self._theme.zh, self._theme.en, self._variant
        told = next(sentences for level, sentences in _OUTLOOK if self._maturity <= level)
        outlook_zh, outlook_en = self._random.choice(told)
        effect_zh = zh_words.effect.replace("{figure}", variant.figure.zh)
        effect_en = en_words.effect.replace("{figure}", variant.figure.en)
        zh = Text(
            variant.words.zh + zh_words.name,
            f"{zh_words.problem}{zh_words.method}{effect_zh}{outlook_zh}",
            zh_words.keywords,
        )
        title = f"{en_words.name} {variant.words.en}"
        en = Text(
            title[:1].upper() + title[1:],
            f"{en_words.problem} {en_words.method} {effect_en} {outlook_en}",
            en_words.keywords,
        )
        one = self._random.random()
        if self._owner.kind == "foreign":
            return (None, en) if one < 0.4 else (zh, en)
        return (zh, None) if one < 0.1 else (zh, en)

    def _price(self) -> Money | None:
        """What the owner expects; one in seven leaves it to the talks."""
        if self._random.random() < 0.15:
            return None
        price = between(self._random, *self._theme.price_wan)
        if self._owner.kind == "foreign" and self._random.random() < 0.3:
            # About 7.5 CNY to the euro, in thousands.
            return Money(Decimal(round(price * 10 / 7.5)) * Decimal("1000.00"), "EUR")
        return wan(price)

    def _rights(self) -> tuple[IpRight, ...]:
        """One to three rights; the numbers are made up and look it."""
        random = self._random
        software = any(code.startswith("I65") for code in self._theme.industries)
        kinds = [IpKind.SOFTWARE_COPYRIGHT if software else IpKind.INVENTION_PATENT]
        kinds += random.sample((IpKind.INVENTION_PATENT, IpKind.UTILITY_MODEL, IpKind.KNOW_HOW), random.randint(0, 2))
        return tuple(IpRight(kind, self._number(kind)) for kind in kinds)

    def _number(self, kind: IpKind) -> str:
        if kind is IpKind.KNOW_HOW:
            return ""
        year = self._registered_at.year - self._random.randint(1, 6)
        letter = {IpKind.UTILITY_MODEL: "U", IpKind.SOFTWARE_COPYRIGHT: "S"}.get(kind, "P")
        return f"DEMO-{letter}-{year}-{self._random.randrange(1_000_000):06d}"

    def _valid_until(self) -> date | None:
        """Most have no end; a few ended before the story does, the others hold for months after it."""
        one = self._random.random()
        if one >= 0.2:
            return None
        first = self._registered_at.date()
        return first + timedelta(days=self._random.randint(60, 300) if one < 0.02 else self._random.randint(400, 1100))
