"""Exact search: a bank checked by hand, a slow reference in double precision, and ties that stay where they are."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrastlab.core.errors import LabError
from contrastlab.gallery import Index


def unit(rows):
    rows = np.asarray(rows, np.float64)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


# Five directions in the plane, at 0, 60, 90, 180 and 300 degrees.
DEGREES = np.array([0, 60, 90, 180, 300])
BANK = np.stack([np.cos(np.radians(DEGREES)), np.sin(np.radians(DEGREES))], axis=1).astype(np.float32)


def slow(rows, query, k, exclude=None):
    """By exactly rounded sums, sorted by falling score and then by index."""
    rows, query = rows.astype(np.float64), np.asarray(query, np.float64)

    def cosine(row):
        lengths = math.sqrt(math.fsum(row * row)) * math.sqrt(math.fsum(query * query))
        return math.fsum(row * query) / lengths

    scores = [cosine(row) for row in rows]
    order = sorted((i for i in range(len(rows)) if i != exclude), key=lambda i: (-scores[i], i))[:k]
    return order, [scores[i] for i in order]


def test_neighbours_in_the_plane_by_hand():
    found = Index(BANK).nearest(np.array([math.cos(math.radians(70)), math.sin(math.radians(70))]), 3)
    assert found.indices.tolist() == [1, 2, 0]  # 10, 20 and 70 degrees away
    assert found.scores == pytest.approx([math.cos(math.radians(a)) for a in (10, 20, 70)], abs=1e-6)
    assert found.itself.tolist() == [False, False, False]


def test_equally_near_rows_come_in_the_order_of_the_index():
    # 60 and 300 degrees are equally far from 0, up to the rounding of their sines.
    rows = np.array([[0.5, 0.75**0.5], [1, 0], [0.5, -(0.75**0.5)], [1, 0]], np.float32)
    assert Index(rows).nearest(np.array([1.0, 0.0]), 4).indices.tolist() == [1, 3, 0, 2]


def test_the_length_of_the_query_does_not_matter():
    index = Index(BANK)
    once, longer = index.nearest(BANK[1], 5), index.nearest(1000 * BANK[1], 5)
    assert once.indices.tolist() == longer.indices.tolist() and longer.scores == pytest.approx(once.scores)
    assert longer.itself.tolist() == [True, False, False, False, False]


def test_every_copy_of_the_query_is_itself_and_nothing_else_is():
    rows = unit(np.random.default_rng(0).normal(size=(40, 16)))
    rows[[7, 31]] = rows[20]
    found = Index(rows).nearest(rows[20], 5)
    assert found.indices[:3].tolist() == [7, 20, 31] and found.itself.tolist() == [True, True, True, False, False]
    assert found.scores[:3] == pytest.approx(1, abs=1e-12)
    # Embedded in another batch it differs in the last digits; a picture changed a little differs by far more.
    noise = np.random.default_rng(1).normal(size=16)
    assert Index(rows).nearest(rows[20] + 1e-6 * noise, 1).itself.all()
    assert not Index(rows).nearest(rows[20] + 1e-2 * noise, 1).itself.any()


def test_what_is_excluded_is_left_out_and_only_that():
    index = Index(BANK)
    assert index.nearest(BANK[2], 2, exclude=2).indices.tolist() == slow(BANK, BANK[2], 2, exclude=2)[0]
    found = index.nearest(BANK[:3], 1, exclude=np.array([0, -1, 2])).indices[:, 0].tolist()
    assert found == [slow(BANK, BANK[0], 1, 0)[0][0], 1, slow(BANK, BANK[2], 1, 2)[0][0]]
    everything = index.nearest(BANK[0], 4, exclude=0).indices
    assert sorted(everything.tolist()) == [1, 2, 3, 4]


def test_the_best_of_many_that_single_precision_cannot_tell_apart_is_found():
    generator = np.random.default_rng(5)
    base, query = unit(generator.normal(size=(2, 300)))
    rows = np.repeat(base[None], 2000, axis=0)
    rows = np.where(generator.random(rows.shape) < 0.5, rows, np.nextafter(rows, np.float32(1)))
    rows[1234] = query
    index = Index(rows)
    assert index.nearest(query, 3).indices.tolist() == slow(rows, query, 3)[0]
    assert index.nearest(query, 2, exclude=1234).indices.tolist() == slow(rows, query, 2, exclude=1234)[0]


@pytest.mark.parametrize(
    ("k", "exclude", "most"), [(0, None, 5), (6, None, 5), (5, 1, 4), (True, None, 5), (2.0, None, 5)]
)
def test_a_shorter_answer_is_never_given_quietly(k, exclude, most):
    with pytest.raises(LabError, match="gallery.wrong_k") as caught:
        Index(BANK).nearest(BANK[0], k, exclude=exclude)
    assert caught.value.facts["most"] == most


@pytest.mark.parametrize(
    "query", [np.zeros(2), np.array([np.nan, 1]), np.ones(3), np.ones((1, 1, 2)), np.array([np.inf, 1])]
)
def test_a_query_that_is_none_is_refused(query):
    with pytest.raises(LabError, match="gallery.wrong_embedding"):
        Index(BANK).nearest(query, 1)


@pytest.mark.parametrize("exclude", [5, -2, 1.0, [0], np.array([0, 1])])
def test_an_exclusion_that_is_none_is_refused(exclude):
    with pytest.raises(LabError, match="gallery.wrong_exclude"):
        Index(BANK).nearest(BANK[0], 1, exclude=exclude)


@pytest.mark.parametrize("rows", [2 * BANK, BANK * np.nan, np.zeros((3, 2)), np.ones(4), np.ones((3, 0))])
def test_rows_that_are_no_embeddings_are_refused(rows):
    with pytest.raises(LabError, match="gallery.wrong_embedding"):
        Index(rows)


def test_no_rows_are_refused():
    with pytest.raises(LabError, match="gallery.empty"):
        Index(np.zeros((0, 4), np.float32))


def test_the_index_keeps_its_own_rows():
    rows = BANK.copy()
    index = Index(rows)
    rows[:] = rows[::-1]
    assert index.nearest(BANK[0], 1).indices.tolist() == [0]
    with pytest.raises(ValueError, match="read-only"):
        index.rows[0] = 0


def test_no_query_gives_no_answer():
    found = Index(BANK).nearest(np.zeros((0, 2)), 3)
    assert found.indices.shape == found.scores.shape == found.itself.shape == (0, 3)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 90), st.integers(1, 40), st.integers(1, 6), st.data())
def test_against_exact_sums_with_many_near_ties(seed, count, dimension, distinct, data):
    """Few directions and tiny differences: far more near ties than the search has spare candidates."""
    generator = np.random.default_rng(seed)
    bases = generator.normal(size=(distinct, dimension))
    rows = bases[generator.integers(0, distinct, count)]
    rows = unit(rows + generator.choice([0, 1e-7, 1e-5], (count, 1)) * generator.normal(size=rows.shape))
    queries = np.concatenate([rows[:3], unit(generator.normal(size=(2, dimension)))])
    k = data.draw(st.integers(1, count))
    index = Index(rows)
    together = index.nearest(queries, k)
    for number, query in enumerate(queries):
        alone = index.nearest(query, k)
        np.testing.assert_array_equal(alone.indices, together.indices[number])
        np.testing.assert_array_equal(alone.scores, together.scores[number])
        _, scores = slow(rows, query, k)
        np.testing.assert_allclose(alone.scores, scores, atol=1e-14)
        # Wherever the exact scores differ by more than double precision can blur, so does the order agree.
        again = [slow(rows[[i]], query, 1)[1][0] for i in alone.indices]
        np.testing.assert_allclose(again, scores, atol=1e-14)
        order = np.lexsort((alone.indices, -alone.scores))
        np.testing.assert_array_equal(order, np.arange(k))


def test_equal_rows_stay_in_order_however_many_there_are_and_whoever_asks():
    rows = np.repeat(unit(np.random.default_rng(2).normal(size=(3, 200))), 5000, axis=0)  # spans chunks and threads
    index = Index(rows)
    queries = unit(np.random.default_rng(3).normal(size=(70, 200)))
    found = index.nearest(queries, 40).indices
    for row in found:
        assert row.tolist() == list(range(row[0], row[0] + 40)) and row[0] % 5000 == 0
    np.testing.assert_array_equal(index.nearest(queries[13], 40).indices, found[13])


def test_many_queries_are_answered_in_batches(monkeypatch):
    rows = unit(np.random.default_rng(4).normal(size=(300, 12)))
    at_once = Index(rows).nearest(rows, 6, exclude=np.arange(300))
    monkeypatch.setattr("contrastlab.gallery.index._BATCH_BYTES", 50_000)
    in_parts = Index(rows).nearest(rows, 6, exclude=np.arange(300))
    np.testing.assert_array_equal(at_once.indices, in_parts.indices)
    assert not (in_parts.indices == np.arange(300)[:, None]).any()
    for query in (0, 41, 299):
        assert in_parts.indices[query].tolist() == slow(rows, rows[query], 6, exclude=query)[0]
