import os
import struct
import subprocess
import sys
import time
import zlib

import numpy as np
import pytest
import scipy.io
import scipy.sparse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lds_gui.files import FileFormatError, Progress, ReadOptions, load_data, mat_child, mat_format, preview, reading
from tests.files.values import attempt

TYPES = st.sampled_from([np.float64, np.float32, np.int8, np.uint16, np.int32, np.int64])
ROWS = np.array([[1.0, np.nan, -0.0], [1 / 3, 5e-324, 1.7e308]])


@pytest.fixture
def write(tmp_path):
    def write_arrays(contents, **options):
        path = tmp_path / "data.mat"
        with path.open("wb") as file:
            scipy.io.savemat(file, contents, **options)
        return path

    return write_arrays


@pytest.mark.parametrize("options", [{}, {"do_compression": True}, {"format": "4"}], ids=["6", "7", "4"])
def test_that_a_matrix_comes_back_to_the_last_bit_from_every_version(write, options):
    data = load_data(write({"x": ROWS}, **options))
    found = data.dataset.observations
    assert np.where(np.isnan(found), np.nan, found).tobytes() == ROWS.tobytes()
    assert (data.name, data.columns) == ("data", ("x1", "x2", "x3"))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), TYPES, st.booleans())
def test_that_the_child_takes_any_real_numbers_from_a_mat_file(write, data, dtype, compressed):
    array = data.draw(arrays.arrays(dtype, arrays.array_shapes(min_dims=2, max_dims=3, max_side=4)))
    with write({"small": np.zeros((1, 1)), "wanted": array}, do_compression=compressed).open("rb") as file:
        report, found = mat_child.read(file, "wanted")
    assert report["problem"] == ""
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype


def test_that_the_arrays_are_listed_and_one_is_chosen(write):
    path = write(
        {
            "word": "text",
            "cells": np.array([[1, "a"]], dtype=object),
            "z": np.eye(2) * 1j,
            "list": np.arange(4.0),
            "x": np.arange(6.0).reshape(3, 2),
            "sparse": scipy.sparse.csc_matrix(np.eye(2)),
        }
    )
    shown = preview(path)
    assert shown.options.array == "x"
    assert {("x", "3 × 2 double"), ("word", "1 char"), ("list", "1 × 4 double")} <= set(shown.arrays)
    assert (shown.columns, shown.n_rows, shown.problem) == (("x1", "x2"), 3, "")
    assert load_data(path, ReadOptions(array="x", transposed=True)).dataset.obs_dim == 3
    column = load_data(path, ReadOptions(array="list"))
    assert column.dataset.observations.tolist() == [[0.0], [1.0], [2.0], [3.0]]
    assert "The row vector is read as 4 time steps." in column.notes
    for name, message in (
        ("word", "is of the class char"),
        ("cells", "is of the class cell"),
        ("sparse", "is of the class sparse"),
        ("z", "has the type complex128"),
        ("none", "There is no array 'none'"),
    ):
        with pytest.raises(FileFormatError, match=message) as error:
            load_data(path, ReadOptions(array=name))
        assert preview(path, ReadOptions(array=name)).problem == error.value.message


def test_that_version_7_3_is_recognised_and_what_to_do_is_said(tmp_path):
    path = tmp_path / "data.mat"
    for raw in (b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + b"\0" * 600):
        path.write_bytes(raw)
        with pytest.raises(FileFormatError, match=r"version 7\.3; save it in MATLAB with the option '-v7'\."):
            load_data(path)


def test_that_a_compressed_file_cut_off_at_every_64th_byte_gives_one_sentence(write):
    path = write({"x": np.random.default_rng(0).random((8, 4))}, do_compression=True)
    whole = path.read_bytes()
    for size in range(0, len(whole), 64):
        path.write_bytes(whole[:size])
        value, message = attempt(path)
        assert value is None
        assert "\n" not in message


def bomb(n_bytes):
    """A MAT file of a few thousand bytes that claims, and unpacks to, a matrix of so many."""
    name = struct.pack("<II", 1, 1) + b"x".ljust(8, b"\0")
    flags, shape = struct.pack("<IIII", 6, 8, 6, 0), struct.pack("<IIii", 5, 8, n_bytes // 8, 1)
    begin = flags + shape + name + struct.pack("<II", 9, n_bytes)
    packer = zlib.compressobj(9)
    packed = packer.compress(struct.pack("<II", 14, len(begin) + n_bytes) + begin)
    for _ in range(n_bytes // 2**20):
        packed += packer.compress(b"\0" * 2**20)
    packed += packer.flush()
    header = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H", 0x0100) + b"IM"
    return header + struct.pack("<II", 15, len(packed)) + packed


def test_that_a_zip_bomb_meets_the_limit_of_memory(tmp_path, monkeypatch):
    path = tmp_path / "data.mat"
    path.write_bytes(bomb(2**20))
    assert load_data(path).dataset.n_steps == 2**17
    monkeypatch.setattr(mat_format, "_MEMORY", 2**29)
    path.write_bytes(bomb(2**29))
    assert path.stat().st_size < 2**21
    with pytest.raises(FileFormatError) as error:
        load_data(path)
    assert error.value.message == "The file takes more than the 0.5 GiB of memory that it may take."


@pytest.mark.parametrize(
    "raw", [b"", b"hello", b"\x80\x04K\x01.", b"PK\x03\x04" * 100, b"\0" * 200, b"\xff" * 200, os.urandom(512)]
)
def test_that_a_file_that_is_no_mat_file_gives_one_sentence(tmp_path, raw):
    (tmp_path / "data.mat").write_bytes(raw)
    value, message = attempt(tmp_path / "data.mat")
    assert value is None
    assert "\n" not in message


def stand_in(tmp_path, monkeypatch, text):
    script = tmp_path / "child.py"
    script.write_text(text)
    monkeypatch.setattr(mat_format, "_CHILD", script)
    (tmp_path / "data.mat").write_bytes(b"MATLAB 5.0")
    return tmp_path / "data.mat"


@pytest.mark.parametrize(
    "text",
    [
        "import os; os.abort()",
        "print('[]')",
        "print('{\"problem\": 3')",
        "print('{}')",
        'print(\'{"problem": "", "arrays": [[1]]}\')',
        "print('{\"problem\": \"\"}'); print('no array')",
        'import sys; sys.stdout.buffer.write(b\'{"problem": ""}\\n\\x93NUMPY\\x01\\0\\x02\\0((\')',
        'import pickle, sys; sys.stdout.buffer.write(b\'{"problem": ""}\\n\' + pickle.dumps(print))',
    ],
)
def test_that_a_child_that_dies_or_lies_gives_one_sentence(tmp_path, monkeypatch, text):
    value, message = attempt(stand_in(tmp_path, monkeypatch, text))
    assert value is None
    assert "\n" not in message


def test_that_a_child_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    path = stand_in(tmp_path, monkeypatch, "import time; time.sleep(100)")
    monkeypatch.setattr(mat_format, "_SECONDS", 0.5)
    begin = time.monotonic()
    with pytest.raises(FileFormatError, match=r"more than the 0\.5 s that it may take"):
        load_data(path)
    assert time.monotonic() - begin < 10


def test_that_ending_a_reading_ends_the_child(tmp_path, monkeypatch):
    path = stand_in(
        tmp_path,
        monkeypatch,
        f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(100)",
    )
    steps = reading(path)
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert isinstance(next(steps), Progress)
    begin = time.monotonic()
    steps.close()
    assert time.monotonic() - begin < 10
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_that_the_child_ends_when_its_parent_dies(write):
    text = (
        "import time; from lds_gui.files.mat_child import end_with_parent; end_with_parent(); "
        "print(1, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", text], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"1\n"
        child.stdin.close()
        assert child.wait(20) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="the limits are the system's")
def test_that_the_child_may_use_no_more_than_it_is_given():
    text = (
        "import resource as r; from lds_gui.files.mat_child import limit; limit(2**31, 7); "
        "print(*[r.getrlimit(k)[0] for k in (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_FSIZE)])"
    )
    found = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert found.stdout.split() == [str(2**31), "7", "0"]
