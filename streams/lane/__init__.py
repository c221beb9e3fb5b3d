"""Transactional lanes: read, decide, write outputs, state and offsets in one Kafka transaction.

    inputs ──▶ Shard.decide ──▶ outputs ┐
                   │                    ├─ one transaction, fenced by the group's generation (KIP-447)
                 state ──▶ state topic ─┤
              positions ──▶ offsets ────┘

A shard is what must be decided in one place: one inbox, or the same partition of several topics. Its state is
restored on assignment from the sources that the plan names, and thrown away whenever a transaction fails.
"""

from streams.lane.assignment import Seat
from streams.lane.plan import Input, LanePlan, Lasting, Output, Renewing, Shard, Source, Until, by_partition, by_topic
from streams.lane.quarantine import quarantined
from streams.lane.runner import Lane
from streams.lane.service import LaneService

__all__ = [
    "Input",
    "Lane",
    "LanePlan",
    "LaneService",
    "Lasting",
    "Output",
    "Renewing",
    "Seat",
    "Shard",
    "Source",
    "Until",
    "by_partition",
    "by_topic",
    "quarantined",
]
