"""How data are laid out for the kernels, and that neither that nor a run takes much more memory than the data."""

import tracemalloc

import numpy as np
import pytest

from lds_gui.lds import Dataset, EMOptions, em
from lds_gui.lds.layout import arrange
from tests.lds.models import random_params, with_gaps


def _random(rng: np.random.Generator, m: int, *lengths: int, share: float) -> Dataset:
    return Dataset([with_gaps(rng, rng.standard_normal((length, m)), share) for length in lengths])


def _peak(dataset: Dataset) -> float:
    """The memory at the peak of two iterations with 4 latents, in arrays of T × n doubles."""
    params = random_params(np.random.default_rng(0), 4, dataset.obs_dim)
    options = EMOptions(max_iter=2, tol=0.0)
    short = Dataset(dataset.sequences[0][:40])
    list(em(params, short, options))  # what is loaded once
    tracemalloc.start()
    list(em(params, dataset, options))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / (8.0 * 4 * dataset.n_steps)


@pytest.mark.parametrize("m", [1, 7, 8, 64, 65, 130])
def test_that_each_row_has_the_pattern_of_its_entries(m: int) -> None:
    dataset = _random(np.random.default_rng(m), m, 30, 1, 12, share=0.3)
    layout = arrange(dataset)
    rows = [row for group in layout.groups for row in zip(group.x, layout.observed[group.which], strict=True)]
    assert len(rows) == dataset.n_steps
    for x, observed in rows:
        np.testing.assert_array_equal(observed, ~np.isnan(x))
    assert layout.counts.by_pattern.sum() == dataset.n_steps
    assert len(np.unique(layout.observed, axis=0)) == len(layout.observed)


def test_that_a_group_knows_its_own_patterns_only() -> None:
    """What a sequence costs doesn't grow with the number of the others."""
    dataset = _random(np.random.default_rng(0), 30, *[20] * 50, share=0.3)
    for group in arrange(dataset).groups:
        assert len(group.present) <= len(group.which)
        for k, p in enumerate(group.present):
            steps = group.order[group.starts[k] : group.starts[k + 1]]
            assert set(steps) == set(np.flatnonzero(group.which == p))
        assert group.starts[-1] == len(group.which)


def test_that_sequences_with_the_same_patterns_share_a_group() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 9, 2))
    x[3, 1] = y[3, 1] = np.nan
    layout = arrange(Dataset([x, y, x[:5]]))
    assert sorted(group.n_sequences for group in layout.groups) == [1, 2]
    (pair,) = (group for group in layout.groups if group.n_sequences == 2)
    np.testing.assert_array_equal(pair.x, np.stack((x, y), axis=1).reshape(18, 2))


@pytest.mark.parametrize(("share", "whole"), [(0.0, 0.0), (0.2, 0.0), (0.0, 0.2)])
def test_that_memory_beyond_the_data_stays_below_six_arrays_of_the_latents_size(share: float, whole: float) -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((50_000, 10))
    x[rng.random(x.shape) < share] = np.nan
    x[rng.random(len(x)) < whole] = np.nan
    assert _peak(Dataset(x)) < 6.0


def test_that_sequences_of_any_lengths_share_their_buffers() -> None:
    dataset = _random(np.random.default_rng(2), 3, *range(100, 400), share=0.0)
    assert _peak(dataset) < 6.0
