import contextlib
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_gui.ui.numbers import NumberError, full, parse_number, readout, short, signed, subscript

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(finite)
def test_that_a_number_copied_in_full_is_read_back_to_the_last_bit(value: float) -> None:
    assert parse_number(full(value)) == value
    assert np.signbit(parse_number(full(value))) == np.signbit(value)


@given(finite)
def test_that_every_way_of_showing_a_number_can_be_typed_back(value: float) -> None:
    assert parse_number(readout(value)) == pytest.approx(value, rel=1e-11, abs=0)
    if abs(value) < 1e308:  # 1.797e308 rounds up to infinity at three digits
        assert parse_number(short(value)) == pytest.approx(value, rel=6e-3, abs=0)


@given(finite)
def test_that_the_decimal_comma_means_the_same_as_the_point(value: float) -> None:
    text = full(value).replace(".", ",")
    if re.fullmatch(r"-?[1-9]\d{0,2},\d{3}", text):
        with pytest.raises(NumberError, match="decimal comma or grouped thousands"):
            parse_number(text)
    else:
        assert parse_number(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.5", 0.5),
        (" 0,5 ", 0.5),
        ("0,125", 0.125),
        ("1,25", 1.25),
        ("−3", -3.0),
        ("+3", 3.0),
        ("5e-3", 5e-3),
        ("1E5", 1e5),
        (".5", 0.5),
        ("1/3", 1 / 3),
        ("-1/3", -1 / 3),
        ("sqrt(2)", math.sqrt(2)),
        ("sqrt(2)/2", math.sqrt(2) / 2),
        ("0.5 cos(2pi/8)", 0.5 * math.cos(math.pi / 4)),
        ("2π", 2 * math.pi),
        ("=1+1", 2.0),
        ("2*pi/12", 2 * math.pi / 12),
        ("cos(pi/6)", math.cos(math.pi / 6)),
        ("2^3", 8.0),
        ("exp(-1)", math.exp(-1)),
        ("(1+2)*3", 9.0),
        ("1.23e-300", 1.23e-300),
    ],
)
def test_that_numbers_are_read_as_people_write_them(text: str, value: float) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("abc", "“abc” is not a number"),
        ("1,000.5", "decimal signs"),
        ("1,000,000", "decimal signs"),
        ("1.000.000", "not a number"),
        ("1 000", "not a number"),
        ("1,000", "grouped thousands"),
        ("-12,345", "grouped thousands"),
        ("1_000", "not a number"),
        ("0x10", "not a number"),
        ("2*0b11", "not a number"),
        ("1/0", "divides by zero"),
        ("nan", "not a number"),
        ("inf", "not a number"),
        ("1e400", "not finite"),
        ("9**9**9**9", "not a number"),
        ("sqrt(-1)", "not a number"),
        ("(-8)**(1/3)", "not a number"),
        ("True", "not a number"),
        ("__import__('os')", "not a number"),
        ("sqrt.__class__", "not a number"),
        ("[1]", "not a number"),
        ("'1'", "not a number"),
        ("1;2", "not a number"),
        ("\x00", "not a number"),
        ("(" * 500, "characters"),
        ("1+" * 99 + "1", None),
    ],
)
def test_that_what_is_no_number_is_refused_with_a_sentence(text: str, words: str | None) -> None:
    if words is None:
        assert parse_number(text) == 100
        return
    with pytest.raises(NumberError, match=words.replace("(", r"\(")):
        parse_number(text)


@given(st.text(max_size=30))
def test_that_any_text_is_a_finite_number_or_refused(text: str) -> None:
    with contextlib.suppress(NumberError):
        assert math.isfinite(parse_number(text))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.945, "0.945"),
        (-0.278, "−0.278"),
        (0.0, "0"),
        (-0.0, "0"),
        (1e-5, "1e−5"),
        (123456.0, "1.23e5"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "nan"),
    ],
)
def test_that_a_cell_shows_three_digits_and_a_true_minus(value: float, text: str) -> None:
    assert short(value) == text


def test_that_a_signed_figure_names_what_is_not_defined() -> None:
    assert signed(-0.5) == "−0.5000"
    assert signed(math.inf) == "+∞"
    assert signed(math.nan) == "undefined"


def test_that_subscripts_have_every_figure() -> None:
    assert subscript(1234567890) == "₁₂₃₄₅₆₇₈₉₀"
