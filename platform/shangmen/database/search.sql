-- Finding people by what is typed: names and villages by any part, pinyin and initials by their beginning, numbers by
-- their end. Executed by the promises migration, before the row policies.
--
-- A row policy forbids every index to LIKE (it is no leakproof operator), so that a search would read everybody in the
-- county. The keys of each person stand in a table of their own, which nobody reads but app_found(): it gives ids of
-- whom the viewer reaches alone, and what the viewer then sees of them the policies of the lists say as ever.

-- What two texts have in common when they name the same: web/text.py, `key`, of text that is clean.
CREATE FUNCTION app_key(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT lower(translate(normalize(said, NFKC), U&'\2022\2027\30FB\2219\22C5\25CF\16EB\2E31\2E33\A78F\1427\25E6.\3002\0307 ',
                         repeat(U&'\00B7', 15)))
$$;

-- Every end of the words, so that a part of them is the beginning of a key; numbers backwards, behind a sign of their own.
CREATE FUNCTION app_keys(words text[], begin_with text[], end_with text[]) RETURNS tsvector
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_to_tsvector(ARRAY(
    SELECT DISTINCT one FROM (
      SELECT substr(app_key(word), place) FROM unnest(words) word, generate_series(1, length(app_key(word))) place
      UNION ALL SELECT lower(reading) FROM unnest(begin_with) reading
      UNION ALL SELECT '#' || reverse(replace(app_key(number), '-', '')) FROM unnest(end_with) number WHERE number <> ''
    ) keys(one) WHERE one <> ''))
$$;

CREATE TABLE person_key (
  person bigint PRIMARY KEY,
  county bigint NOT NULL,
  station bigint NOT NULL,
  keys tsvector NOT NULL
);
CREATE INDEX person_key_keys ON person_key USING gin (keys);

CREATE FUNCTION app_person_keys(people bigint[]) RETURNS void LANGUAGE sql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
  INSERT INTO person_key (person, county, station, keys)
  SELECT p.id, p.county, p.station, app_keys(ARRAY[p.name, p.village], ARRAY[p.pinyin, p.initials],
                                  ARRAY[p.id_number, p.telephone, p.guardian_telephone, h.number])
  FROM person p LEFT JOIN household h ON h.id = p.household WHERE p.id = ANY (people)
  ON CONFLICT (person) DO UPDATE SET county = excluded.county, station = excluded.station, keys = excluded.keys
$$;

CREATE FUNCTION note_person_keys() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM person_key WHERE person = OLD.id;
  ELSIF TG_TABLE_NAME = 'person' THEN
    PERFORM app_person_keys(ARRAY[NEW.id]);
  ELSE
    PERFORM app_person_keys(ARRAY(SELECT id FROM person WHERE household = NEW.id));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER keys_noted AFTER INSERT OR UPDATE OF
  county, station, name, village, pinyin, initials, id_number, telephone, guardian_telephone, household ON person
  FOR EACH ROW EXECUTE FUNCTION note_person_keys();
CREATE TRIGGER keys_dropped AFTER DELETE ON person FOR EACH ROW EXECUTE FUNCTION note_person_keys();
CREATE TRIGGER keys_noted AFTER UPDATE OF number ON household FOR EACH ROW EXECUTE FUNCTION note_person_keys();

-- A query for what begins with a text.
CREATE FUNCTION app_begins(said text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ('''' || replace(replace(said, '\', '\\'), '''', '''''') || ''':*')::tsquery
$$;

-- The people within the viewer's reach who have what was typed (made ready for LIKE by web/lists.py, `wanted`); from
-- four characters on it may be the end of a number, shorter ones would find everybody.
CREATE FUNCTION app_found(search text) RETURNS SETOF bigint LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100
  SET search_path = public, pg_temp AS $$
DECLARE
  said text := lower(regexp_replace(search, '\\(.)', '\1', 'g'));
  number text := replace(said, '-', '');
  counties bigint[] := app_counties();
  everybody boolean := app_reach() = 'county';
  own bigint := app_organisation();
  sought tsquery;
BEGIN
  IF said = '' THEN
    RETURN;
  END IF;
  sought := app_begins(said);
  IF length(said) >= 4 AND number <> '' THEN
    sought := sought || app_begins('#' || reverse(number));
  END IF;
  RETURN QUERY SELECT k.person FROM person_key k
    WHERE k.county = ANY (counties) AND k.keys @@ sought AND (everybody OR k.station = own
      OR EXISTS (SELECT 1 FROM share s WHERE s.organisation = own AND s.person = k.person));
END $$;
