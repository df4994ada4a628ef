"""A script is computed as Python would, and what is no part of the language is refused, and never executed."""

import ast
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_gui.files import FileFormatError, ReadOptions, Role, preset
from lds_gui.lds import EMOptions, LDSParams, Simulation, Spoiling, drawn, em, pca_start
from lds_gui.resources import resource_path
from lds_gui.script import ScriptError, parse, replay, source, with_imports
from lds_gui.script.language import evaluate
from lds_gui.script.names import CALLABLE, IMPORTS
from lds_gui.script.replay import load_script
from lds_gui.script.writing import changed, same_params

REFUSED = {
    "another module": "import os",
    "a part of another module": "from os import path",
    "another name": "from lds_gui.files import save",
    "a name under another one": "from dataclasses import replace as r",
    "a built-in function": "x = open('/etc/passwd')",
    "an import by a call": "x = __import__('os')",
    "a private attribute": "x = (1).__class__",
    "a method": "x = [].append(1)",
    "a function of NumPy": "x = np.load('a')",
    "arithmetic": "x = 10**10**10",
    "a lambda": "x = lambda: 1",
    "a loop": "for i in range(3): pass",
    "a condition": "x = 1 if True else 2",
    "a definition": "def f(): pass",
    "a call that stands alone": "em(1, 2)",
    "an attribute to assign to": "model.A = 1",
    "a name that is not there": "x = y",
    "an unfinished line": "x = (",
    "a zero byte": "x = '\0'",
    "deep nesting": "x = " + "(" * 500 + ")" * 500,
    "a range too long": "x = range(10000000)",
    "a matrix too large": "x = np.eye(1000000)",
    "data too large": "x = drawn(preset('local_level').params, Simulation(n_steps=1000000000, seed=0))",
    "stars": "x = em(*[1])",
    "a loop over something else": "x = [a for a in [1, 2]]",
    "a text in parts": "x = 'abc'[0]",
    "an unknown preset": "x = preset('nope')",
    "an impossible value": "x = EMOptions(max_iter=-1)",
    "a hidden function": "replace = 1\nx = replace(1)",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_that_anything_else_is_refused_with_its_line(text: str, tmp_path: Path):
    with pytest.raises(ScriptError, match=r"^Line \d+: .*\.$"):
        list(replay(parse(text), tmp_path))


@given(st.text(max_size=200))
def test_that_any_text_is_cut_up_or_refused(text: str):
    try:
        statements = parse(text)
    except ScriptError:
        return
    assert all(statement.line >= 1 for statement in statements)


SCRIPT = '''"""A lesson."""

from itertools import islice

from lds_gui.files import preset
from lds_gui.lds import EMOptions, Simulation, drawn, em, pca_start

# First the model.
model = preset("damped_oscillator").params
data = drawn(model, Simulation(n_steps=60, seed=3))
options = EMOptions(max_iter=8, tol=0.0)
start = pca_start(data, 2)
run = list(islice(em(start, data, options), 5))
more = run[2:4]
run += list(em(run[4].params, data, options, 4))[1:]  # iteration 8: log p(x) = -1.0
print(run[-1].log_likelihood)
'''


def test_that_a_script_gives_what_python_gives(tmp_path: Path, capsys: pytest.CaptureFixture):
    outcomes = list(replay(parse(SCRIPT), tmp_path))
    names: dict = {}
    exec(compile(SCRIPT, "script", "exec"), names)  # the oracle: Python itself
    assert float(capsys.readouterr().out) == outcomes[-1].log_likelihood
    assert outcomes[-1].iteration == 8
    assert outcomes[-1].difference == names["run"][-1].log_likelihood + 1.0
    assert outcomes[0].statement.comment == "First the model."


def test_that_paths_are_those_from_the_script_s_folder(tmp_path: Path):
    (tmp_path / "some.csv").write_text("a\n1\n2\n3\n")
    path = tmp_path / "script.py"
    path.write_text('data = load_data("some.csv").dataset\n')
    assert len(list(replay(load_script(path), tmp_path))) == 1


@pytest.mark.parametrize("content", [b"\xff", b"import os\n"])
def test_that_a_file_that_is_no_script_is_refused_with_its_path(tmp_path: Path, content: bytes):
    path = tmp_path / "script.py"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"script\.py: "):
        load_script(path)
    with pytest.raises(FileFormatError, match="cannot be read"):
        load_script(tmp_path / "none.py")


VALUES = [
    EMOptions(7, 1e-9, frozenset({"A", "Sigma0"}), {"Gamma": "diagonal"}),
    EMOptions(),
    EMOptions(learn=frozenset()),
    Simulation(10, 3, 2, 5, Spoiling(missing=0.1, outlier_size=7.5)),
    ReadOptions(roles=(Role.TIME, Role.OBSERVED), missing=("-999",)),
    ReadOptions(missing=('a "quoted" name',), delimiter="\t", header=False),
    preset("two_oscillators").params,
    LDSParams([[1 / 3]], [[1e-300]], [[0.1 + 0.2]], [[5e-324 + 1.0]], [-0.0], [[2.0]]),
    float("inf"),
    1e22,
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_that_a_value_written_down_is_the_same_when_it_is_read(value):
    back = evaluate(ast.parse(source(value), mode="eval").body, {})
    if isinstance(value, LDSParams):
        assert same_params(value, back)
        assert np.signbit(back.mu0).tolist() == np.signbit(value.mu0).tolist()
    else:
        assert back == value


def test_that_a_changed_model_is_written_by_what_has_changed():
    before = preset("damped_oscillator").params
    after = LDSParams(before.A, before.B, before.Sigma, before.Gamma, [1.5, 2.5])
    text = changed("model", before, after)
    assert text == "replace(model, mu0=[1.5, 2.5])"
    assert same_params(evaluate(ast.parse(text, mode="eval").body, {"model": before}), after)


def test_that_every_function_of_scripts_can_be_imported_by_python():
    for name, module in IMPORTS.items():
        assert getattr(__import__(module, fromlist=[name]), name) is not None
    assert set(IMPORTS) - {"Role"} <= set(CALLABLE)


def test_that_a_written_script_imports_what_it_uses():
    text = with_imports(["data = drawn(model, Simulation(n_steps=3, seed=np.nan))"], "Title")
    assert "from lds_gui.lds import Simulation, drawn" in text
    assert "import numpy as np" in text
    assert "replace" not in text
    parse(text)


@pytest.mark.parametrize("path", sorted(resource_path("lessons").glob("*.py")), ids=lambda path: path.stem)
def test_that_every_lesson_reaches_what_it_says(path: Path):
    outcomes = list(replay(load_script(path), path.parent))
    assert sum(not outcome.statement.targets for outcome in outcomes) >= 5, "a lesson has remarks"
    assert any(outcome.difference is not None for outcome in outcomes)
    for outcome in outcomes:
        assert outcome.difference is None or outcome.difference == pytest.approx(0.0, abs=1e-7)


def test_that_the_engine_computes_a_script_as_it_does_without():
    data = drawn(preset("damped_oscillator").params, Simulation(60, 3))
    expected = list(em(pca_start(data, 2), data, EMOptions(max_iter=8, tol=0.0)))
    (*_, last) = replay(
        parse(SCRIPT.replace("8: log p(x) = -1.0", f"8: log p(x) = {expected[-1].log_likelihood!r}")), Path()
    )
    assert last.difference == pytest.approx(0.0, abs=1e-9)
