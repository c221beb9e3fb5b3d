"""Under which ids a schema registry knows our schemas: asked once, kept in the home, adopted by each process."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

from infra import home
from infra.home import Home
from infra.settings import Settings
from schemas import codec, framing
from schemas.editions import PRESENT, releases
from schemas.errors import Misconfigured, Unavailable
from schemas.framing import Framing


@dataclasses.dataclass(frozen=True, slots=True)
class Kept:
    """What a home knows: by id the first ten bytes of a record in single-object encoding, the latest schemas last.

    Ids that were ever written stay, whatever registry is asked later.
    """

    url: str | None = None
    prefixes: Mapping[int, bytes] = dataclasses.field(default_factory=dict)

    def covers(self, url: str) -> bool:
        """Whether this registry need not be asked: it gave an id to every schema of this release."""
        known = set(self.prefixes.values())
        return self.url == url and all(codec.prefix(name) in known for name in PRESENT.records)


def adopt(settings: Settings) -> None:
    """Lets this process read and write by the registry that the environment or this home names; see ``found``."""
    framing.adopt(found(settings, home.registry_url(settings)))


def found(settings: Settings, url: str | None, *, ask: bool = False) -> Framing:
    """How to read and write with the registry at ``url``, or after there was one; ``None``: there is none now.

    The registry is asked where this home does not know its ids yet, or with ``ask``. Our schemas are registered with
    that. Raises ``Unavailable`` where it does not answer then, ``Misconfigured`` where it is another one than before.
    """
    path = Home(settings.home).schema_ids
    kept = _read(path)
    if url is None:
        if settings.wire_format == "confluent":
            raise Misconfigured(
                ["TECHDOCK_WIRE_FORMAT=confluent needs a schema registry: name one with TECHDOCK_SCHEMA_REGISTRY_URL, "
                 "or start one with `techdock up --registry`"]
            )  # fmt: skip
        return Framing(kept.prefixes)
    if ask or not kept.covers(url):
        kept = _merged(kept, Kept(url, _asked(url)), path)
        path.parent.mkdir(parents=True, exist_ok=True)
        prefixes = {str(schema_id): prefix.hex() for schema_id, prefix in kept.prefixes.items()}
        home.publish(path, {"registry": kept.url, "prefixes": prefixes})
    return Framing(kept.prefixes, writes_confluent=settings.wire_format != "single-object")


def _asked(url: str) -> Mapping[int, bytes]:
    from infra import registration

    try:
        known = registration.register(url, (*releases(), PRESENT))
    except Unavailable as error:
        raise Unavailable(
            f"{error.what}; its ids of our schemas are needed once before records can be written: start the registry "
            f"at {url}, or set TECHDOCK_WIRE_FORMAT and TECHDOCK_SCHEMA_REGISTRY_URL to nothing to do without one",
            error.retry_after,
        ) from error
    return {one.schema_id: codec.prefix_under(one.schema) for one in known}


def _merged(kept: Kept, fresh: Kept, path: Path) -> Kept:
    clashing = [
        schema_id for schema_id, prefix in fresh.prefixes.items() if kept.prefixes.get(schema_id, prefix) != prefix
    ]
    if clashing:
        raise Misconfigured(
            [f"the schema registry at {fresh.url} gives id {min(clashing)} to another schema than the one under which "
             f"records were written before ({kept.url}): name that registry again or restore its data; where no "
             f"record was written in Confluent's format yet, delete {path}"]
        )  # fmt: skip
    earlier = {schema_id: prefix for schema_id, prefix in kept.prefixes.items() if schema_id not in fresh.prefixes}
    return Kept(fresh.url, {**earlier, **fresh.prefixes})


def _read(path: Path) -> Kept:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        prefixes = {int(schema_id): bytes.fromhex(prefix) for schema_id, prefix in content["prefixes"].items()}
        return Kept(content["registry"], prefixes)
    except FileNotFoundError:
        return Kept()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Misconfigured(
            [f"{path} cannot be read ({error!r}): restore it from a backup, or delete it and let the registry be asked"]
        ) from error
