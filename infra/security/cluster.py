"""The users of a real cluster, spoken to with kafka-python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)
from kafka.errors import ClusterAuthorizationFailedError, KafkaError, SecurityDisabledError
from kafka.protocol.admin import AlterClientQuotasRequest, DescribeClientQuotasRequest

from infra import clients
from infra.security.rights import Right
from schemas.errors import Misconfigured, Unavailable

_USER = "User:"
_RATE = "producer_byte_rate"
#: How a quota's owner is asked for: any that has a name.
_ANY_NAME = 2
#: Rounds of hashing; passwords of 256 random bits need no more than the least that Kafka allows.
_ROUNDS = 4096


class KafkaUsers:
    """The users that a cluster knows, their rights and their quotas."""

    def __init__(self, bootstrap: str) -> None:
        self._admin = clients.admin(bootstrap)

    def __enter__(self) -> KafkaUsers:
        return self

    def __exit__(self, *reason: object) -> None:
        self._admin.close()

    def rights(self) -> frozenset[Right]:
        every = ACLFilter(
            None, None, ACLOperation.ANY, ACLPermissionType.ALLOW,
            ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY),
        )  # fmt: skip
        with _translated("rights cannot be listed"):
            found, _ = self._admin.describe_acls(every)
        return frozenset(_right(acl) for acl in found)

    def give(self, new: Iterable[Right]) -> None:
        with _translated("rights cannot be given"):
            for failed in self._admin.create_acls([_acl(right) for right in new])["failed"]:
                raise failed

    def take(self, old: Iterable[Right]) -> None:
        with _translated("rights cannot be taken away"):
            for _, _, error in self._admin.delete_acls([_filter(right) for right in old]):
                if error.errno:
                    raise error

    def names(self) -> frozenset[str]:
        with _translated("users cannot be listed"):
            found = self._admin.describe_user_scram_credentials()
        return frozenset(
            name
            for name, told in found.items()
            if any(one["mechanism"] is ScramMechanism.SCRAM_SHA_512 for one in told["credential_infos"])
        )

    def set_password(self, principal: str, password: str) -> None:
        self._alter(UserScramCredentialUpsertion(principal, ScramMechanism.SCRAM_SHA_512, password, _ROUNDS))

    def forget(self, principal: str) -> None:
        self._alter(UserScramCredentialDeletion(principal, ScramMechanism.SCRAM_SHA_512))

    def rates(self) -> Mapping[str, float]:
        request = DescribeClientQuotasRequest(
            components=[DescribeClientQuotasRequest.ComponentData("user", _ANY_NAME, None)], strict=True
        )
        answer = self._asked("quotas cannot be listed", request)
        if answer.error_code:
            raise Unavailable(f"quotas cannot be listed: {answer.error_message}")
        return {
            entry.entity[0].entity_name: value.value
            for entry in answer.entries or ()
            for value in entry.values
            if value.key == _RATE
        }

    def set_rate(self, principal: str, rate: int | None) -> None:
        kind = AlterClientQuotasRequest.EntryData
        change = kind.OpData(_RATE, float(rate or 0), rate is None)
        entry = kind([kind.EntityData("user", principal)], [change])
        answer = self._asked("a quota cannot be set", AlterClientQuotasRequest([entry], False))
        if problem := answer.entries[0].error_message:
            raise Unavailable(f"the quota of {principal} cannot be set: {problem}")

    def _alter(self, change: UserScramCredentialUpsertion | UserScramCredentialDeletion) -> None:
        with _translated("a password cannot be changed"):
            problem = self._admin.alter_user_scram_credentials([change])[change.user]
        if problem is not None:
            raise Unavailable(f"the password of {change.user} cannot be changed: {problem}")

    def _asked(self, what: str, request: Any) -> Any:
        # kafka-python knows the messages of quotas and has no method for them.
        with _translated(what):
            return self._admin._manager.run(self._admin._manager.send, request)


@contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except SecurityDisabledError as error:
        raise Misconfigured(["this cluster asks nobody who they are: start one with `techdock up --secure`"]) from error
    except ClusterAuthorizationFailedError as error:
        raise Misconfigured([f"{what}: only the operator of the cluster may do that"]) from error
    except KafkaError as error:
        raise Unavailable(f"{what}: {error}") from error


def _right(acl: ACL) -> Right:
    at = acl.resource_pattern
    is_prefix = at.pattern_type is ACLResourcePatternType.PREFIXED
    principal = acl.principal.removeprefix(_USER)
    return Right(principal, acl.operation.name, at.resource_type.name, at.resource_name, is_prefix, acl.host)


def _acl(right: Right) -> ACL:
    pattern = ResourcePattern(ResourceType[right.kind], right.name, _pattern(right))
    allowed = ACLPermissionType.ALLOW
    return ACL(f"{_USER}{right.principal}", right.host, ACLOperation[right.act], allowed, pattern)


def _filter(right: Right) -> ACLFilter:
    pattern = ResourcePatternFilter(ResourceType[right.kind], right.name, _pattern(right))
    allowed = ACLPermissionType.ALLOW
    return ACLFilter(f"{_USER}{right.principal}", right.host, ACLOperation[right.act], allowed, pattern)


def _pattern(right: Right) -> ACLResourcePatternType:
    return ACLResourcePatternType.PREFIXED if right.is_prefix else ACLResourcePatternType.LITERAL
