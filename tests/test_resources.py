import shutil
import subprocess
import sys

import pytest

import lds_gui.resources
from lds_gui.resources import resource_path


@pytest.mark.parametrize("folder", ["presets", "sample_data", "fonts"])
def test_that_the_resources_are_found_in_the_source_tree(folder):
    assert resource_path(folder).is_dir()


def test_that_an_installed_package_uses_its_own_resources(tmp_path):
    package = tmp_path / "lds_gui"
    (package / "resources" / "presets").mkdir(parents=True)
    (package / "__init__.py").touch()
    shutil.copy(lds_gui.resources.__file__, package)
    code = "from lds_gui.resources import resource_path; print(resource_path('presets', 'a.json'))"
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str(package / "resources" / "presets" / "a.json")


@pytest.mark.parametrize("name", ["Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf"])
def test_that_the_fonts_are_opentype_and_come_with_their_licence(name):
    assert resource_path("fonts", name).read_bytes()[:4] == b"OTTO"
    assert "SIL OPEN FONT LICENSE Version 1.1" in resource_path("fonts", "OFL.txt").read_text(encoding="utf-8")
    assert "Copyright (c) 2016-2022 The Inter Project Authors" in resource_path("fonts", "OFL.txt").read_text("utf-8")
