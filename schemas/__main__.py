"""What is done with the schemas of a checkout: ``python -m schemas release NAME``, ``python -m schemas asyncapi``."""

from __future__ import annotations

import importlib.metadata
import sys

from schemas import asyncapi, editions
from schemas.errors import Misconfigured


def main(arguments: list[str]) -> None:
    """Do what ``arguments`` say; exits with 2 where that is not possible."""
    try:
        match arguments:
            case ["release", name]:
                made = editions.release(name)
                _say(f"{made.name}: {len(made.records)} records released; its digest for the contract tests:")
                _say(made.digest())
            case ["asyncapi"]:
                _say(asyncapi.as_yaml(asyncapi.document(importlib.metadata.version("techdock"))).rstrip())
            case _:
                raise Misconfigured(["usage: python -m schemas release NAME (for example 2027-03), or asyncapi"])
    except Misconfigured as error:
        print("\n".join(error.problems), file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from error


def _say(line: str) -> None:
    print(line)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
