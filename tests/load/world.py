"""A county of 200,000 recipients, made by SQL in a database of its own, and people who are logged in there."""

import asyncio
from dataclasses import dataclass

import asyncpg
from litestar.middleware.csrf import generate_csrf_token

from shangmen import database, paths
from shangmen.access import Scope
from shangmen.database import embedded, schema
from shangmen.foundation.accounts.actions import open_session
from shangmen.wiring import wire
from tests.cast import Cast, make_cast
from tests.load import work

DATA = paths.CHECKOUT / ".data" / "load"
RECIPIENTS = 200_000
SECRET = "l" * 40  # of the server, so that the tokens of forms can be made here
TOKEN = generate_csrf_token(SECRET)
TOWNSHIPS = 20

# Townships and stations beside the cast's two; everybody lives in one of them.
_PLACES = """
INSERT INTO division (code, name, level, parent, valid_from, latitude, longitude, position_source, terrain)
SELECT '6403242' || lpad(n::text, 2, '0') || '000', '第' || n || '镇', 'township', {county}, '2020-01-01',
       37 + n * 0.01, 106 + n * 0.01, 'SYNTHETIC', 'plain' FROM generate_series(3, {townships}) n;
INSERT INTO organisation
SELECT copy.* FROM organisation o, division d, LATERAL jsonb_populate_record(o, jsonb_build_object(
  'id', nextval(pg_get_serial_sequence('organisation', 'id')), 'name', d.name || '社工站', 'township', d.id)) copy
WHERE o.id = {station} AND d.code LIKE '6403242%';
"""

# A person of the cast, again and again under other names, numbers and places; four share a household.
_PEOPLE = """
SET session_replication_role = replica;
CREATE TEMP TABLE place AS SELECT row_number() OVER (ORDER BY o.id) - 1 AS n, o.id AS station, o.township
  FROM organisation o WHERE o.kind = 'station' AND o.county = {county};
CREATE TEMP TABLE made AS SELECT x.n, p.station, p.township,
    substr('赵钱孙李周吴郑王马杨', 1 + x.n % 10, 1) || substr('伟芳娜敏静丽强磊军洋', 1 + x.n / 10 % 10, 1)
      || substr('秀兰桂英玉梅建国志明', 1 + x.n / 100 % 10, 1) AS name,
    (ARRAY['zhao','qian','sun','li','zhou','wu','zheng','wang','ma','yang'])[1 + x.n % 10]
      || (ARRAY['wei','fang','na','min','jing','li','qiang','lei','jun','yang'])[1 + x.n / 10 % 10]
      || (ARRAY['xiu','lan','gui','ying','yu','mei','jian','guo','zhi','ming'])[1 + x.n / 100 % 10] AS pinyin,
    (ARRAY['z','q','s','l','z','w','z','w','m','y'])[1 + x.n % 10]
      || (ARRAY['w','f','n','m','j','l','q','l','j','y'])[1 + x.n / 10 % 10]
      || (ARRAY['x','l','g','y','y','m','j','g','z','m'])[1 + x.n / 100 % 10] AS initials
  FROM generate_series(1, {recipients}) x(n) JOIN place p ON p.n = x.n % (SELECT count(*) FROM place);
ANALYZE made;
INSERT INTO household
SELECT copy.* FROM household h, made m, LATERAL jsonb_populate_record(h, jsonb_build_object(
  'id', nextval(pg_get_serial_sequence('household', 'id')), 'number', 'L' || m.n, 'station', m.station,
  'category', (ARRAY['TEKUN','DIBAO','EDGE'])[1 + m.n % 3])) copy
WHERE h.id = (SELECT min(id) FROM household) AND m.n % 4 = 0;
ANALYZE household;
INSERT INTO person
SELECT copy.* FROM person p JOIN made m ON p.id = {person} LEFT JOIN household h ON h.number = 'L' || (m.n - m.n % 4),
LATERAL jsonb_populate_record(p, jsonb_build_object(
  'id', nextval(pg_get_serial_sequence('person', 'id')), 'station', m.station, 'township', m.township,
  'name', m.name, 'pinyin', m.pinyin, 'initials', m.initials, 'id_number', 'L' || lpad(m.n::text, 17, '0'),
  'person_group', (ARRAY['elder','elder','disabled','minor','adult'])[1 + m.n % 5],
  'village', '第' || m.n % 300 || '村', 'latitude', 36.5 + (m.n % 1000) * 0.001,
  'longitude', 105.5 + (m.n / 1000 % 1000) * 0.005, 'household', h.id)) copy;
INSERT INTO share (county, person, organisation, valid_from, reason)
SELECT county, id, {provider}, '2020-01-01', 'offer' FROM person WHERE id % 40 = 0;
SET session_replication_role = origin;
SELECT app_person_keys(array_agg(id)) FROM person;
"""


@dataclass(frozen=True)
class World:
    """A database full of people, and the cookies of those who are logged in."""

    application: str
    owner: str
    cast: Cast
    sessions: dict[str, str]
    calls: list[list[int]]  # visits of today of each hand: hand0, hand1, …

    def cookie(self, who: str) -> str:
        """The header of somebody of the cast, or of a hand."""
        return f"csrf={TOKEN}; session={self.sessions.get(who, who)}"

    @staticmethod
    def signed(form: str) -> str:
        """A form with the token that goes with the cookie."""
        return f"_csrf_token={TOKEN}&{form}"


async def make(recipients: int = RECIPIENTS) -> World:
    """An empty database, migrated and filled."""
    server = embedded.start(DATA)
    owner = await asyncpg.connect(server.dsn("postgres", "postgres"))
    await owner.execute(f'DROP DATABASE IF EXISTS "{embedded.DATABASE}" WITH (FORCE)')
    await owner.close()
    await schema.prepare_embedded(server)
    await schema.migrate(server.owner)
    wire()
    database.use(server.application)
    await database.open_pool(2)
    try:
        cast = await make_cast()
        owner = await asyncpg.connect(server.owner)
        places = {"county": cast.county, "station": cast.station_a.organisation, "townships": TOWNSHIPS}
        await owner.execute(_PLACES.format(**places))
        await owner.execute(
            _PEOPLE.format(
                county=cast.county, person=cast.person_a, recipients=recipients, provider=cast.provider_a.organisation
            )
        )
        await work.fill(owner, cast, recipients)
        await owner.execute("VACUUM ANALYZE")
        calls = await work.calls(owner)
        await owner.close()
        sessions = {name: await _log_in(scope) for name, scope in cast.people().items()}
    finally:
        await database.close_pool()
    return World(server.application, server.owner, cast, sessions, calls)


async def _log_in(scope: Scope) -> str:
    return (await open_session(scope, "127.0.0.1", "load"))[0]


if __name__ == "__main__":
    print(asyncio.run(make()).sessions)
