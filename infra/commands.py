"""TechDock's own commands: up, down, status, schemas, topics, transactions, verify; security, certificates, vault."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from infra import answers, home
from infra.home import Home
from infra.security.certificate_commands import certificates_app
from infra.security.commands import security_app
from infra.settings import Settings
from infra.vault.commands import vault_app
from schemas.errors import Misconfigured, Unavailable

if TYPE_CHECKING:
    # Loaded only where they are needed: `techdock --help` should answer at once.
    from infra.health import Health
    from infra.transactions import Open

#: The first words that are ours, so that nothing else has to be loaded for them.
NAMES = frozenset(
    {"up", "down", "status", "schemas", "topics", "transactions", "verify", "security", "certificates", "vault"}
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def register(app: typer.Typer) -> None:
    """Adds our commands."""
    app.command()(up)
    app.command()(down)
    app.command()(status)
    app.command()(verify)
    app.add_typer(_topics(), name="topics")
    app.add_typer(_schemas(), name="schemas")
    app.add_typer(_transactions(), name="transactions")
    app.add_typer(security_app(), name="security")
    app.add_typer(certificates_app(), name="certificates")
    app.add_typer(vault_app(), name="vault")


def up(
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Return once everything is healthy.")] = False,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Workers of each scaling processor.")] = 1,
    brokers: Annotated[int | None, typer.Option(help="Kafka nodes: 1, or 3 with replication.")] = None,
    bare: Annotated[bool, typer.Option("--bare", help="The broker and the database alone.")] = False,
    registry: Annotated[bool, typer.Option("--registry", help="A schema registry (Apicurio) as well.")] = False,
    secure: Annotated[bool, typer.Option("--secure", help="A broker that asks who its clients are, over TLS.")] = False,
    detached: Annotated[bool, typer.Option("--detached", hidden=True)] = False,
) -> None:
    """Start everything TechDock needs, and keep it up until Ctrl-C or `techdock down`."""
    from infra import detached as detaching
    from infra.crew import StopRequest
    from infra.leash import die_with_parent
    from infra.supervisor import Options, supervise
    from infra.terminal import steps

    settings = Settings.from_env(os.environ)
    options = Options(workers, brokers, bare, registry, secure)
    console = Console()
    if detach:
        raise typer.Exit(detaching.start(Home(settings.home), options, console))
    request = StopRequest()
    request.watch()
    # While a detached start is under way, whoever asked for it holds the leash; ready, it is on its own.
    supervise(settings, options, steps(console), request, on_ready=lambda: die_with_parent(0) if detached else None)


def down(
    timeout: Annotated[float, typer.Option(help="Seconds until everything is killed.")] = 90.0,
) -> None:
    """Stop what runs in this home: processes first, then the database, then the broker."""
    from infra import detached

    place = Home(Settings.from_env(os.environ).home)
    Console().print("stopped" if detached.stop(place, timeout) else "nothing is running here")


def status(as_json: Json = False) -> None:
    """Show what runs, how many records wait, and what has been counted; exit 1 when something is not well."""
    from infra import health
    from infra.lag import KafkaLag

    settings = Settings.from_env(os.environ)
    endpoints = home.endpoints(settings)
    try:
        with KafkaLag(endpoints.bootstrap) as cluster:
            waiting, away = cluster.measure(), None
    except Unavailable as error:
        # Whoever asks how things are wants the rest of the answer all the more.
        waiting, away = {}, error
    found = health.look(Home(settings.home), waiting)
    if as_json:
        addresses = {"web_url": endpoints.web_url, "intake_url": endpoints.intake_url}
        print(json.dumps({**found.as_json(), **addresses}))  # noqa: T201 - the answer itself
    else:
        for name, url in (("web", endpoints.web_url), ("intake", endpoints.intake_url)):
            Console().print(f"{name:<7} {url or 'is not here'}", highlight=False, soft_wrap=True)
        _show(found, Console())
    if away is not None:
        raise away
    raise typer.Exit(0 if found.ok else 1)


def verify(
    drain: Annotated[bool, typer.Option("--drain", help="First wait until every record has been worked on.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for that.")] = 600.0,
    as_json: Json = False,
) -> None:
    """Compare what was said with what was decided and what is remembered; exit 1 on any difference."""
    from infra import lag, reading, side_by_side, verification

    endpoints = home.endpoints(Settings.from_env(os.environ))
    if drain:
        with lag.KafkaLag(endpoints.bootstrap) as cluster:
            lag.wait_until_drained(cluster.measure_with_size, time.monotonic() + timeout)
    checks = verification.contributed()
    with (
        reading.one_client(),
        side_by_side.others(verification.worth(checks, endpoints.bootstrap)) as crew,
    ):
        report = verification.verified(checks, endpoints, crew)
    if as_json:
        answer = {"ok": report.ok, "checked": report.checked, "differences": report.differences}
        print(json.dumps(answer, default=str))  # noqa: T201 - the answer itself
    else:
        console = Console(soft_wrap=True)
        for kind, number in report.checked.items():
            console.print(f"{number:>10}  {kind}", highlight=False, markup=False)
        for difference in report.differences:
            console.print(f"differs: {json.dumps(difference, default=str, ensure_ascii=False)}", markup=False)
        console.print("everything agrees" if report.ok else f"{len(report.differences)} differences")
    raise typer.Exit(0 if report.ok else 1)


def _topics() -> typer.Typer:
    app = typer.Typer(help="The catalogue of topics and the cluster.", no_args_is_help=True)
    app.command("plan")(plan_topics)
    app.command("apply")(apply_topics)
    return app


def plan_topics() -> None:
    """Show what would have to change in the cluster; exit 1 when something would."""
    from infra import topics
    from schemas.topics import CATALOGUE

    with topics.KafkaCluster(home.endpoints(Settings.from_env(os.environ)).bootstrap) as cluster:
        planned = topics.plan(cluster, CATALOGUE)
    for line in topics.described(planned):
        Console().print(line, soft_wrap=True, markup=False, highlight=False)
    raise typer.Exit(0 if planned.is_done else 1)


def apply_topics(
    delete: Annotated[bool, typer.Option("--delete", help="Also delete topics of ours that nobody knows.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Make the cluster's topics what the catalogue says."""
    from infra import topics
    from schemas.topics import CATALOGUE

    console = Console()
    with topics.KafkaCluster(home.endpoints(Settings.from_env(os.environ)).bootstrap) as cluster:
        planned = topics.plan(cluster, CATALOGUE)
        for line in topics.described(planned):
            console.print(line, soft_wrap=True, markup=False, highlight=False)
        # Without someone to ask, a deletion needs --yes; everything else can be done again.
        if delete and planned.strays and not yes:
            typer.confirm(f"Delete {len(planned.strays)} topics with all that is in them?", abort=True)
        topics.apply(cluster, planned, delete)
    console.print("done")


def _schemas() -> typer.Typer:
    app = typer.Typer(help="Our schemas and the schema registry.", no_args_is_help=True)
    # With one command alone Typer would leave its name out.
    app.callback()(lambda: None)
    app.command("register")(register_schemas)
    return app


def register_schemas() -> None:
    """Put our schemas, of every release, into the registry, and have it keep them fully compatible."""
    from infra import registration
    from schemas.editions import PRESENT, releases

    url = home.registry_url(Settings.from_env(os.environ))
    if url is None:
        raise Misconfigured(["TECHDOCK_SCHEMA_REGISTRY_URL is not set: give the address of a schema registry"])
    ids = {one.subject: one.schema_id for one in registration.register(url, (*releases(), PRESENT))}
    for subject, schema_id in ids.items():
        Console().print(f"{schema_id:>6}  {subject}", highlight=False, markup=False)
    Console().print(f"{len(ids)} schemas are registered and kept {registration.LEVEL}", highlight=False, markup=False)


def _transactions() -> typer.Typer:
    app = typer.Typer(help="Transactions that stand open on partitions.", no_args_is_help=True)
    app.command("list")(list_transactions)
    app.command("abort")(abort_transactions)
    return app


def list_transactions(as_json: Json = False) -> None:
    """List open transactions; those that nobody will end are marked, and make the exit code 1."""
    from infra import transactions

    with transactions.KafkaTransactions(answers.bootstrap()) as cluster:
        found = cluster.open(time.time())
    if as_json:
        print(json.dumps([{**asdict(one), "is_hung": one.is_hung} for one in found]))  # noqa: T201 - the answer itself
    else:
        _show_transactions(found)
    raise typer.Exit(1 if any(one.is_hung for one in found) else 0)


def abort_transactions() -> None:
    """End the transactions that nobody will end: what lies behind them becomes readable, their own records never do.

    Whoever wrote them was told nothing of a commit, and has done or will do the same work again.
    """
    from infra import transactions

    with transactions.KafkaTransactions(answers.bootstrap()) as cluster:
        hung = [one for one in cluster.open(time.time()) if one.is_hung]
        cluster.end(hung)
    _show_transactions(hung)
    Console().print(f"{len(hung)} ended", highlight=False)


def _show_transactions(found: Sequence[Open]) -> None:
    table = Table("topic", "partition", "from offset", "producer", "seconds", "", box=None)
    for one in found:
        mark = "[red]nobody ends it[/]" if one.is_hung else "" if one.is_known else "not known to its coordinator"
        table.add_row(one.topic, *map(str, (one.partition, one.since_offset, one.producer_id)), f"{one.age:.0f}", mark)
    Console().print(table)


def _show(found: Health, console: Console) -> None:
    """The same as the JSON, for people."""
    table = Table("process", "pid", "state", box=None)
    for process in found.processes:
        colour = {"ready": "green", "starting": "yellow"}.get(process.state, "red")
        table.add_row(process.name, str(process.pid), f"[{colour}]{process.state}[/]")
    console.print(table)
    waiting = Table("group", "topic", "waiting", box=None)
    for group, topics in found.lag.items():
        for topic, records in topics.items():
            waiting.add_row(group, topic, str(records))
    console.print(waiting)
    for name, value in found.counts.items():
        console.print(f"{value:>12.0f}  {name}", highlight=False)
    if found.slowest_searches:
        slowest = Table("slowest searches", "ms", "postings", "gated", "scored", "process", box=None)
        for search in found.slowest_searches:
            counts = (f"{count:,}" for count in (search.postings, search.gated, search.scored))
            slowest.add_row(escape(search.demand), f"{1000 * search.seconds:.1f}", *counts, search.process)
        console.print(slowest)
    for wait in found.waiting_lanes:
        console.print(f"lane {wait.lane} waits: {wait.cause} ({wait.process})", style="yellow", markup=False)
    for stand in found.stopped_lanes:
        console.print(f"lane {stand.lane} stands at {stand.record} (try {stand.tries}, {stand.process})", style="red")
        console.print(stand.traceback, style="dim", markup=False, highlight=False)
