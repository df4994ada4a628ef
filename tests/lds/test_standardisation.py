import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lds_gui.lds import Dataset, LDSParams, ParameterError, Scale, on_original_scale, simulate, smooth, standardised

PARAMS = LDSParams(
    [[0.9, 0.1], [-0.2, 0.7]],
    [[1.0, 0.5], [0.2, -3.0], [4.0, 0.0]],
    np.eye(2),
    [[2.0, 0.3, 0.1], [0.3, 1.0, 0.0], [0.1, 0.0, 5.0]],
    [1.0, -1.0],
)


@given(
    arrays.arrays(
        np.float64,
        st.tuples(st.integers(2, 30), st.integers(1, 4)),
        elements=st.floats(-1e6, 1e6).map(lambda value: round(value, 3)) | st.just(np.nan),
    )
)
def test_that_standardised_columns_have_mean_0_and_deviation_1_or_are_named(rows):
    if any(len(np.unique(x[~np.isnan(x)])) < 2 for x in rows.T):
        with pytest.raises(ParameterError, match="Column "):
            standardised(Dataset(rows))
        return
    data, scale = standardised(Dataset(rows))
    scaled = data.sequences[0]
    np.testing.assert_array_equal(np.isnan(scaled), np.isnan(rows))
    np.testing.assert_allclose(np.nanmean(scaled, axis=0), 0.0, atol=1e-8)
    np.testing.assert_allclose(np.nanstd(scaled, axis=0), 1.0, atol=1e-8)
    np.testing.assert_allclose(scale.mean + scale.sd * scaled, rows, rtol=1e-12, atol=1e-9)


def test_that_all_sequences_share_one_scale_and_latents_stay_as_they_are():
    sequences = [np.array([[1.0, 5.0], [2.0, np.nan]]), np.array([[9.0, -5.0]])]
    data, scale = standardised(Dataset(sequences, [[[1.0], [2.0]], [[3.0]]]))
    np.testing.assert_allclose(scale.mean, [4.0, 0.0])
    np.testing.assert_allclose(scale.sd, [np.std([1.0, 2.0, 9.0]), 5.0])
    assert [len(x) for x in data.sequences] == [2, 1]
    assert [z.tolist() for z in data.latents] == [[[1.0], [2.0]], [[3.0]]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[1.0, 0.1], [2.0, 0.1], [3.0, 0.1]], "Column 2 cannot be standardised: it holds the same value, 0.1,"),
        ([[1.0, np.nan], [2.0, np.nan]], "Column 2 cannot be standardised: it holds no value at all."),
        ([[np.nan], [3.0]], "Column 1 cannot be standardised: it holds the same value, 3,"),
        ([[5e-324], [1e-323]], "Column 1 cannot be standardised"),
        ([[1.0, 2.0]], "There is only 1 row"),
    ],
)
def test_that_a_column_that_cannot_be_scaled_is_named(rows, message):
    with pytest.raises(ParameterError) as error:
        standardised(Dataset(rows))
    assert message in error.value.message


def test_that_the_largest_numbers_can_be_standardised():
    data, scale = standardised(Dataset([[1.7e308], [-1.7e308]]))
    np.testing.assert_allclose(data.observations, [[1.0], [-1.0]])
    assert scale.sd[0] == 1.7e308


def test_that_the_model_on_the_original_scale_explains_the_data_as_well_as_the_standardised_one_does():
    data = simulate(PARAMS, 60, np.random.default_rng(0))
    rows = np.array(data.observations) * [1e-3, 1.0, 50.0] + [10.0, 0.0, -7.0]
    rows[5, 1] = rows[20, :] = np.nan
    scaled, scale = standardised(Dataset(rows))
    model, offset = on_original_scale(PARAMS, scale)
    one, other = smooth(PARAMS, scaled), smooth(model, Dataset(rows - offset))
    n_observed = np.isfinite(rows).sum(axis=0)
    assert other.log_likelihood == pytest.approx(one.log_likelihood - n_observed @ np.log(scale.sd), rel=1e-10)
    np.testing.assert_allclose(one.smoothed_means[0], other.smoothed_means[0], rtol=1e-7, atol=1e-9)
    for name in ("A", "Sigma", "mu0"):
        np.testing.assert_array_equal(getattr(model, name), getattr(PARAMS, name))


def test_that_the_original_scale_is_that_of_the_definition():
    model, offset = on_original_scale(PARAMS, Scale([1.0, 2.0, 3.0], [10.0, 1.0, 0.5]))
    D = np.diag([10.0, 1.0, 0.5])
    np.testing.assert_allclose(model.B, D @ PARAMS.B, rtol=1e-15)
    np.testing.assert_allclose(model.Gamma, D @ PARAMS.Gamma @ D, rtol=1e-15)
    np.testing.assert_array_equal(model.Gamma, model.Gamma.T)
    np.testing.assert_array_equal(offset, [1.0, 2.0, 3.0])


def test_that_a_scale_that_does_not_fit_is_refused():
    with pytest.raises(ParameterError, match="The scale is of 1 columns, but the model has 3"):
        on_original_scale(PARAMS, Scale([0.0], [1.0]))
    with pytest.raises(ParameterError, match="must be above 0, but that of column 2 is 0"):
        Scale([0.0, 1.0], [1.0, 0.0])
    with pytest.raises(ParameterError, match="There are 1 standard deviations for 2 means"):
        Scale([0.0, 1.0], [1.0])
    with pytest.raises(ParameterError, match="finite"):
        on_original_scale(PARAMS, Scale(np.zeros(3), np.full(3, 1e200)))


def test_that_a_scale_travels_between_processes_as_read_only_as_it_was():
    copy = pickle.loads(pickle.dumps(Scale([1.0], [2.0])))
    assert copy.sd.tolist() == [2.0]
    assert not copy.sd.flags.writeable
