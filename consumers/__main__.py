"""Starts one kind of process: ``python -m consumers read-model|web``, or does one thing: ``migrate|rebuild``."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping

from infra import schema_ids
from infra.settings import Settings
from schemas.errors import Misconfigured, Unavailable, Unreadable


def _migrate(settings: Settings) -> None:
    from consumers import processes

    processes.migrate(settings)


def _rebuild(settings: Settings) -> None:
    from consumers import processes

    processes.rebuild(settings)


def _read_model(settings: Settings) -> None:
    from consumers import processes

    schema_ids.adopt(settings)
    processes.read_model(settings)


def _web(settings: Settings) -> None:
    from consumers import web

    schema_ids.adopt(settings)
    web.serve(settings)


_JOBS: Mapping[str, Callable[[Settings], None]] = {
    "read-model": _read_model,
    "web": _web,
    "migrate": _migrate,
    "rebuild": _rebuild,
}


def main(arguments: list[str]) -> int:
    """Does the job that ``arguments`` name; returns the exit code: 2 misconfigured, 3 something is away, 1 a bug."""
    if len(arguments) != 1 or arguments[0] not in _JOBS:
        print(f"usage: python -m consumers {'|'.join(_JOBS)}", file=sys.stderr)  # noqa: T201
        return 2
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("kafka").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        _JOBS[arguments[0]](Settings.from_env(os.environ))
    except Misconfigured as error:
        return _said("\n".join(error.problems), 2)
    except Unavailable as error:
        return _said(error.what, 3)
    except Unreadable as error:
        return _said(f"{error}: one of our own records cannot be read, which is a bug; nothing was skipped", 1)
    return 0


def _said(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
