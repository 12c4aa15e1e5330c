"""What requests about lists may say."""

from typing import Annotated

import msgspec

from shangmen.foundation.imports.mapping import Mapping

Kind = Annotated[str, msgspec.Meta(max_length=20)]
Word = Annotated[str, msgspec.Meta(max_length=200)]
Head = Annotated[str, msgspec.Meta(max_length=400)]
Reason = Annotated[str, msgspec.Meta(min_length=2, max_length=200)]


class UploadForm(msgspec.Struct):
    """A list of a kind."""

    file: bytes
    kind: Kind


class MappingForm(msgspec.Struct):
    """What columns and words mean: lists side by side, an entry for each column and for each word."""

    sheet: Word = ""
    head_rows: Annotated[str, msgspec.Meta(max_length=20)] = ""
    heads: list[Head] = []
    fields: list[Word] = []
    word_fields: list[Word] = []
    words: list[Word] = []
    meanings: list[Word] = []
    constant_fields: list[Word] = []
    constants: list[Word] = []

    def mapping(self) -> Mapping:
        """As it is kept; a column without a field is passed over, a word without a meaning stays as it is."""
        said: dict[str, dict[str, str]] = {}
        for field, word, meaning in zip(self.word_fields, self.words, self.meanings, strict=False):
            if meaning:
                said.setdefault(field, {})[word] = meaning
        rows = [int(part) for part in self.head_rows.replace("，", ",").split(",") if part.strip().isdigit()]
        return Mapping(
            sheet=self.sheet,
            head_rows=rows,
            columns={
                head: None if field in ("", "-") else field
                for head, field in zip(self.heads, self.fields, strict=False)
            },
            words=said,
            constants={
                field: value for field, value in zip(self.constant_fields, self.constants, strict=False) if value
            },
        )


class ChangesForm(msgspec.Struct):
    """Which fields of who or what is known are to be changed."""

    changes: list[Word] = []


class UndoForm(msgspec.Struct):
    """Why a list is taken back."""

    reason: Reason
