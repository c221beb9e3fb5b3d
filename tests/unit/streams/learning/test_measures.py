"""The measures are those of the literature, by hand on small cases."""

from __future__ import annotations

import math

from streams.learning import measures


def test_the_reciprocal_rank_looks_at_the_first_right_one_within_its_depth() -> None:
    assert measures.reciprocal_rank(["a", "b", "c"], frozenset("bc")) == 1 / 2
    assert measures.reciprocal_rank(["x"] * 10 + ["a"], frozenset("a")) == 0


def test_gains_are_discounted_by_the_logarithm_of_their_place() -> None:
    gains = [0, 3, 1]
    assert math.isclose(measures.ndcg(gains, gains), (3 / math.log2(3) + 1 / 2) / (3 + 1 / math.log2(3)))
    assert measures.ndcg([1, 1], [1, 1]) == 1
    assert measures.ndcg([0], [0]) == 0


def test_what_was_not_found_counts_against_the_ideal_and_the_recall() -> None:
    assert math.isclose(measures.ndcg([1.0], [1.0, 1.0]), 1 / (1 + 1 / math.log2(3)))
    assert measures.recall(["a", "x"], frozenset("ab")) == 0.5


def test_ties_count_half_for_the_area_under_the_curve() -> None:
    assert measures.auc([2, 1], [1, 0]) == (1 + 1 + 0.5 + 1) / 4
