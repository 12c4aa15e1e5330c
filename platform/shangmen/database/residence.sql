-- In which township people lived on which day, kept whoever changes it. Executed by the promises migration.
CREATE FUNCTION keep_residence() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
  since_day date;
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM residence WHERE person = OLD.id;
    RETURN OLD;
  END IF;
  since_day := coalesce(NEW.resident_from, DATE '1900-01-01');
  DELETE FROM residence WHERE person = NEW.id AND since >= since_day;  -- a correction, or what is taken back
  INSERT INTO residence (person, township, since) VALUES (NEW.id, NEW.township, since_day);
  RETURN NULL;
END $$;
CREATE TRIGGER residence AFTER INSERT OR UPDATE OF township, resident_from ON person
  FOR EACH ROW EXECUTE FUNCTION keep_residence();
CREATE TRIGGER residence_gone BEFORE DELETE ON person FOR EACH ROW EXECUTE FUNCTION keep_residence();
CREATE UNIQUE INDEX residence_once ON residence (person, since);
REVOKE INSERT, UPDATE ON residence FROM shangmen_app;

-- The township of a person on a day; the first that is known for days before it.
CREATE FUNCTION residence_on(who bigint, on_day date) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT township FROM residence WHERE person = who
  ORDER BY since <= on_day DESC, CASE WHEN since <= on_day THEN since END DESC, since LIMIT 1
$$;
