"""Two rows that can be compared by hand."""

import numpy as np
import pytest

from contrastlab.core.errors import LabError
from contrastlab.metrics.agreement import agreement


def test_two_rows_by_hand():
    found = agreement(np.array([7, 1, 2, 3]), np.array([1, 7, 8, 9]))
    assert found.first.tolist() == [True, True, False, False] and found.second.tolist() == [True, True, False, False]
    assert found.overlap == 2 / 4
    assert found.early == pytest.approx((0 / 1 + 2 / 2 + 2 / 3 + 2 / 4) / 4)


def test_equal_rows_agree_and_foreign_rows_do_not():
    row = np.arange(5)
    assert (agreement(row, row).overlap, agreement(row, row).early) == (1, 1)
    assert (agreement(row, row + 5).overlap, agreement(row, row + 5).early) == (0, 0)


def test_agreement_on_the_first_ranks_counts_most_and_only_there():
    row = np.arange(4)
    top, bottom = np.array([0, 1, 8, 9]), np.array([8, 9, 0, 1])
    assert agreement(row, top).overlap == agreement(row, bottom).overlap
    assert agreement(row, top).early > agreement(row, bottom).early


@pytest.mark.parametrize(("first", "second"), [([], []), ([1, 2], [1])])
def test_rows_of_different_length_are_refused(first, second):
    with pytest.raises(LabError, match="metric.too_few"):
        agreement(np.array(first), np.array(second))
