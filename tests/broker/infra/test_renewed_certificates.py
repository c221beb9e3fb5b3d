"""Certificates and authorities are replaced under a running broker: who has the bundle of the day always gets in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.security.certificates import Certificates
from infra.security.renewal import take_up
from schemas import topics
from tests.broker.infra.secure import Cluster, Stranger, secure_cluster

INBOX = topics.inbox("dlut").name


@pytest.fixture(scope="module")
def cluster(artefacts: Path) -> Iterator[Cluster]:
    with secure_cluster(artefacts) as made:
        yield made


def test_an_authority_is_replaced_in_three_steps_without_a_client_that_is_shut_out(
    cluster: Cluster, tmp_path: Path
) -> None:
    certificates, now = Certificates(cluster.home.secrets), datetime.now(UTC)
    dlut = cluster.admitted("dlut")
    early = _keeping(dlut, certificates, tmp_path / "early.pem")
    with dlut.producer() as standing:
        standing.send(INBOX, b"0").get(10)

        certificates.rotate((), now)
        take_up(cluster.bootstrap, certificates)
        early.write(INBOX)

        certificates.add_authority(now)
        take_up(cluster.bootstrap, certificates)
        early.write(INBOX)
        between = _keeping(dlut, certificates, tmp_path / "between.pem")
        between.write(INBOX)

        certificates.rotate((), now)
        take_up(cluster.bootstrap, certificates)
        between.write(INBOX)
        assert "_SSL" in (early.refusals() or ())

        certificates.retire()
        take_up(cluster.bootstrap, certificates)
        between.write(INBOX)
        dlut.write(INBOX)
        # A connection that stands is asked for nothing again.
        standing.send(INBOX, b"1").get(10)


def _keeping(stranger: Stranger, certificates: Certificates, path: Path) -> Stranger:
    """The same, with the bundle of now for ever."""
    shutil.copy(certificates.bundle, path)
    return replace(stranger, authorities=path)
