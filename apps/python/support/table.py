"""The one table that the run ends with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    framework: str
    failure_mode: str
    raw: int
    keybrake: int


HEADINGS = ("framework", "failure mode", "charges with a raw key", "charges with Keybrake")


class Table:
    def __init__(self) -> None:
        self.rows: list[Row] = []

    def add(self, framework: str, failure_mode: str, *, raw: int, keybrake: int) -> None:
        self.rows.append(Row(framework, failure_mode, raw, keybrake))

    def lines(self) -> list[str]:
        rows = sorted(self.rows, key=lambda row: row.framework)
        cells = [HEADINGS] + [(r.framework, r.failure_mode, str(r.raw), str(r.keybrake)) for r in rows]
        widths = [max(len(row[column]) for row in cells) for column in range(len(HEADINGS))]
        lines = []
        for row in cells:
            words = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
            numbers = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
            lines.append("  ".join(words + numbers))
        return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]
