"""The promises that the database keeps: checks, exclusion, append-only rows, row-level security, the queue.

Until the first release this pair is edited; after it, further migrations follow. The words are a frozen copy of the
features' `states.py`, and a test says when they differ. In shangmen/database/, days.sql says which days can stand,
search.sql how people are found, duties.sql who writes what, trail.sql what is told of it, policies.sql who sees what. Raw SQL runs first within a
migration, so this one follows the tables. It needs no extension: the embedded server has none.
The application's role must exist (the README has the SQL); it owns nothing.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from procrastinate.schema import SchemaManager

from shangmen import paths
from shangmen.database import ENGINE

ID = "2026-11-30T00:00:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints, append-only tables, row-level security, the job queue"

ROLES = (
    "bureau_officer bureau_finance auditor station_scheduler village_assistant provider_manager worker administrator"
    " system"
)
POSITIONS = " SURVEYED GCJ02 BD09 SYNTHETIC OUTLINE GEONAMES"

# Closed lists by table and column. A space at the beginning admits the empty word too.
WORDS = {
    "chain_head": {"chain": "audit service_record seal"},
    "division": {
        "level": "region city county township",
        "position_source": POSITIONS,
        "terrain": "plain hills",
    },
    "service_item": {"unit": "visit hour", "kind": "visit care"},
    "holiday": {"kind": "holiday working"},
    "village": {"position_source": POSITIONS},
    "organisation": {
        "kind": "bureau station provider institution",
        "position_source": POSITIONS,
        "status": "active suspended closed",
    },
    "worker": {"sex": "female male"},
    "engagement": {"position": "care_worker social_worker nurse assistant"},
    "qualification": {"status": "valid suspended revoked expired"},
    "app_user": {"role": ROLES},
    "task": {"role": ROLES},
    "list_import": {"state": "reading previewed committing committed undone failed"},
    "import_row": {"verdict": "new changed same merged refused"},
    "household": {
        "category": "TEKUN DIBAO DIBAO_SINGLE EDGE RIGID MONITORED OTHER_LOW",
        "scheme": " RURAL URBAN",
    },
    "person": {
        "sex": "female male",
        "person_group": "elder disabled minor adult",
        "living": "unknown alone spouse children parents siblings relatives others institution",
        "support": " SCATTERED CENTRAL",
        "self_care": " SELF PARTIAL TOTAL",
        "overlay": " ORPHAN DE_FACTO_UNATTENDED LEFT_BEHIND DISTRESSED",
        "doubt": " deceased",
        "position_source": POSITIONS,
        "state": "living hospital institution moved died",
    },
    "status_event": {"kind": "hospital home institution moved died"},
    "share": {"reason": "offer placement moved"},
    "move": {"state": "offered accepted done returned withdrawn"},
    "assessment": {
        "scale": "SIX_ITEM GBT42195 MINOR",
        "level": "SELF PARTIAL TOTAL INTACT MILD MODERATE SEVERE COMPLETE GUARDIANSHIP",
        "reason": "first regular change doubt other",
    },
    "need": {
        "required_sex": " female male",
        "state": "draft approved waiting placed paused ended",
        "paused_from": " approved waiting placed",
    },
    "contract": {"state": "draft in_force suspended ended"},
    "contract_line": {"pricing": "per_visit per_hour"},
    "amendment": {"kind": "quantity term"},
    "offer": {"state": "offered accepted declined withdrawn lapsed"},
    "placement": {"state": "in_force ended"},
    "matching_run": {"state": "queued solving proposed approved cancelled failed"},
    "proposal": {"change": "kept new moved lost none"},
    "supposition": {"state": "queued done failed"},
    "pin": {"kind": "must never"},
    "tender_study": {"state": "queued computing done failed cancelled"},
    "visit": {
        "state": "planned confirmed in_progress done missed cancelled phone",
        "reason": " hospital recipient_away recipient_refused died moved weather road_closed worker_absent not_qualified"
        " no_budget duplicate other institution placement_ended need_paused entitlement_ended",
    },
    "service_record": {"evidence_class": "A B C D", "confirmation": "signature thumb witness refused none"},
    "verdict": {"state": "verified held rejected"},
    "finding": {"severity": "note hold reject"},
    "photo": {"kind": "scene_before scene_after receipt thumb_print paper_form"},
    "door_report": {
        "told": "nobody_home refused cannot_go elsewhere injury gas alarm",
        "next": " again_today plan_again station_calls",
    },
    "phone_event": {"verb": "check_in check_out photo tell", "state": "waiting refused booked settled"},
    "sample": {"kind": "telephone site"},
    "call_back": {
        "kind": "telephone site",
        "state": "open confirmed doubted unclear",
        "heard": " as_recorded shorter other_service other_person nobody_came cannot_say not_reached",
    },
    "complaint": {
        "about": "not_come late short manner money harm other",
        "state": "open founded unfounded",
    },
    "statement": {"state": "draft submitted reviewed approved paid"},
}

CHECKS = """
ALTER TABLE household ADD CONSTRAINT household_days CHECK (valid_to IS NULL OR valid_to >= valid_from);
CREATE INDEX attempt_account ON attempt (account, at);
CREATE INDEX attempt_network ON attempt (network, at);
CREATE UNIQUE INDEX known_place_once ON known_place (user_id, place);
CREATE INDEX unsent_form_user ON unsent_form (user_id, at);
ALTER TABLE list_import ADD CONSTRAINT list_import_organisation
  FOREIGN KEY (organisation) REFERENCES organisation (id) ON DELETE RESTRICT ON UPDATE RESTRICT;
CREATE INDEX list_import_kind ON list_import (county, kind, id);
CREATE INDEX import_row_of ON import_row (list_import, row);
CREATE INDEX import_row_entries ON import_row USING gin ((line -> 'entries') jsonb_path_ops);
CREATE INDEX import_row_subject ON import_row (subject);
ALTER TABLE import_mapping ADD CONSTRAINT import_mapping_organisation
  FOREIGN KEY (organisation) REFERENCES organisation (id) ON DELETE RESTRICT ON UPDATE RESTRICT;
CREATE UNIQUE INDEX import_mapping_once ON import_mapping (county, organisation, kind, signature);
CREATE UNIQUE INDEX village_once ON village (township, name);
CREATE INDEX village_county ON village (county);
CREATE UNIQUE INDEX person_once_a_county ON person (county, id_number) WHERE id_number IS NOT NULL;
ALTER TABLE person ADD CONSTRAINT person_identified CHECK (id_number IS NOT NULL OR no_id_reason <> '');
CREATE INDEX person_station ON person (station, township, pinyin, id) INCLUDE (county);
CREATE INDEX person_household ON person (household);
CREATE INDEX person_telephone ON person (county, telephone) WHERE telephone <> '';
CREATE INDEX person_listed ON person (county, township, pinyin, id) INCLUDE (station);
CREATE INDEX person_initials ON person (county, initials text_pattern_ops);
CREATE INDEX share_organisation ON share (organisation, person);
CREATE UNIQUE INDEX mover_once ON mover (person) WHERE open;
CREATE INDEX mover_move ON mover (move);
CREATE INDEX move_station ON move (station, state);
CREATE INDEX move_to_station ON move (to_station, state);
CREATE INDEX handed_over_mover ON handed_over (mover);
ALTER TABLE move ADD CONSTRAINT move_days CHECK (last_day >= day);
ALTER TABLE move ADD CONSTRAINT move_elsewhere CHECK ((county = to_county) = (last_day IS NULL));
ALTER TABLE move ADD CONSTRAINT move_consent CHECK (
  county = to_county OR (consent_on IS NOT NULL AND consent_by <> ''));
ALTER TABLE need ADD CONSTRAINT need_amounts
  CHECK (visits_per_month BETWEEN 1 AND 62 AND minutes BETWEEN 5 AND 1440 AND staff_count IN (1, 2)
         AND priority BETWEEN 1 AND 1000);
ALTER TABLE entitlement_rung ADD CONSTRAINT entitlement_rung_amounts CHECK (
  visits BETWEEN 0 AND 310 AND minutes BETWEEN 0 AND 44640 AND yuan >= 0
  AND proposed BETWEEN 0 AND coalesce(visits, 62)
  AND num_nonnulls(visits, minutes, yuan) > 0 AND (valid_to IS NULL OR valid_to >= valid_from));
CREATE INDEX entitlement_rung_of ON entitlement_rung (division, code);
CREATE INDEX need_person ON need (person);
CREATE INDEX need_station_state ON need (station, state);
ALTER TABLE lot ADD CONSTRAINT lot_amounts CHECK (ceiling >= 0 AND valid_to >= valid_from);
ALTER TABLE contract ADD CONSTRAINT contract_money CHECK (
  paid >= 0 AND paid <= settled AND settled <= delivered AND reserved >= 0 AND reserved + delivered <= ceiling);
ALTER TABLE contract ADD CONSTRAINT contract_term CHECK (term_to >= term_from);
ALTER TABLE contract ADD CONSTRAINT contract_supplements CHECK (ceiling <= round(original_ceiling * 1.10, 2));
ALTER TABLE contract ADD CONSTRAINT contract_no_overlap EXCLUDE USING gist (
  int8range(lot, lot, '[]') WITH &&, int8range(provider, provider, '[]') WITH &&,
  daterange(term_from, term_to, '[]') WITH &&) WHERE (state <> 'ended');
ALTER TABLE contract_line ADD CONSTRAINT contract_line_amounts CHECK (
  rate > 0 AND quantity >= 0 AND reserved >= 0 AND delivered >= 0 AND reserved + delivered <= quantity);
ALTER TABLE amendment ADD CONSTRAINT amendment_not_negative CHECK (delta >= 0);
CREATE UNIQUE INDEX offer_one_open ON offer (need) WHERE state = 'offered';
CREATE INDEX offer_need ON offer (need);
CREATE INDEX offer_supplier ON offer (supplier, state);
CREATE UNIQUE INDEX placement_one_in_force ON placement (need) WHERE state = 'in_force';
ALTER TABLE placement ADD CONSTRAINT placement_days CHECK (valid_to IS NULL OR valid_to >= valid_from);
ALTER TABLE placement ADD CONSTRAINT placement_reserves CHECK (reserved_units >= 0 AND reserved_yuan >= 0);
CREATE INDEX placement_supplier ON placement (supplier, state);
CREATE INDEX proposal_run ON proposal (matching_run);
ALTER TABLE supposition ADD CONSTRAINT supposition_answered CHECK ((state = 'done') = (answer IS NOT NULL));
ALTER TABLE visit ADD CONSTRAINT visit_times CHECK (planned_end > planned_start);
CREATE INDEX visit_supplier_day ON visit (supplier, day);
CREATE INDEX visit_placement ON visit (placement);
CREATE INDEX visit_person ON visit (person);
ALTER TABLE visit_worker ADD COLUMN during tstzrange GENERATED ALWAYS AS (tstzrange(starts, ends)) STORED;
ALTER TABLE visit_worker ADD CONSTRAINT worker_not_twice EXCLUDE USING gist (
  int8range(worker, worker, '[]') WITH &&, during WITH &&) WHERE (stands);
CREATE INDEX visit_worker_worker ON visit_worker (worker, starts);
CREATE INDEX service_record_supplier ON service_record (supplier, begun_at);
CREATE INDEX service_record_station ON service_record (station);
ALTER TABLE service_record ADD CONSTRAINT service_record_times CHECK (ended_at >= begun_at);
CREATE INDEX service_record_person ON service_record (person, begun_at);
CREATE INDEX service_record_signature ON service_record (signature_digest) WHERE signature_digest IS NOT NULL;
CREATE INDEX attendance_record ON attendance (service_record);
CREATE INDEX check_in_device ON check_in (device, server_at) WHERE device <> '';
CREATE INDEX attendance_worker ON attendance (worker, begun_at);
CREATE INDEX finding_record ON finding (service_record);
CREATE INDEX phone_event_visit ON phone_event (visit, worker);
CREATE INDEX phone_event_open ON phone_event (supplier, state);
CREATE INDEX phone_event_listed ON phone_event (county, (state = 'refused') DESC, id DESC);
CREATE INDEX photo_visit ON photo (visit);
CREATE INDEX photo_digest ON photo (digest);
CREATE INDEX photo_source ON photo (source_digest);
-- Pictures of which no more than 15 of 128 bits differ have one of the sixteen bytes in common.
CREATE FUNCTION photo_bands(across bigint, down bigint) RETURNS int[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  $$ SELECT array_agg(n * 256 + ((CASE WHEN n < 8 THEN across ELSE down END >> (n % 8 * 8)) & 255)::int)
     FROM generate_series(0, 15) AS n $$;
CREATE INDEX photo_looks ON photo USING gin (photo_bands(across, down)) WHERE across IS NOT NULL;
ALTER TABLE photo ADD CONSTRAINT photo_size CHECK (octet_length(image) BETWEEN 1 AND 200000);
ALTER TABLE photo ADD CONSTRAINT photo_is_its_digest CHECK (digest = sha256(image));
CREATE INDEX door_report_visit ON door_report (visit);
CREATE INDEX door_report_listed ON door_report (county, id DESC);
CREATE INDEX door_report_person ON door_report (person, told);
CREATE INDEX service_record_came ON service_record (county, recorded_at);
CREATE INDEX call_back_listed ON call_back (county, (state = 'open') DESC, due, id);
CREATE INDEX call_back_asker ON call_back (asker, state, due);
CREATE INDEX call_back_supplier ON call_back (supplier, state);
CREATE INDEX call_back_sample ON call_back (sample);
ALTER TABLE call_back ADD CONSTRAINT call_back_grade CHECK (satisfaction BETWEEN 1 AND 5);
ALTER TABLE call_back ADD CONSTRAINT call_back_heard CHECK (state = 'open' OR (heard <> '' AND decided_by IS NOT NULL));
CREATE INDEX complaint_listed ON complaint (county, (state = 'open') DESC, due, id);
CREATE INDEX complaint_asker ON complaint (asker, state, due);
CREATE INDEX complaint_supplier ON complaint (supplier, state);
CREATE INDEX complaint_person ON complaint (person);
ALTER TABLE complaint ADD CONSTRAINT complaint_answered
  CHECK (state = 'open' OR (answer <> '' AND decided_by IS NOT NULL));
CREATE INDEX service_line_record ON service_line (service_record);
ALTER TABLE service_line ADD CONSTRAINT service_line_amounts CHECK (units >= 0 AND rate >= 0 AND amount >= 0);
ALTER TABLE statement ADD CONSTRAINT statement_days CHECK (period_to >= period_from);
ALTER TABLE status_event ADD CONSTRAINT status_event_days CHECK (until IS NULL OR until >= effective);
ALTER TABLE qualification ADD CONSTRAINT qualification_days CHECK (valid_to IS NULL OR valid_to >= valid_from);
ALTER TABLE statement ADD CONSTRAINT statement_money CHECK (
  gross >= 0 AND deducted >= 0 AND deducted <= gross AND payable = gross - deducted);
ALTER TABLE statement ADD CONSTRAINT statement_four_people CHECK (
  (reviewed_by IS NULL OR reviewed_by <> submitted_by)
  AND (approved_by IS NULL OR (approved_by <> submitted_by AND approved_by <> reviewed_by))
  AND (paid_by IS NULL OR (paid_by <> submitted_by AND paid_by <> reviewed_by AND paid_by <> approved_by)));
ALTER TABLE statement ADD CONSTRAINT statement_no_overlap EXCLUDE USING gist (
  int8range(contract, contract, '[]') WITH &&, daterange(period_from, period_to, '[]') WITH &&);
ALTER TABLE statement ADD CONSTRAINT statement_every_step CHECK (
  (state = 'draft' OR submitted_by IS NOT NULL)
  AND (state IN ('draft', 'submitted') OR reviewed_by IS NOT NULL)
  AND (state NOT IN ('approved', 'paid') OR approved_by IS NOT NULL)
  AND (state <> 'paid' OR (paid_by IS NOT NULL AND payment_reference <> '')));
CREATE INDEX statement_contract ON statement (contract, period_from);
CREATE INDEX statement_line_statement ON statement_line (statement);
CREATE INDEX deduction_statement ON deduction (statement);
CREATE INDEX objection_statement ON objection (statement);
ALTER TABLE statement_line ADD CONSTRAINT statement_line_amount CHECK (amount >= 0);
ALTER TABLE deduction ADD CONSTRAINT deduction_amount CHECK (amount > 0);
ALTER TABLE absence ADD CONSTRAINT absence_days CHECK (last >= first);
ALTER TABLE recipient_absence ADD CONSTRAINT recipient_absence_days CHECK (last >= first);
CREATE INDEX absence_worker ON absence (worker, first);
CREATE INDEX recipient_absence_person ON recipient_absence (person, first);
CREATE INDEX deed_subject ON deed (subject, subject_id);
CREATE INDEX deed_change_deed ON deed_change (deed);
CREATE VIEW standing_event WITH (security_invoker=true) AS
  SELECT e.* FROM status_event e WHERE NOT EXISTS (SELECT 1 FROM retraction r WHERE r.status_event = e.id);
-- Where people live and organisations sit, and how well it is known (regions.states.Accuracy): their own point, else
-- the middle of the village, of the township, of the county.
CREATE VIEW home WITH (security_invoker=true) AS
  SELECT p.id AS person, a.latitude, a.longitude, coalesce(a.accuracy, '') AS accuracy
  FROM person p LEFT JOIN LATERAL (
    SELECT p.latitude, p.longitude, 'exact' AS accuracy, 1 AS place
      WHERE p.latitude IS NOT NULL AND p.longitude IS NOT NULL
    UNION ALL SELECT v.latitude, v.longitude, 'village', CASE WHEN v.name = p.village THEN 2 ELSE 3 END FROM village v
      WHERE v.township = p.township AND p.village <> '' AND v.name IN (p.village, p.village || '村')
        AND v.latitude IS NOT NULL AND v.longitude IS NOT NULL
    UNION ALL SELECT d.latitude, d.longitude, d.level, CASE d.level WHEN 'township' THEN 4 ELSE 5 END FROM division d
      WHERE d.id IN (p.township, p.county) AND d.latitude IS NOT NULL AND d.longitude IS NOT NULL
    ORDER BY place LIMIT 1) a ON true;
CREATE VIEW seat WITH (security_invoker=true) AS
  SELECT o.id AS organisation, a.latitude, a.longitude, coalesce(a.accuracy, '') AS accuracy
  FROM organisation o LEFT JOIN LATERAL (
    SELECT o.latitude, o.longitude, 'exact' AS accuracy, 1 AS place
      WHERE o.latitude IS NOT NULL AND o.longitude IS NOT NULL
    UNION ALL SELECT d.latitude, d.longitude, d.level,
        CASE WHEN d.id = o.township THEN 2 WHEN d.level = 'township' THEN 3 ELSE 4 END FROM division d
      WHERE (d.id IN (o.township, o.county)
             OR (d.parent = o.county AND d.valid_to IS NULL AND o.address LIKE '%' || d.name || '%'))
        AND d.latitude IS NOT NULL AND d.longitude IS NOT NULL
    ORDER BY place LIMIT 1) a ON true;
CREATE INDEX task_open ON task (organisation, role) WHERE closed_at IS NULL;
CREATE UNIQUE INDEX task_once ON task (kind, subject, subject_id, organisation, role) WHERE closed_at IS NULL;
CREATE INDEX audit_subject ON audit_event (subject, subject_id);
CREATE INDEX audit_at ON audit_event (at);
"""

APPEND_ONLY = (
    "audit_event",
    "audit_seal",
    "check_in",
    "service_record",
    "attendance",
    "service_line",
    "finding",
    "photo",
    "door_report",
    "door_answer",
    "sample",
    "status_event",
    "retraction",
    "deed_change",
    "handed_over",
)

# What a deed changes in these is kept while it works, so that it can be taken back (foundation.deeds): by the
# database, for no verb is to forget one and none is to write one.
KEPT = (
    "absence",
    "engagement",
    "household",
    "move",
    "mover",
    "need",
    "offer",
    "person",
    "placement",
    "recipient_absence",
    "share",
    "status_event",
    "task",
    "verdict",
    "visit",
    "visit_worker",
)

KEEP_CHANGE = """
CREATE FUNCTION keep_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  was jsonb;
  is_now jsonb;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(n.key, n.value) INTO was, is_now
    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n USING (key)
    WHERE o.value IS DISTINCT FROM n.value AND key NOT IN ('version', 'during');
    IF was IS NULL THEN
      RETURN NULL;
    END IF;
  END IF;
  INSERT INTO deed_change (deed, relation, row_id, before, after)
  VALUES (current_setting('app.deed')::bigint, TG_TABLE_NAME, NEW.id, was, is_now);
  RETURN NULL;
END $$;
"""

REFUSE_EDIT = """
CREATE FUNCTION refuse_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""

SCOPE_FUNCTIONS = """
CREATE FUNCTION app_reach() RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT coalesce(current_setting('app.reach', true), '') $$;
CREATE FUNCTION app_role() RETURNS text LANGUAGE sql STABLE AS
  $$ SELECT coalesce(current_setting('app.role', true), '') $$;
CREATE FUNCTION app_user_id() RETURNS bigint LANGUAGE sql STABLE AS
  $$ SELECT nullif(current_setting('app.user', true), '')::bigint $$;
CREATE FUNCTION app_organisation() RETURNS bigint LANGUAGE sql STABLE AS
  $$ SELECT nullif(current_setting('app.organisation', true), '')::bigint $$;
CREATE FUNCTION app_worker() RETURNS bigint LANGUAGE sql STABLE AS
  $$ SELECT nullif(current_setting('app.worker', true), '')::bigint $$;
CREATE FUNCTION app_today() RETURNS date LANGUAGE sql STABLE AS
  $$ SELECT coalesce(nullif(current_setting('app.today', true), '')::date, current_date) $$;
CREATE FUNCTION app_counties() RETURNS bigint[] LANGUAGE sql STABLE AS
  $$ SELECT string_to_array(nullif(current_setting('app.counties', true), ''), ',')::bigint[] $$;
"""

# Nobody decides on the work of their own organisation, or of one that runs it or is run by it: the record of a
# station that its operator staffs is not the operator's to verify.
VERDICT_BY_OTHERS = """
CREATE FUNCTION verdict_by_others() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.decided_by IS NOT NULL AND EXISTS (
    SELECT 1 FROM app_user u JOIN organisation own ON own.id = u.organisation
    JOIN organisation deliverer ON deliverer.id = NEW.supplier
    WHERE u.id = NEW.decided_by
      AND (own.id = deliverer.id OR own.operator = deliverer.id OR deliverer.operator = own.id
           OR own.operator = deliverer.operator)) THEN
    RAISE EXCEPTION 'a verdict on the work of one''s own organisation' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER by_others BEFORE INSERT OR UPDATE ON verdict FOR EACH ROW EXECUTE FUNCTION verdict_by_others();
CREATE TRIGGER by_others BEFORE INSERT OR UPDATE ON call_back FOR EACH ROW EXECUTE FUNCTION verdict_by_others();
CREATE TRIGGER by_others BEFORE INSERT OR UPDATE ON complaint FOR EACH ROW EXECUTE FUNCTION verdict_by_others();
"""


# Rows that several people edit: each change counts their version on, whoever makes it and however. Where columns are
# named, only theirs: counters and a log-in are no edits.
VERSIONED = {
    "division": "",
    "village": "",
    "parameter": "",
    "holiday": "",
    "organisation": "",
    "worker": "",
    "engagement": "",
    "app_user": "login, name, role, organisation, worker, active",
    "household": "",
    "person": "",
    "entitlement_rung": "",
    "care_plan": "",
    "need": "",
    "lot": "",
    "contract": "lot, provider, number, term_from, term_to, ceiling, state",
    "contract_line": "service_item, pricing, rate, quantity, two_workers_pay_twice",
    "visit": "",
}

COUNT_VERSION = """
CREATE FUNCTION count_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;
"""


# Rows that a verb may take back; everything else stays.
DELETABLE = (
    "app_session",
    "attempt",
    "known_place",
    "submission",  # long after it was sent
    "unsent_form",  # when it was sent after all, and some hours later
    "holiday",
    "import_row",  # when a list is judged again
    "village",  # these only where a list made them, when it is taken back: policies.sql
    "person",
    "household",
    "disability_certificate",
    "organisation",
    "worker",
    "engagement",
    "qualification",
    "lot",
    "contract",
    "assessment",
    "care_plan",
    "need",
    "service_area",
    "lot_area",
    "lot_service",
    "contract_line",  # of a draft: what rests on a line holds it
    "supposition",  # when the plan that it is about is changed by hand
    "statement_line",
    "deduction",
)

GRANTS = """
GRANT USAGE ON SCHEMA public TO shangmen_app;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO shangmen_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO shangmen_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO shangmen_app;
REVOKE ALL ON migration FROM shangmen_app;
"""


def statements() -> list[str]:
    """All the SQL, in order."""
    made = []
    for table, columns in WORDS.items():
        for column, words in columns.items():
            allowed = ", ".join(f"'{word}'" for word in words.split(" "))
            made.append(f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_known CHECK ({column} IN ({allowed}))")
    made += [CHECKS, REFUSE_EDIT, KEEP_CHANGE, SCOPE_FUNCTIONS, VERDICT_BY_OTHERS, COUNT_VERSION]
    made += [
        f"CREATE TRIGGER version BEFORE UPDATE {f'OF {columns} ' if columns else ''}ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION count_version()"
        for table, columns in VERSIONED.items()
    ]
    made += [
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_edit()"
        for table in APPEND_ONLY
    ]
    made += [
        f"CREATE TRIGGER keep_change AFTER INSERT OR UPDATE ON {table} FOR EACH ROW"
        " WHEN (coalesce(current_setting('app.deed', true), '') <> '') EXECUTE FUNCTION keep_change()"
        for table in KEPT
    ]
    made += [SchemaManager.get_schema(), GRANTS]
    made += [f"REVOKE UPDATE ON {table} FROM shangmen_app" for table in APPEND_ONLY]
    made.append("REVOKE INSERT ON deed_change FROM shangmen_app")
    made += [f"GRANT DELETE ON {table} TO shangmen_app" for table in DELETABLE]
    made.append(
        "DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        " AND tablename LIKE 'procrastinate%' LOOP"
        " EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO shangmen_app', t); END LOOP; END $$"
    )
    laws = ("days.sql", "search.sql", "residence.sql", "duties.sql", "trail.sql", "policies.sql")
    made += [(paths.PACKAGE / "database" / name).read_text("utf-8") for name in laws]
    return made


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="shangmen", description=DESCRIPTION)

    async def keep_promises() -> None:
        transaction = ENGINE.current_transaction.get()
        for statement in statements():
            await transaction.connection.execute(statement)

    manager.add_raw(keep_promises)
    return manager
