"""From a CSV file to vehicles: every line is looked at, and what is wrong is said with the line's number."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO

from apps.core.errors import FieldError, InvalidRequest, ValidationFailed
from apps.core.http.bodies import shaped
from apps.products.api.compatibility_schemas import CompatibilityLine, fitment_of
from apps.products.types import Fitment

_NEEDED = ("productId", "make", "model", "yearFrom", "yearTo")
COLUMNS = (*_NEEDED, "engine", "trim", "position", "notes")
_YEARS = frozenset({"yearFrom", "yearTo"})
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_MAX_ERRORS = 100
# The file is stored while its caller waits and its products are locked.
MAX_LINES = 50_000


def fitments_in(raw: bytes) -> list[Fitment]:
    """Return the vehicles of a file.

    Raises ValidationFailed, with a pointer `#/lines/<number>/<column>` for each wrong place (the first 100).
    """
    try:
        # A byte order mark is what spreadsheets write.
        lines = _lines(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _refusal("The file is not UTF-8.", pointer="#") from error
    _, header = next(lines, (1, []))
    _check_header(header)
    fitments: list[Fitment] = []
    errors: list[FieldError] = []
    for number, cells in lines:
        if len(fitments) == MAX_LINES:
            raise _refusal(f"A file has at most {MAX_LINES} lines: send it in parts.", pointer=f"#/lines/{number}")
        try:
            fitments.append(_fitment(header, cells, pointer=f"#/lines/{number}"))
        except InvalidRequest as refusal:
            errors += [_at_line(error, number) for error in refusal.errors]
            if len(errors) >= _MAX_ERRORS:
                break
    if errors:
        raise ValidationFailed(errors[0].detail, errors=errors[:_MAX_ERRORS])
    return fitments


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines that say something, each with the number at which it begins."""
    # Line ends as they are: those inside quotes stay, and every line is counted.
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    number = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield number, [cell.strip() for cell in cells]
            number = reader.line_num + 1
    except csv.Error as error:
        raise _refusal(f"The file is not CSV: {error}.", pointer=f"#/lines/{number}") from error


def _check_header(header: list[str]) -> None:
    unknown = [name for name in header if name not in COLUMNS]
    twice = sorted(name for name, times in Counter(header).items() if times > 1)
    missing = [name for name in _NEEDED if name not in header]
    for wrong, says in ((unknown, "There is no column"), (twice, "There is twice"), (missing, "There is missing")):
        if wrong:
            names = ", ".join(name[:100] for name in wrong[:10])
            raise _refusal(f"{says}: {names}. The first line names the columns: {', '.join(COLUMNS)}.", "#/lines/1")


def _fitment(header: list[str], cells: list[str], *, pointer: str) -> Fitment:
    if len(cells) != len(header):
        raise _refusal(f"The line has {len(cells)} cells, and the first line has {len(header)}.", pointer="#")
    said = {name: _value(name, cell) for name, cell in zip(header, cells, strict=True) if cell}
    line = shaped(said, CompatibilityLine)
    return replace(fitment_of(line, line.product_id, pointer="#"), pointer=pointer)


def _value(name: str, cell: str) -> str | int:
    return int(cell) if name in _YEARS and _WHOLE.fullmatch(cell) else cell


def _at_line(error: FieldError, number: int) -> FieldError:
    place = (error.pointer or "#").removeprefix("#")
    return FieldError(code=error.code, detail=f"Line {number}: {error.detail}", pointer=f"#/lines/{number}{place}")


def _refusal(detail: str, pointer: str) -> ValidationFailed:
    return ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer=pointer)])
