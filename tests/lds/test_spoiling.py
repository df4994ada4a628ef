from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_gui.lds import Dataset, ParameterError, Spoiling, spoil

SHARES = ("missing", "dropout", "gap", "outliers")
SDS = np.array([1.0, 2.0, 0.0])


def clean(n_steps: int = 200, n_sequences: int = 1) -> Dataset:
    x = [np.random.default_rng(i).standard_normal((n_steps, 3)) for i in range(n_sequences)]
    z = [np.zeros((n_steps, 1))] * n_sequences
    return Dataset(x[0], z[0]) if n_sequences == 1 else Dataset(x, z)


def spoilt(spoiling: Spoiling, n_steps: int = 200, seed: int = 0) -> np.ndarray:
    return np.asarray(spoil(clean(n_steps), spoiling, np.random.default_rng(seed), SDS).observations)


def test_that_without_spoiling_the_data_stay_what_they_are() -> None:
    data = clean()
    assert Spoiling().is_none
    assert Spoiling(dropout_length=3, outlier_size=9).is_none
    assert spoil(data, Spoiling(), np.random.default_rng(0), SDS) is data
    assert not any(Spoiling(**{name: 0.1}).is_none for name in SHARES)


@pytest.mark.parametrize("name", ["missing", "dropout"])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.95])
def test_that_the_share_that_is_missing_is_the_wished_one(name: str, share: float) -> None:
    x = spoilt(Spoiling(**{name: share}), 50_000)
    np.testing.assert_allclose(np.isnan(x).mean(axis=0), share, atol=0.04)


def test_that_a_sensor_drops_out_in_runs_of_the_wished_mean_length() -> None:
    for length in (1.0, 4.0, 25.0):
        out = np.isnan(spoilt(Spoiling(dropout=0.2, dropout_length=length), 50_000))
        runs = (np.diff(out.astype(int), axis=0) == 1).sum(axis=0)
        # of length 1 the share leaves runs that touch by chance: 1 / (1 - share)
        np.testing.assert_allclose(out.sum(axis=0) / runs, max(length, 1.25), rtol=0.1)
    assert not np.array_equal(out[:, 0], out[:, 1])


def test_that_a_sensor_is_as_often_out_at_the_first_step_as_later() -> None:
    spoiling = Spoiling(dropout=0.3, dropout_length=20.0)
    first = [np.isnan(spoilt(spoiling, 200, seed)[0]) for seed in range(400)]
    assert abs(np.mean(first) - 0.3) < 0.06


@pytest.mark.parametrize(("share", "first", "last"), [(0.1, 90, 109), (0.5, 50, 149), (0.004, 99, 99)])
def test_that_the_gap_takes_all_columns_in_the_middle(share: float, first: int, last: int) -> None:
    rows = np.flatnonzero(np.isnan(spoilt(Spoiling(gap=share))).all(axis=1))
    assert (rows[0], rows[-1], len(rows)) == (first, last, last - first + 1)


def test_that_outliers_are_off_by_their_size_up_and_down() -> None:
    difference = spoilt(Spoiling(outliers=0.1, outlier_size=7.0), 20_000) - np.asarray(clean(20_000).observations)
    for column, sd in enumerate(SDS):
        off = difference[np.abs(difference[:, column]) > 1e-9, column]
        np.testing.assert_allclose(np.abs(off), 7.0 * sd)
    hit = np.abs(difference[:, 0]) > 1e-9
    assert abs(hit.mean() - 0.1) < 0.01
    assert abs(np.sign(difference[hit, 0]).mean()) < 0.1


@given(
    st.sampled_from(("missing", "dropout", "gap")),
    st.floats(0.0, 0.9),
    st.floats(0.0, 0.9),
    st.floats(1.0, 50.0),
    st.integers(0, 2**32 - 1),
)
def test_that_a_larger_share_only_adds_to_what_is_missing(
    name: str, one: float, other: float, length: float, seed: int
) -> None:
    base = Spoiling(missing=0.05, dropout_length=length, outliers=0.1)
    less, more = (spoilt(replace(base, **{name: share}), 60, seed) for share in sorted((one, other)))
    gone = np.isnan(more)
    assert gone[np.isnan(less)].all()
    np.testing.assert_array_equal(less[~gone], more[~gone])


def test_that_latents_shapes_and_what_was_missing_stay() -> None:
    data = clean(50, 2)
    result = spoil(data, Spoiling(missing=0.2), np.random.default_rng(0), SDS)
    assert isinstance(result.observations, tuple)
    assert result.latent_sequences is not None
    assert not np.array_equal(np.isnan(result.sequences[0]), np.isnan(result.sequences[1]))
    gapped = np.full((50, 3), np.nan)
    gapped[0] = 1.0
    again = spoil(Dataset(gapped), Spoiling(outliers=1.0), np.random.default_rng(0), SDS)
    np.testing.assert_array_equal(np.isnan(again.sequences[0]), np.isnan(gapped))


@pytest.mark.parametrize("name", ["missing", "dropout", "gap"])
def test_that_data_with_nothing_left_are_refused(name: str) -> None:
    with pytest.raises(ParameterError, match="None of the 600 observed entries would be left") as caught:
        spoilt(Spoiling(**{name: 1.0}))
    assert caught.value.field == "spoiling"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("missing", -0.1, "The share of entries missing at random must be a number from 0 to 1, but is −0.1."),
        ("dropout", 1.5, "The share of time that each sensor is out must be a number from 0 to 1, but is 1.5."),
        ("gap", np.nan, "The share of steps in the gap must be a number from 0 to 1, but is nan."),
        ("outliers", "x", "The share of entries that are outliers must be a number from 0 to 1, but is 'x'."),
        ("missing", True, "The share of entries missing at random must be a number from 0 to 1, but is True."),
        (
            "dropout_length",
            0.5,
            "The mean length of a sensor's dropout, in steps, must be a number of at least 1, but is 0.5.",
        ),
        (
            "outlier_size",
            np.inf,
            "The size of an outlier, in standard deviations of the observation noise, must be a number of at least 0, "
            "but is inf.",
        ),
    ],
)
def test_that_an_impossible_figure_is_refused_by_name(name: str, value: object, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Spoiling(**{name: value})  # pyright: ignore
    assert (caught.value.field, caught.value.message) == (name, message)


def test_that_the_noise_must_fit_the_data_and_the_generator_be_one() -> None:
    for sds in ([1.0], [1.0, 1.0, -1.0]):
        with pytest.raises(ParameterError, match="There must be 3 standard deviations of the noise"):
            spoil(clean(), Spoiling(outliers=0.1), np.random.default_rng(0), sds)
    with pytest.raises(ParameterError, match="rng must be"):
        spoil(clean(), Spoiling(missing=0.1), 3, SDS)  # pyright: ignore
