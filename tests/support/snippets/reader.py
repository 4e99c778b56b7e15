"""The reader: saves the files, pastes the snippets, keeps a second terminal open, and compares every answer."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.snippets.answers import differences, json_values
from tests.support.snippets.pages import ROOT, Block, Kind, blocks_of, pages
from tests.support.snippets.programs import HALT, LANGUAGES, Step, program_of, steps_of

_SECONDS = 150.0
_LINE_SECONDS = 40.0
# As the pages write them; a test has a port of its own for each.
_API, _RECEIVER_PORT = "http://127.0.0.1:28000", "28900"


@dataclass(slots=True)
class Reader:
    """Somebody who works through pages in a directory of their own, against a live system."""

    place: Path
    environment: Mapping[str, str]
    receiver_port: int
    _beside: "queue.Queue[str]" = field(default_factory=queue.Queue)

    def save_files(self) -> None:
        """Save every file that any page offers, and have the checkout's interpreter at hand."""
        for page in pages():
            for block in blocks_of(page):
                if block.kind is Kind.FILE:
                    (self.place / block.title).write_text(self._adapted(block.text), encoding="utf-8")
        (self.place / ".venv").symlink_to(sys.prefix)
        (self.place / "manage.py").symlink_to(ROOT / "manage.py")

    def program(self, page: Path, language: str) -> Path:
        """Write the page's snippets of a language as one program and return its file."""
        path = self.place / f"{page.stem}.{LANGUAGES[language].suffix}"
        path.write_text(program_of(steps_of(page, language), language, self._adapted), encoding="utf-8")
        return path

    def work_through(self, page: Path, language: str) -> list[str]:
        """Run the page's snippets of a language; return every difference between what it says and what was printed."""
        found: list[str] = []
        argv = (*LANGUAGES[language].argv, self.program(page, language).name)
        with ExitStack() as beside, self._running(argv) as program:
            assert program.stdin is not None
            for step in steps_of(page, language):
                printed, halted = self._until_halt(program)
                found += [f"{step.where}: {each}" for each in self._look(step, printed, language, beside)]
                if not halted:
                    return [*found, f"{step.where}: ended with {program.wait()}:\n{self._errors()}"]
                program.stdin.write("\n")
                program.stdin.flush()
            if program.wait() != 0:
                found.append(f"{page.name} ended with {program.returncode}:\n{self._errors()}")
        return found

    def _look(self, step: Step, printed: str, language: str, beside: ExitStack) -> Iterator[str]:
        for block in step.looks:
            if block.kind is Kind.ANSWER:
                yield from differences(block.language, self._adapted(block.text), printed)
            elif block.kind is Kind.RECEIVED:
                lines = len(list(json_values(block.text)))
                yield from differences("json", block.text, "\n".join(self._received(lines)))
            else:
                beside.enter_context(self._listening(_own_line(block, language)))

    def _received(self, lines: int) -> Iterator[str]:
        for _ in range(lines):
            try:
                yield self._beside.get(timeout=_LINE_SECONDS)
            except queue.Empty:
                yield f"nothing within {_LINE_SECONDS:.0f} s: {self._errors()}"
                return

    @contextmanager
    def _listening(self, command: str) -> Iterator[None]:
        """Run a command in the second terminal until the block ends; it listens once it has said so."""
        with self._running(("bash", "-c", self._adapted(command))) as program:
            output = program.stdout
            assert output is not None
            thread = threading.Thread(target=self._listen_to, args=(output,))
            thread.start()
            first = self._beside.get(timeout=_LINE_SECONDS)
            assert first.startswith("listening"), (first, self._errors())
            try:
                yield
            finally:
                os.killpg(program.pid, signal.SIGTERM)
                thread.join(_LINE_SECONDS)

    def _listen_to(self, output: Iterable[str]) -> None:
        for line in output:
            self._beside.put(line.rstrip("\n"))

    @contextmanager
    def _running(self, argv: tuple[str, ...]) -> Iterator["subprocess.Popen[str]"]:
        """Run a program with both its ends in our hands; what is left of it after the block or its time is killed."""
        with (self.place / "stderr.txt").open("a") as errors:
            program = subprocess.Popen(
                argv,
                cwd=self.place,
                env={**os.environ, **self.environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )
        watchdog = threading.Timer(_SECONDS, _kill, (program,))
        watchdog.start()
        try:
            with program:
                yield program
        finally:
            watchdog.cancel()
            _kill(program)

    def _until_halt(self, program: "subprocess.Popen[str]") -> tuple[str, bool]:
        """Return what was printed up to the next halt, and False when the program ended instead."""
        assert program.stdout is not None
        lines: list[str] = []
        for line in program.stdout:
            if line.strip() == HALT:
                return "".join(lines), True
            lines.append(line)
        return "".join(lines), False

    def _adapted(self, text: str) -> str:
        return text.replace(_API, self.environment["STOCKWIRE_API"]).replace(_RECEIVER_PORT, str(self.receiver_port))

    def _errors(self) -> str:
        return (self.place / "stderr.txt").read_text(encoding="utf-8")[-3000:]


def _own_line(block: Block, language: str) -> str:
    """Return the command of a second terminal; where it offers one for each language, that of `language`."""
    lines = block.text.strip().splitlines()
    openings = tuple(how.second_terminal for how in LANGUAGES.values())
    if not all(line.startswith(openings) for line in lines):
        return block.text
    return next(line for line in lines if line.startswith(LANGUAGES[language].second_terminal))


def _kill(program: "subprocess.Popen[str]") -> None:
    if program.poll() is None:
        os.killpg(program.pid, signal.SIGKILL)
