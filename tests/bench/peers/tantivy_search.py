"""tantivy beside ours: one merged segment in memory, one thread, its own BM25."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import tantivy

_FIELD = "words"
_BEST = 10


def searched(standing: Iterable[Sequence[str]], questions: Sequence[Iterable[str]], rounds: int) -> float:
    """Milliseconds a query in the best round."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(_FIELD, tokenizer_name="whitespace")
    schema = builder.build()
    index = tantivy.Index(schema)
    writer = index.writer(heap_size=512 * 1024 * 1024, num_threads=1)
    for words in standing:
        document = tantivy.Document()
        document.add_text(_FIELD, " ".join(words))
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    asked = [
        tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, tantivy.Query.term_query(schema, _FIELD, word)) for word in words]
        )
        for words in questions
    ]
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        for query in asked:
            searcher.search(query, _BEST, count=False)
        taken.append(time.perf_counter() - began)
    return min(taken) * 1000 / len(asked)
