"""The shop's lines, and what each means to the warehouse. Pure: the demo and its reconciliation both start here."""

import csv
import gzip
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data" / "online_retail_sample.csv.gz"
_ENCODING = "latin-1"  # pound signs in descriptions
_GOODS = re.compile(r"[0-9]{5}")


class Kind(StrEnum):
    """The movement that a line becomes."""

    SALE = "sale"
    RETURN = "return"
    DAMAGE = "damage"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of goods; `number` counts from 1 over all lines of the file, `quantity` is positive."""

    number: int
    sku: str
    kind: Kind
    quantity: int
    invoice: str
    country: str


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines to replay in file order, how many were left out, and what the goods are called."""

    goods: tuple[Line, ...]
    skipped: int
    names: Mapping[str, str] = field(repr=False)

    @property
    def skus(self) -> tuple[str, ...]:
        """Every SKU of the lines, sorted."""
        return tuple(sorted(self.names))

    @property
    def countries(self) -> tuple[str, ...]:
        """Every country of the lines, the one with most lines first."""
        return tuple(country for country, _ in Counter(line.country for line in self.goods).most_common())


def read_lines(path: Path = DATA, *, limit: int | None = None) -> Lines:
    """Read the first `limit` lines of the file, or all."""
    with gzip.open(path, "rt", encoding=_ENCODING, newline="") as file:
        return parse(islice(csv.DictReader(file), limit))


def parse(rows: Iterable[Mapping[str, str]]) -> Lines:
    """Turn the rows of the file into lines; a row that is no goods, or moves nothing, is counted as skipped."""
    goods: list[Line] = []
    names: dict[str, str] = {}
    skipped = 0
    for row, line in _numbered(rows):
        if line is None:
            skipped += 1
            continue
        goods.append(line)
        names[line.sku] = names.get(line.sku) or row["Description"].strip()
    return Lines(goods=tuple(goods), skipped=skipped, names={sku: name or sku for sku, name in names.items()})


def _numbered(rows: Iterable[Mapping[str, str]]) -> Iterator[tuple[Mapping[str, str], Line | None]]:
    for number, row in enumerate(rows, start=1):
        yield row, _line(number, row)


def _line(number: int, row: Mapping[str, str]) -> Line | None:
    quantity = int(row["Quantity"])
    if quantity == 0 or not _GOODS.match(row["StockCode"]):
        return None
    return Line(
        number=number,
        sku=row["StockCode"],
        kind=_kind(row["InvoiceNo"], quantity),
        quantity=abs(quantity),
        invoice=row["InvoiceNo"],
        country=row["Country"],
    )


def _kind(invoice: str, quantity: int) -> Kind:
    if invoice.startswith("C"):
        return Kind.RETURN
    return Kind.DAMAGE if quantity < 0 else Kind.SALE
