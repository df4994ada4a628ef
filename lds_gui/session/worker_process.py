"""A process of its own for long computations.

Python's threads take turns, and painting needs thousands of short turns: computing in a thread beside the window makes
it wait for seconds (benchmarks/lateness.py). A process leaves the window alone, and can be ended in the middle of an
iteration.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, Any, TypeVar

T = TypeVar("T")

BESIDE, BEHIND = 5, 10  # niceness: of what comes after the window alone, and of what comes after that, too
_AHEAD = 2  # items that may wait to be taken while the next one is computed: a busy window takes its time
_ITEM, _ERROR, _END = "item", "error", "end"


@dataclass(frozen=True, eq=False)
class Kept:
    """An argument that travels once: the process keeps it until it is given another one of this kind."""

    value: Any


class _Held:
    """Stands for what the process has kept."""


class WorkerDiedError(RuntimeError):
    """The computing process has ended although nobody ended it, for want of memory for instance."""


class WorkerProcess:
    """Runs generator functions in another process, one at a time, handing over one item after the other.

    The process starts with the first use, or with `start`, and serves any number of calls; after `kill`, or when it has
    died, the next use starts a new one. It ends by itself when this program does.
    """

    def __init__(self, niceness: int = BESIDE) -> None:
        """Start nothing yet."""
        self._niceness = niceness
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._held: tuple[subprocess.Popen[bytes], Any] | None = None  # which process has kept what
        self._killed: list[subprocess.Popen[bytes]] = []
        self._starting = threading.Lock()  # held while it is decided whether there is a process
        self._in_use = threading.Lock()  # held by the iteration under way

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process, if it is not there, and don't wait until it is ready. Raises WorkerDiedError if closed."""
        with self._starting:
            if self._closed:
                raise WorkerDiedError("The computing process has been closed.")
            if self._process is not None and self._process.poll() is not None:
                _end(self._process)  # it has died while nobody used it
                self._process = None
            self._process = self._process or _spawn(self._niceness)
            return self._process

    def iterate(self, function: Callable[..., Iterable[T]], *arguments: Any) -> Generator[T, None, None]:
        """Yield what `function(*arguments)` yields over there; the next ones are computed while one is being used.

        Function, arguments and items are pickled; of an argument that is `Kept`, the function gets the value. An
        exception over there is raised here, with its traceback as a note. After `kill` the iteration just ends; ending
        it early kills. Raises WorkerDiedError if the process dies.
        """
        try:
            with self._in_use:
                yield from self._iterate(function, *arguments)
        finally:
            self._end_killed()

    def _iterate(self, function: Callable[..., Iterable[T]], *arguments: Any) -> Generator[T, None, None]:
        process = self.start()
        finished = False
        try:
            _send(process, (function, [self._packed(process, argument) for argument in arguments]))
            while not finished:
                kind, content = pickle.load(_stream(process.stdout))
                finished = kind != _ITEM
                if kind == _ERROR:
                    error, trace = content
                    error.add_note(trace)
                    raise error
                if kind == _ITEM:
                    _send(process, None)
                    yield content
        except (EOFError, BrokenPipeError, pickle.UnpicklingError) as error:
            if process is self._process:
                raise WorkerDiedError(f"The computing process has died, code {process.wait()}.") from error
        finally:
            if not finished:
                with self._starting:
                    if self._process is process:
                        self._process = None
                _end(process)

    def _packed(self, process: subprocess.Popen[bytes], argument: Any) -> Any:
        """Give what is to travel for an argument."""
        if not isinstance(argument, Kept):
            return argument
        held, self._held = self._held, (process, argument.value)
        return _Held() if held is not None and held[0] is process and held[1] is argument.value else argument

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Return what a plain function returns over there. Raises what it raises, and WorkerDiedError if killed."""
        results = list(self.iterate(_single, function, *arguments))
        if not results:
            raise WorkerDiedError("The computation was ended before it was done.")
        return results[0]

    def kill(self) -> None:
        """End the process at once, whatever it is doing."""
        with self._starting:
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            self._killed.append(process)
            self._end_killed()

    def _end_killed(self) -> None:
        """Free what killed processes hold, unless an iteration still reads from one: it does so when it ends."""
        while self._killed and self._in_use.acquire(blocking=False):
            try:
                while self._killed:
                    _end(self._killed.pop())
            finally:
                self._in_use.release()

    def close(self) -> None:
        """End the process at once, and start no other one."""
        with self._starting:
            self._closed = True
        self.kill()


def _single(function: Callable[..., T], *arguments: Any) -> Iterator[T]:
    yield function(*arguments)


def _spawn(niceness: int) -> subprocess.Popen[bytes]:
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", f"from {__name__} import serve; serve({niceness})"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | environment,
    )


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # both are pipes
    return stream


def _send(process: subprocess.Popen[bytes], message: object) -> None:
    stream = _stream(process.stdin)
    pickle.dump(message, stream)
    stream.flush()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        with contextlib.suppress(BrokenPipeError):  # what was not flushed has nowhere to go
            _stream(stream).close()


def serve(niceness: int) -> None:
    """Answer calls from standard input, on what was standard output, until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program that owns this process
    if hasattr(os, "nice"):
        os.nice(niceness)  # the window comes first, where there are fewer cores than there is to do
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed must not get between the answers
    calls = sys.stdin.buffer
    kept: Any = None

    def unpacked(argument: Any) -> Any:
        nonlocal kept
        if isinstance(argument, Kept):
            kept = argument.value
        return kept if isinstance(argument, Kept | _Held) else argument

    def send(answer: tuple[str, Any]) -> None:
        pickle.dump(answer, answers)
        answers.flush()
        if answer[0] == _ITEM:
            pickle.load(calls)  # it has been taken

    try:
        with ThreadPoolExecutor(1) as sender:
            while True:
                function, arguments = pickle.load(calls)
                waiting: deque[Future[None]] = deque()
                for answer in _answers(function, [unpacked(argument) for argument in arguments]):
                    waiting.append(sender.submit(send, answer))
                    if len(waiting) > _AHEAD:
                        waiting.popleft().result()
                for sent in waiting:
                    sent.result()
    except (EOFError, BrokenPipeError):
        return


def _answers(function: Callable[..., Iterable[Any]], arguments: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    try:
        for item in function(*arguments):
            yield _ITEM, item
    except Exception as error:  # raised again at the other end
        yield _ERROR, _that_travels(error)
    else:
        yield _END, None


def _that_travels(error: Exception) -> tuple[Exception, str]:
    """Give the error, or a RuntimeError that quotes it if it cannot be pickled, and its traceback."""
    trace = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # anything may go wrong when a foreign exception is pickled
        error = RuntimeError(str(error))
    return error, trace
