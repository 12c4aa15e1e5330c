-- Which days can stand in the tables: believable ones, no end before its beginning, nothing before what it rests on.
-- Executed by the promises migration. The verbs say the same with a sentence; this is for whoever comes past them.

-- From 1900 on, and before anybody's grandchildren: years of two digits and of a telephone's first day are neither.
DO $$ DECLARE c record; BEGIN
  FOR c IN SELECT columns.table_name AS t, columns.column_name AS n, columns.data_type AS k
           FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
           WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND columns.is_generated = 'NEVER'
             AND table_name NOT LIKE 'procrastinate%' AND table_name <> 'migration'
             AND columns.data_type IN ('date', 'timestamp with time zone') LOOP
    EXECUTE format(CASE c.k WHEN 'date'
      THEN 'ALTER TABLE %1$I ADD CONSTRAINT %3$I CHECK (%2$I >= DATE ''1900-01-01'' AND %2$I < DATE ''2200-01-01'')'
      ELSE 'ALTER TABLE %1$I ADD CONSTRAINT %3$I CHECK (%2$I >= TIMESTAMPTZ ''1900-01-01 00:00+08'''
           ' AND %2$I < TIMESTAMPTZ ''2200-01-01 00:00+08'')' END, c.t, c.n, c.t || '_' || c.n || '_believable');
  END LOOP;
END $$;

-- What ends, ends not before it begins.
ALTER TABLE division ADD CONSTRAINT division_days CHECK (valid_to IS NULL OR valid_to >= valid_from);
ALTER TABLE service_item ADD CONSTRAINT service_item_days CHECK (valid_to IS NULL OR valid_to >= valid_from);
ALTER TABLE parameter ADD CONSTRAINT parameter_days CHECK (valid_to IS NULL OR valid_to >= valid_from);
ALTER TABLE engagement ADD CONSTRAINT engagement_days CHECK (valid_to IS NULL OR valid_to >= valid_from);
ALTER TABLE household ADD CONSTRAINT household_grace CHECK (
  (grace_from IS NULL OR grace_from >= valid_from) AND (grace_until IS NULL OR grace_until >= grace_from));
ALTER TABLE disability_certificate ADD CONSTRAINT certificate_days CHECK (valid_to >= valid_from);
ALTER TABLE share ADD CONSTRAINT share_days CHECK (valid_to IS NULL OR valid_to >= valid_from);
ALTER TABLE care_plan ADD CONSTRAINT care_plan_days CHECK (valid_to IS NULL OR valid_to >= valid_from);
ALTER TABLE assessment ADD CONSTRAINT assessment_days CHECK (review_by IS NULL OR review_by >= assessed_on);
ALTER TABLE need ADD CONSTRAINT need_days CHECK (valid_to IS NULL OR valid_to >= valid_from);
ALTER TABLE offer ADD CONSTRAINT offer_days CHECK (valid_to IS NULL OR valid_to >= valid_from);
ALTER TABLE roster_run ADD CONSTRAINT roster_run_days CHECK (last >= first);
ALTER TABLE visit ADD CONSTRAINT visit_day CHECK (
  (planned_start AT TIME ZONE 'Asia/Shanghai')::date = day
  AND (planned_end AT TIME ZONE 'Asia/Shanghai' - interval '1 microsecond')::date = day);
ALTER TABLE attendance ADD CONSTRAINT attendance_times CHECK (ended_at >= begun_at);

CREATE FUNCTION refuse_day(what text, first date, rests text, begins date, ends date) RETURNS void LANGUAGE plpgsql
AS $$
BEGIN
  IF first < begins OR first > ends THEN
    RAISE EXCEPTION '% of % lies outside the days of its % (% to %)', what, first, rests, begins,
      coalesce(ends::text, '…') USING ERRCODE = 'check_violation';
  END IF;
END $$;

-- A need begins within its household's entitlement, under whichever category; an offer and a placement within their
-- need; a visit that stands within its placement.
CREATE FUNCTION rests_on() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  on_what record;
BEGIN
  IF TG_TABLE_NAME = 'need' THEN
    SELECT min(one.valid_from) AS first INTO on_what
      FROM person p JOIN household h ON h.id = p.household
      JOIN household one ON one.id = h.id OR (one.county = h.county AND one.number = h.number AND h.number <> '')
      WHERE p.id = NEW.person;
    PERFORM refuse_day('a need', NEW.valid_from, 'entitlement', on_what.first, NULL);
  ELSIF TG_TABLE_NAME = 'visit' THEN
    IF NEW.state NOT IN ('missed', 'cancelled', 'phone') THEN
      SELECT valid_from AS first, valid_to AS last INTO on_what FROM placement WHERE id = NEW.placement;
      PERFORM refuse_day('a visit', NEW.day, 'placement', on_what.first, on_what.last);
    END IF;
  ELSE
    SELECT valid_from AS first, valid_to AS last INTO on_what FROM need WHERE id = NEW.need;
    PERFORM refuse_day(TG_TABLE_NAME, NEW.valid_from, 'need', on_what.first, on_what.last);
    IF TG_TABLE_NAME = 'placement' AND NEW.valid_to >= NEW.valid_from THEN
      PERFORM refuse_day('the end', NEW.valid_to, 'need', on_what.first, on_what.last);
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER rests_on BEFORE INSERT OR UPDATE OF person, valid_from ON need
  FOR EACH ROW EXECUTE FUNCTION rests_on();
CREATE TRIGGER rests_on BEFORE INSERT OR UPDATE OF need, valid_from ON offer
  FOR EACH ROW EXECUTE FUNCTION rests_on();
CREATE TRIGGER rests_on BEFORE INSERT OR UPDATE OF need, valid_from ON placement
  FOR EACH ROW EXECUTE FUNCTION rests_on();
CREATE TRIGGER rests_on BEFORE INSERT OR UPDATE OF placement, day, planned_start ON visit
  FOR EACH ROW EXECUTE FUNCTION rests_on();

-- Who shortens a placement or a need takes with it what was planned behind it, before the commit. What was delivered
-- stays: a death is told of late.
CREATE FUNCTION nothing_left_behind() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'placement' THEN
    IF EXISTS (SELECT 1 FROM visit v JOIN placement p ON p.id = v.placement
               WHERE p.id = NEW.id AND v.state IN ('planned', 'confirmed')
                 AND (v.day < p.valid_from OR v.day > p.valid_to)) THEN
      RAISE EXCEPTION 'a visit is planned outside the days of its placement' USING ERRCODE = 'check_violation';
    END IF;
  ELSIF EXISTS (SELECT 1 FROM placement p JOIN need n ON n.id = p.need
                WHERE n.id = NEW.id AND p.state = 'in_force'
                  AND (p.valid_from < n.valid_from OR p.valid_from > n.valid_to OR p.valid_to > n.valid_to
                       OR (p.valid_to IS NULL AND n.valid_to IS NOT NULL))) THEN
    RAISE EXCEPTION 'a placement in force goes beyond the days of its need' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER nothing_left_behind AFTER UPDATE OF valid_from, valid_to ON placement
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION nothing_left_behind();
CREATE CONSTRAINT TRIGGER nothing_left_behind AFTER UPDATE OF valid_from, valid_to ON need
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION nothing_left_behind();
