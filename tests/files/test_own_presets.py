import re
from dataclasses import replace
from pathlib import Path

import pytest

from lds_gui.files import (
    FileFormatError,
    Preset,
    delete_own_preset,
    own_presets,
    own_presets_folder,
    save,
    save_own_preset,
)
from lds_gui.lds import LDSParams, ParameterError, Spoiling
from tests.files.values import OTHERS, assert_same

PARAMS = LDSParams([[0.5]], [[1.0]], [[1.0]], [[1.0]], [0.0])


def named(title: str, order: int = 5) -> Preset:
    return Preset("x", title, "About.", "Try.", PARAMS, 17, 3, order, 4, 20, Spoiling(missing=0.1, outlier_size=3.0))


def test_that_a_saved_preset_is_found_again_under_the_name_of_its_file(tmp_path):
    folder = tmp_path / "not" / "there yet"
    path = save_own_preset(named("Zwei  gekoppelte Öszillatoren, n = 4"), folder)
    assert path == folder / "zwei_gekoppelte_oszillatoren_n_4.json"
    ((found,), problems) = own_presets(folder)
    assert problems == ()
    assert_same(
        found,
        replace(named("Zwei gekoppelte Öszillatoren, n = 4"), name="zwei_gekoppelte_oszillatoren_n_4", is_own=True),
    )
    assert [entry.name for entry in folder.iterdir()] == [path.name]


def test_that_the_same_title_is_replaced_and_another_one_never(tmp_path):
    first = save_own_preset(named("My model"), tmp_path)
    assert save_own_preset(replace(named("My model"), seed=9), tmp_path) == first
    other = save_own_preset(named("My model!"), tmp_path)
    assert other.name == "my_model_2.json"
    assert save_own_preset(replace(named("My model!"), seed=8), tmp_path) == other
    assert [(preset.title, preset.seed) for preset in own_presets(tmp_path).presets] == [
        ("My model", 9),
        ("My model!", 8),
    ]


def test_that_a_file_that_is_no_preset_is_neither_lost_nor_in_the_way(tmp_path):
    (tmp_path / "my_model.json").write_text("{broken")
    save(tmp_path / "params.json", OTHERS["tied parameters"])
    (tmp_path / "notes.txt").write_text("mine")
    assert save_own_preset(named("My model"), tmp_path).name == "my_model_2.json"
    presets, problems = own_presets(tmp_path)
    assert [preset.name for preset in presets] == ["my_model_2"]
    assert (tmp_path / "my_model.json").read_text() == "{broken"
    broken, other = problems
    assert broken.startswith(f"{tmp_path / 'my_model.json'}: Line 1, column 2")
    assert "title, about and try_this" in other
    assert all(problem.endswith(".") for problem in problems)


def test_that_presets_come_by_order_and_title(tmp_path):
    for title, order in (("B", 2), ("A", 2), ("C", 1)):
        save_own_preset(named(title, order), tmp_path)
    assert [preset.title for preset in own_presets(tmp_path).presets] == ["C", "A", "B"]


def test_that_a_folder_that_is_not_there_is_empty_and_a_file_in_its_place_is_told(tmp_path):
    assert own_presets(tmp_path / "none") == ((), ())
    (tmp_path / "file").write_text("")
    ((), (problem,)) = own_presets(tmp_path / "file")
    assert "The folder cannot be read: not a directory." in problem
    with pytest.raises(FileFormatError, match="The folder cannot be made"):
        save_own_preset(named("A"), tmp_path / "file")


@pytest.mark.parametrize(
    ("title", "name"),
    [("Σ = 0", "0"), ("模型", "preset"), ("CON", "preset_con"), ("../../x", "x"), ("a" * 99, "a" * 60)],
)
def test_that_any_title_gives_a_name_that_every_system_takes(tmp_path, title, name):
    path = save_own_preset(named(title), tmp_path)
    assert path == tmp_path / f"{name}.json"
    assert own_presets(tmp_path).presets[0].title == title


def test_that_a_preset_needs_a_title(tmp_path):
    with pytest.raises(ParameterError, match="A preset needs a title"):
        save_own_preset(named(" \n"), tmp_path)


def test_that_a_preset_is_deleted_by_its_name_and_nothing_else_is(tmp_path):
    folder = tmp_path / "presets"
    path = save_own_preset(named("A"), folder)
    (tmp_path / "outside.json").write_text("{}")
    for name in ("b", "../outside", "", str(tmp_path / "outside")):
        with pytest.raises(ParameterError, match="There is no preset"):
            delete_own_preset(name, folder)
    delete_own_preset("a", folder)
    assert not path.exists()
    assert (tmp_path / "outside.json").exists()


def test_that_the_folder_is_the_systems_or_that_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.delenv("LDS_GUI_DATA_FOLDER", raising=False)
    assert own_presets_folder().parts[-2:] == ("lds-gui", "presets")
    monkeypatch.setenv("LDS_GUI_DATA_FOLDER", str(tmp_path))
    assert own_presets_folder() == tmp_path / "presets"
    path = save_own_preset(named("A"))
    assert path == tmp_path / "presets" / "a.json"
    assert [preset.name for preset in own_presets().presets] == ["a"]
    delete_own_preset("a")
    assert own_presets() == ((), ())
    assert Path(tmp_path / "presets").is_dir()


@pytest.mark.parametrize("field", ["n_steps", "missing"])
def test_that_a_preset_with_an_endless_number_is_told_and_leaves_the_others(tmp_path, field):
    path = save_own_preset(named("good"), tmp_path)
    endless = re.sub(rf'"{field}": *[^,}}\s]+', f'"{field}": {"9" * 400}', path.read_text())
    assert "9" * 400 in endless
    (tmp_path / "bad.json").write_text(endless)
    found = own_presets(tmp_path)
    assert [preset.title for preset in found.presets] == ["good"]
    assert len(found.problems) == 1
