"""``techdock facts``: what others than its owner verified about an achievement."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.answers import AsJson, bootstrap, tell
from producers.annex_commands import Of, split, submit
from producers.institution_commands import print_json, print_table

if TYPE_CHECKING:
    # Loaded only where they are needed: `techdock --help` should answer at once.
    from schemas.records import FactVerified

By = Annotated[str, typer.Option(metavar="ID", help="Who verified it: a district office or a broker.")]


class FactName(StrEnum):
    """Kinds of facts, as they are typed."""

    IP_RIGHT = "ip-right"
    MATURITY = "maturity"
    TEST_REPORT = "test-report"
    AWARD = "award"


def facts_app() -> typer.Typer:
    """The commands below ``techdock facts``."""
    app = typer.Typer(help="Facts about achievements that others verified.", no_args_is_help=True)
    app.command("verify")(verify)
    app.command("retract")(retract)
    app.command("list")(list_facts)
    return app


def verify(
    achievement: Of,
    version: Annotated[int, typer.Option(min=1, help="The version of the achievement that was verified.")],
    by: By,
    kind: Annotated[FactName, typer.Option(help="What it is about.")],
    statement: Annotated[str, typer.Option(help="What holds, in one line.")],
    evidence: Annotated[str, typer.Option(help="By what: a document, a certificate, a test.")],
    fact: Annotated[str | None, typer.Option(help="The fact's id, to state it anew; made unless given.")] = None,
) -> None:
    """State a verified fact, through the inbox of whoever verified it; exit 1 where it is refused."""
    from schemas.records import FactKind, FactVerified

    owner, achievement_id = split(achievement)
    name = fact or uuid.uuid4().hex[:12]
    said = FactVerified(
        uuid.uuid4(), by, name, _next(by, name), datetime.now(UTC), owner, achievement_id, version,
        FactKind[kind.name], statement, evidence,
    )  # fmt: skip
    submit(said)
    tell(f"fact {name} of {by} is stated for version {version} of {achievement}")


def retract(
    fact: Annotated[str, typer.Argument(metavar="FACT", help="Its id, as `list` shows it.")],
    by: By,
    reason: Annotated[str, typer.Option(help="Why, in words.")],
) -> None:
    """Take a fact back, by whoever verified it; exit 1 where it is refused."""
    from schemas.records import FactRetracted

    submit(FactRetracted(uuid.uuid4(), by, fact, _next(by, fact), datetime.now(UTC), reason))
    tell(f"fact {fact} of {by} is taken back")


def list_facts(achievement: Of, as_json: AsJson = False) -> None:
    """Show the facts that stand about an achievement, and whether its version is still the one they were stated for."""
    split(achievement)
    stand = [said for said in _standing().values() if said.achievement_ref == achievement]
    last = _last_version(achievement)
    rows: list[dict[str, Any]] = [
        {
            "fact": said.fact_id,
            "verified_by": said.institution_id,
            "kind": said.kind.value,
            "statement": said.statement,
            "evidence": said.evidence,
            "for_version": said.achievement_version,
            "is_of_last_version": said.achievement_version == last,
            "verified_at": said.verified_at,
        }
        for said in sorted(stand, key=lambda one: (one.verified_at, one.ref))
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, f"nobody verified anything about {achievement}")


def _standing() -> dict[str, FactVerified]:
    """The facts that were not taken back, by their references."""
    from schemas.records import FactRetracted, FactVerified

    found: dict[str, FactVerified] = {}
    for said in _said():
        match said:
            case FactVerified():
                found[said.ref] = said
            case FactRetracted():
                found.pop(said.ref, None)
    return found


def _next(institution_id: str, fact_id: str) -> int:
    """The next version of a fact."""
    from schemas.records import reference

    ref = reference(institution_id, fact_id)
    return 1 + max((said.version for said in _said() if said.ref == ref), default=0)


def _said() -> Iterator[Any]:
    from infra import reading
    from infra.reach import reach
    from schemas import codec, topics

    reach(bootstrap())
    for message in reading.committed_records(bootstrap(), [topics.FACTS.name]):
        yield codec.decode(message.value())


def _last_version(achievement: str) -> int | None:
    """The last registered version of an achievement; ``None`` where there is none."""
    from infra import reading
    from schemas import codec, topics

    read = reading.committed_records(bootstrap(), [topics.ACHIEVEMENTS.name])
    mine = (message for message in read if message.key() == achievement.encode())
    return max((int(codec.decode_fields(message.value())[1]["version"]) for message in mine), default=None)
