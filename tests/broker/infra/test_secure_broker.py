"""What an institution may do on a secure broker, and all that it tries besides: refused by Kafka itself."""

from __future__ import annotations

import json
import socket
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import KafkaException, Producer
from kafka import TopicPartition
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ConfigResource,
    ResourcePattern,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from kafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from infra.processes import PROCESSES
from infra.security import principals, rights
from infra.security.cluster import KafkaUsers
from schemas import topics
from schemas.topics import CATALOGUE, Topic
from tests.broker.infra.secure import Cluster, Stranger, plain_tls, secure_cluster

INBOX, RECEIPTS = topics.inbox("dlut").name, topics.receipts("dlut").name
ANOTHERS_INBOX, ANOTHERS_RECEIPTS = topics.inbox("neusoft").name, topics.receipts("neusoft").name
OUR_GROUPS = sorted(process.group for process in PROCESSES if process.group is not None)
each_topic = pytest.mark.parametrize("topic", CATALOGUE, ids=lambda topic: topic.name)


@pytest.fixture(scope="module")
def cluster(artefacts: Path) -> Iterator[Cluster]:
    with secure_cluster(artefacts) as made:
        yield made


@pytest.fixture(scope="module")
def dlut(cluster: Cluster) -> Stranger:
    """An admitted institution, with clients of its own."""
    return cluster.admitted("dlut")


# What it may do


def test_an_institution_writes_to_its_inbox(cluster: Cluster, dlut: Stranger) -> None:
    dlut.write(INBOX, b"said by dlut")

    assert b"said by dlut" in cluster.operator().read(INBOX)


def test_an_institution_reads_its_receipts_in_a_group_of_its_own(cluster: Cluster, dlut: Stranger) -> None:
    cluster.worker("admission").write(RECEIPTS, b"a receipt")

    assert b"a receipt" in dlut.read(RECEIPTS)
    dlut.join(RECEIPTS, "institution.dlut.erp")


def test_an_institution_writes_in_transactions_of_its_own(dlut: Stranger) -> None:
    with dlut.producer(transactional_id="institution.dlut.erp") as producer:
        producer.init_transactions()
        producer.begin_transaction()
        producer.send(INBOX, b"in a transaction")
        producer.commit_transaction()


# What it tries besides


@pytest.mark.parametrize("topic", [ANOTHERS_INBOX, ANOTHERS_RECEIPTS, RECEIPTS])
def test_an_institution_writes_no_inbox_of_another_and_no_receipts(dlut: Stranger, topic: str) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        dlut.write(topic)


@pytest.mark.parametrize("topic", [ANOTHERS_INBOX, ANOTHERS_RECEIPTS, INBOX])
def test_an_institution_reads_no_inbox_to_replay_it_and_no_receipts_of_another(dlut: Stranger, topic: str) -> None:
    with pytest.raises(KafkaException, match="TOPIC_AUTHORIZATION_FAILED"):
        dlut.read(topic)


@each_topic
def test_an_institution_writes_to_no_topic_of_ours(dlut: Stranger, topic: Topic) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        dlut.write(topic.name)


@each_topic
def test_an_institution_reads_no_topic_of_ours(dlut: Stranger, topic: Topic) -> None:
    with pytest.raises(KafkaException, match="TOPIC_AUTHORIZATION_FAILED"):
        dlut.read(topic.name)


def test_an_institution_does_not_even_see_the_topics_of_others(dlut: Stranger) -> None:
    with dlut.admin() as admin:
        assert {topic["name"] for topic in admin.describe_topics()} == {INBOX, RECEIPTS}


def test_an_institution_makes_no_topic(dlut: Stranger) -> None:
    with dlut.admin() as admin, pytest.raises((TopicAuthorizationFailedError, ClusterAuthorizationFailedError)):
        admin.create_topics({"techdock.inbox.dlut.v2": {"num_partitions": 1, "replication_factor": 1}})


def test_an_institution_deletes_no_topic_and_no_record(cluster: Cluster, dlut: Stranger) -> None:
    dlut.write(INBOX, b"stays")

    with dlut.admin() as admin:
        with pytest.raises(TopicAuthorizationFailedError):
            admin.delete_topics([INBOX])
        with pytest.raises(TopicAuthorizationFailedError):
            admin.delete_records({TopicPartition(INBOX, 0): 1})
    assert b"stays" in cluster.operator().read(INBOX)


def test_an_institution_changes_no_settings(cluster: Cluster, dlut: Stranger) -> None:
    wanted = ConfigResource("TOPIC", INBOX, {"retention.ms": "1"})
    with dlut.admin() as admin:
        answer = admin.alter_configs([wanted], raise_on_unknown=False)

    assert answer["topic"][INBOX] != "OK"
    with cluster.operator().admin() as admin:
        found = admin.describe_configs([ConfigResource("TOPIC", INBOX)])
    assert found["topic"][INBOX]["retention.ms"]["value"] == "-1"


@pytest.mark.parametrize("group", [*OUR_GROUPS, "techdock-lag", "reader-1", "institution.neusoft.erp"])
def test_an_institution_joins_no_group_but_its_own(dlut: Stranger, group: str) -> None:
    with pytest.raises(GroupAuthorizationFailedError):
        dlut.join(RECEIPTS, group)


@pytest.mark.parametrize(
    "name", ["techdock.admission.admission-1", "techdock.institutions", "techdock.model", "institution.neusoft.erp"]
)
def test_an_institution_fences_no_writer_of_ours(dlut: Stranger, name: str) -> None:
    with dlut.producer(transactional_id=name) as producer, pytest.raises(TransactionalIdAuthorizationFailedError):
        producer.init_transactions()


def test_an_institution_gives_itself_no_rights_and_nobody_a_password(cluster: Cluster, dlut: Stranger) -> None:
    pattern = ResourcePattern(ResourceType.TOPIC, ANOTHERS_INBOX)
    wanted = ACL(f"User:{dlut.name}", "*", ACLOperation.WRITE, ACLPermissionType.ALLOW, pattern)
    password = UserScramCredentialUpsertion("techdock.operator", ScramMechanism.SCRAM_SHA_512, "mine now")

    with dlut.admin() as admin:
        assert admin.create_acls([wanted])["failed"] == [ClusterAuthorizationFailedError]
        assert admin.alter_user_scram_credentials([password]) != {"techdock.operator": None}
    with KafkaUsers(cluster.bootstrap) as users:
        assert {right for right in users.rights() if right.principal == dlut.name} == rights.of_institution("dlut")


def test_an_institution_that_writes_too_much_is_slowed_down(cluster: Cluster, dlut: Stranger) -> None:
    slow = cluster.admitted("neusoft", rate=20_000)

    assert _throttled(slow, ANOTHERS_INBOX) > 0
    assert _throttled(dlut, INBOX) == 0


# Who gets in at all


def test_nobody_gets_in_with_a_wrong_password_or_an_unknown_name(cluster: Cluster, dlut: Stranger) -> None:
    for name, password in ((dlut.name, "guessed"), ("institution.unknown", dlut.password)):
        assert "_AUTHENTICATION" in (cluster.stranger(name, password).refusals() or ())
    assert dlut.refusals() is None


def test_nobody_gets_in_without_a_name(dlut: Stranger) -> None:
    assert dlut.refusals(security_protocol="SSL") is not None


def test_nobody_gets_in_in_plain_text(dlut: Stranger) -> None:
    for protocol in ("PLAINTEXT", "SASL_PLAINTEXT"):
        assert dlut.refusals(security_protocol=protocol) is not None


def test_brokers_and_controllers_speak_to_nobody_without_a_certificate(cluster: Cluster) -> None:
    ports = json.loads(cluster.home.ports.read_text())

    for name in ("internal-1", "controller-1"):
        with socket.create_connection(("127.0.0.1", ports[name]), 10) as plain:
            speaking = plain_tls().wrap_socket(plain)
            # In TLS 1.3 a client hears that it is refused when it first reads.
            with pytest.raises(ssl.SSLError, match="certificate"):
                speaking.recv(1)
            speaking.close()


def test_a_new_password_ends_the_former_one(cluster: Cluster) -> None:
    former, present = cluster.admitted("neusoft"), cluster.admitted("neusoft")

    present.write(ANOTHERS_INBOX)
    assert "_AUTHENTICATION" in (former.refusals() or ())


def test_who_is_shut_out_loses_connections_that_stand(cluster: Cluster) -> None:
    stranger = cluster.admitted("neusoft")
    with stranger.producer() as producer:
        producer.send(ANOTHERS_INBOX, b"before").get(10)

        with KafkaUsers(cluster.bootstrap) as users:
            assert principals.revoke(users, "neusoft")
            assert not principals.revoke(users, "neusoft")

        with pytest.raises((TopicAuthorizationFailedError, UnknownTopicOrPartitionError)):
            producer.send(ANOTHERS_INBOX, b"after").get(10)
    assert b"after" not in cluster.operator().read(ANOTHERS_INBOX)


# Our own


def test_a_process_of_ours_may_do_its_job_and_no_other(cluster: Cluster) -> None:
    web = cluster.worker("web")

    assert web.read(topics.MATCHES.name) == []
    with pytest.raises(TopicAuthorizationFailedError):
        web.write(topics.MATCHES.name)
    for topic in (topics.DEALS.name, RECEIPTS):
        with pytest.raises(KafkaException, match="TOPIC_AUTHORIZATION_FAILED"):
            web.read(topic)


def test_a_plan_finds_what_nobody_should_have_and_what_is_missing(cluster: Cluster) -> None:
    folder, wanted = cluster.home.secrets, rights.of_processes(CATALOGUE)
    stray = rights.Right("techdock.web", "ALL", rights.Kind.TOPIC, "techdock.", is_prefix=True)
    lost = rights.Right("techdock.web", rights.Act.READ, rights.Kind.TOPIC, topics.MATCHES.name)
    with KafkaUsers(cluster.bootstrap) as users:
        assert principals.plan(users, wanted, folder).is_done

        users.give([stray])
        users.take([lost])
        planned = principals.plan(users, wanted, folder)
        principals.apply(users, planned, folder)

        assert (planned.give, planned.take, planned.passwords) == ((lost,), (stray,), ())
        assert principals.plan(users, wanted, folder).is_done


def test_secrets_are_for_their_owner_alone(cluster: Cluster) -> None:
    folder = cluster.home.secrets

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert not list(folder.glob(".*"))


def _throttled(stranger: Stranger, topic: str) -> float:
    """Seconds that the broker has a writer of 400 kB wait when it first does."""
    told: list[float] = []
    writer = Producer({**stranger.librdkafka(), "throttle_cb": lambda event: told.append(event.throttle_time)})
    for _ in range(25):
        writer.produce(topic, bytes(16_000))
        writer.flush(60)
        if told:
            break
    return sum(told)
