-- Which rows a transaction touches of those that the trail holds: foundation/audit/held_rows.py tells their digests in
-- its last event. Executed by the promises migration. Left out are moments, counters that other proofs compare, and
-- secrets; a test compares the columns with what the features say.
CREATE FUNCTION touch_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.touched', concat(current_setting('app.touched', true), ' ', TG_TABLE_NAME, ':',
    CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END), true);
  RETURN NULL;
END $$;
DO $$ DECLARE h record; BEGIN
  FOR h IN SELECT held.t, string_agg(quote_ident(c.column_name), ', ') AS columns FROM (VALUES
    ('app_user', 'password totp_secret totp_step must_change locale'),
    ('parameter', ''),
    ('service_item', ''),
    ('organisation', ''),
    ('qualification', ''),
    ('need', ''),
    ('lot', ''),
    ('lot_area', ''),
    ('lot_service', ''),
    ('contract', 'reserved delivered settled paid'),
    ('contract_line', 'reserved delivered'),
    ('amendment', ''),
    ('offer', ''),
    ('placement', 'reserved_units reserved_yuan')) AS held (t, but)
    JOIN information_schema.columns c ON c.table_schema = 'public' AND c.table_name = held.t
     AND c.data_type <> 'timestamp with time zone' AND c.is_generated = 'NEVER'
     AND NOT c.column_name = ANY (string_to_array(held.but, ' '))
    GROUP BY held.t LOOP
    EXECUTE format('CREATE TRIGGER touched AFTER INSERT OR DELETE OR UPDATE OF %s ON %I FOR EACH ROW'
                   ' EXECUTE FUNCTION touch_row()', h.columns, h.t);
  END LOOP;
END $$;
