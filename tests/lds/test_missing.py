import numpy as np
import pytest

from lds_gui.lds.missing import patterns


@pytest.mark.parametrize("width", [1, 3, 8, 9, 20])
def test_that_every_row_is_in_the_pattern_of_its_observed_entries(width: int) -> None:
    rng = np.random.default_rng(width)
    x = np.where(rng.random((300, width)) < 0.2, np.nan, 1.0)
    found = patterns(x)
    assert len(found) == len(np.unique(np.isnan(x), axis=0))
    assert sorted(np.concatenate([rows for _, rows in found])) == list(range(300))
    for observed, rows in found:
        assert (np.isnan(x[rows]) != observed).all()
        assert (np.diff(rows) > 0).all()
