"""``techdock security``: principals, their rights and their quotas; a password is printed once and kept nowhere."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from rich.console import Console

from infra import answers, home
from infra.home import Home
from infra.security.principals import USUAL_RATE
from infra.settings import Settings

Id = Annotated[str, typer.Argument(metavar="ID", help="The institution, for example dlut.")]


def security_app() -> typer.Typer:
    """The commands below ``techdock security``."""
    app = typer.Typer(help="Who may do what on a secure broker.", no_args_is_help=True)
    app.command("plan")(plan)
    app.command("apply")(apply)
    app.command("admit")(admit)
    app.command("revoke")(revoke)
    return app


def plan() -> None:
    """Show which rights and passwords would have to change; exit 1 when some would."""
    from infra.security import principals, rights
    from infra.security.cluster import KafkaUsers
    from schemas.topics import CATALOGUE

    settings = Settings.from_env(os.environ)
    with KafkaUsers(home.bootstrap(settings)) as users:
        planned = principals.plan(users, rights.of_processes(CATALOGUE), Home(settings.home).secrets)
    for line in principals.described(planned):
        _tell(line)
    raise typer.Exit(0 if planned.is_done else 1)


def apply() -> None:
    """Give our processes and all admitted institutions their rights, and take away what is not theirs.

    A process without a password gets one, in the secrets of this home; start the process anew.
    """
    from infra.security import principals, rights
    from infra.security.cluster import KafkaUsers
    from schemas.topics import CATALOGUE

    settings = Settings.from_env(os.environ)
    folder = Home(settings.home).secrets
    with KafkaUsers(home.bootstrap(settings)) as users:
        planned = principals.plan(users, rights.of_processes(CATALOGUE), folder)
        for line in principals.described(planned):
            _tell(line)
        principals.apply(users, planned, folder)
    _tell("done")


def admit(
    institution: Id,
    rate: Annotated[int, typer.Option(min=1024, help="Bytes per second that it may write.")] = USUAL_RATE,
) -> None:
    """Let an institution write to its inbox and read its receipts; print its password, this once.

    The same again issues a new password, and the one before is worth nothing to whoever signs in.
    """
    from infra.security import principals, rights
    from infra.security.cluster import KafkaUsers

    name = rights.institution(institution)
    with KafkaUsers(answers.bootstrap()) as users:
        password = principals.admit(users, institution, rate)
    print(password)  # noqa: T201 - the answer itself
    Console(stderr=True).print(f"the password of {name}: keep it, it is not shown again", markup=False, highlight=False)


def revoke(institution: Id) -> None:
    """Shut an institution out at once, open connections included; exit 1 where it was not in."""
    from infra.security import principals
    from infra.security.cluster import KafkaUsers

    with KafkaUsers(answers.bootstrap()) as users:
        was_in = principals.revoke(users, institution)
    _tell(f"{institution} is shut out" if was_in else f"{institution} had no password and no rights")
    raise typer.Exit(0 if was_in else 1)


def _tell(line: str) -> None:
    Console().print(line, soft_wrap=True, markup=False, highlight=False)
