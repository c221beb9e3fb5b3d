"""Makes the principals of a cluster and their rights what they should be: first a plan, then the deed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from infra.processes import PROCESSES
from infra.security import access, rights, secrets
from infra.security.rights import Right

#: Bytes per second that an institution may write unless it is told otherwise: some 900 submissions of 1.1 kB.
USUAL_RATE = 1024 * 1024


class Users(Protocol):
    """What a cluster knows of users; its methods raise ``Unavailable``, or ``Misconfigured`` where it keeps none."""

    def rights(self) -> frozenset[Right]:
        """Every right that is given to anybody."""

    def give(self, new: Iterable[Right]) -> None:
        """Gives rights."""

    def take(self, old: Iterable[Right]) -> None:
        """Takes rights away; from this moment on, connections that stand included."""

    def names(self) -> frozenset[str]:
        """Principals that have a password."""

    def set_password(self, principal: str, password: str) -> None:
        """The password is this one from now on."""

    def forget(self, principal: str) -> None:
        """Nobody can sign in as this principal any more."""

    def rates(self) -> Mapping[str, float]:
        """Bytes per second that principals may write to each broker, where that is limited."""

    def set_rate(self, principal: str, rate: int | None) -> None:
        """Limits what a principal may write to each broker, in bytes per second; ``None`` lifts the limit."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to happen; ``passwords`` names the processes that have none, or none that this home knows."""

    give: tuple[Right, ...]
    take: tuple[Right, ...]
    passwords: tuple[str, ...]
    unchanged: int

    @property
    def is_done(self) -> bool:
        return not (self.give or self.take or self.passwords)


def plan(users: Users, wanted: Iterable[Right], folder: Path) -> Plan:
    """What it takes until ``wanted`` and the rights of all admitted institutions are all there is; changes nothing.

    ``folder``: the secrets of this home. Rights of principals that are not ours stay as they are.
    """
    # Rights first: whoever may not see them is told so, and asked for users a broker would just hang up.
    given, names = users.rights(), users.names()
    admitted = [known for name in sorted(names) if (known := rights.institution_of(name)) is not None]
    due = {*wanted, *(right for one in admitted for right in rights.of_institution(one))}
    ours = {right for right in given if rights.is_ours(right.principal)}
    principals = [rights.process(one.job) for one in PROCESSES]
    return Plan(
        give=tuple(sorted(due - ours)),
        take=tuple(sorted(ours - due)),
        passwords=tuple(
            one for one in principals if one not in names or not access.password_file(folder, one).exists()
        ),
        unchanged=len(due & ours),
    )


def apply(users: Users, planned: Plan, folder: Path, new_password: Callable[[], str] = secrets.new_password) -> None:
    """Carries a plan out; new passwords go into ``folder``."""
    if planned.give:
        users.give(planned.give)
    if planned.take:
        users.take(planned.take)
    for principal in planned.passwords:
        password = new_password()
        users.set_password(principal, password)
        # Afterwards: where this does not come about, the next plan finds it missing.
        secrets.write(access.password_file(folder, principal), password + "\n")


def described(planned: Plan) -> Sequence[str]:
    """The plan, one line for each change, and a sum."""
    return [
        *(f"give       {right}" for right in planned.give),
        *(f"take       {right}" for right in planned.take),
        *(f"password   {principal}" for principal in planned.passwords),
        f"unchanged  {planned.unchanged} rights",
    ]


def admit(users: Users, institution_id: str, rate: int, new_password: Callable[[], str] = secrets.new_password) -> str:
    """Lets an institution in; its password, which is kept nowhere. Whoever was in gets a new one.

    ``rate``: bytes per second that it may write to each broker. Raises ``Misconfigured`` where the id is none.
    """
    principal = rights.institution(institution_id)
    password = new_password()
    users.give(rights.of_institution(institution_id))
    users.set_rate(principal, rate)
    users.set_password(principal, password)
    return password


def revoke(users: Users, institution_id: str) -> bool:
    """Shuts an institution out, at once; whether it was in. Its topics and records stay."""
    principal = rights.institution(institution_id)
    held = [right for right in users.rights() if right.principal == principal]
    was_in = principal in users.names()
    if held:
        # First: a connection that stands needs no password any more, but each request needs a right.
        users.take(held)
    if was_in:
        users.forget(principal)
    if principal in users.rates():
        users.set_rate(principal, None)
    return bool(held) or was_in
