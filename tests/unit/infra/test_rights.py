"""Rights follow from the catalogue; a plan brings a cluster to them, and institutions come and go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from infra.processes import PROCESSES, Process
from infra.security import access, principals, rights, secrets
from infra.security.rights import Act, Kind, Right
from schemas.errors import Misconfigured
from schemas.topics import CATALOGUE, QUARANTINE

WANTED = rights.of_processes(CATALOGUE)
each_process = pytest.mark.parametrize("process", PROCESSES, ids=lambda one: one.job)


class Users:
    """The users of a cluster, in memory."""

    def __init__(self) -> None:
        self.given: set[Right] = set()
        self.passwords: dict[str, str] = {}
        self.limits: dict[str, float] = {}

    def rights(self) -> frozenset[Right]:
        return frozenset(self.given)

    def give(self, new: Iterable[Right]) -> None:
        self.given.update(new)

    def take(self, old: Iterable[Right]) -> None:
        self.given.difference_update(old)

    def names(self) -> frozenset[str]:
        return frozenset(self.passwords)

    def set_password(self, principal: str, password: str) -> None:
        self.passwords[principal] = password

    def forget(self, principal: str) -> None:
        del self.passwords[principal]

    def rates(self) -> Mapping[str, float]:
        return self.limits

    def set_rate(self, principal: str, rate: int | None) -> None:
        if rate is None:
            del self.limits[principal]
        else:
            self.limits[principal] = rate


def _topics(job: str, act: Act) -> set[str]:
    return {
        right.name
        for right in WANTED
        if right.principal == f"techdock.{job}" and right.kind == Kind.TOPIC and right.act == act
    }


@each_process
def test_a_process_may_read_and_write_what_the_catalogue_says_of_it(process: Process) -> None:
    job = process.job
    fixed = {topic.name for topic in CATALOGUE}
    reads = {topic.name for topic in CATALOGUE if job in topic.read_by}
    # A lane looks there for what it set aside.
    back = {QUARANTINE.name} if job in QUARANTINE.written_by else set()

    assert _topics(job, Act.READ) & fixed == reads | back
    assert _topics(job, Act.WRITE) & fixed == {topic.name for topic in CATALOGUE if job in topic.written_by}


def test_only_admission_and_the_intake_know_inboxes_and_only_admission_writes_receipts() -> None:
    inboxes = {
        Right(f"techdock.{job}", act, Kind.TOPIC, "techdock.inbox.", is_prefix=True)
        for job, act in (("admission", Act.READ), ("gateway", Act.READ), ("gateway", Act.WRITE))
    }
    receipts = Right("techdock.admission", Act.WRITE, Kind.TOPIC, "techdock.receipts.", is_prefix=True)

    assert {right for right in WANTED if right.name == "techdock.inbox."} == inboxes
    assert {right for right in WANTED if right.name == "techdock.receipts." and right.act == Act.WRITE} == {receipts}


def test_what_begins_like_inboxes_and_receipts_is_nothing_else() -> None:
    prefixes = {right.name for right in WANTED if right.kind == Kind.TOPIC and right.is_prefix}

    assert prefixes == {"techdock.inbox.", "techdock.receipts."}
    assert not [topic.name for topic in CATALOGUE if topic.name.startswith(tuple(prefixes))]


@each_process
def test_nobody_may_join_the_group_of_another_process(process: Process) -> None:
    joined = {right.name for right in WANTED if right.kind == Kind.GROUP and right.act == Act.READ}
    mine = {right.name for right in WANTED if right.principal == f"techdock.{process.job}"} & joined

    assert mine == ({process.group} if process.group else set())


def test_who_reads_whole_topics_beside_its_group_may_name_one_that_nobody_joins() -> None:
    naming = {right.principal for right in WANTED if right.kind == Kind.GROUP and right.name == "reader-"}

    assert {"techdock.pipeline", "techdock.deals", "techdock.gateway"} <= naming
    assert not {"techdock.read-model", "techdock.web"} & naming


def test_an_institution_may_write_its_inbox_and_read_its_receipts_and_name_things_after_itself() -> None:
    assert {str(right) for right in rights.of_institution("dlut")} == {
        "institution.dlut  WRITE TOPIC techdock.inbox.dlut.v1",
        "institution.dlut  READ TOPIC techdock.receipts.dlut.v1",
        "institution.dlut  READ GROUP institution.dlut.*",
        "institution.dlut  WRITE TRANSACTIONAL_ID institution.dlut.*",
    }


def test_no_institution_can_be_called_like_a_process_or_begin_like_another() -> None:
    assert not rights.institution("techdock").startswith(access.OURS)
    assert not rights.institution("dlut-2").startswith("institution.dlut.")
    with pytest.raises(Misconfigured):
        rights.of_institution("dlut.sub")


def test_a_plan_is_done_once_it_was_applied(tmp_path: Path) -> None:
    users = Users()
    planned = principals.plan(users, WANTED, tmp_path)

    principals.apply(users, planned, tmp_path)

    assert users.given == WANTED
    assert principals.plan(users, WANTED, tmp_path).is_done
    for name, password in users.passwords.items():
        assert secrets.read(access.password_file(tmp_path, name)) == password


def test_a_password_that_this_home_does_not_know_is_made_anew(tmp_path: Path) -> None:
    users = Users()
    principals.apply(users, principals.plan(users, WANTED, tmp_path), tmp_path)
    access.password_file(tmp_path, "techdock.web").unlink()

    assert principals.plan(users, WANTED, tmp_path).passwords == ("techdock.web",)


def test_a_plan_takes_away_what_is_not_due_and_leaves_strangers_alone(tmp_path: Path) -> None:
    users = Users()
    theirs = Right("etl", "ALL", "TOPIC", "other.", is_prefix=True)
    stray = Right("techdock.web", "ALL", "CLUSTER", "kafka-cluster")
    left = next(iter(rights.of_institution("gone")))
    users.give({theirs, stray, left})

    assert set(principals.plan(users, WANTED, tmp_path).take) == {stray, left}


def test_a_plan_keeps_admitted_institutions_to_their_rights(tmp_path: Path) -> None:
    users = Users()
    principals.admit(users, "dlut", 1024)
    users.given.clear()

    assert rights.of_institution("dlut") <= set(principals.plan(users, WANTED, tmp_path).give)


def test_an_institution_is_admitted_with_a_limit_and_shut_out_without_a_trace() -> None:
    users = Users()

    password = principals.admit(users, "dlut", 2048)

    assert (users.passwords, users.limits) == ({"institution.dlut": password}, {"institution.dlut": 2048})
    assert principals.admit(users, "dlut", 2048) != password
    assert principals.revoke(users, "dlut")
    assert (users.given, users.passwords, users.limits) == (set(), {}, {})
    assert not principals.revoke(users, "dlut")
