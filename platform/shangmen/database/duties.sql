-- Who may write what, and which steps a statement takes: separation of duties, kept by the database itself.
-- Executed by the promises migration, before the row policies.
--
-- A transaction says who is asking (shangmen.database.transaction): app_role() is the role, 'system' for what the
-- program does beyond the actor's own rows, app_user_id() the person. The owner's migrations are not held back.

-- The roles named are those that write a table, or certain columns of it; the system always may.
CREATE FUNCTION written_by() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = 'shangmen_app' AND app_role() <> 'system'
     AND (TG_NARGS = 0 OR NOT app_role() = ANY (TG_ARGV)) THEN
    RAISE EXCEPTION '% is not written by %', TG_TABLE_NAME, coalesce(nullif(app_role(), ''), 'nobody')
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;

-- Law, catalogue and gazetteer are read by everybody.
CREATE TRIGGER duty BEFORE INSERT OR UPDATE OR DELETE ON division
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('administrator');
CREATE TRIGGER duty BEFORE INSERT OR UPDATE OR DELETE ON service_item
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('administrator');
CREATE TRIGGER duty BEFORE INSERT OR UPDATE OR DELETE ON parameter
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('administrator');
CREATE TRIGGER duty BEFORE INSERT OR UPDATE OR DELETE ON holiday
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('administrator');
CREATE TRIGGER duty BEFORE INSERT OR UPDATE OR DELETE ON entitlement_rung
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('administrator');

-- Villages are noted by the officer, and by the stations for their townships.
CREATE TRIGGER duty BEFORE INSERT OR UPDATE OR DELETE ON village
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('administrator', 'bureau_officer', 'station_scheduler');
-- Everything else: whoever has a verb for it writes it, and nobody besides. The auditor writes but trials of a plan.
DO $$ DECLARE d record; BEGIN
  FOR d IN SELECT * FROM (VALUES
    ('upkeep_mark', ''),
    ('deed_change', ''),
    ('deed', 'bureau_officer station_scheduler village_assistant provider_manager administrator'),
    ('retraction', 'station_scheduler village_assistant'),
    ('recipient_absence', 'station_scheduler village_assistant'),
    ('organisation', 'bureau_officer administrator'),
    ('service_area', 'bureau_officer administrator'),
    ('worker', 'bureau_officer station_scheduler provider_manager administrator'),
    ('engagement', 'station_scheduler provider_manager bureau_officer administrator'),
    ('absence', 'station_scheduler provider_manager'),
    ('qualification', 'bureau_officer station_scheduler provider_manager administrator'),
    ('household', 'bureau_officer station_scheduler administrator'),
    ('person', 'bureau_officer station_scheduler village_assistant administrator'),
    ('disability_certificate', 'bureau_officer station_scheduler administrator'),
    ('status_event', 'station_scheduler village_assistant'),
    ('share', ''),
    ('residence', ''),
    ('move', 'station_scheduler bureau_officer'),
    ('mover', 'station_scheduler bureau_officer'),
    ('handed_over', 'station_scheduler'),
    ('list_import', 'bureau_officer station_scheduler provider_manager administrator'),
    ('import_row', 'bureau_officer station_scheduler provider_manager administrator'),
    ('import_mapping', 'bureau_officer station_scheduler provider_manager administrator'),
    ('assessment', 'bureau_officer station_scheduler'),
    ('care_plan', 'bureau_officer station_scheduler'),
    ('need', 'bureau_officer station_scheduler'),
    ('offer', 'bureau_officer station_scheduler provider_manager'),
    ('placement', ''),
    ('matching_run', 'bureau_officer'),
    ('proposal', 'bureau_officer'),
    ('pin', 'bureau_officer'),
    ('supposition', 'bureau_officer auditor'),
    ('tender_study', 'bureau_officer'),
    ('roster_run', 'station_scheduler provider_manager'),
    ('visit', 'station_scheduler provider_manager worker'),
    ('visit_worker', 'station_scheduler provider_manager'),
    ('check_in', 'worker'),
    ('photo', 'worker provider_manager station_scheduler'),
    ('door_report', 'worker'),
    ('door_answer', 'provider_manager station_scheduler'),
    ('phone_event', 'station_scheduler provider_manager'),
    ('sample', ''),
    ('call_back', 'bureau_officer station_scheduler'),
    ('complaint', 'bureau_officer station_scheduler')) AS duties (written, writers) LOOP
    EXECUTE format('CREATE TRIGGER duty BEFORE INSERT OR UPDATE OR DELETE ON %I FOR EACH STATEMENT'
                   ' EXECUTE FUNCTION written_by(%s)', d.written,
                   (SELECT coalesce(string_agg(quote_literal(one), ', '), '')
                    FROM regexp_split_to_table(d.writers, ' ') one WHERE one <> ''));
  END LOOP;
END $$;

CREATE TRIGGER duty_of_times BEFORE INSERT OR UPDATE OF county, station, supplier, placement, person, service_item, day,
  planned_start, planned_end, latitude, longitude ON visit
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('station_scheduler', 'provider_manager');

-- Steps that only one of the writers takes. A need is approved by the bureau; an offer is made by it and answered by
-- its supplier; a visit is begun and done by who is at the door; whose paper was suspended does not note a new one, and
-- says of none that it is mandatory.
CREATE FUNCTION step_of_role() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
  wrong boolean := false;
  before text := '';
BEGIN
  IF session_user <> 'shangmen_app' OR app_role() = 'system' THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND TG_TABLE_NAME <> 'qualification' THEN
    before := OLD.state;
  END IF;
  IF TG_TABLE_NAME = 'need' THEN
    wrong := CASE WHEN TG_OP = 'INSERT' THEN NEW.state <> 'draft' OR NEW.approved_by IS NOT NULL
      ELSE app_role() <> 'bureau_officer' AND (NEW.approved_by IS DISTINCT FROM OLD.approved_by
        OR (before = 'draft' AND NEW.state NOT IN ('draft', 'ended'))) END;
  ELSIF TG_TABLE_NAME = 'offer' THEN
    wrong := CASE WHEN TG_OP = 'INSERT' THEN app_role() <> 'bureau_officer' OR NEW.state <> 'offered'
      ELSE NEW.state <> before AND CASE WHEN NEW.state IN ('accepted', 'declined')
        THEN NEW.supplier IS DISTINCT FROM app_organisation() ELSE app_role() <> 'bureau_officer' END
        OR (NEW.supplier, NEW.need, NEW.contract_line, NEW.valid_from, NEW.valid_to)
           IS DISTINCT FROM (OLD.supplier, OLD.need, OLD.contract_line, OLD.valid_from, OLD.valid_to) END;
  ELSIF TG_TABLE_NAME = 'visit' THEN
    wrong := NEW.state <> before AND ((NEW.state IN ('in_progress', 'done')) <> (app_role() = 'worker'));
  ELSIF app_role() <> 'bureau_officer' THEN  -- a qualification
    wrong := TG_OP = 'UPDATE' OR NEW.status <> 'valid' OR EXISTS (
        SELECT 1 FROM qualification q WHERE q.kind = NEW.kind AND q.status IN ('suspended', 'revoked')
          AND (q.organisation = NEW.organisation OR q.worker = NEW.worker))
      OR (NEW.organisation IS NOT NULL AND NEW.mandatory AND NOT EXISTS (
        SELECT 1 FROM qualification q WHERE q.kind = NEW.kind AND q.organisation = NEW.organisation AND q.mandatory));
  END IF;
  IF wrong THEN
    RAISE EXCEPTION 'this step of % is not taken by %', TG_TABLE_NAME, app_role()
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER step_of_role BEFORE INSERT OR UPDATE ON need FOR EACH ROW EXECUTE FUNCTION step_of_role();
CREATE TRIGGER step_of_role BEFORE INSERT OR UPDATE ON offer FOR EACH ROW EXECUTE FUNCTION step_of_role();
CREATE TRIGGER step_of_role BEFORE INSERT OR UPDATE ON visit FOR EACH ROW EXECUTE FUNCTION step_of_role();
CREATE TRIGGER step_of_role BEFORE INSERT OR UPDATE ON qualification FOR EACH ROW EXECUTE FUNCTION step_of_role();

-- What is bought, at which price and up to which ceiling; what of it is settled, and what is paid.
CREATE TRIGGER duty BEFORE INSERT OR UPDATE OR DELETE ON lot
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('bureau_officer');
CREATE TRIGGER duty BEFORE INSERT OR UPDATE OR DELETE ON lot_area
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('bureau_officer');
CREATE TRIGGER duty BEFORE INSERT OR UPDATE OR DELETE ON lot_service
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('bureau_officer');
CREATE TRIGGER duty BEFORE INSERT OR UPDATE OR DELETE ON amendment
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('bureau_officer');
CREATE TRIGGER duty BEFORE INSERT OR UPDATE OR DELETE ON contract
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('bureau_officer', 'bureau_finance');
CREATE TRIGGER duty_of_terms BEFORE INSERT OR UPDATE OF county, lot, provider, number, term_from, term_to, ceiling,
  original_ceiling, reserved, delivered, settled, state ON contract
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('bureau_officer');
CREATE TRIGGER duty_of_payment BEFORE UPDATE OF paid ON contract
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('bureau_finance');
CREATE TRIGGER duty BEFORE INSERT OR UPDATE OR DELETE ON contract_line
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('bureau_officer');

-- Records and what is found in them are written as the last thing before the commit, verdicts by verbs that have
-- looked at who asks; nobody writes either by hand.
CREATE TRIGGER duty BEFORE INSERT OR UPDATE OR DELETE ON verdict
  FOR EACH STATEMENT EXECUTE FUNCTION written_by();
CREATE TRIGGER duty BEFORE INSERT ON service_record FOR EACH STATEMENT EXECUTE FUNCTION written_by();
CREATE TRIGGER duty BEFORE INSERT ON attendance FOR EACH STATEMENT EXECUTE FUNCTION written_by();
CREATE TRIGGER duty BEFORE INSERT ON service_line FOR EACH STATEMENT EXECUTE FUNCTION written_by();
CREATE TRIGGER duty BEFORE INSERT ON finding FOR EACH STATEMENT EXECUTE FUNCTION written_by();
CREATE TRIGGER duty BEFORE INSERT OR UPDATE OR DELETE ON chain_head
  FOR EACH STATEMENT EXECUTE FUNCTION written_by();
CREATE TRIGGER duty BEFORE INSERT ON audit_seal FOR EACH STATEMENT EXECUTE FUNCTION written_by();

-- Statements: claimed by the provider, examined by officers, paid by the finance.
CREATE TRIGGER duty BEFORE INSERT ON statement
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('provider_manager');
CREATE TRIGGER duty_of_steps BEFORE UPDATE ON statement
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('provider_manager', 'bureau_officer', 'bureau_finance');
CREATE TRIGGER duty_of_payment BEFORE UPDATE OF paid_by, paid_at, payment_reference ON statement
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('bureau_finance');
CREATE TRIGGER duty_of_review BEFORE UPDATE OF reviewed_by, reviewed_at, approved_by, approved_at, note ON statement
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('bureau_officer');
CREATE TRIGGER duty BEFORE INSERT OR UPDATE OR DELETE ON statement_line
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('provider_manager', 'bureau_officer');
CREATE TRIGGER duty BEFORE INSERT OR UPDATE OR DELETE ON deduction
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('provider_manager', 'bureau_officer');
CREATE TRIGGER duty BEFORE INSERT OR UPDATE OF text, raised_by, raised_at ON objection
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('provider_manager');
CREATE TRIGGER duty_of_place BEFORE UPDATE OF statement ON objection
  FOR EACH STATEMENT EXECUTE FUNCTION written_by();
CREATE TRIGGER duty_of_answer BEFORE UPDATE OF answer, answered_by, answered_at ON objection
  FOR EACH STATEMENT EXECUTE FUNCTION written_by('bureau_officer');

-- A hand under a statement: an active account of the role, at the right desk, and the one who is asking.
CREATE FUNCTION refuse_hand(person bigint, wanted text, desk bigint, place bigint) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF person IS NULL OR (session_user = 'shangmen_app' AND person IS DISTINCT FROM app_user_id())
     OR NOT EXISTS (SELECT 1 FROM app_user u WHERE u.id = person AND u.active AND u.role = wanted
                    AND u.county = place AND (desk IS NULL OR u.organisation = desk)) THEN
    RAISE EXCEPTION 'a % of this desk has to do this in person', wanted USING ERRCODE = 'insufficient_privilege';
  END IF;
END $$;

-- What a statement is about stands from the beginning; it goes from hand to hand; what was paid is final.
CREATE FUNCTION statement_steps() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a statement is not deleted' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'draft' OR coalesce(NEW.submitted_by, NEW.reviewed_by, NEW.approved_by, NEW.paid_by) IS NOT NULL
       OR NOT EXISTS (SELECT 1 FROM contract c WHERE c.id = NEW.contract AND c.provider = NEW.provider
                      AND c.county = NEW.county) THEN
      RAISE EXCEPTION 'a statement begins as a draft of a contract of its provider'
        USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
  END IF;
  IF NEW IS NOT DISTINCT FROM OLD THEN
    RETURN NEW;  -- touched for the sake of its sums
  END IF;
  IF (NEW.id, NEW.county, NEW.provider, NEW.contract, NEW.number, NEW.period_from, NEW.period_to, NEW.created_by)
     IS DISTINCT FROM
     (OLD.id, OLD.county, OLD.provider, OLD.contract, OLD.number, OLD.period_from, OLD.period_to, OLD.created_by) THEN
    RAISE EXCEPTION 'what a statement is about is not changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF OLD.state = 'paid' OR (OLD.state = 'approved' AND NEW.state NOT IN ('paid', 'draft'))
     OR (OLD.state = 'approved' AND NEW.state = 'paid' AND
         (NEW.gross, NEW.deducted, NEW.payable, NEW.submitted_by, NEW.reviewed_by, NEW.approved_by, NEW.note,
          NEW.submitted_at, NEW.reviewed_at, NEW.approved_at) IS DISTINCT FROM
         (OLD.gross, OLD.deducted, OLD.payable, OLD.submitted_by, OLD.reviewed_by, OLD.approved_by, OLD.note,
          OLD.submitted_at, OLD.reviewed_at, OLD.approved_at)) THEN
    RAISE EXCEPTION 'a statement that is % is not changed', OLD.state USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NEW.state <> OLD.state AND NOT (OLD.state, NEW.state) IN (
    ('draft', 'submitted'), ('submitted', 'reviewed'), ('submitted', 'draft'), ('reviewed', 'approved'),
    ('reviewed', 'draft'), ('approved', 'paid'), ('approved', 'draft')) THEN
    RAISE EXCEPTION 'a statement that is % does not become %', OLD.state, NEW.state
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF app_role() = 'provider_manager' AND OLD.state <> 'draft' THEN
    RAISE EXCEPTION 'a statement that was handed in is not the provider''s to change'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF app_role() = 'bureau_finance' AND NEW.state <> 'paid' THEN
    RAISE EXCEPTION 'the finance pays, or leaves it' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NEW.state = 'draft' THEN
    IF coalesce(NEW.submitted_by, NEW.reviewed_by, NEW.approved_by, NEW.paid_by) IS NOT NULL THEN
      RAISE EXCEPTION 'a draft carries nobody''s hand' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.submitted_by IS DISTINCT FROM OLD.submitted_by OR NEW.state = 'submitted' AND OLD.state = 'draft' THEN
    PERFORM refuse_hand(NEW.submitted_by, 'provider_manager', NEW.provider, NEW.county);
  END IF;
  IF NEW.reviewed_by IS DISTINCT FROM OLD.reviewed_by OR NEW.state = 'reviewed' AND OLD.state = 'submitted' THEN
    PERFORM refuse_hand(NEW.reviewed_by, 'bureau_officer', NULL, NEW.county);
  END IF;
  IF NEW.approved_by IS DISTINCT FROM OLD.approved_by OR NEW.state = 'approved' AND OLD.state = 'reviewed' THEN
    PERFORM refuse_hand(NEW.approved_by, 'bureau_officer', NULL, NEW.county);
  END IF;
  IF NEW.paid_by IS DISTINCT FROM OLD.paid_by OR NEW.state = 'paid' THEN
    PERFORM refuse_hand(NEW.paid_by, 'bureau_finance', NULL, NEW.county);
  END IF;
  IF NEW.state <> OLD.state AND EXISTS (
    SELECT 1 FROM statement_line x JOIN service_line l ON l.id = x.service_line
    WHERE x.statement = NEW.id AND NOT EXISTS (
      SELECT 1 FROM verdict d WHERE d.service_record = l.service_record AND d.state = 'verified')) THEN
    RAISE EXCEPTION 'a visit in this statement is not verified' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER steps BEFORE INSERT OR UPDATE OR DELETE ON statement
  FOR EACH ROW EXECUTE FUNCTION statement_steps();

-- Lines go in and out of drafts, deductions until the approval; neither is ever changed or moved.
CREATE FUNCTION statement_parts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
  whole statement;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    RAISE EXCEPTION 'a % is not changed or moved', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT s.* INTO whole FROM statement s
    WHERE s.id = CASE WHEN TG_OP = 'DELETE' THEN OLD.statement ELSE NEW.statement END;
  IF whole.state IN ('approved', 'paid')
     OR (whole.state <> 'draft' AND (TG_TABLE_NAME = 'statement_line' OR app_role() = 'provider_manager')) THEN
    RAISE EXCEPTION 'a statement that is % is not changed', whole.state USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  IF TG_TABLE_NAME = 'statement_line' THEN
    IF NOT EXISTS (
      SELECT 1 FROM service_line l JOIN contract_line k ON k.id = l.contract_line
      JOIN verdict d ON d.service_record = l.service_record AND d.state = 'verified'
      WHERE l.id = NEW.service_line AND k.contract = whole.contract AND l.amount = NEW.amount) THEN
      RAISE EXCEPTION 'not a verified line of this contract, or not its amount' USING ERRCODE = 'check_violation';
    END IF;
  ELSIF NEW.claws_back IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM statement_line x JOIN statement s ON s.id = x.statement
    WHERE x.id = NEW.claws_back AND s.contract = whole.contract AND s.state IN ('approved', 'paid')
      AND x.amount = NEW.amount) THEN
    RAISE EXCEPTION 'not a settled line of this contract, or not its amount' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER parts BEFORE INSERT OR UPDATE OR DELETE ON statement_line
  FOR EACH ROW EXECUTE FUNCTION statement_parts();
CREATE TRIGGER parts BEFORE INSERT OR UPDATE OR DELETE ON deduction
  FOR EACH ROW EXECUTE FUNCTION statement_parts();

-- At the commit a statement is the sum of its parts. Who changes parts touches the whole, once a command.
CREATE FUNCTION touch_statement() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  UPDATE statement SET gross = gross WHERE id IN (SELECT DISTINCT statement FROM touched);
  RETURN NULL;
END $$;
CREATE TRIGGER touch_in AFTER INSERT ON statement_line REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION touch_statement();
CREATE TRIGGER touch_out AFTER DELETE ON statement_line REFERENCING OLD TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION touch_statement();
CREATE TRIGGER touch_in AFTER INSERT ON deduction REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION touch_statement();
CREATE TRIGGER touch_out AFTER DELETE ON deduction REFERENCING OLD TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION touch_statement();

CREATE FUNCTION statement_sums() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM statement s WHERE s.id = NEW.id AND (
      s.gross <> (SELECT coalesce(sum(x.amount), 0) FROM statement_line x WHERE x.statement = s.id)
      OR s.deducted <> (SELECT coalesce(sum(y.amount), 0) FROM deduction y WHERE y.statement = s.id))) THEN
    RAISE EXCEPTION 'a statement is the sum of its lines less its deductions' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER sums_agree AFTER INSERT OR UPDATE ON statement DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION statement_sums();

-- Accounts: made, moved and given roles by an administrator of their county; the desk of a station or a provider makes
-- and keeps those of its own workers, and no others; everybody keeps their own password.
ALTER TABLE app_user ADD CONSTRAINT app_user_is_a_person CHECK (role <> 'system');
ALTER TABLE app_user ADD COLUMN totp boolean GENERATED ALWAYS AS (totp_secret <> '') STORED;
CREATE TRIGGER duty BEFORE INSERT OR UPDATE OF login, name, role, organisation, county, worker, active OR DELETE
  ON app_user FOR EACH STATEMENT
  EXECUTE FUNCTION written_by('administrator', 'station_scheduler', 'provider_manager');
CREATE FUNCTION own_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user <> 'shangmen_app' OR app_role() = 'system' THEN
    RETURN NEW;
  END IF;
  IF TG_TABLE_NAME = 'app_session' THEN
    IF NEW.user_id IS DISTINCT FROM app_user_id() THEN
      RAISE EXCEPTION 'a session of somebody else' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
  END IF;
  IF app_role() = 'administrator' AND NEW.county = ANY (app_counties())
     AND (TG_OP = 'INSERT' OR OLD.county = ANY (app_counties())) THEN
    RETURN NEW;
  END IF;
  IF app_role() IN ('station_scheduler', 'provider_manager') AND NEW.role = 'worker'
     AND NEW.organisation = app_organisation() AND NEW.county = ANY (app_counties())
     AND EXISTS (SELECT 1 FROM engagement e WHERE e.worker = NEW.worker AND e.organisation = NEW.organisation)
     AND (TG_OP = 'INSERT' OR (OLD.role = 'worker' AND OLD.organisation = app_organisation())) THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.id = app_user_id()
     AND (NEW.login, NEW.name, NEW.role, NEW.organisation, NEW.county, NEW.worker, NEW.active)
         IS NOT DISTINCT FROM
         (OLD.login, OLD.name, OLD.role, OLD.organisation, OLD.county, OLD.worker, OLD.active) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an account of somebody else' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER own BEFORE INSERT OR UPDATE ON app_user FOR EACH ROW EXECUTE FUNCTION own_account();
CREATE TRIGGER own BEFORE INSERT OR UPDATE ON app_session FOR EACH ROW EXECUTE FUNCTION own_account();

-- Hashes and secrets are read for a log-in, which nobody has asked for yet, and by whose they are.
CREATE FUNCTION account_secrets(account bigint) RETURNS TABLE (password varchar, totp_secret varchar)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF app_role() <> 'system' AND app_user_id() IS DISTINCT FROM account THEN
    RAISE EXCEPTION 'the secrets of somebody else' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY SELECT u.password, u.totp_secret FROM app_user u WHERE u.id = account;
END $$;
REVOKE EXECUTE ON FUNCTION account_secrets, refuse_hand FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION refuse_hand FROM shangmen_app;
GRANT EXECUTE ON FUNCTION account_secrets TO shangmen_app;
REVOKE SELECT ON app_user FROM shangmen_app;
GRANT SELECT (id, login, name, role, organisation, county, worker, must_change, active, locale, created_at, totp,
  totp_step, version)
  ON app_user TO shangmen_app;
