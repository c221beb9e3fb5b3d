"""Every metric once, with one line of meaning; labels come from closed sets, never from ids.

Lanes, topics, partitions, results and stages are closed sets; an institution's own topics are counted under ``inbox``
and ``receipts``.
"""

from __future__ import annotations

from wsgiref.simple_server import WSGIServer

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from schemas import topics
from schemas.errors import Misconfigured

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
#: A search among some ten thousand achievements takes a part of a millisecond.
_SEARCH_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1)

PROCESS_READY = Gauge("techdock_process_ready", "1 once this process does its work, 0 before.")
EVENTS_IN = Counter("techdock_events_in", "Records read, by topic.", ["topic"])
EVENTS_OUT = Counter("techdock_events_out", "Records written in committed transactions, by topic.", ["topic"])
RECEIPTS = Counter("techdock_receipts", "Final receipts written, by result.", ["result"])
LAG = Gauge("techdock_lag_records", "Records that wait, by lane, topic and partition.", ["lane", "topic", "partition"])
SUBMISSION_TO_MATCH = Histogram(
    "techdock_submission_to_match_seconds",
    "From arrival of a submission to its match being readable in SQL.",
    buckets=_SECONDS,
)
MATCHES_LIVE = Gauge("techdock_matches_live", "Matches that hold now in the partitions of this process.")
DEALS = Gauge("techdock_deals", "Deals by stage.", ["stage"])
MOVES = Counter(
    "techdock_moves", "Moves of deals by what became of them: advanced, refused, held, released, absorbed.", ["result"]
)
MOVES_WAITING = Gauge(
    "techdock_moves_waiting", "Moves of deals that wait for one before them, by partition.", ["partition"]
)
TASK_MOVES = Counter(
    "techdock_task_moves",
    "Moves in key tasks by task and what became of them: refused, or why they counted: party, clock, queue, match.",
    ["task", "result"],
)
POLICY_HINTS = Counter(
    "techdock_policy_hints", "What was told of deals under policies by result: hinted, withdrawn.", ["result"]
)
POLICY_PAIRS_WAITING = Gauge(
    "techdock_policy_pairs_waiting", "Pairs of a policy and a deal that are still to be looked at.", ["partition"]
)
CLOCKS_FIRED = Counter("techdock_clocks_fired", "Clocks over deals that struck, by action.", ["action"])
CLOCKS_NEXT_DUE = Gauge(
    "techdock_clocks_next_due_seconds",
    "When the next clock over a deal is due, as seconds since 1970, by partition; infinite where none runs.",
    ["partition"],
)
QUARANTINED = Counter("techdock_quarantined_records", "Records moved to quarantine, by lane.", ["lane"])
QUARANTINE_SIZE = Gauge(
    "techdock_quarantine_records", "Records in quarantine now that are open: neither replayed nor dropped."
)
LANE_BATCHES = Counter("techdock_lane_batches", "Transactions committed, by lane.", ["lane"])
LANE_FAILURES = Counter("techdock_lane_failures", "Failed batches by lane and cause.", ["lane", "cause"])
LANE_STOPPED = Gauge("techdock_lane_stopped", "1 while a lane stands at a record that it cannot decide.", ["lane"])
LANE_WAITING = Gauge(
    "techdock_lane_waiting", "1 while a lane waits for something that its decisions need and that is away.", ["lane"]
)
LANE_RESTORED = Counter("techdock_lane_restored_records", "Records read to restore state, by lane.", ["lane"])
LANE_RESTORE_SECONDS = Histogram(
    "techdock_lane_restore_seconds", "Time to read the state of newly assigned shards back, by lane.", ["lane"],
    buckets=_SECONDS,
)  # fmt: skip
LANE_SNAPSHOTS = Counter(
    "techdock_lane_snapshots", "Kept states of shards: written, used, unusable, failed, by lane.", ["lane", "result"]
)
LANE_SNAPSHOT_PAUSE_SECONDS = Histogram(
    "techdock_lane_snapshot_pause_seconds", "Time a lane stands still for a copy of a state, by lane.", ["lane"],
    buckets=_SECONDS,
)  # fmt: skip
LANE_LEFT_OUT = Counter(
    "techdock_lane_left_out_records", "Records left out of restored state because they lie in quarantine.", ["lane"]
)
LANE_BATCH_SECONDS = Histogram(
    "techdock_lane_batch_seconds", "Time from reading a batch to its commit, by lane.", ["lane"], buckets=_SECONDS
)
LANE_SHARDS_BEHIND = Gauge(
    "techdock_lane_shards_behind",
    "Shards of this process that do not follow the latest word on how to decide, or have heard none, by lane.",
    ["lane"],
)
LANE_RENEWALS = Counter(
    "techdock_lane_renewals", "Shards made anew in the background, by lane and result.", ["lane", "result"]
)
LANE_RENEWAL_SECONDS = Histogram(
    "techdock_lane_renewal_seconds",
    "From the moment a shard wants a successor until that has taken its place, by lane.",
    ["lane"],
    buckets=_SECONDS,
)
OFFERS = Counter("techdock_offers", "Achievements held against all standing demands, by partition.", ["partition"])
POSTINGS_READ = Counter(
    "techdock_postings_read", "Postings of the index that offers and searches have read, by partition.", ["partition"]
)
PAIRS_GATED = Counter(
    "techdock_pairs_gated", "Pairs whose words were enough, but a gate was closed to them, by partition.", ["partition"]
)
PAIRS_SCORED = Counter(
    "techdock_pairs_scored", "Pairs whose words were enough and whose score was computed, by partition.", ["partition"]
)
ENTRIES_CHANGED = Counter(
    "techdock_entries_changed", "Entries that came into, changed in or left a demand's list.", ["partition"]
)
SEARCH_SECONDS = Histogram(
    "techdock_search_seconds",
    "Time of each search for the best achievements of a demand, by partition.",
    ["partition"],
    buckets=_SEARCH_SECONDS,
)
DUPLICATES_OPEN = Gauge(
    "techdock_duplicates_open", "Pairs of achievements that may be the same and that nobody has decided about."
)
ROWS_WRITTEN = Counter("techdock_rows_written", "Rows written to SQL, by table.", ["table"])
STREAM_CLIENTS = Gauge("techdock_stream_clients", "Subscribers connected to the stream of matches.")

INTAKE_REQUESTS = Counter("techdock_intake_requests", "Requests to the intake over HTTPS, by result.", ["result"])
INTAKE_SECONDS = Histogram(
    "techdock_intake_seconds", "From a request with submissions until Kafka has them and it is answered.",
    buckets=_SECONDS,
)  # fmt: skip
INTAKE_CONNECTIONS = Gauge("techdock_intake_connections", "Clients connected to the intake over HTTPS.")
INTAKE_CLOSED = Counter(
    "techdock_intake_closed_connections", "Connections that the intake closed on its clients, by cause.", ["cause"]
)


def topic_label(topic: str) -> str:
    """The label of a topic: its own name, or ``inbox`` or ``receipts`` for those of institutions."""
    return topic.split(".")[1] if topics.institution_of(topic) else topic


def serve(port: int) -> WSGIServer | None:
    """Serve ``/metrics`` on the loopback interface at ``port``; ``None`` where the port is 0."""
    if port == 0:
        return None
    try:
        server, _thread = start_http_server(port, addr="127.0.0.1")
    except OSError as error:
        raise Misconfigured(
            [f"metrics port {port}: {error.strerror}; set TECHDOCK_METRICS_PORT to a free one"]
        ) from error
    return server
