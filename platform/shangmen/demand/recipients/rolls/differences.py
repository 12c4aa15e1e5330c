"""Field by field what a row says and the register does not. Pure."""

from shangmen.demand.recipients.rolls import words
from shangmen.demand.recipients.rolls.entrants import Entrant, columns_of
from shangmen.demand.recipients.rolls.queries import KnownRow
from shangmen.foundation.imports.kinds import Change, Source

_EMPTY = {"living": "unknown"}


# Which cells say a field: without a new word in them a list that comes again changes nothing.
_SAID = {
    "telephone_of": ("telephone",),
    "other_telephones": ("telephone",),
    "guardian_other_telephones": ("guardian_telephone",),
    "village": ("township", "village", "address", "registered_address", "group"),
    "address": ("township", "village", "address", "registered_address", "group"),
    "category": ("category", "is_dibao", "is_tekun"),
    "tier": ("category", "tier", "is_dibao", "is_tekun"),
    "scheme": ("category", "is_dibao", "is_tekun"),
    "support": ("support", "category"),
    "living": ("living", "support", "category"),
    "valid_from": ("since",),
    "valid_to": ("until",),
    "certificate": ("certificate", "disability", "disability_level"),
    "id_number": ("id_number", "certificate"),
    "doubt": ("notes",),
}


def _fresh(one: Entrant, before: dict[str, str] | None, field: str) -> bool:
    """Whether the list says something about a field that it did not say when it came last."""
    typed = one.line.typed
    return before is not None and any(typed.get(cell) != before.get(cell) for cell in _SAID.get(field, (field,)))


def differences(one: Entrant, known: KnownRow, before: dict[str, str] | None, source: Source) -> list[Change]:
    """As `_differences`; a list that comes again (`before` are its cells then) changes what it says anew."""
    found = _differences(one, known, before is not None, source)
    if before is None:
        return found
    return [
        change
        if not change.applied or _fresh(one, before, change.field)
        else Change(change.field, change.before, change.after, applied=False)
        for change in found
    ]


def _differences(one: Entrant, known: KnownRow, again: bool, source: Source) -> list[Change]:
    """Field by field what the row says and the register does not. What was empty is filled; what another list said
    otherwise is shown, and changed only where somebody chose it; a higher category is taken (就高不重复)."""
    found: list[Change] = []

    def differs(name: str, before: str, after: str, fill: bool) -> None:
        chosen = source.chosen is not None and name in source.chosen
        found.append(Change(name, before, after, applied=fill or chosen or (again and source.chosen is None)))

    for name, after in columns_of(one).items():
        before = str(getattr(known, name) or "")
        before = "" if before == _EMPTY.get(name) else before
        if name == "notes":  # what one office noted stands beside what another did
            after = before if after in before else "；".join(filter(None, [before, after]))
        if name in {"other_telephones", "telephone", "telephone_of"} and not again:
            continue
        if before != after:
            differs(name, before, after, fill=not before or name == "notes")
    if not again:
        extra = [
            number for number, _whose in one.said.telephone if number not in known.telephone + known.other_telephones
        ]
        if extra and not known.telephone:
            found.append(Change("telephone", "", extra[0]))
            extra = extra[1:]
        if extra:
            joined = "、".join(filter(None, [known.other_telephones, *extra]))
            found.append(Change("other_telephones", known.other_telephones, joined))
    if one.said.halal is not None and one.said.halal != known.halal:
        differs("halal", str(known.halal), str(one.said.halal), fill=one.said.halal)
    if one.said.residence_permit and not known.residence_permit:
        found.append(Change("residence_permit", "False", "True"))
    if one.deceased and not known.doubt:
        found.append(Change("doubt", "", "deceased"))
    _category_differs(one, known, again, source, found)
    _certificate_differs(one, known, again, source, found)
    return found


def _category_differs(one: Entrant, known: KnownRow, again: bool, source: Source, found: list[Change]) -> None:
    new, old = one.assisted.category, known.category
    if new is None:
        return
    if new != old:
        higher = old is None or words.PRECEDENCE.index(new) < words.PRECEDENCE.index(old)
        chosen = source.chosen is not None and "category" in source.chosen
        found.append(Change("category", old or "", new, applied=higher or chosen or (again and source.chosen is None)))
        return
    for name, before, after in (
        ("tier", known.tier or "", one.assisted.tier),
        ("scheme", known.scheme or "", str(one.assisted.scheme)),
        ("valid_from", str(known.valid_from or ""), str(one.said.since or "")),
        ("valid_to", str(known.valid_to or ""), str(one.said.until or "")),
    ):
        if after and after != before:
            applied = (
                not before
                or (again and source.chosen is None)
                or (source.chosen is not None and name in source.chosen)
            )
            found.append(Change(name, before, after, applied))


def _certificate_differs(one: Entrant, known: KnownRow, again: bool, source: Source, found: list[Change]) -> None:
    if not one.type:
        return
    before = f"{known.certificate_number or ''} {words.TYPES[known.type]}{known.level}级".strip() if known.type else ""
    number = one.certificate or (known.certificate_number or "")
    after = f"{number} {words.TYPES[one.type]}{one.level}级".strip()
    if before != after:
        fill = not before or (not known.certificate_number and bool(one.certificate) and known.level == one.level)
        chosen = source.chosen is not None and "certificate" in source.chosen
        found.append(Change("certificate", before, after, fill or chosen or (again and source.chosen is None)))
