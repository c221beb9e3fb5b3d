"""A client that is slow, silent, greedy or gone harms nobody else: over real sockets on loopback."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from producers.gateway.bodies import Limits
from producers.gateway.connections import Patience
from schemas import topics
from tests.unit.producers.gateway.serving import TOKEN, Market, offer, served

#: What is allowed in these tests; patience is short, so that the tests are.
SHORT = Patience(connections=40, of_one_address=20, idle_seconds=1.0, request_seconds=3.0)
LIMITS = Limits(body_bytes=256 * 1024, body_seconds=1.0)
HEAD = (
    f"POST /v1/submissions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\n"
).encode()


@pytest.fixture
def market() -> Market:
    return Market(limits=LIMITS)


@pytest.fixture
def port(market: Market) -> Iterator[int]:
    with served(market, SHORT) as found:
        yield found


def connected(port: int, stack: ExitStack) -> socket.socket:
    made = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
    made.settimeout(20)
    return made


def everything(client: socket.socket) -> bytes:
    """What comes until the other side closes; nothing where it aborts."""
    found = b""
    try:
        while piece := client.recv(65_536):
            found += piece
    except ConnectionResetError:
        return found
    return found


def is_served(port: int) -> bool:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return httpx.post(f"http://127.0.0.1:{port}/v1/submissions", json=offer(1), headers=headers).status_code == 202


def is_cut_off(client: socket.socket, piece: bytes, pause: float) -> bool:
    """Whether the other side closes while ``piece`` is sent again and again."""
    deadline = time.monotonic() + 20
    try:
        while time.monotonic() < deadline:
            client.sendall(piece)
            time.sleep(pause)
    except (BrokenPipeError, ConnectionResetError):
        return True
    return False


def until(outcome: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not outcome():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def test_headers_that_come_drop_by_drop_are_cut_off_and_others_are_served_meanwhile(port: int) -> None:
    with ExitStack() as stack:
        slow = [connected(port, stack) for _ in range(10)]
        for client in slow:
            client.sendall(HEAD)
        assert is_served(port)
        assert is_cut_off(slow[0], b"X-More: 1\r\n", 0.1)
        assert [everything(client) for client in slow[1:]] == [b""] * 9
        assert is_served(port)


def test_whoever_says_nothing_is_let_go(port: int) -> None:
    with ExitStack() as stack:
        assert everything(connected(port, stack)) == b""


def test_a_body_that_does_not_come_is_answered_and_leaves_nothing_behind(market: Market, port: int) -> None:
    body = json.dumps(offer(1)).encode()
    with ExitStack() as stack:
        slow = connected(port, stack)
        slow.sendall(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:-1])
        assert is_served(port)
        answer = everything(slow)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"urn:techdock:problem:too-slow" in answer
    assert len(market.topics.written[topics.inbox("dlut").name]) == 1


def test_a_body_without_end_is_cut_off_where_it_is_too_large(market: Market, port: int) -> None:
    with ExitStack() as stack:
        greedy = connected(port, stack)
        greedy.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(5):
            greedy.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
        answer = greedy.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert is_served(port)
        everything(greedy)
    assert len(market.topics.written[topics.inbox("dlut").name]) == 1


def test_a_body_of_50_megabytes_is_refused_by_what_it_says_of_itself(port: int) -> None:
    body = b" " * (50 * 1024 * 1024)
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    with httpx.Client(timeout=30) as client:
        answer = client.post(f"http://127.0.0.1:{port}/v1/submissions", content=body, headers=headers)
    assert answer.status_code == 413
    assert is_served(port)


def test_a_socket_that_is_half_closed_in_the_middle_of_a_body_leaves_nothing_behind(market: Market, port: int) -> None:
    body = json.dumps(offer(1)).encode()
    with ExitStack() as stack:
        half = connected(port, stack)
        half.sendall(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:-1])
        half.shutdown(socket.SHUT_WR)
        everything(half)
        assert is_served(port)
    assert len(market.topics.written[topics.inbox("dlut").name]) == 1


def test_whoever_does_not_read_its_answers_is_let_go(port: int) -> None:
    faults = json.dumps([{} for _ in range(1_000)]).encode()
    request = HEAD + f"Content-Length: {len(faults)}\r\n\r\n".encode() + faults
    with ExitStack() as stack:
        deaf = socket.socket()
        stack.callback(deaf.close)
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        deaf.settimeout(30)
        deaf.connect(("127.0.0.1", port))
        assert is_cut_off(deaf, request, 0)
        assert is_served(port)


def test_one_address_has_so_many_connections_and_no_more(port: int) -> None:
    with ExitStack() as stack:
        crowd = [connected(port, stack) for _ in range(SHORT.of_one_address)]
        one_more = connected(port, stack)
        assert everything(one_more) == b""
        for client in crowd:
            client.close()
        until(lambda: _is_served_now(port))


def _is_served_now(port: int) -> bool:
    try:
        return is_served(port)
    except httpx.TransportError:
        return False


def test_what_is_no_http_is_answered_as_such(port: int) -> None:
    with ExitStack() as stack:
        client = connected(port, stack)
        client.sendall(b"\x16\x03\x01\x02\x00 hello\r\n\r\n")
        assert everything(client).startswith(b"HTTP/1.1 400 ")
