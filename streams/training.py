"""Learns term weights from files of texts: ``python -m streams learn-weights FILE… --out MODEL``.

Files are JSON lines (gzipped or not); every string in a line counts as text. Weights are inverse document
frequencies (Robertson and Spärck Jones), learned for Chinese and for other texts apart, so that the larger language
does not make the other's terms look rare.
"""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from schemas.records import Text
from streams.domain.text import term_counts

#: Terms in fewer texts than this get the weight of unseen ones.
_LEAST_TEXTS = 5


def learn_weights(files: Sequence[Path], version: str) -> dict[str, Any]:
    """A scoring model as plain values, from the texts in ``files``."""
    frequency: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    texts: Counter[bool] = Counter()
    length = 0
    for title, body in _texts(files):
        counts = term_counts(Text(title, body))
        chinese = any("\u4e00" <= character <= "\u9fff" for character in title)
        frequency[chinese].update(counts.keys())
        texts[chinese] += 1
        length += counts.total()
    weights: dict[str, float] = {}
    for chinese, found in frequency.items():
        for term, many in found.items():
            if many >= _LEAST_TEXTS:
                weights[term] = max(weights.get(term, 0.0), _rarity(many, texts[chinese]))
    return {
        "version": version,
        "term_weights": {term: round(weights[term], 2) for term in sorted(weights)},
        "unseen_weight": round(_rarity(_LEAST_TEXTS // 2, max(texts.values())), 2),
        "usual_length": round(length / max(1, texts.total())),
    }


def save_model(model: dict[str, Any], path: Path) -> None:
    """Write ``model`` gzipped, the same bytes for the same values."""
    text = json.dumps(model, ensure_ascii=False, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def _rarity(frequency: int, texts: int) -> float:
    return math.log(1 + (texts - frequency + 0.5) / (frequency + 0.5))


def _texts(files: Iterable[Path]) -> Iterator[tuple[str, str]]:
    for path in files:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                title = str(row.get("title") or row.get("title_keywords") or "")
                yield title, str(row.get("abstract") or row.get("description") or row.get("content") or "")
