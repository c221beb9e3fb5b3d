"""The intake when its broker is killed, over TLS, and with a file that goes in for good."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import httpx
import pytest

from infra.topics import KafkaCluster
from schemas import topics
from tests.broker.producers.intake import Intake, admitted, intake, offer, until
from tests.broker.streams.restartable import Broker


def _post(running: Intake, token: str, number: int) -> httpx.Response:
    with running.client(token) as client:
        return client.post("/v1/submissions", json=offer(number), headers={"Idempotency-Key": f"k{number}"})


def test_a_broker_that_is_killed_is_told_as_such_and_what_was_tried_meanwhile_counts_once(artefacts: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="techdock-intake-") as folder:
        broker = Broker(Path(folder), artefacts)
        broker.start()
        try:
            with KafkaCluster(broker.bootstrap) as cluster:
                cluster.create([topics.INSTITUTIONS])
            name, token, _ = admitted(broker.bootstrap)
            with intake(broker.bootstrap) as running:
                assert _post(running, token, 1).status_code == 202
                broker.kill()
                began = time.monotonic()
                answers = [_post(running, token, 2) for _ in range(2)]
                assert [answer.status_code for answer in answers] == [503, 503]
                assert all(answer.headers["retry-after"] for answer in answers)
                assert all(answer.headers["content-type"] == "application/problem+json" for answer in answers)
                # Whoever comes later hears at once that nothing can be taken.
                until(lambda: not running.is_up(), 30)
                assert time.monotonic() - began < 60
                broker.start()
                until(running.is_up, 60)
                assert _post(running, token, 2).status_code == 202
                assert _post(running, token, 1).status_code == 202
                said = {(values["achievement_id"], values["submission_id"]) for _, values in running.inbox(name)}
                assert sorted(one for one, _ in said) == ["A1", "A2"]
        finally:
            broker.kill()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody else trusts, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        sentence = "openssl is not installed (Debian: apt-get install openssl): nobody tried the intake over TLS"
        if "openssl" in os.environ.get("TECHDOCK_REQUIRE", "").split(","):
            pytest.fail(sentence)
        pytest.skip(sentence)
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", "/CN=intake", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", "key.pem", "-out", "cert.pem",
        ],
        cwd=folder, check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return folder / "cert.pem", folder / "key.pem"


def test_over_tls_it_is_the_same_and_a_handshake_that_never_ends_holds_nobody_up(
    bootstrap: str, certificate: tuple[Path, Path]
) -> None:
    name, token, _ = admitted(bootstrap)
    with intake(bootstrap, certificate) as running:
        silent = socket.create_connection(("127.0.0.1", int(running.url.rpartition(":")[2])), timeout=30)
        silent.settimeout(30)
        assert _post(running, token, 1).status_code == 202
        with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
            httpx.get(f"{running.url}/healthz")
        with silent:
            try:
                assert silent.recv(1) == b""
            except ConnectionResetError:
                # Cut off is cut off.
                assert running.is_up()
        assert [values["achievement_id"] for _, values in running.inbox(name)] == ["A1"]


def test_the_good_rows_of_a_file_are_in_kafka_and_the_answer_names_the_others(bootstrap: str) -> None:
    name, token, _ = admitted(bootstrap)
    with intake(bootstrap) as running, running.client(token) as client:
        asked = {"filename": "../../offers.csv", "as": "achievements"}
        content = "编号,成果名称\n1,船体清洗机器人\n2,\n3,膜\n".encode("gb18030")
        answers = [client.post("/v1/files", params=asked, content=content) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
        assert [(each["rows"], each["sent"], each["refused"]) for each in (one.json() for one in answers)] == [
            (3, 2, 1), (3, 2, 1),
        ]  # fmt: skip
        assert client.get(answers[0].json()["result"]).status_code == 200
        said = [(values["achievement_id"], values["submission_id"]) for _, values in running.inbox(name)]
    # The same file again is the same submissions again.
    assert [one for one, _ in said] == ["1", "3", "1", "3"]
    assert len(set(said)) == 2
