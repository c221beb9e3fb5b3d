"""Files from Maven, Kafka's jars first of all: fetched once by coordinates, used only if they are those we know."""

from __future__ import annotations

import hashlib
import importlib.resources
import os
import queue
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.terminal import Step
from schemas.errors import Misconfigured, Unavailable

VERSION = "4.3.1"
#: Downloads at a time.
_FETCHERS = 4


@dataclass(frozen=True, slots=True)
class Jar:
    """One file: ``group:artifact:version`` and what its bytes must sum to; a jar, unless ``packaging`` is another."""

    coordinates: str
    sha256: str
    classifier: str = ""
    packaging: str = "jar"

    @property
    def path(self) -> Path:
        """Where it lies below a Maven repository, ours or any other."""
        group, artifact, version = self.coordinates.split(":")
        kind = f"-{self.classifier}" if self.classifier else ""
        return Path(*group.split("."), artifact, version, f"{artifact}-{version}{kind}.{self.packaging}")


#: Puts one jar into a folder laid out as a Maven repository; raises ``Unavailable`` where it cannot.
Fetch = Callable[[Jar, Path], None]


def recorded() -> tuple[Jar, ...]:
    """Every jar of the class path: what jgo resolves ``org.apache.kafka:kafka_2.13`` to, and a logger for it."""
    text = importlib.resources.files(__package__).joinpath(f"kafka-{VERSION}.sha256").read_text(encoding="utf-8")
    return tuple(Jar(coordinates, sha256) for sha256, coordinates in (line.split() for line in text.splitlines()))


def missing(folder: Path, jars: Sequence[Jar]) -> tuple[Jar, ...]:
    """The jars that still have to be fetched into ``folder``."""
    return tuple(jar for jar in jars if not (folder / jar.path).exists())


def class_path(folder: Path, jars: Sequence[Jar]) -> str:
    """The class path for Java, after every file has been checked.

    Raises ``Misconfigured`` with each file that is not the recorded one.
    """
    wrong = [folder / jar.path for jar in jars if _sha256(folder / jar.path) != jar.sha256]
    if wrong:
        raise Misconfigured(
            [f"{path} is not the file we know (its SHA-256 differs): delete it and start again" for path in wrong]
        )
    return os.pathsep.join(str(folder / jar.path) for jar in jars)


def fetch(folder: Path, jars: Sequence[Jar], step: Step, fetch_one: Fetch | None = None) -> None:
    """Fetches ``jars`` into ``folder``, a few at a time, telling ``step`` how far it is.

    A jar appears in ``folder`` only whole and checked, however this ends. Raises ``Unavailable`` or ``Misconfigured``.
    """
    draft = folder / f".draft-{os.getpid()}"
    draft.mkdir(parents=True, exist_ok=True)
    todo: queue.SimpleQueue[Jar] = queue.SimpleQueue()
    for jar in jars:
        todo.put(jar)
    done: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()
    one = fetch_one or _from_maven
    for _ in range(_FETCHERS):
        # Daemons: someone who stops us now must not wait for the last byte.
        threading.Thread(target=_fetch_from, args=(todo, done, draft, folder, one), daemon=True).start()
    try:
        for number in range(len(jars)):
            step.at(number, len(jars))
            problem = done.get()
            if problem is not None:
                raise problem
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _fetch_from(
    todo: queue.SimpleQueue[Jar], done: queue.SimpleQueue[Exception | None], draft: Path, folder: Path, one: Fetch
) -> None:
    while True:
        try:
            jar = todo.get_nowait()
        except queue.Empty:
            return
        try:
            one(jar, draft)
            _accept(jar, draft, folder)
        except (Unavailable, Misconfigured, OSError) as error:
            done.put(error)
            return
        done.put(None)


def _accept(jar: Jar, draft: Path, folder: Path) -> None:
    if _sha256(draft / jar.path) != jar.sha256:
        raise Misconfigured(
            [f"{jar.coordinates} came with an unknown SHA-256 and was thrown away: look at jgo's repository"]
        )
    (folder / jar.path).parent.mkdir(parents=True, exist_ok=True)
    (draft / jar.path).replace(folder / jar.path)


def _from_maven(jar: Jar, draft: Path) -> None:
    import requests
    from jgo.config import GlobalSettings
    from jgo.maven import MavenContext, PythonResolver

    group, artifact, version = jar.coordinates.split(":")
    resolver = PythonResolver()
    context = MavenContext(resolver=resolver, repo_cache=draft, timeout=30)
    # A mirror that the user gave to jgo counts for us too.
    context.remote_repos.update(GlobalSettings.load().repositories)
    try:
        component = context.project(group, artifact).at_version(version)
        resolver.download(component.artifact(classifier=jar.classifier, packaging=jar.packaging))
    except (requests.RequestException, RuntimeError) as error:
        raise Unavailable(
            f"{jar.coordinates} cannot be downloaded ({_plain(error)}): check the network and start again, "
            f"or put the file into TECHDOCK_ARTEFACTS, or name a Kafka with TECHDOCK_BOOTSTRAP, a schema registry with "
            f"TECHDOCK_SCHEMA_REGISTRY_URL",
            30.0,
        ) from None


def _plain(error: Exception) -> str:
    return type(error).__name__ if not isinstance(error, RuntimeError) else "no repository has it"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
