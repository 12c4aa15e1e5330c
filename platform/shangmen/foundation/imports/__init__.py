"""One way for all lists: read, mapped, previewed with verdicts, committed, mended and undone."""
