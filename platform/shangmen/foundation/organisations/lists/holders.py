"""The papers that a list brings for an organisation or a worker: which are new, and writing them."""

from collections.abc import Sequence
from typing import Any

from shangmen import clock, database
from shangmen.access import Role, Scope
from shangmen.foundation.imports.cells.reading import Note
from shangmen.foundation.imports.kinds import Change, Line, Written
from shangmen.foundation.imports.states import Verdict
from shangmen.foundation.organisations.lists.certificates import Paper
from shangmen.foundation.organisations.lists.queries import PaperRow
from shangmen.foundation.organisations.states import QualificationStatus
from shangmen.foundation.organisations.tables import Qualification


def unknown(papers: Sequence[Paper], known: Sequence[PaperRow]) -> list[Paper]:
    """The papers that the register does not have."""
    held = {(row.kind, row.number, row.valid_to) for row in known}
    return [paper for paper in papers if (paper.kind, paper.number, paper.valid_to) not in held]


def note(line: Line, papers: Sequence[Paper], told: bool, field: str) -> None:
    """Say of the papers of a row what must be said."""
    if not told:
        line.note("DATES_COUNT", "There are not as many days as papers: their days are left open.", field)
    for paper in papers:
        if paper.expired and paper.valid_to:
            sentence = Note(
                "EXPIRED",
                "%(paper)s is no longer in force since %(day)s: it is kept, and counts for nothing.",
                {"paper": paper.words, "day": paper.valid_to.isoformat()},
                field,
                paper.row,
            )
            line.notes = [*line.notes, sentence]


def add_changes(line: Line, papers: Sequence[Paper], before: object) -> None:
    """Papers that somebody known did not have are added to the file."""
    if papers:
        line.changes = [*line.changes, *(Change("certificates", "", _told(paper)) for paper in papers)]
        line.verdict = Verdict.MERGED if before is None else Verdict.CHANGED


def _told(paper: Paper) -> str:
    return " ".join(filter(None, [paper.words, paper.number, paper.valid_to.isoformat() if paper.valid_to else ""]))


async def write(scope: Scope, line: Line, papers: Sequence[Paper], **holder: Any) -> None:
    """Keep papers of an organisation or of a worker. When one began is rarely in a list: it holds from today, one
    that is over on its last day."""
    for paper in papers:
        ended = paper.valid_to if paper.expired else None
        noted = ended and scope.role is Role.BUREAU_OFFICER  # for others the night notes it
        id = await database.add(
            Qualification(
                county=scope.county,
                kind=paper.kind,
                number=paper.number,
                valid_from=ended or clock.today(),
                valid_to=paper.valid_to,
                status=QualificationStatus.EXPIRED if noted else QualificationStatus.VALID,
                note=paper.words,
                **holder,
            )
        )
        line.entries.append(Written("qualification", id))
