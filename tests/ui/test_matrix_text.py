import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lds_gui.ui.editors.matrix_text import MATRIX_FORMATS, parse_block
from lds_gui.ui.numbers import NumberError, parse_number

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)
SHAPES = st.tuples(st.integers(1, 4), st.integers(1, 4))


def numbers(text: str) -> np.ndarray:
    return np.array([[parse_number(cell) for cell in row] for row in parse_block(text)])


@pytest.mark.parametrize("form", [form for form in MATRIX_FORMATS if form.name != "latex"], ids=lambda form: form.name)
@given(values=arrays(np.float64, SHAPES, elements=NUMBERS))
def test_that_what_is_copied_is_pasted_to_the_last_bit(form, values: np.ndarray) -> None:
    np.testing.assert_array_equal(numbers(form.write(values)), values)


@pytest.mark.parametrize(
    "text",
    [
        "1\t2\n3\t4",
        "1\t2\r\n3\t4\r\n",
        "[1 2; 3 4]",
        "[1, 2; 3, 4]",
        "[1 2\n3 4]",
        "[[1, 2], [3, 4]]",
        "[[1. 2.]\n [3. 4.]]",
        "array([[1., 2.],\n       [3., 4.]])",
        "np.array([[1, 2], [3, 4]], dtype=float)",
        "1 2\n3 4",
        "1, 2\n3, 4",
        "A = [1 2; 3 4]",
        "1;2\n3;4",
        r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
    ],
)
def test_that_a_matrix_is_read_as_others_write_it(text: str) -> None:
    np.testing.assert_array_equal(numbers(text), [[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize(
    ("text", "cells"),
    [("0,5", [["0,5"]]), ("1/3", [["1/3"]]), ("0,5\t1,5", [["0,5", "1,5"]]), ("sqrt(2)", [["sqrt(2)"]])],
)
def test_that_a_comma_between_figures_stays_a_decimal_sign_where_it_can_be_one(text: str, cells: list) -> None:
    assert parse_block(text) == cells


def test_that_latex_has_rows_and_powers_of_ten() -> None:
    latex = next(form for form in MATRIX_FORMATS if form.name == "latex").write(np.array([[1.0, -1e-7]]))
    assert latex == "\\begin{pmatrix}\n1 & -1 \\cdot 10^{-7}\n\\end{pmatrix}"


@given(st.text(max_size=40))
def test_that_any_text_is_cut_into_cells_without_an_error(text: str) -> None:
    assert all(isinstance(cell, str) for row in parse_block(text) for cell in row)


@pytest.mark.parametrize("text", ["0,5\n0,3", "1,2\n3,4", "-0,5\n 0,3 "])
def test_that_lines_with_one_comma_each_are_refused_since_they_may_be_two_columns(text: str) -> None:
    with pytest.raises(NumberError, match="decimal commas or two columns"):
        parse_block(text)


@pytest.mark.parametrize("values", [[[1.5]], [[1e-5, 2.5e20]], [[-3.0], [0.25]]])
def test_that_the_latex_that_is_copied_is_pasted_back(values: list[list[float]]) -> None:
    latex = next(form for form in MATRIX_FORMATS if form.title == "LaTeX")
    cells = parse_block(latex.write(np.array(values)))
    assert [[parse_number(cell) for cell in row] for row in cells] == values
