import json

import pytest

from lds_gui.files import FileFormatError, load, save
from lds_gui.files.kinds import KINDS
from lds_gui.lds import LDSParams
from tests.files.values import DATA, OTHERS, TIED

MODEL = {"A": [[0.5]], "B": [[1]], "Sigma": [[1]], "Gamma": [[1]], "mu0": [0]}


def read(tmp_path, content):
    path = tmp_path / "model.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return load(path)


def test_that_every_kind_has_a_test_value():
    assert {kind.type for kind in KINDS} == {type(value) for value in (DATA | OTHERS).values()}


def test_that_a_model_written_by_hand_is_read(tmp_path):
    assert isinstance(read(tmp_path, MODEL), LDSParams)


def test_that_a_matrix_is_written_a_row_a_line(tmp_path):
    save(tmp_path / "model.json", TIED)
    lines = (tmp_path / "model.json").read_text(encoding="utf-8").splitlines()
    assert "    [0.3333333333333333, -0.2]," in lines


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "Line 1, column 1"),
        ('{"A": [1,\n 2', "Line 2, column"),
        ("[1, 2]", "must hold one object"),
        ("{}", "one of these entries is needed"),
        ('{"A": [[NaN]]}', "NaN is not allowed"),
        ('{"A": [[1]], "A": [[2]]}', "The entry 'A' stands there twice."),
        ('{"A": ' + "[" * 100_000 + "1" + "]" * 100_000 + "}", "nested too deeply"),
        ({**MODEL, "sigma0": [[1]]}, "The entry 'sigma0' is unknown here"),
        ({**MODEL, "lds_gui_format": 2}, "of a newer program"),
        ({**MODEL, "lds_gui_format": 0}, "The file has format 0, which is unknown; this program reads format 1."),
        ('{"n_iter": ' + "9" * 5000 + "}", "A whole number of 5000 digits is too large"),
        ('{"n_iter": -' + "9" * 5000 + "}", "A whole number of 5000 digits is too large"),
        ({"A": [[0.5]]}, "The entry 'B' is missing."),
        ({**MODEL, "A": 0.5}, "A: 0.5 stands where a list of numbers should"),
        ({**MODEL, "A": [["0.5"]]}, "A, row 1, entry 1: '0.5' is not a number"),
        ({**MODEL, "A": [[True]]}, "A, row 1, entry 1: True is not a number"),
        ({**MODEL, "A": [[None]]}, "A, row 1, entry 1: None is not a number"),
        ({**MODEL, "A": [[1, 2], [3]]}, "'A' must have rows of equal length"),
        ({**MODEL, "A": [[10**400]]}, "numbers up to 1.8e308"),
        ('{"mean": [1e999], "cov": [[1]]}', "finite"),
        ({**MODEL, "Sigma": [[-1]]}, "Σ is not positive semi-definite"),
        ({"observations": [[1], [2]], "lengths": [1, 2]}, "'lengths' must be whole numbers"),
        ({"observations": [[1], [2]], "lengths": [-1, 3]}, "'lengths' must be whole numbers"),
        ({"observations": [[1], [2]], "columns": ["a", "b"]}, "There are 2 names for 1 columns."),
        ({"observations": [[1], [2]], "columns": "a"}, "'columns' must be a list of texts"),
        ({"observations": [[1], [2]], "time_name": "t"}, "A time axis needs both"),
        ({**MODEL, "log_likelihoods": [1.0], "n_iter": 3}, "'log_likelihoods' must have 4 entries"),
        ({**MODEL, "log_likelihoods": [1.0], "n_iter": 0, "converged": "no"}, "'converged' must be true or false"),
        ({**MODEL, "try_this": "", "title": 3}, "'title' must be a text"),
        ({**MODEL, "try_this": "", "title": "", "about": "", "seed": -1}, "A seed is a whole number from 0"),
        ({**MODEL, "try_this": "", "title": "", "about": "", "n_steps": 1.5}, "'n_steps' must be a whole number"),
    ],
)
def test_that_a_wrong_entry_is_named(tmp_path, content, message):
    with pytest.raises(FileFormatError) as error:
        read(tmp_path, content)
    assert message in error.value.message
    assert error.value.message.endswith(".")
