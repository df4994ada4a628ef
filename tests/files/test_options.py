import pickle

import numpy as np
import pytest

from lds_gui.files import (
    DataFile,
    FileFormatError,
    Progress,
    ReadOptions,
    Role,
    load_data,
    preview,
    reading,
    text_preview,
    text_reading,
)

NAN = np.nan
OBSERVED, TIME, SEQUENCE, LATENT, IGNORED = Role.OBSERVED, Role.TIME, Role.SEQUENCE, Role.LATENT, Role.IGNORED
DIFFICULT = "Datum;Pegel;Abfluss;Bemerkung\n01.03.1958;1,5;-999;ok\n02.03.1958;;2,25;\n03.03.1958;-0,5;-999,0;defekt\n"


@pytest.fixture
def write(tmp_path):
    def write_text(text, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_text


def test_that_a_difficult_table_is_read_as_its_options_say(write):
    options = ReadOptions(missing=("-999",), roles=(TIME, OBSERVED, OBSERVED, IGNORED))
    data = load_data(write(DIFFICULT), options)
    np.testing.assert_array_equal(data.dataset.observations, [[1.5, NAN], [NAN, 2.25], [-0.5, NAN]])
    assert (data.columns, data.time_name) == (("Pegel", "Abfluss"), "Datum")
    assert data.time_values == ("01.03.1958", "02.03.1958", "03.03.1958")
    for note in ("Left out as chosen: 'Bemerkung'.", "Decimal commas are read as decimal points."):
        assert note in data.notes


def test_that_the_preview_of_a_difficult_table_shows_what_is_found_out_and_names_what_is_wrong(write):
    path = write(DIFFICULT)
    shown = preview(path)
    assert shown.problem.startswith("Row 2, column 'Bemerkung': 'ok' is not a number")
    known = shown.options
    assert (known.delimiter, known.decimal, known.header, known.encoding) == (";", ",", True, "utf-8")
    assert known.roles == (TIME, OBSERVED, OBSERVED, OBSERVED)
    assert shown.columns == ("Datum", "Pegel", "Abfluss", "Bemerkung")
    assert shown.rows[1] == ("02.03.1958", "", "2,25", "")
    better = preview(path, ReadOptions(missing=("-999",), roles=(TIME, OBSERVED, OBSERVED, IGNORED)))
    assert (better.problem, better.n_rows) == ("", 3)
    assert load_data(path, better.options).dataset.n_missing == 3


@pytest.mark.parametrize(
    ("text", "options", "values"),
    [
        ("1,2\n3,4\n", ReadOptions(delimiter=";"), [[1.2], [3.4]]),
        ("1,2\n3,4\n", ReadOptions(header=True), [[3, 4]]),
        ("1;2\n3;4\n", ReadOptions(delimiter=",", header=False), "Row 1, column 'x1': '1;2' is not a number"),
        ("a b\n1 2\n", ReadOptions(delimiter=" "), [[1, 2]]),
        ('"the flow" b\n1   2\n', ReadOptions(delimiter=" "), [[1, 2]]),
        ("a;b\n1,5;2\n", ReadOptions(decimal="."), "Row 2, column 'a': '1,5' is not a number"),
        ("a;b\n1.5;2\n", ReadOptions(decimal=","), "Row 2, column 'a': '1.5' has a decimal point, where the file is"),
        ("a;b\n1;2\n", ReadOptions(decimal=","), [[1, 2]]),
        ('a,b\n"1,5",2\n', ReadOptions(decimal=","), [[1.5, 2]]),
        ("a\nx\n5\n", ReadOptions(missing=("X",)), [[NAN], [5]]),
        ("a\n-999.0\n5\n", ReadOptions(missing=("-999",)), [[NAN], [5]]),
        ("a;b\n-9,50;1,5\n5;0\n", ReadOptions(missing=("-9,5", "0")), [[NAN, 1.5], [5, NAN]]),
        ("a,b\n1,2\n", ReadOptions(roles=(OBSERVED,)), "There are 1 roles for 2 columns."),
        ("a,b\n1,2\n", ReadOptions(roles=(TIME, IGNORED)), "There is no column of numbers beside the time axis"),
        ("a,b\n1,2\n", ReadOptions(roles=(SEQUENCE, SEQUENCE)), "Only one column can tell the sequences apart"),
        ("a,b\n1,2\n", ReadOptions(delimiter="|"), "The delimiter must be a comma"),
        ("a,b\n1,2\n", ReadOptions(decimal="x"), "The decimal sign must be"),
        ("a,b\n1,2\n", ReadOptions(encoding="zip"), "The encoding 'zip' is unknown here"),
        ("a\n1\n\u00e9\n".encode("latin-1"), ReadOptions(encoding="utf-8"), "Row 3: the byte 0xE9 is not UTF-8 text;"),
        ("\u00e9\n1\n".encode("utf-16"), ReadOptions(encoding="utf-16"), [[1]]),
        ("year,x\n1,2\n", ReadOptions(roles=(OBSERVED, OBSERVED)), [[1, 2]]),
        ("a\n7\n\n5\n", ReadOptions(header=False), "Row 1, column 'x1': 'a' is not a number"),
    ],
)
def test_that_an_option_stands_above_what_would_be_found_out(write, text, options, values):
    path = write(text)
    if isinstance(values, str):
        with pytest.raises(FileFormatError) as error:
            load_data(path, options)
        assert values in error.value.message
        assert preview(path, options).problem == error.value.message
    else:
        np.testing.assert_array_equal(load_data(path, options).dataset.observations, values)
        assert preview(path, options).problem == ""


def test_that_roles_stand_in_any_order(write):
    path = write("z,x,trial,when,y,note\n5,1,a,q1,2,n\n6,3,a,q2,4,n\n7,5,b,q1,6,n\n")
    data = load_data(path, ReadOptions(roles=(LATENT, OBSERVED, SEQUENCE, TIME, OBSERVED, IGNORED)))
    assert [x.tolist() for x in data.dataset.sequences] == [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0]]]
    assert [z.tolist() for z in data.dataset.latents] == [[[5.0], [6.0]], [[7.0]]]
    assert (data.time_name, data.time_values, data.columns) == ("when", ("q1", "q2", "q1"), ("x", "y"))
    for note in (
        "Column 'trial' tells the sequences apart",
        "The columns 'z' are the true latents",
        "Left out as chosen",
    ):
        assert any(note in said for said in data.notes)


def test_that_what_a_preview_found_out_reads_the_same_data(write):
    for text in (
        "a;b\n1,5;2\n",
        "year,quarter,x\n1,1,5\n",
        "5\n6\n",
        "sequence,t,x,latent z1\na,1,5,0\n",
        ",x\n0,5\n1,6\n",
    ):
        path = write(text)
        one, other = load_data(path), load_data(path, preview(path).options)
        np.testing.assert_array_equal(np.vstack(one.dataset.sequences), np.vstack(other.dataset.sequences))
        assert (one.columns, one.time_name, one.time_values) == (other.columns, other.time_name, other.time_values)


def test_that_a_preview_reads_only_the_beginning_and_says_so(write):
    path = write("t,x\n" + "".join(f"{i},{i / 7!r}\n" for i in range(100_000)) + "no,number\n")
    shown = preview(path)
    assert (len(shown.rows), shown.n_rows, shown.problem) == (50, None, "")
    assert any(note.startswith("Only the first ") for note in shown.notes)
    with pytest.raises(FileFormatError, match="Row 100002, column 'x': 'number' is not a number"):
        load_data(path)


def test_that_a_quoted_cell_may_run_on_beyond_what_the_preview_reads(write):
    long = "a,b\n" + "1,2\n" * 65_000 + '3,"4' + "\n" * 3000 + '"\n5,6\n'
    path = write(long)
    assert preview(path).problem == ""
    assert load_data(path).dataset.n_steps == 65_002


def test_that_a_header_may_be_longer_than_what_is_looked_at_first(write):
    names = [f"a column with a long name, number {j}" for j in range(10_000)]
    path = write(";".join(names) + "\n" + ("1;" * 9_999 + "2\n") * 3)
    assert preview(path).problem == ""
    assert load_data(path).dataset.observations.shape == (3, 10_000)


def test_that_a_preview_never_raises(tmp_path, write):
    assert "no such file" in preview(tmp_path / "none.csv").problem
    assert "is a folder" in preview(tmp_path).problem
    assert "is unknown" in preview(write("1\n", "data.xyz")).problem
    assert "empty" in preview(write("")).problem


def test_that_reading_tells_how_far_it_is_and_hands_over_data_that_travel(write):
    path = write("t,x\n" + "".join(f"{i},{i / 7!r}\n" for i in range(200_000)))
    steps = list(reading(path))
    *progress, data = pickle.loads(pickle.dumps(steps))
    assert all(isinstance(step, Progress) for step in progress)
    shares = [step.share for step in progress]
    assert len(shares) > 3
    assert shares == sorted(shares)
    assert 0.0 <= shares[0] <= shares[-1] <= 1.0
    assert isinstance(data, DataFile)
    assert data.dataset.n_steps == 200_000


def test_that_reading_can_be_ended_early(write, recwarn):
    steps = reading(write("x\n" + "1\n" * 1_000_000))
    next(steps)
    next(steps)
    steps.close()
    assert not recwarn.list


def test_that_text_from_the_clipboard_is_read_like_a_file():
    shown = text_preview("a\tb\n1,5\t2\n")
    assert (shown.options.delimiter, shown.options.decimal, shown.columns) == ("\t", ",", ("a", "b"))
    *_, data = text_reading("a\tb\n1,5\t2\n", shown.options)
    assert (data.name, data.dataset.observations.tolist()) == ("Clipboard", [[1.5, 2.0]])
    with pytest.raises(FileFormatError, match="Clipboard: The file is empty") as error:
        list(text_reading(""))
    assert text_preview("").problem == error.value.message
    assert text_preview("caf\u00e9 \ud800").problem


def test_that_a_sentence_about_a_cell_is_one_line(write):
    path = write('a,b\n1,"two\nlines\t\x1b[31m"\n')
    with pytest.raises(FileFormatError) as error:
        load_data(path)
    assert error.value.message.isprintable()
