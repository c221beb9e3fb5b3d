"""PostgreSQL's full-text search beside ours: a GIN index over the same words, ranked by ``ts_rank``.

It has no BM25; what it ranks by is its own. Every text that holds any of the words is ranked, which is what asking for
the best ten of them means there.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from itertools import islice

from sqlalchemy import create_engine, text

_INSERT = text("INSERT INTO standing (number, words) VALUES (:number, array_to_tsvector(string_to_array(:words, ' ')))")
_SEARCH = text(
    "SELECT number FROM standing, to_tsquery('simple', :asked) AS asked WHERE words @@ asked "
    "ORDER BY ts_rank(words, asked) DESC LIMIT 10"
)


def searched(url: str, standing: Iterable[Sequence[str]], questions: Sequence[Iterable[str]]) -> float:
    """Milliseconds a query."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE standing (number integer PRIMARY KEY, words tsvector)"))
        rows = ({"number": number, "words": " ".join(words)} for number, words in enumerate(standing))
        while some := list(islice(rows, 2_000)):
            connection.execute(_INSERT, some)
        connection.execute(text("CREATE INDEX ON standing USING gin (words)"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE standing"))
        began = time.perf_counter()
        for words in questions:
            connection.execute(_SEARCH, {"asked": " | ".join(f"'{word}'" for word in words)}).all()
        seconds = time.perf_counter() - began
    engine.dispose()
    return seconds * 1000 / len(questions)
