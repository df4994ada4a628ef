"""The compiled parser against the careful reader: the same bits, or the same sentence."""

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import lds_gui.files.csv_format
from lds_gui.files import FileFormatError, ReadOptions, Role, load_data
from lds_gui.files.csv_columns import assign_roles
from lds_gui.files.csv_kernel import powers
from lds_gui.files.csv_numbers import NumberReader

SETTINGS = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
DECIMALS = st.from_regex(r"[+-]?([0-9]{1,22}\.?[0-9]{0,22}|\.[0-9]{1,22})([eE][+-]?[0-9]{1,3})?", fullmatch=True)
PLAIN = st.one_of(FLOATS.map(repr), FLOATS.map("{:.17e}".format), FLOATS.map("{:.15g}".format), DECIMALS)
ODD = st.sampled_from(
    ["", " ", "NA", "nan", "NaN", "-nan", "null", ".", "+", "-", "- 1", "+-1", "1_0", "1e", "e5", "1e5.", "1.2.3",
     " 7 ", "inf", "1e999", "1,5", ",5", "5,", '"8"', '"8', "\u22124", "\u0663", "0x10", "x", "\t9", "1 2",
     "9" * 25, "-0", "1e-400"]
)  # fmt: skip
CELLS = st.one_of(PLAIN, PLAIN, PLAIN, ODD, st.text("0123456789.,eE+- ", max_size=8))
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8)


@pytest.fixture
def both(tmp_path, monkeypatch):
    """Read a text by the compiled parser as far as that goes, and by the careful reader alone."""
    monkeypatch.setattr("lds_gui.files.csv_reading._SAMPLE", 8)  # nearly all of the text comes after the first chunk

    def outcome(path, options, least):
        monkeypatch.setattr(lds_gui.files.csv_format, "_WORTH_COMPILING", least)
        try:
            data = load_data(path, options)
        except FileFormatError as error:
            return error.message
        arrays = (*data.dataset.sequences, *(data.dataset.latent_sequences or ()))
        bits = tuple(np.where(np.isnan(x), np.nan, x).tobytes() for x in arrays)
        return bits, data.columns, data.time_name, data.time_values, data.notes

    def read(text, options=ReadOptions()):  # noqa: B008
        path = tmp_path / "data.csv"
        path.write_bytes(text.encode())
        return outcome(path, options, 0), outcome(path, options, 2**60)

    return read


@SETTINGS
@given(ROWS, st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
@example([("1", "2", "3"), ("1,5", "2", "3"), ("4", "2,5", "1.5")], ";", "\n", False)
@example([("1", "2", "3"), ("+", "-", "")], ",", "\n", True)
def test_that_any_cells_give_the_same_bits_or_the_same_sentence(both, rows, delimiter, ending, ends):
    lines = ["a", "b", "c"], ["0.5", "1", "2"] if delimiter == "," else ["0", "1", "2"], *rows
    text = ending.join(delimiter.join(row) for row in lines) + ending * ends
    for options in (ReadOptions(), ReadOptions(delimiter=delimiter, header=True, missing=("7", "x"))):
        one, other = both(text, options)
        assert one == other


@SETTINGS
@given(
    st.lists(
        st.tuples(st.sampled_from(["1", "2", "q 1 ", "", "2020-01-01"]), CELLS, st.sampled_from("aab"), CELLS, ODD),
        min_size=1,
        max_size=8,
    )
)
def test_that_labels_sequences_and_ignored_columns_are_the_same_on_either_path(both, rows):
    text = "when;z;trial;x;note\n0;0.5;a;1;n\n" + "".join(";".join(row) + "\n" for row in rows)
    roles = (Role.TIME, Role.LATENT, Role.SEQUENCE, Role.OBSERVED, Role.IGNORED)
    one, other = both(text, ReadOptions(delimiter=";", header=True, roles=roles))
    assert one == other


@pytest.mark.parametrize(
    "cell",
    ["9007199254740993", "9007199254740992.5", "4503599627370497.5", "1.7976931348623157e308",
     "2.2250738585072011e-308", "5e-324", "0.1", "123456789012345678", "1" + "0" * 22, "1e23", "8.5e22",
     "18446744073709551615", "-0.0",
     "0.000000000000000000000000000012345678901234567", "1.00000000000000011102230246251565404236316680908203125"],
)  # fmt: skip
def test_that_hard_numbers_are_rounded_as_python_rounds_them(both, cell):
    one, other = both("a,b\n1.5,1\n" + f"{cell},1\n" * 3)
    assert one == other
    assert one[0][0] == np.array([[1.5, 1.0], *[[float(cell), 1.0]] * 3]).tobytes()


def test_that_millions_of_random_bit_patterns_are_read_back_without_python(both):
    from lds_gui.files.csv_blocks import BlockReader

    values = np.random.default_rng(0).integers(0, 2**64, 200_000, dtype=np.uint64).view(np.float64)
    values = values[np.isfinite(values)].reshape(-1, 1)
    reader = BlockReader(",", assign_roles(("x",), []))
    block = reader.read([f"{value!r}\n" for value in values[:, 0].tolist()], NumberReader(comma_is_free=False))
    assert block is not None
    assert block.values.tobytes() == values.tobytes()


def test_that_the_table_of_powers_is_what_it_claims_to_be():
    from fractions import Fraction

    for q, (high, low, exponent) in zip(range(-290, 291), zip(*powers(), strict=True), strict=True):
        m, power = (int(high) << 64) + int(low), Fraction(10) ** q
        assert 2**127 <= m < 2**128
        assert m * Fraction(2) ** int(exponent) <= power < (m + 1) * Fraction(2) ** int(exponent)
