"""Starts one kind of processor as a Faust worker: ``python -m streams NAME``, a lane or ``pipeline``."""

from __future__ import annotations

import importlib
import os
import sys

import mode.loop

mode.loop.use("uvloop")

from infra import home, metrics, schema_ids  # noqa: E402 - the event loop is chosen before Faust is imported
from infra.registry import schema_by_id  # noqa: E402
from infra.settings import Settings  # noqa: E402
from schemas.errors import Misconfigured, Unavailable  # noqa: E402
from streams.app import Frame, make_app, run, seat_lane  # noqa: E402

_LANES = ("admission", "matching", "ranking", "deals", "life-cycle", "policies", "duplicates")


def main(arguments: list[str]) -> None:
    """Run the worker that ``arguments`` name; exits with 2 where that is not possible, 3 where something is away."""
    match arguments:
        case ["compile"]:
            from streams.domain.index.text_index import compile_all

            compile_all()
            return
    if len(arguments) != 1 or arguments[0] not in {*_LANES, "pipeline"}:
        print(f"usage: python -m streams {'|'.join((*_LANES, 'pipeline'))}", file=sys.stderr)  # noqa: T201
        raise SystemExit(2)
    try:
        _work(arguments[0], Settings.from_env(os.environ))
    except Misconfigured as error:
        print("\n".join(error.problems), file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from error
    except Unavailable as error:
        print(error.what, file=sys.stderr)  # noqa: T201
        raise SystemExit(3) from error


def _work(name: str, settings: Settings) -> None:
    if settings.bootstrap is None:
        raise Misconfigured(["TECHDOCK_BOOTSTRAP is not set: give the address of a Kafka broker, or use `techdock up`"])
    schema_ids.adopt(settings)
    frame = Frame(settings.bootstrap, settings.home, settings.process_name)
    metrics.serve(settings.metrics_port)
    # Only what this worker needs is imported: the compiler behind matching alone takes 80 MB.
    module = importlib.import_module(f"streams.{name.replace('-', '_')}")
    if name == "pipeline":
        run(module.app(frame))
        return
    app = make_app(name, frame)
    lane = module.plan(schema_by_id(home.registry_url(settings))) if name == "admission" else module.plan()
    seat_lane(app, lane, frame)
    run(app)


if __name__ == "__main__":
    main(sys.argv[1:])
