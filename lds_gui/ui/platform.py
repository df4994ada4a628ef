"""What Qt needs of the system, asked before Qt is loaded, because Qt aborts the process where it is missing."""

from __future__ import annotations

import ctypes
import os
import sys

_OFFSCREEN_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
}
_XCB_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


def missing_libraries() -> str | None:
    """Name the system libraries that Qt lacks here and how to install them; None where nothing lacks."""
    if not sys.platform.startswith("linux"):
        return None
    needed = dict(_OFFSCREEN_LIBRARIES)
    if has_display() and _qt_platform() in ("", "xcb") and not os.environ.get("WAYLAND_DISPLAY"):
        needed |= _XCB_LIBRARIES
    lacking = {library: package for library, package in needed.items() if _load(library) is None}
    if not lacking:
        return None
    return (
        f"Qt needs system libraries that are not installed ({', '.join(lacking)}); "
        f"on Debian or Ubuntu: sudo apt-get install {' '.join(lacking.values())}"
    )


def has_display() -> bool:
    """Say whether a window can be opened: on Linux, whether an X or Wayland server answers or none is needed."""
    if not sys.platform.startswith("linux"):
        return True
    if _qt_platform() not in ("", "xcb", "wayland"):
        return True  # offscreen, vnc, ...: they need no server
    return bool(os.environ.get("WAYLAND_DISPLAY")) or (bool(os.environ.get("DISPLAY")) and _x_server_answers())


def _qt_platform() -> str:
    return os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]


def _load(library: str) -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(library)
    except OSError:
        return None


def _x_server_answers() -> bool:
    xcb = _load("libxcb.so.1")
    if xcb is None:
        return True  # Qt cannot run either; `missing_libraries` says what is to be installed
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    failed = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not failed
