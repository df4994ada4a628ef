"""The language of scripts and notebooks: a small part of Python, in which every line is a verb of `lds_gui.lds`."""

from lds_gui.script.language import Call, ScriptError, Statement, parse
from lds_gui.script.replay import Outcome, load_script, replay
from lds_gui.script.writing import source, with_imports

__all__ = ["Call", "Outcome", "ScriptError", "Statement", "load_script", "parse", "replay", "source", "with_imports"]
