"""Tasks as they should be, played again from the first move, against what the life cycle told; and laws beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from infra.reading import committed_records, group_positions
from schemas import codec, topics
from schemas.records import LifeTask, TaskAdvanced, TaskMove, TaskMoved, TaskRefused, reference
from streams.question_laws import Difference, Heard, Pair, QuestionLaws
from streams.register import EPOCH, last_ticks
from streams.task_laws import Place, TaskLaws
from streams.task_replay import Outcome, Replay, differences

_GROUP = "techdock.life-cycle"
_WITHDRAWN = "MatchWithdrawn"


@dataclass(slots=True)
class Told:
    """What there was to hear, and what the lane told, partition by partition, each topic in its order."""

    #: Moves with the moments at which they arrived, in milliseconds since 1970 (UTC).
    moves: defaultdict[int, list[tuple[TaskMoved, int]]] = field(default_factory=lambda: defaultdict(list))
    outcomes: defaultdict[int, Outcome] = field(default_factory=lambda: defaultdict(Outcome))
    #: Advances with the moments at which they were told.
    advances: list[tuple[TaskAdvanced, datetime]] = field(default_factory=list)
    matches: defaultdict[Pair, list[Heard]] = field(default_factory=lambda: defaultdict(list))
    #: In which partition the matches of a demand are.
    homes: dict[str, int] = field(default_factory=dict)
    #: What the lane takes for now, and how far it has heard matches, by partition.
    now: Mapping[int, datetime] = field(default_factory=dict)
    heard: Mapping[int, int] = field(default_factory=dict)

    def take(self, topic: str, partition: int, offset: int, timestamp: int, value: bytes | None) -> None:
        """One record of ``tasks``, ``task-states``, ``task-refusals`` or ``matches``."""
        moment = datetime.fromtimestamp(timestamp / 1000, UTC)
        if topic == topics.MATCHES.name:
            self._match(partition, offset, moment, value)
            return
        match said := codec.decode(value):
            case TaskMoved():
                self.moves[partition].append((said, timestamp))
            case TaskAdvanced():
                self.outcomes[partition].take(said)
                self.advances.append((said, moment))
            case TaskRefused():
                self.outcomes[partition].take(said)

    def _match(self, partition: int, offset: int, moment: datetime, value: bytes | None) -> None:
        name, values = codec.decode_fields(value)
        demand = reference(values["demand_institution_id"], values["demand_id"])
        asked = Place(LifeTask.MARKET_PLAYERS, demand)
        if asked not in self.outcomes[partition].states and asked not in self.outcomes[partition].refusals:
            # Of the many matches, those alone that somebody has asked about; what was told is read before.
            return
        achievement = reference(values["achievement_institution_id"], values["achievement_id"])
        self.homes[demand] = partition
        self.matches[Pair(demand, achievement)].append(Heard(name == _WITHDRAWN, moment, offset))


def check(bootstrap: str) -> tuple[dict[str, int], list[Difference]]:
    """How much was compared, and every difference; raises ``Unavailable``."""
    # How far the lane has come is asked before what it told of that, so that all of it is there.
    now = last_ticks(bootstrap, _GROUP)
    heard = group_positions(bootstrap, _GROUP, topics.MATCHES.name)
    told = Told(now=now, heard={partition: position for (_, partition), position in heard.items()})
    for topic in (topics.TASK_STATES, topics.TASK_REFUSALS, topics.TASKS, topics.MATCHES):
        for one in committed_records(bootstrap, [topic.name]):
            told.take(topic.name, one.partition(), one.offset(), one.timestamp()[1], one.value())
    return compared(told)


def compared(told: Told) -> tuple[dict[str, int], list[Difference]]:
    """The same over what was read."""
    laws, questions = TaskLaws(), QuestionLaws(told.matches)
    found = [wrong for one, at in told.advances for wrong in laws.take(one, at)]
    now: dict[Place, datetime] = {}
    for partition in sorted(told.moves.keys() | told.outcomes.keys()):
        replay = Replay(told.outcomes[partition], questions)
        for move, arrived in told.moves[partition]:
            replay.takes(move, arrived)
        moment = told.now.get(partition, EPOCH)
        replay.ends(int(moment.timestamp() * 1000))
        found += [*replay.found, *differences(replay.should, told.outcomes[partition])]
        now |= dict.fromkeys(told.outcomes[partition].states, moment)
    found += laws.at_the_end(now)
    found += questions.at_the_end({pair: told.heard.get(told.homes[pair.demand], 0) for pair in told.matches})
    return _counted(told, laws), found


def _counted(told: Told, laws: TaskLaws) -> dict[str, int]:
    advances = [one for one, _ in told.advances]
    return {
        "task_moves": sum(len(moves) for moves in told.moves.values()),
        "task_cases": len(_cases(advances)),
        "task_refusals": sum(len(each) for one in told.outcomes.values() for each in one.refusals.values()),
        "tasks_expired": laws.unmade[TaskMove.EXPIRE],
        "tasks_taken_back": laws.unmade[TaskMove.TAKE_BACK],
        "fund_entries": sum(len(one.entries) for one in advances),
    }


def _cases(advances: Iterable[TaskAdvanced]) -> set[tuple[LifeTask, str, str]]:
    return {(one.task, one.subject_ref, one.case_id) for one in advances if one.case_id is not None}
