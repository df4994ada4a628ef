import os
from pathlib import Path

import numpy as np
import pytest

from lds_gui.files import FORMATS, DataFile, FileFormatError, check_suffix, load, load_data, load_params, save
from lds_gui.files.atomic import check_writable, write_atomically
from lds_gui.lds import Dataset, LDSParams
from tests.files.values import DATA, OTHERS, SEPARATE, assert_same, attempt, put

SUFFIXES = [(form, suffix) for form in FORMATS for suffix in form.suffixes]
PAIRS = [
    pytest.param(suffix, value, id=f"{suffix}-{title}")
    for form, suffix in SUFFIXES
    for title, value in (DATA | OTHERS).items()
    if isinstance(value, form.holds)
]


@pytest.mark.parametrize(("suffix", "value"), PAIRS)
def test_that_a_value_comes_back_to_the_last_bit(suffix, value, tmp_path):
    path = tmp_path / f"data{suffix}"
    save(path, value)
    back = load(path)
    if suffix in (".csv", ".txt", ".tsv") and value.time_name is None:  # a column t then counts the steps
        assert back.time_name == "t"
        assert back.time_values == tuple(str(t + 1) for x in value.dataset.sequences for t in range(len(x)))
        back = DataFile(back.dataset, back.name, back.columns)
    assert_same(back, value)


@pytest.mark.parametrize("suffix", [suffix for _, suffix in SUFFIXES])
def test_that_a_format_reads_its_suffix_in_capitals(suffix, tmp_path):
    path = tmp_path / f"DATA{suffix.upper()}"
    put(path, Dataset([[1.0], [2.0]]))
    assert load_data(path).dataset.n_steps == 2


@pytest.mark.parametrize("suffix", [suffix for form, suffix in SUFFIXES if form.write is None])
def test_that_a_format_that_is_only_read_says_so_before_anything_is_computed(suffix, tmp_path):
    path = tmp_path / f"data{suffix}"
    for verb in (lambda: save(path, Dataset([[1.0]])), lambda: check_suffix(path, LDSParams)):
        with pytest.raises(FileFormatError, match=r"is only read here, never written; choose one of \..*\."):
            verb()
    assert not path.exists()


@pytest.mark.parametrize("value", OTHERS.values(), ids=OTHERS)
@pytest.mark.parametrize("suffix", [suffix for form, suffix in SUFFIXES if form.holds == (DataFile,)])
def test_that_a_format_refuses_what_it_cannot_hold_and_leaves_the_old_file(suffix, value, tmp_path):
    path = tmp_path / f"data{suffix}"
    path.write_text("old")
    with pytest.raises(FileFormatError, match=r"cannot hold .*; choose one of \.json, \.npz\."):
        save(path, value)
    assert path.read_text() == "old"


@pytest.mark.parametrize("verb", [load, lambda path: save(path, SEPARATE)], ids=["load", "save"])
def test_that_an_unknown_suffix_is_named_with_the_known_ones(verb, tmp_path):
    path = tmp_path / "data.xls"
    path.touch()
    with pytest.raises(FileFormatError, match=r"'\.xls' is unknown; known are \.csv") as error:
        verb(path)
    assert error.value.path == path
    assert str(error.value).startswith(f"{path}: ")


def test_that_a_missing_file_and_a_folder_are_said_to_be_so(tmp_path):
    with pytest.raises(FileFormatError, match="no such file"):
        load(tmp_path / "none.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(FileFormatError, match="is a folder, not a file"):
        load(tmp_path / "folder.csv")


def test_that_a_path_the_system_refuses_is_said_to_be_so(tmp_path, monkeypatch):
    with pytest.raises(FileFormatError, match="cannot be read: file name too long"):
        load(tmp_path / f"{'a' * 300}.csv")

    def deny(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", deny)
    with pytest.raises(FileFormatError, match="cannot be read: permission denied"):
        load(tmp_path / "data.csv")


def test_that_a_place_to_write_to_is_tried_without_leaving_a_trace(tmp_path):
    path = tmp_path / "data.json"
    check_writable(path)
    assert list(tmp_path.iterdir()) == []
    path.write_text("old")
    check_writable(path)
    assert path.read_text() == "old"
    for wrong, reason in ((tmp_path / "none" / "a.json", "no such file"), (tmp_path, "is a directory")):
        with pytest.raises(FileFormatError, match=f"cannot be written: {reason}"):
            check_writable(wrong)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_that_an_unreadable_file_is_said_to_be_so(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("1\n2\n")
    path.chmod(0)
    with pytest.raises(FileFormatError, match="cannot be read: permission denied"):
        load(path)


def test_that_parameters_are_taken_from_whatever_has_them_and_data_are_not(tmp_path):
    for title in ("tied parameters", "an EM result", "a preset"):
        path = tmp_path / "data.json"
        save(path, OTHERS[title])
        assert isinstance(load_params(path), LDSParams)
        with pytest.raises(FileFormatError, match="not a data set"):
            load_data(path)
    for value in (OTHERS["a Gaussian"], DATA["a single value"]):
        save(path, value)
        with pytest.raises(FileFormatError, match="not model parameters"):
            load_params(path)


def test_that_a_write_that_fails_half_way_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("old")

    def fail(file):
        file.write(b"new")
        raise OSError(28, "No space left on device")

    with pytest.raises(FileFormatError, match="cannot be written: no space left on device"):
        write_atomically(path, fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_that_saving_keeps_the_permissions_and_writes_through_a_link(tmp_path):
    target, link = tmp_path / "target.csv", tmp_path / "link.csv"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    save(link, Dataset([[1.0], [2.0]]))
    assert link.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert load_data(target).dataset.n_steps == 2


def test_that_a_folder_that_is_not_there_is_said_to_be_so(tmp_path):
    with pytest.raises(FileFormatError, match="cannot be written: no such file or directory"):
        save(tmp_path / "none" / "data.csv", Dataset([[1.0]]))


@pytest.mark.parametrize("suffix", [suffix for _, suffix in SUFFIXES])
def test_that_a_file_cut_off_anywhere_gives_one_sentence_or_valid_data(suffix, tmp_path):
    path = tmp_path / f"data{suffix}"
    put(path, DATA["several sequences with latents"].dataset)
    whole = path.read_bytes()
    step = 64 if suffix == ".mat" else max(1, len(whole) // 150)  # each MAT file takes a process
    for size in range(0, len(whole) - 1, step):
        path.write_bytes(whole[:size])
        value, message = attempt(path)
        assert "\n" not in message
        if value is not None:
            assert suffix in (".csv", ".txt", ".tsv"), "only a cut text can be whole"


def test_that_missing_empty_and_constant_columns_are_noted_in_every_format(tmp_path):
    dataset = Dataset(np.array([[1.0, np.nan, 5.0], [np.nan, np.nan, 5.0], [2.0, np.nan, 5.0]]))
    for _, suffix in SUFFIXES:
        path = tmp_path / f"data{suffix}"
        put(path, dataset)
        notes = load_data(path).notes
        assert "4 of 9 values are missing." in notes
        assert "Column 'x2' holds no value at all." in notes
        assert "Column 'x3' holds the same value, 5, in every row." in notes


def test_that_a_path_may_be_a_text(tmp_path):
    save(str(tmp_path / "data.csv"), Dataset([[1.0]]))
    assert load_data(str(tmp_path / "data.csv")).name == "data"
    with pytest.raises(FileFormatError) as error:
        load(str(tmp_path / "none.csv"))
    assert error.value.path == Path(tmp_path / "none.csv")
