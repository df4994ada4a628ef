import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lds_gui.files import DataFile, FileFormatError, load_data, save
from lds_gui.files.csv_columns import _distinct
from lds_gui.lds import Dataset, ParameterError
from tests.files.values import assert_same, attempt

NAN = np.nan
NAMES = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12).filter(
    lambda name: name.lower() not in ("sequence", "trial", "t")
)
VALUES = st.floats(allow_infinity=False, width=64)


@pytest.fixture
def read(tmp_path):
    def read_text(text, suffix=".csv"):
        path = tmp_path / f"data{suffix}"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_data(path)

    return read_text


@st.composite
def data_files(draw):
    width = draw(st.integers(1, 4))
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=3))
    sequences = [draw(arrays.arrays(np.float64, (length, width), elements=VALUES)) for length in lengths]
    columns = tuple(draw(st.lists(NAMES, min_size=width, max_size=width, unique=True)))
    latents = None
    if draw(st.booleans()):
        finite = st.floats(allow_nan=False, allow_infinity=False)
        latents = [draw(arrays.arrays(np.float64, (length, 2), elements=finite)) for length in lengths]
    if len(sequences) == 1 and draw(st.booleans()):
        dataset = Dataset(sequences[0], None if latents is None else latents[0])
    else:
        dataset = Dataset(sequences, latents)
    return DataFile(dataset, "data", columns, "t", tuple(str(t) for t in range(dataset.n_steps)))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=data_files(), suffix=st.sampled_from([".csv", ".tsv"]))
def test_that_any_data_set_comes_back_from_csv_to_the_last_bit(tmp_path, data, suffix):
    path = tmp_path / f"data{suffix}"
    save(path, data)
    assert_same(load_data(path), data)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(codec="utf-8"), max_size=60) | st.text('0123456789.,;\t\n"e-+NA t', max_size=60))
def test_that_any_text_gives_data_or_one_sentence(tmp_path, text):
    path = tmp_path / "data.csv"
    path.write_bytes(text.encode())
    data, message = attempt(path)
    assert data is not None or message


@pytest.mark.parametrize(
    ("text", "columns", "values"),
    [
        ("1,2\n3,4\n", ("x1", "x2"), [[1, 2], [3, 4]]),
        ("a,b\n1,2\n3,4\n", ("a", "b"), [[1, 2], [3, 4]]),
        ("a;b\n1,5;2\n,5;-4,25e1\n", ("a", "b"), [[1.5, 2], [0.5, -42.5]]),
        ("a\tb\n1\t2\n", ("a", "b"), [[1, 2]]),
        ("a\tb\n1,5\t2\n", ("a", "b"), [[1.5, 2]]),
        ("5\n6\n", ("x1",), [[5], [6]]),
        ("volume\n5\n\n6", ("volume",), [[5], [6]]),
        ("a,b\n1,\n,NA\nnan, . \nN/A,null\n", ("a", "b"), [[1, NAN], [NAN, NAN], [NAN, NAN], [NAN, NAN]]),
        ("a,b\r\n1,2\r\n3,4\r\n", ("a", "b"), [[1, 2], [3, 4]]),
        ("\ufeffa,b\n1,2\n", ("a", "b"), [[1, 2]]),
        ("a,caf\u00e9\n1,2\n".encode("latin-1"), ("a", "caf\u00e9"), [[1, 2]]),
        ("a,caf\u00e9\n1,2\n".encode("utf-16"), ("a", "caf\u00e9"), [[1, 2]]),
        ("1 2  3\n4   5 6\n", ("x1", "x2", "x3"), [[1, 2, 3], [4, 5, 6]]),
        ('"flow" b\n 1 NA \n', ("flow", "b"), [[1, NAN]]),
        ('"a, b","c;d"\n1,2\n', ("a, b", "c;d"), [[1, 2]]),
        ('t,";"""\n0,5\n', (';"',), [[5]]),
        ("a, b\n 1 , -2\n+3,\u22124e-1\n", ("a", "b"), [[1, -2], [3, -0.4]]),
        ('# made by hand\n# yesterday\'s "run"\na,b\n1,2\n', ("a", "b"), [[1, 2]]),
        (",0,1\n0,5,6\n1,7,8\n", ("0", "1"), [[5, 6], [7, 8]]),
        ("a,,b,\n1,,2,\n3,,4,\n", ("a", "b"), [[1, 2], [3, 4]]),
        ("a,,b\n1,9,2\n3,8,4\n", ("a", "column 2", "b"), [[1, 9, 2], [3, 8, 4]]),
        ("a,a,a\n1,2,3\n", ("a", "a (2)", "a (3)"), [[1, 2, 3]]),
        ("a,b\n1,2\n,\n3,4\n", ("a", "b"), [[1, 2], [NAN, NAN], [3, 4]]),
    ],
)
def test_that_a_table_is_read_as_it_is_meant(read, text, columns, values):
    data = read(text)
    assert data.columns == columns
    assert data.time_name is None or data.time_name in ("index", "t")
    np.testing.assert_array_equal(data.dataset.observations, np.array(values, dtype=float))


@pytest.mark.parametrize(
    ("text", "time_name", "time_values", "columns"),
    [
        ("Year,x\n1871,5\n1872,6\n", "Year", ("1871", "1872"), ("x",)),
        ("decimal_year,x\n1958.2,5\n1958.3,6\n", "decimal_year", ("1958.2", "1958.3"), ("x",)),
        ("year,quarter,x\n1959,1,5\n1959,2,6\n", "year quarter", ("1959 1", "1959 2"), ("x",)),
        ("Monat,x\n1958-03,5\n1958-04,6\n", "Monat", ("1958-03", "1958-04"), ("x",)),
        ("1959Q1,5\n1959Q2,6\n", "time", ("1959Q1", "1959Q2"), ("x2",)),
        ("tag;x\n29.03.1958;5\n30.03.1958;6\n", "tag", ("29.03.1958", "30.03.1958"), ("x",)),
        ("when,x\n2024-01-05T10:30:00Z,5\n2024-01-05T10:31:00Z,6\n", "when", None, ("x",)),
    ],
)
def test_that_a_time_axis_is_no_observation_and_said_to_be_one(read, text, time_name, time_values, columns):
    data = read(text)
    assert (data.time_name, data.columns) == (time_name, columns)
    assert time_values is None or data.time_values == time_values
    assert data.dataset.obs_dim == 1
    assert any("used as the time axis" in note for note in data.notes)


def test_that_a_column_named_like_no_time_stays_an_observation(read):
    data = read("total,x\n1,5\n3,6\n")
    assert data.columns == ("total", "x")
    assert data.notes == ()


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("year,x\n1,5\n2,6\n4,7\n5,8\n", "jumps in 1 place, first from '2' to '4'"),
        ("t,x\n1,5\n2,6\n4,7\n5,8\n", "missing times need rows of their own, with the time and blank cells."),
        ("x\n5\n\n6\n", "1 blank row is left out; a row of NA keeps its step."),
        ("x,y\n5,1\n\n\n6,2\n", "2 blank rows are left out; a row of NA keeps its step."),
        ("2019,2020,2021\n1,2,3\n", "There is no row of names: the first row is read as data."),
        ("month,x\n1958-03,5\n1958-04,6\n1958-06,7\n1958-07,8\n", "first from '1958-04' to '1958-06'"),
        ("date,x\n2024-01-01,5\n2024-01-02,6\n2024-01-05,7\n2024-01-06,7\n", "first from '2024-01-02' to '2024-01-05'"),
        ("q,x\n1959Q3,5\n1959Q4,6\n1960Q2,7\n1960Q3,1\n", "first from '1959Q4' to '1960Q2'"),
        ("t,x\n1,5\n3,6\n2,7\n", "does not rise from '3' to '2'"),
        ("jahr,x\n1871,5\n1872,6\n1873,5\n", "Column 'jahr' rises in equal steps"),
        ("a;b\n1,5;2\n", "Decimal commas are read as decimal points."),
        ("# note\na,b\n1,2\n", "1 line above the table, beginning with #, is left out."),
        ("t,x\n1,5\n,\n\n2,6\n", "2 blank rows are left out."),
        ("a,,b\n1,,2\n", "Column 2 has neither a name nor a value and is left out."),
        ("a,a\n1,2\n", "Column 2 has the name of an earlier one, 'a', and is called 'a (2)'."),
        ("sequence,x\n1,5\n2,6\n", "Column 'sequence' tells the sequences apart"),
        ("x,latent z1\n1,5\n", "The columns 'latent z1' are the true latents, not observations."),
        ("t,x\n1,5\n2,\n", "1 of 2 values are missing."),
        (
            "caf\u00e9\n1\n".encode("latin-1"),
            "0xE9 is not UTF-8 text, so that the text is read as Latin-1",
        ),
        ("x\n1\n".encode("utf-16"), "The text is read as UTF-16."),
        ("a,b\n1,2\n", "There is only 1 row"),
        ("a,b,c\n1,2,3\n4,5,6\n", "There are fewer rows, 2, than columns, 3"),
        ("a,b\n1,2\n3,2\n", "Column 'b' holds the same value, 2, in every row."),
    ],
)
def test_that_whatever_is_left_out_or_converted_is_noted(read, text, note):
    assert any(note in said for said in read(text).notes)


@pytest.mark.parametrize(
    "text", ["month,x\n2024-01-31,5\n2024-02-29,6\n2024-03-31,7\n", "year,x\n1958.2,1\n1958.28,2\n1958.37,3\n"]
)
def test_that_months_of_unlike_lengths_are_no_gap(read, text):
    assert not any("jumps" in note for note in read(text).notes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The file is empty"),
        ("\n\n  \n", "The file is empty"),
        ("a,b\n", "a header but no row of numbers"),
        ("year\n1\n2\n", "no column of numbers beside the time axis"),
        ("a,b\n1,2\n3\n", "Row 3 has 1 cell, where the first row has 2"),
        ("a,b\n1,2\n3,4,5\n", "Row 3 has 3 cells, where the first row has 2"),
        ("year,volume\n1871,1120\n1872,x12\n", "Row 3, column 'volume': 'x12' is not a number"),
        ("# c\n\nyear,volume\n1871,1120\n\n1872,x12\n", "Row 6, column 'volume': 'x12' is not a number"),
        ("1.0,abc\n2.0,3.0\n", "Row 1, column 'x2': 'abc' is not a number"),
        ("a,b\n1,1_000\n", "Row 2, column 'b': '1_000' is not a number"),
        ("a,b\n1,inf\n", "Row 2, column 'b': 'inf' is not a finite number"),
        ("a,b\n1,1e999\n", "Row 2, column 'b': '1e999' is too large"),
        ("a,b\n1,0x10\n", "Row 2, column 'b': '0x10' is not a number"),
        ("a;b\n1.5;2\n2,5;3\n", "Row 3, column 'a': '2,5' is not a number"),
        ("a;b\n1,5;2\n2.5;3\n", "Row 3, column 'a': '2.5' has a decimal point"),
        ("a;b\n1.234,5;2\n", "Row 2, column 'a': '1.234,5' is not a number"),
        ('a,b\n1,"2\n3,4\n', "Row 3: unexpected end of data"),
        ("a,b\n1,caf\u00e9\n".encode("latin-1"), "Row 2, column 'b': 'caf\u00e9' is not a number"),
        ("a,b\n1,2\n".encode("utf-16")[:-1], "The text is not complete UTF-16"),
        (b"a,b\n1,\0\n", "This is no text in columns"),
        ("sequence,x\n1,5\n2,6\n1,7\n", "Row 4: sequence '1' goes on after another"),
        ("x,latent z1\n1,5\n2,\n", "Latents cannot be missing"),
        ("a\n" + "9" * 50 + "x\n", "'" + "9" * 40 + "…' is not a number"),
        ("a,b\n1," + "9" * 200_000 + "\n", "field larger than field limit"),
    ],
)
def test_that_what_cannot_be_read_is_named_with_its_place(read, text, message):
    with pytest.raises(FileFormatError) as error:
        read(text)
    assert message in error.value.message
    assert error.value.message.endswith(".")


def test_that_the_rows_a_note_asks_for_close_the_gap(read):
    assert any("jumps" in note for note in read("t,x\n1,5\n2,6\n4,7\n5,8\n").notes)
    closed = read("t,x\n1,5\n2,6\n3,\n4,7\n5,8\n")
    assert closed.notes == ("Column 't' is used as the time axis, not as an observation.", "1 of 5 values are missing.")
    assert read("x\n5\nNA\n6\n").dataset.n_steps == 3


def test_that_latents_are_ordered_by_their_number(read):
    data = read("x,latent z10,latent z2,latent z1\n5,10,2,1\n6,10,2,1\n")
    assert data.dataset.latents.tolist() == [[1.0, 2.0, 10.0]] * 2


def test_that_an_observed_column_may_be_called_t(tmp_path):
    save(tmp_path / "data.csv", DataFile(Dataset([[5.0, 7.0]]), "data", ("t", "time t")))
    data = load_data(tmp_path / "data.csv")
    assert (data.time_name, data.columns) == ("time t t", ("t", "time t"))
    with pytest.raises(ParameterError, match="Two columns have the name 't'"):
        DataFile(Dataset([[5.0]]), "data", ("t",), "t", ("1",))


def test_that_rows_of_one_sequence_become_one_array_and_the_labels_stay_in_order(read):
    data = read("trial,t,x\na,1,5\na,2,6\nb,1,7\n")
    assert [sequence.tolist() for sequence in data.dataset.sequences] == [[[5.0], [6.0]], [[7.0]]]
    assert data.time_values == ("1", "2", "1")


def test_that_a_long_table_is_read_to_the_last_bit(tmp_path):
    values = np.random.default_rng(0).standard_normal((20_000, 10))
    path = tmp_path / "data.csv"
    np.savetxt(path, values, delimiter=",", fmt="%.17g")
    np.testing.assert_array_equal(load_data(path).dataset.observations, values)


def test_that_many_equal_names_are_told_apart_in_no_time():
    names, _ = _distinct(("x",) * 3000 + ("x (2)",))
    assert len(set(names)) == 3001
    assert names[:3] == ["x", "x (2)", "x (3)"]
