"""Many rows out of one: copies of what the cast has, made by SQL where verbs would take hours."""

# The record is made in FROM: as (…).* it would be made once for every column.
_COPY = (
    "INSERT INTO {table} SELECT copy.* FROM {table} t, {others},"
    " LATERAL jsonb_populate_record(t, jsonb_build_object({values})) copy WHERE t.id = {one}"
)


def fresh(table: str) -> str:
    """SQL of an id that no row of the table has yet."""
    return f"nextval(pg_get_serial_sequence('{table}', 'id'))"


def copy(table: str, one: object, others: str, **values: str) -> str:
    """SQL of copies of the row `one`, one for each row of `others`; a column that is not in `values` is as it was.

    `values` are SQL in which `t` is the row; the copies have ids of their own.
    """
    told = ", ".join(f"'{name}', {value}" for name, value in {"id": fresh(table), **values}.items())
    return _COPY.format(table=table, values=told, others=others, one=one)
