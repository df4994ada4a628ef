import sys

import pytest

from lds_gui.ui import platform

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux needs these libraries")


@linux_only
def test_that_missing_libraries_are_named_with_their_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "_load", lambda library: None if library.startswith("libEGL") else object())
    sentence = platform.missing_libraries()
    assert sentence is not None
    assert "libEGL.so.1" in sentence
    assert sentence.endswith("sudo apt-get install libegl1")


@linux_only
def test_that_a_display_asks_for_the_libraries_of_x_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "_load", lambda _: None)
    monkeypatch.setattr(platform, "_x_server_answers", lambda: True)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    sentence = platform.missing_libraries()
    assert sentence is not None
    assert "libxcb-cursor0" in sentence
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert "libxcb-cursor0" not in (platform.missing_libraries() or "")


@linux_only
@pytest.mark.parametrize(
    ("qpa", "display", "wayland", "answer"),
    [
        ("", None, None, False),
        ("", ":987", None, False),
        ("", None, "wayland-0", True),
        ("offscreen", None, None, True),
        ("xcb", None, None, False),
    ],
)
def test_that_a_display_is_only_one_that_answers(
    monkeypatch: pytest.MonkeyPatch, qpa: str, display: str | None, wayland: str | None, answer: bool
) -> None:
    for name, value in {"QT_QPA_PLATFORM": qpa, "DISPLAY": display, "WAYLAND_DISPLAY": wayland}.items():
        if value:
            monkeypatch.setenv(name, value)
        else:
            monkeypatch.delenv(name, raising=False)
    assert platform.has_display() is answer
