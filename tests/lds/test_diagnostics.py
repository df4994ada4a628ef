import numpy as np

from lds_gui.lds import Dataset, columns_far_from_zero


def test_that_columns_whose_mean_shapes_the_fit_are_named() -> None:
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((200, 4))
    noise[:, 1] += 0.7
    noise[:, 2] = 1e4 * noise[:, 2] - 2e4
    noise[:, 3] = np.nan
    noise[5, 0] = np.nan
    assert columns_far_from_zero(Dataset([noise[:150], noise[150:]])) == (1, 2)


def test_that_a_constant_column_is_far_from_zero_unless_it_is_zero() -> None:
    assert columns_far_from_zero(Dataset([[3.0, 0.0], [3.0, 0.0]])) == (0,)
