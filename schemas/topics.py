"""The catalogue of topics: what each carries, who writes and reads it, how it is laid out.

Keys are references (``institution/id``); a topic that is keyed never changes its number of partitions.
Everything a lane writes goes out in transactions: read with ``isolation.level=read_committed``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.errors import Misconfigured

#: Partitions of every keyed topic, and so the number of matching lanes. Lanes that join topics rely on all of them
#: having the same number. More of them let more workers share the work, but each lane keeps a full list for every
#: demand, so what an arriving achievement changes grows with them: choose it for the machines before the first start.
PARTITIONS = 2
_FOREVER = {"retention.ms": "-1", "cleanup.policy": "delete"}
_COMPACTED = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.1", "segment.ms": "600000"}
#: Most bytes of a record that carries a whole scoring model: other records stay below the broker's own limit.
MODEL_BYTES = 8 * 1024 * 1024
_LARGE = {"max.message.bytes": str(MODEL_BYTES)}
#: An institution's id: it becomes part of topic names and of keys.
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic and its contract."""

    name: str
    about: str
    records: tuple[str, ...]
    key: str
    written_by: tuple[str, ...]
    read_by: tuple[str, ...]
    partitions: int = PARTITIONS
    config: Mapping[str, str] = field(default_factory=lambda: dict(_FOREVER))
    #: Whether it is news for others' systems, though of ours only lanes read it.
    is_news: bool = False


ACHIEVEMENTS = Topic(
    "techdock.achievements.v1", "Register of achievements: every accepted version and withdrawal.",
    ("AchievementRegistered", "AchievementWithdrawn"), "achievement reference",
    ("admission",), ("matching", "duplicates", "pipeline", "policies", "read-model"),
)  # fmt: skip
DEMANDS = Topic(
    "techdock.demands.v1", "Register of demands: every accepted version and withdrawal.",
    ("DemandPosted", "DemandWithdrawn"), "demand reference",
    ("admission",), ("pipeline", "read-model"),
)  # fmt: skip
DEMAND_COPIES = Topic(
    "techdock.demand-copies.v1",
    "Every demand event once in each partition, so that each matching lane hears all demands in one order.",
    ("DemandPosted", "DemandWithdrawn"), "demand reference; the partition is the lane",
    ("admission",), ("matching", "policies"),
)  # fmt: skip
NEGOTIATIONS = Topic(
    "techdock.negotiations.v1",
    "Register of moves in deals, in one order per achievement with the achievement's own versions and withdrawals.",
    ("NegotiationUpdated", "AchievementRegistered", "AchievementWithdrawn"), "achievement reference",
    ("admission",), ("deals",),
)  # fmt: skip
CLOCK = Topic(
    "techdock.clock.v1", "What the processors take for now; once a second in each partition.",
    ("ClockTicked",), "none", ("pipeline",), ("deals", "life-cycle", "matching", "policies"),
    config={"retention.ms": "86400000", "cleanup.policy": "delete"},
)  # fmt: skip
SCORING_MODELS = Topic(
    "techdock.scoring-models.v1",
    "Every published scoring model, once in each partition, so that each matching lane hears it; the last counts.",
    ("ScoringModelPublished",), "version; the partition is the lane",
    ("model",), ("matching",), config={**_FOREVER, **_LARGE},
)  # fmt: skip
MODEL_ADOPTIONS = Topic(
    "techdock.model-adoptions.v1", "Which scoring model each matching lane follows since when.",
    ("ScoringModelAdopted",), "version; the partition is the lane", ("matching",), (),
)  # fmt: skip
WEIGHED_TEXTS = Topic(
    "techdock.weighed-texts.v1",
    "What words of achievements and demands weigh: it shortens the start of matching lanes and says nothing new.",
    ("TextWeighed",), "kind and reference; the partition is the lane", ("matching",), ("matching",), config=_COMPACTED,
)  # fmt: skip
CANDIDATES = Topic(
    "techdock.candidates.v1", "What each matching lane holds for each demand, as changes.",
    ("CandidatesChanged",), "demand reference", ("matching",), ("ranking",),
)  # fmt: skip
RANKING_STATE = Topic(
    "techdock.ranking-state.v1", "State of the ranking lane: the candidates of each demand.",
    ("Candidate",), "demand reference and achievement reference", ("ranking",), ("ranking",),
    config=_COMPACTED,
)  # fmt: skip
MATCHES = Topic(
    "techdock.matches.v1", "Live matches as changes: proposed, revised, withdrawn.",
    ("MatchProposed", "MatchRevised", "MatchWithdrawn"), "demand reference",
    ("ranking",), ("life-cycle", "read-model", "web"),
)  # fmt: skip
DEALS = Topic(
    "techdock.deals.v1", "Every advance of every deal, with the deal's whole state.",
    ("DealAdvanced",), "achievement reference", ("deals",),
    ("deals", "matching", "pipeline", "policies", "read-model"),
)  # fmt: skip
HELD_MOVES = Topic(
    "techdock.held-moves.v1", "Moves that came before their turn, and when each waits no longer.",
    ("MoveHeld", "MoveReleased"), "achievement reference", ("deals",), ("deals", "read-model"),
)  # fmt: skip
REFUSALS = Topic(
    "techdock.refusals.v1", "Moves that were refused, with every reason.",
    ("MoveRefused",), "achievement reference", ("deals",), ("read-model",),
)  # fmt: skip
DEAL_CLOCKS = Topic(
    "techdock.deal-clocks.v1", "Clocks over deals that struck: reminders, escalations, closings, moves given up.",
    ("ClockFired",), "achievement reference", ("deals",), ("deals", "read-model"),
)  # fmt: skip
LEDGER = Topic(
    "techdock.ledger.v1", "What was paid under registered contracts, shared out to the fen; reversed when they change.",
    ("LedgerPosted",), "achievement reference", ("deals",), ("read-model",),
)  # fmt: skip
PIPELINE = Topic(
    "techdock.pipeline.v1", "The deal pipeline by stage, whenever it changed.",
    ("PipelineMeasured",), "none", ("pipeline",), (), partitions=1,
    config={"retention.ms": "604800000", "cleanup.policy": "delete"},
)  # fmt: skip
PIPELINE_WINDOWS = Topic(
    "techdock.pipeline-windows.v1",
    "What happened to deals by week and by month, by what they have in common; of each key the last counts.",
    ("PipelineWindowMeasured",), "period, first day, dimension and value", ("pipeline",), ("pipeline", "read-model"),
    # What was told within the hour stays whole: who compares topics and tables reads up to where the tables stand.
    partitions=1, config={**_COMPACTED, "min.compaction.lag.ms": "3600000"},
)  # fmt: skip
QUARANTINE = Topic(
    "techdock.quarantine.v1", "Bytes that could not be read or decided, whole; headers say where they came from.",
    (), "as it came", ("admission", "matching", "ranking", "deals", "duplicates", "life-cycle", "policies"),
    ("read-model",), partitions=1,
    config={**_FOREVER, **_LARGE},
)  # fmt: skip
QUARANTINE_ACTS = Topic(
    "techdock.quarantine-acts.v1", "What people did with records in quarantine: repaired, replayed, dropped.",
    ("QuarantineActed",), "partition and offset in quarantine", ("quarantine",), ("read-model",), partitions=1,
    config={**_FOREVER, **_LARGE},
)  # fmt: skip

INSTITUTIONS = Topic(
    "techdock.institutions.v1",
    "Who may submit, and for whom besides itself: each event was legal when it was written.",
    ("InstitutionAdmitted", "InstitutionSuspended", "InstitutionResumed", "InstitutionRemoved",
     "InstitutionKeyRotated", "TokenIssued", "TokenRevoked", "DelegationGranted", "DelegationRevoked"),
    "institution; of a delegation who grants it",
    ("institution", "delegation", "token", "import", "relay", "load", "demo"), ("admission", "read-model", "gateway"),
    partitions=1,
)  # fmt: skip
SPOTLIGHTS = Topic(
    "techdock.spotlights.v1", "The achievements that each session announces, with what the choice follows from.",
    ("SpotlightChosen",), "session", ("spotlight",), ("pipeline",), partitions=1,
)  # fmt: skip
RECOGNITIONS = Topic(
    "techdock.recognitions.v1", "Who is credited with what in each season that was closed, with what it follows from.",
    ("RecognitionClosed",), "season", ("recognition",), ("read-model",), partitions=1,
)  # fmt: skip
ANNEXES = Topic(
    "techdock.annexes.v1",
    "Confidential annexes of achievements, sealed: deposits, grants, revocations, erasures, and every reading.",
    ("AnnexDeposited", "AnnexGranted", "AnnexRevoked", "AnnexErased", "AnnexRead"), "achievement reference",
    ("admission", "annex", "gateway"), ("read-model", "gateway"), partitions=1,
)  # fmt: skip
FACTS = Topic(
    "techdock.facts.v1", "What district offices and brokers verified about achievements, by evidence.",
    ("FactVerified", "FactRetracted"), "fact reference", ("admission",), ("read-model",), partitions=1,
)  # fmt: skip
TASKS = Topic(
    "techdock.tasks.v1", "Register of moves in the nine key tasks.",
    ("TaskMoved",), "subject reference", ("admission",), ("life-cycle",),
)  # fmt: skip
TASK_STATES = Topic(
    "techdock.task-states.v1", "Every advance of every case of a task, and of the subjects that cases are in.",
    ("TaskAdvanced",), "subject reference", ("life-cycle",), ("life-cycle", "read-model"),
)  # fmt: skip
TASK_REFUSALS = Topic(
    "techdock.task-refusals.v1", "Moves in tasks that were refused, with every reason.",
    ("TaskRefused",), "subject reference", ("life-cycle",), ("read-model",),
)  # fmt: skip
POLICIES = Topic(
    "techdock.policies.v1",
    "Every advance of every policy once in each partition, so that wherever deals lie all policies are known.",
    ("TaskAdvanced",), "policy reference; the partition is that of the deals", ("life-cycle",), ("policies",),
)  # fmt: skip
POLICY_HINTS = Topic(
    "techdock.policy-hints.v1", "What each deal qualifies for under which policy, which proofs are missing; withdrawn.",
    ("PolicyHinted", "PolicyHintWithdrawn"), "achievement reference", ("policies",), ("policies",),
    is_news=True,
)  # fmt: skip

SKETCHES = Topic(
    "techdock.achievement-sketches.v1",
    "What is compared of each achievement to find duplicates, all in one partition, so that any two meet.",
    ("AchievementSketched", "AchievementWithdrawn"), "achievement reference",
    ("duplicates",), ("duplicates",), partitions=1,
)  # fmt: skip
DUPLICATES = Topic(
    "techdock.duplicates.v1", "Which achievements of two institutions may be the same, with the evidence.",
    ("DuplicateSuspected", "DuplicateRetracted"), "both references",
    ("duplicates",), ("read-model",), partitions=1,
)  # fmt: skip
DUPLICATE_DECISIONS = Topic(
    "techdock.duplicate-decisions.v1", "What people decided about two achievements; the last about a pair holds.",
    ("DuplicateResolved",), "both references", ("merge", "distinct"), ("duplicates", "read-model"), partitions=1,
)  # fmt: skip
REPRESENTATIONS = Topic(
    "techdock.representations.v1", "Which achievement stands in matches for another one that may be the same.",
    ("RepresentationChanged",), "achievement reference", ("duplicates",), ("matching", "read-model"),
)  # fmt: skip

CATALOGUE: tuple[Topic, ...] = (
    ACHIEVEMENTS, DEMANDS, DEMAND_COPIES, NEGOTIATIONS, CLOCK, SCORING_MODELS, MODEL_ADOPTIONS,
    WEIGHED_TEXTS, CANDIDATES, RANKING_STATE, MATCHES, DEALS, HELD_MOVES, REFUSALS, DEAL_CLOCKS, LEDGER, PIPELINE,
    PIPELINE_WINDOWS, QUARANTINE, QUARANTINE_ACTS, INSTITUTIONS, SPOTLIGHTS, ANNEXES, FACTS, SKETCHES, DUPLICATES,
    DUPLICATE_DECISIONS, REPRESENTATIONS, RECOGNITIONS, TASKS, TASK_STATES, TASK_REFUSALS, POLICIES, POLICY_HINTS,
)  # fmt: skip

#: What only these read: copies and lists of their own.
_LANES = frozenset({"matching", "ranking", "deals", "duplicates", "life-cycle", "policies"})
_SHARED = frozenset(
    topic.name
    for topic in CATALOGUE
    if topic.records and (topic.is_news or not (topic.read_by and _LANES.issuperset(topic.read_by)))
)

#: What an institution's inbox is called, as a pattern for subscriptions.
INBOXES = r"^techdock\.inbox\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.v1$"
RECEIPTS = r"^techdock\.receipts\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.v1$"


def inbox(institution_id: str) -> Topic:
    """The inbox of an institution: one partition, so that what it says keeps its order.

    Raises ``Misconfigured`` where the id cannot be part of a topic name.
    """
    _checked(institution_id)
    return Topic(
        f"techdock.inbox.{institution_id}.v1", "What an institution says.",
        ("AchievementRegistered", "AchievementWithdrawn", "DemandPosted", "DemandWithdrawn", "NegotiationUpdated",
         "AnnexDeposited", "AnnexGranted", "AnnexRevoked", "AnnexErased", "FactVerified", "FactRetracted", "TaskMoved"),
        "any; the subject's id is advised", (institution_id, "gateway"), ("admission", "gateway"), partitions=1,
        config={**_FOREVER, "message.timestamp.type": "LogAppendTime"},
    )  # fmt: skip


def receipts(institution_id: str) -> Topic:
    """The receipts of an institution, in the order of its submissions; also the state of admission."""
    _checked(institution_id)
    return Topic(
        f"techdock.receipts.{institution_id}.v1", "One final receipt for each submission of an institution.",
        ("SubmissionAccepted", "SubmissionRefused"), "submission id",
        ("admission",), ("admission", "read-model", "gateway", institution_id), partitions=1,
    )  # fmt: skip


def institution_of(topic: str) -> str | None:
    """Whose inbox or receipts topic this is; ``None`` for any other topic."""
    parts = topic.split(".")
    if len(parts) == 4 and parts[0] == "techdock" and parts[1] in {"inbox", "receipts"} and parts[3] == "v1":
        return parts[2]
    return None


def is_shared(topic: str) -> bool:
    """Whether others than our own lanes read the records of a topic; not quarantine, whose bytes stay as they came."""
    return topic in _SHARED or institution_of(topic) is not None


def _checked(institution_id: str) -> None:
    if not SLUG.fullmatch(institution_id):
        raise Misconfigured(
            [f"institution id {institution_id!r}: use 1 to 63 lower-case letters, digits and hyphens, for example dlut"]
        )
