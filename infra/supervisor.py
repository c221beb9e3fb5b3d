"""Brings a whole TechDock up in one home, keeps it up, and takes it down again, leaving nothing behind."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from infra import database, home, ports, processes, runfiles, schema_ids, topics
from infra.broker import embedded, layout, registry, secured
from infra.children import Command
from infra.crew import Background, Crew, Stopping, StopRequest
from infra.home import Endpoints, Home
from infra.observed import observe
from infra.processes import INTAKE, PROCESSES, WEB, Process
from infra.security import certificates, principals, rights
from infra.security.cluster import KafkaUsers
from infra.settings import Settings
from infra.terminal import Steps
from schemas.errors import Misconfigured, Unavailable
from schemas.topics import CATALOGUE

_PAUSE = 0.05
#: Who is stopped last: the broker, then the database and the schema registry, then whoever uses them.
_BROKER, _DATABASE, _REGISTRY, _WORKERS = range(4)


@dataclass(frozen=True, slots=True)
class Options:
    """How much of TechDock to bring up; ``bare``: the broker and the database alone; ``registry``: one of our own."""

    workers: int = 1
    brokers: int | None = None
    bare: bool = False
    registry: bool = False
    secure: bool = False
    table: tuple[Process, ...] = PROCESSES
    migration: tuple[str, ...] = processes.MIGRATION
    first_model: tuple[str, ...] = processes.FIRST_MODEL


def supervise(
    settings: Settings,
    options: Options,
    steps: Steps,
    request: StopRequest,
    on_ready: Callable[[], object] = lambda: None,
) -> None:
    """Brings everything up, publishes the endpoints, and keeps it up until ``request`` is made.

    ``on_ready`` is called once all is up. Raises ``Misconfigured`` or ``Unavailable`` when it does not come up;
    whatever happens, nothing stays behind.
    """
    place = Home(settings.home)
    with home.held(place):
        for name in runfiles.clear(place.run):
            steps.say(f"{name} was left over from a supervisor that was killed; it is stopped now")
        crew = Crew(place, request, steps)
        try:
            _record_ourselves(place, "starting")
            endpoints = _bring_up(settings, options, crew)
            home.publish(place.endpoints, endpoints.as_json())
            _announce(endpoints, steps)
            on_ready()
            _record_ourselves(place, "ready")
            while not request.made:
                crew.look_after()
                time.sleep(_PAUSE)
            steps.say("stopping …")
        except Stopping:
            steps.say("stopping before everything was up …")
        finally:
            place.endpoints.unlink(missing_ok=True)
            crew.stop()
            place.targets.unlink(missing_ok=True)
            runfiles.forget(place.run, home.SUPERVISOR)


@contextmanager
def infrastructure(
    settings: Settings, steps: Steps, brokers: int | None = None, *, registry: bool = False
) -> Iterator[Endpoints]:
    """The broker and the database for as long as the block runs, in this process' own thread; tests live in it.

    Raises as ``supervise``.
    """
    place = Home(settings.home)
    with home.held(place):
        runfiles.clear(place.run)
        crew = Crew(place, StopRequest(), steps)
        try:
            yield _infrastructure(settings, Options(brokers=brokers, registry=registry), crew)
        finally:
            crew.stop()


def _bring_up(settings: Settings, options: Options, crew: Crew) -> Endpoints:
    if not options.bare:
        # First of all, for it takes about as long as the broker and the database.
        crew.fork(processes.packages(options.table), processes.AT_START)
    endpoints = _infrastructure(settings, options, crew)
    if options.bare:
        return endpoints
    names = (*processes.names(options.table, options.workers), WEB, INTAKE)
    kept = ports.chosen(crew.home.ports, names, {WEB: settings.web_port, INTAKE: settings.intake_port})
    if any(process.serves_web for process in options.table):
        endpoints = replace(endpoints, web_url=f"http://127.0.0.1:{kept[WEB]}")
    if any(process.takes_in for process in options.table):
        is_encrypted = certificates.of_intake(settings, endpoints.bootstrap) is not None
        endpoints = replace(endpoints, intake_url=_intake_url(settings.intake_host, kept[INTAKE], is_encrypted))
    commands = processes.commands(options.table, options.workers, crew.home, endpoints, kept)
    home.publish(crew.home.targets, processes.prometheus_targets(commands))
    with crew.steps.step("topics, tables and the scoring model"):
        env = processes.environment(crew.home, endpoints)
        migration = Command("migrate", options.migration, env=env)
        crew.run_to_its_end(migration, meanwhile=partial(_apply_topics, endpoints.bootstrap))
        crew.run_to_its_end(Command("first-model", options.first_model, env=env), meanwhile=lambda: None)
    with crew.steps.step(f"starting {len(commands)} processes"):
        for command in commands:
            crew.start(command, partial(_is_ready, command.metrics_port), _WORKERS)
        crew.fork_no_more()
        crew.wait_until_ready(_WORKERS, deaths_allowed=True)
    return endpoints


def _infrastructure(settings: Settings, options: Options, crew: Crew) -> Endpoints:
    """The broker, the database and perhaps a registry, side by side, as far as the environment does not name them."""
    # Ports first: where one is refused, nothing has been begun.
    nodes = () if settings.bootstrap else _nodes(settings, options, crew.home)
    registry_ports = _registry_ports(settings, options, crew.home)
    making_database = None if settings.database_url else Background(partial(database.prepare, crew.home))
    making_broker = (
        Background(partial(embedded.prepare, crew.home, settings.artefacts, nodes, crew.steps)) if nodes else None
    )
    bootstrap = settings.bootstrap or layout.bootstrap(nodes)
    if making_broker is None and not embedded.is_healthy(bootstrap):
        raise Unavailable(f"no Kafka answers at {bootstrap}: start it, or leave TECHDOCK_BOOTSTRAP out to run one here")
    # Children are started here, not where they are prepared: a child's leash is the thread that started it.
    if making_database is not None:
        healthy = partial(database.is_healthy, crew.home)
        crew.start(making_database.result(crew.request), healthy, _DATABASE)
    if making_broker is not None:
        for command in embedded.commands(making_broker.result(crew.request)):
            crew.start(command, partial(embedded.is_healthy, bootstrap, len(nodes)), _BROKER)
    if registry_ports is not None:
        _start_registry(settings, registry_ports, crew)
    if making_broker or making_database or registry_ports:
        also = " and the schema registry" if registry_ports else ""
        with crew.steps.step(f"starting the broker and the database{also}"):
            crew.wait_until_ready(_BROKER, _DATABASE, _REGISTRY, deaths_allowed=False)
    if nodes and nodes[0].is_secure:
        with crew.steps.step("principals and their rights"):
            _apply_rights(bootstrap, crew.home)
    url = settings.schema_registry_url if registry_ports is None else registry_ports.url
    _learn_schema_ids(settings, url, crew)
    return Endpoints(bootstrap, settings.database_url or database.url(crew.home), None, url)


def _start_registry(settings: Settings, listening: registry.Ports, crew: Crew) -> None:
    making = Background(partial(registry.prepare, crew.home, settings.artefacts, listening, crew.steps))
    crew.start(making.result(crew.request), partial(registry.is_healthy, listening), _REGISTRY)


def _learn_schema_ids(settings: Settings, url: str | None, crew: Crew) -> None:
    """Our schemas are registered before anything is written; a registry of our own is asked at each start."""
    if url is None:
        schema_ids.found(settings, None)
        return
    with crew.steps.step("registering our schemas"):
        asking = Background(partial(schema_ids.found, settings, url, ask=settings.schema_registry_url is None))
        asking.result(crew.request)


def _registry_ports(settings: Settings, options: Options, place: Home) -> registry.Ports | None:
    if not options.registry:
        return None
    if settings.schema_registry_url is not None:
        raise Misconfigured(
            [
                "TECHDOCK_SCHEMA_REGISTRY_URL names a schema registry: leave it out to run one here, "
                "or leave --registry out"
            ]
        )
    kept = ports.chosen(place.ports, (registry.PORT, registry.MANAGEMENT_PORT))
    return registry.Ports(kept[registry.PORT], kept[registry.MANAGEMENT_PORT])


def _nodes(settings: Settings, options: Options, place: Home) -> tuple[layout.Node, ...]:
    count = embedded.node_count(place, options.brokers)
    secure = secured.checked(embedded.is_secure(place), options.secure or settings.secure, place.root)
    kept = ports.chosen(place.ports, layout.port_names(count, secure), {"broker-1": settings.broker_port})
    return layout.nodes(count, kept, place.root)


def _apply_topics(bootstrap: str) -> None:
    with topics.KafkaCluster(bootstrap) as cluster:
        topics.apply(cluster, topics.plan(cluster, CATALOGUE))


def _apply_rights(bootstrap: str, place: Home) -> None:
    with KafkaUsers(bootstrap) as users:
        planned = principals.plan(users, rights.of_processes(CATALOGUE), place.secrets)
        principals.apply(users, planned, place.secrets)


def _intake_url(listening: str, port: int, is_encrypted: bool) -> str:
    host = f"[{listening}]" if ":" in listening else listening
    return f"{'https' if is_encrypted else 'http'}://{host}:{port}"


def _is_ready(metrics_port: int) -> bool:
    observed = observe(metrics_port)
    return observed is not None and observed.ready


def _record_ourselves(place: Home, state: runfiles.State) -> None:
    pid = os.getpid()
    runfiles.write(
        place.run, runfiles.Record(home.SUPERVISOR, pid, runfiles.started(pid) or "", tuple(sys.argv), state=state)
    )


def _announce(endpoints: Endpoints, steps: Steps) -> None:
    steps.say("TechDock is up")
    for name, value in endpoints.as_json().items():
        if value is not None:
            steps.say(f"  {name.replace('_', ' ')}: {value}")
    if endpoints.intake_url is not None and endpoints.intake_url.startswith("http:"):
        steps.say(
            "  the intake speaks plain HTTP, for this machine alone: TECHDOCK_INTAKE_CERTIFICATE and _KEY change it"
        )
