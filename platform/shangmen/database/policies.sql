-- Who may see which rows, as it is in force: the second wall under the queries. Executed by the promises migration.
--
-- A transaction says who is asking (shangmen.database.transaction): app_reach() is 'county' for the desks of the
-- bureau, the auditor, the administrator and the system, 'station' for the desks of a station, 'provider' for a
-- provider's manager and for all workers (shangmen.access.REACH), and '' for nobody; app_organisation() is one's
-- organisation, app_counties() the counties that one belongs to. Without them no row is seen. What may be seen may be
-- written as far as the application's rights go, unless WITH CHECK says less. The owner's migrations and dumps are
-- not held back by these policies (ENABLE, not FORCE).
--
-- What is seen with another row is written as EXISTS over that row's id: one look into an index for each row of a page,
-- and still a single pass when very many are read. An IN would read all of the other table first.
--
-- Without row-level security, because no row of theirs belongs to a county, or because they are read before anybody
-- is known: division, service_item, parameter, holiday (public); app_user, app_session, attempt, known_place (before log-in);
-- submission, chain_head, audit_seal (tokens and digests only); and the queue. tests/test_migrations.py lists them.

-- The trail, and what is to be done

-- audit_event: the desks of the county; an organisation its own trail.
ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON audit_event USING (
  ((SELECT app_reach()) = 'county' AND county = ANY ((SELECT app_counties())::bigint[]))
  OR ((SELECT app_reach()) <> '' AND organisation = (SELECT app_organisation())));

-- task: the desks of the county, and the organisation whose work list it is on.
ALTER TABLE task ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON task USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (organisation = (SELECT app_organisation())))));

-- deed: the desks of the county, who did it, and the station whose recipient it is about.
ALTER TABLE deed ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON deed USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (
      organisation = (SELECT app_organisation()) OR station = (SELECT app_organisation())))));

-- deed_change: the system alone, which takes deeds back: what was changed may lie beyond who did it.
ALTER TABLE deed_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON deed_change USING (
  (SELECT app_role()) = 'system' AND EXISTS (SELECT 1 FROM deed seen WHERE seen.id = deed_change.deed));

-- upkeep_mark: what upkeep did is the system's own; the desks of the county may read it.
ALTER TABLE upkeep_mark ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON upkeep_mark USING (
  (SELECT app_reach()) = 'county' AND county = ANY ((SELECT app_counties())::bigint[]));

-- unsent_form: who typed it, and nobody else; the system keeps it for them and removes it.
ALTER TABLE unsent_form ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON unsent_form USING (
  (SELECT app_role()) = 'system' OR user_id = (SELECT app_user_id()));

-- Lists

-- list_import: the desks of the county, and the organisation that sent it.
ALTER TABLE list_import ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON list_import USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (organisation = (SELECT app_organisation())))));

-- import_row: with its list.
ALTER TABLE import_row ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON import_row USING (
  EXISTS (SELECT 1 FROM list_import seen WHERE seen.id = import_row.list_import));

-- Nothing is deleted from these but what a list made that is being taken back.
CREATE FUNCTION app_made_by_list(relation text, made_id bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM import_row made JOIN list_import list ON list.id = made.list_import
    WHERE list.state = 'committed'
      AND made.line -> 'entries' @> jsonb_build_array(jsonb_build_object('table', relation, 'id', made_id, 'before', NULL)))
$$;
CREATE POLICY made_by_list ON village AS RESTRICTIVE FOR DELETE USING (app_made_by_list('village', id));
CREATE POLICY made_by_list ON person AS RESTRICTIVE FOR DELETE USING (app_made_by_list('person', id));
CREATE POLICY made_by_list ON household AS RESTRICTIVE FOR DELETE USING (app_made_by_list('household', id));
CREATE POLICY made_by_list ON disability_certificate AS RESTRICTIVE FOR DELETE
  USING (app_made_by_list('disability_certificate', id));
CREATE POLICY made_by_list ON organisation AS RESTRICTIVE FOR DELETE USING (app_made_by_list('organisation', id));
CREATE POLICY made_by_list ON worker AS RESTRICTIVE FOR DELETE USING (app_made_by_list('worker', id));
CREATE POLICY made_by_list ON engagement AS RESTRICTIVE FOR DELETE USING (app_made_by_list('engagement', id));
CREATE POLICY made_by_list ON qualification AS RESTRICTIVE FOR DELETE USING (app_made_by_list('qualification', id));
CREATE POLICY made_by_list ON lot AS RESTRICTIVE FOR DELETE USING (app_made_by_list('lot', id));
CREATE POLICY made_by_list ON contract AS RESTRICTIVE FOR DELETE USING (app_made_by_list('contract', id));
CREATE POLICY made_by_list ON assessment AS RESTRICTIVE FOR DELETE USING (app_made_by_list('assessment', id));
CREATE POLICY made_by_list ON care_plan AS RESTRICTIVE FOR DELETE USING (app_made_by_list('care_plan', id));
CREATE POLICY made_by_list ON need AS RESTRICTIVE FOR DELETE USING (app_made_by_list('need', id));

-- import_mapping: its sender, and the desks of the county.
ALTER TABLE import_mapping ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON import_mapping USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (organisation = (SELECT app_organisation())))));

-- Villages

-- village: everybody in the county; written by the desks of the bureau and by the station of the township.
ALTER TABLE village ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON village USING (
  (SELECT app_reach()) <> '' AND county = ANY ((SELECT app_counties())::bigint[]));

-- Organisations and workers

-- organisation: everybody in the county: who serves is no secret.
ALTER TABLE organisation ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON organisation USING (
  (SELECT app_reach()) <> '' AND county = ANY ((SELECT app_counties())::bigint[]));

-- service_area: with its organisation.
ALTER TABLE service_area ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON service_area USING (
  EXISTS (SELECT 1 FROM organisation seen WHERE seen.id = service_area.organisation));

-- worker: the desks of the county; who registered them, and who engages or engaged them.
ALTER TABLE worker ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON worker USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (
      registered_by = (SELECT app_organisation())
      OR id IN (SELECT e.worker FROM engagement e WHERE e.organisation = (SELECT app_organisation()))))));

-- engagement: the desks of the county, and the employer; not the other employer of the same worker.
ALTER TABLE engagement ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON engagement USING (
  ((SELECT app_reach()) = 'county' AND EXISTS (SELECT 1 FROM organisation seen WHERE seen.id = engagement.organisation))
  OR ((SELECT app_reach()) <> '' AND organisation = (SELECT app_organisation())));

-- absence: with its worker.
ALTER TABLE absence ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON absence USING (EXISTS (SELECT 1 FROM worker seen WHERE seen.id = absence.worker));

-- qualification: the desks of the county; an organisation its own, and those of the workers whom it sees.
ALTER TABLE qualification ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON qualification USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (
      organisation = (SELECT app_organisation()) OR EXISTS (SELECT 1 FROM worker seen WHERE seen.id = qualification.worker)))));

-- Recipients

-- household: the desks of the county; its station; who sees one of its people.
ALTER TABLE household ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON household USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (
      station = (SELECT app_organisation()) OR EXISTS (SELECT 1 FROM person p WHERE p.household = household.id)))));

-- person: the desks of the county; the desk of their station (its workers only by a share); an organisation with which
-- the file is shared, until 120 days after the last day of the share, so that what was delivered can be settled.
ALTER TABLE person ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON person USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND station = (SELECT app_organisation()) AND (SELECT app_reach()) = 'station')
    OR ((SELECT app_reach()) <> '' AND EXISTS (
      SELECT 1 FROM share s
      WHERE s.person = person.id AND s.organisation = (SELECT app_organisation())
        AND (s.valid_to IS NULL OR s.valid_to >= (SELECT app_today()) - 120)))));

-- What the station before may still read it does not write.
CREATE POLICY in_care ON person AS RESTRICTIVE FOR UPDATE USING (
  (SELECT app_reach()) = 'county' OR station = (SELECT app_organisation()) OR NOT EXISTS (
    SELECT 1 FROM share s WHERE s.person = person.id AND s.organisation = (SELECT app_organisation())
      AND s.reason = 'moved'));

-- move: the desks of both counties, the station that offers it, and the one of the county to which it is offered.
ALTER TABLE move ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON move USING (
  ((SELECT app_reach()) = 'county' AND (
    county = ANY ((SELECT app_counties())::bigint[]) OR to_county = ANY ((SELECT app_counties())::bigint[])))
  OR ((SELECT app_reach()) = 'station' AND county = ANY ((SELECT app_counties())::bigint[]) AND (
    station = (SELECT app_organisation()) OR to_station = (SELECT app_organisation()))));

-- mover: with the move.
ALTER TABLE mover ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON mover USING (EXISTS (SELECT 1 FROM move seen WHERE seen.id = mover.move));

-- handed_over: who handed it over, always; to whom, unless it was returned or withdrawn.
ALTER TABLE handed_over ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON handed_over USING (EXISTS (
  SELECT 1 FROM mover r JOIN move m ON m.id = r.move WHERE r.id = handed_over.mover AND (
    m.state IN ('offered', 'accepted', 'done')
    OR (m.county = ANY ((SELECT app_counties())::bigint[]) AND (
      (SELECT app_reach()) = 'county' OR m.station = (SELECT app_organisation()))))));

-- Whose history came to the viewer's station with them: rows of before name the station of then.
CREATE FUNCTION app_arrived() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT p.id), '{}') FROM move m JOIN mover r ON r.move = m.id
  JOIN person p ON p.id = r.person AND p.station = m.to_station
  WHERE m.to_station = app_organisation() AND m.state = 'done' AND app_reach() = 'station'
    AND m.to_county = ANY (app_counties())
$$;

-- Whether the viewer may change the file of somebody: not the station that handed it over. (What its own policy says of
-- the person's row; asked too by every verb, so that its page and its refusal say where they have moved.)
CREATE FUNCTION app_in_care(who bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT app_reach() <> 'station' OR NOT EXISTS (
    SELECT 1 FROM mover r JOIN move m ON m.id = r.move JOIN person p ON p.id = r.person
    WHERE r.person = who AND m.station = app_organisation() AND m.state = 'done'
      AND (p.station <> m.station OR (p.state = 'moved' AND m.left_on IS NOT NULL)))
$$;

-- residence: with their person.
ALTER TABLE residence ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON residence USING (EXISTS (SELECT 1 FROM person seen WHERE seen.id = residence.person));

-- disability_certificate: with their person.
ALTER TABLE disability_certificate ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON disability_certificate USING (
  EXISTS (SELECT 1 FROM person seen WHERE seen.id = disability_certificate.person));

-- status_event: with their person.
ALTER TABLE status_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON status_event USING (EXISTS (SELECT 1 FROM person seen WHERE seen.id = status_event.person));
CREATE POLICY in_care ON status_event AS RESTRICTIVE FOR INSERT WITH CHECK (app_in_care(person));

-- retraction: with its event.
ALTER TABLE retraction ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON retraction USING (
  EXISTS (SELECT 1 FROM status_event seen WHERE seen.id = retraction.status_event));

-- recipient_absence: with their person.
ALTER TABLE recipient_absence ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON recipient_absence USING (
  EXISTS (SELECT 1 FROM person seen WHERE seen.id = recipient_absence.person));
CREATE POLICY in_care ON recipient_absence AS RESTRICTIVE FOR INSERT WITH CHECK (app_in_care(person));

-- share: the desks of the county, the organisation with which a file is shared, and the stations of the county.
-- Only a desk of the county writes one (and verbs that act for it): nobody lets themselves see a person.
ALTER TABLE share ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON share USING (
  (county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (organisation = (SELECT app_organisation())))))
  OR ((SELECT app_reach()) = 'station' AND county = ANY ((SELECT app_counties())::bigint[])))
  WITH CHECK ((SELECT app_reach()) = 'county' AND county = ANY ((SELECT app_counties())::bigint[]));

-- Needs

-- entitlement_rung: everybody's, and those of the divisions that one's counties lie in; written for these alone.
CREATE FUNCTION app_divisions() RETURNS bigint[] LANGUAGE sql STABLE AS $$
  WITH RECURSIVE up AS (
    SELECT id, parent FROM division WHERE id = ANY (app_counties())
    UNION SELECT d.id, d.parent FROM division d JOIN up ON d.id = up.parent
  ) SELECT array_agg(id) FROM up
$$;
ALTER TABLE entitlement_rung ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON entitlement_rung
  USING ((SELECT app_role()) = 'system' OR ((SELECT app_reach()) <> ''
    AND (division IS NULL OR division = ANY ((SELECT app_divisions())::bigint[]))))
  WITH CHECK ((SELECT app_role()) = 'system' OR division = ANY ((SELECT app_divisions())::bigint[]));

-- assessment: with their person.
ALTER TABLE assessment ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON assessment USING (EXISTS (SELECT 1 FROM person seen WHERE seen.id = assessment.person));
CREATE POLICY in_care ON assessment AS RESTRICTIVE FOR INSERT WITH CHECK (app_in_care(person));

-- care_plan: with their person.
ALTER TABLE care_plan ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON care_plan USING (EXISTS (SELECT 1 FROM person seen WHERE seen.id = care_plan.person));
CREATE POLICY in_care ON care_plan AS RESTRICTIVE FOR INSERT WITH CHECK (app_in_care(person));

-- need: the desks of the county; the desk of its station; who was offered it.
ALTER TABLE need ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON need USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (
      (station = (SELECT app_organisation()) AND (SELECT app_reach()) = 'station')
      OR EXISTS (SELECT 1 FROM offer o WHERE o.need = need.id)))));

-- Supply

-- lot: everybody in the county: what is bought is public.
ALTER TABLE lot ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON lot USING ((SELECT app_reach()) <> '' AND county = ANY ((SELECT app_counties())::bigint[]));

-- lot_area: with its lot.
ALTER TABLE lot_area ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON lot_area USING (EXISTS (SELECT 1 FROM lot seen WHERE seen.id = lot_area.lot));

-- lot_service: with its lot.
ALTER TABLE lot_service ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON lot_service USING (EXISTS (SELECT 1 FROM lot seen WHERE seen.id = lot_service.lot));

-- contract: the desks of the county, and its provider.
ALTER TABLE contract ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON contract USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (provider = (SELECT app_organisation())))));

-- contract_line: with its contract.
ALTER TABLE contract_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON contract_line USING (
  EXISTS (SELECT 1 FROM contract seen WHERE seen.id = contract_line.contract));

-- amendment: with its contract.
ALTER TABLE amendment ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON amendment USING (EXISTS (SELECT 1 FROM contract seen WHERE seen.id = amendment.contract));

-- offer: the desks of the county, the need's station, and the supplier that it is made to.
ALTER TABLE offer ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON offer USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (
      station = (SELECT app_organisation()) OR supplier = (SELECT app_organisation())
      OR person = ANY ((SELECT app_arrived())::bigint[])))));

-- placement: the desks of the county, the need's station, and the supplier.
ALTER TABLE placement ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON placement USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (
      station = (SELECT app_organisation()) OR supplier = (SELECT app_organisation())
      OR person = ANY ((SELECT app_arrived())::bigint[])))));

-- matching_run: the desks of the county.
ALTER TABLE matching_run ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON matching_run USING (
  (SELECT app_reach()) = 'county' AND county = ANY ((SELECT app_counties())::bigint[]));

-- proposal: the desks of the county, and the need's station.
ALTER TABLE proposal ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON proposal USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (station = (SELECT app_organisation())))));

-- supposition: the desks of the county.
ALTER TABLE supposition ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON supposition USING (
  (SELECT app_reach()) = 'county' AND county = ANY ((SELECT app_counties())::bigint[]));

-- pin: the desks of the county.
ALTER TABLE pin ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON pin USING (
  (SELECT app_reach()) = 'county' AND county = ANY ((SELECT app_counties())::bigint[]));

-- tender_study: the desks of the county; never those who will bid.
ALTER TABLE tender_study ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON tender_study USING (
  (SELECT app_reach()) = 'county' AND county = ANY ((SELECT app_counties())::bigint[]));

-- Visits and service records

-- roster_run: the desks of the county, and the organisation whose roster it fills.
ALTER TABLE roster_run ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON roster_run USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (organisation = (SELECT app_organisation())))));

-- visit: the desks of the county, the recipient's station, and the supplier.
ALTER TABLE visit ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON visit USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (
      station = (SELECT app_organisation()) OR supplier = (SELECT app_organisation())
      OR person = ANY ((SELECT app_arrived())::bigint[])))));

-- visit_worker: with its visit; the supplier of the visit in any case.
ALTER TABLE visit_worker ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON visit_worker USING (
  (supplier = (SELECT app_organisation()) AND (SELECT app_reach()) <> '')
  OR EXISTS (SELECT 1 FROM visit seen WHERE seen.id = visit_worker.visit));

-- check_in: as the visit.
ALTER TABLE check_in ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON check_in USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (
      station = (SELECT app_organisation()) OR supplier = (SELECT app_organisation())))));

-- service_record: as the visit.
ALTER TABLE service_record ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON service_record USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (
      station = (SELECT app_organisation()) OR supplier = (SELECT app_organisation())
      OR person = ANY ((SELECT app_arrived())::bigint[])))));

-- attendance: with its record.
ALTER TABLE attendance ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON attendance USING (
  EXISTS (SELECT 1 FROM service_record seen WHERE seen.id = attendance.service_record));

-- service_line: as the visit.
ALTER TABLE service_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON service_line USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (
      station = (SELECT app_organisation()) OR supplier = (SELECT app_organisation())
      OR (cardinality((SELECT app_arrived())::bigint[]) > 0 AND EXISTS (
        SELECT 1 FROM service_record r WHERE r.id = service_line.service_record
          AND r.person = ANY ((SELECT app_arrived())::bigint[])))))));

-- verdict: as the visit.
ALTER TABLE verdict ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON verdict USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (
      station = (SELECT app_organisation()) OR supplier = (SELECT app_organisation())
      OR (cardinality((SELECT app_arrived())::bigint[]) > 0 AND EXISTS (
        SELECT 1 FROM service_record r WHERE r.id = verdict.service_record
          AND r.person = ANY ((SELECT app_arrived())::bigint[])))))));

-- phone_event: as the visit.
ALTER TABLE phone_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON phone_event USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (
      station = (SELECT app_organisation()) OR supplier = (SELECT app_organisation())))));

-- photo: as the visit.
ALTER TABLE photo ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON photo USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (
      station = (SELECT app_organisation()) OR supplier = (SELECT app_organisation())))));

-- door_report: as the visit.
ALTER TABLE door_report ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON door_report USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (
      station = (SELECT app_organisation()) OR supplier = (SELECT app_organisation())))));

-- door_answer: with what was told.
ALTER TABLE door_answer ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON door_answer USING (
  EXISTS (SELECT 1 FROM door_report seen WHERE seen.id = door_answer.report));

-- sample: the county's desks.
ALTER TABLE sample ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON sample USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (SELECT app_reach()) = 'county');

-- call_back: the county's desks and who is to ask; once answered the recipient's station and the supplier too. Nobody
-- who delivers knows beforehand of whom is asked.
ALTER TABLE call_back ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON call_back USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (
      asker = (SELECT app_organisation())
      OR (state <> 'open' AND (station = (SELECT app_organisation()) OR supplier = (SELECT app_organisation())))))));

-- complaint: the same, and the recipient's station, where it was noted; the supplier once it is answered.
ALTER TABLE complaint ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON complaint USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (
      asker = (SELECT app_organisation()) OR station = (SELECT app_organisation())
      OR (state <> 'open' AND supplier = (SELECT app_organisation()))))));
CREATE POLICY in_care ON complaint AS RESTRICTIVE FOR INSERT WITH CHECK (app_in_care(person));

-- finding: as the visit.
ALTER TABLE finding ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON finding USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (
      station = (SELECT app_organisation()) OR supplier = (SELECT app_organisation())
      OR (cardinality((SELECT app_arrived())::bigint[]) > 0 AND EXISTS (
        SELECT 1 FROM service_record r WHERE r.id = finding.service_record
          AND r.person = ANY ((SELECT app_arrived())::bigint[])))))));

-- Settlement

-- statement: the desks of the county, and the provider.
ALTER TABLE statement ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON statement USING (
  county = ANY ((SELECT app_counties())::bigint[]) AND (
    (SELECT app_reach()) = 'county'
    OR ((SELECT app_reach()) <> '' AND (provider = (SELECT app_organisation())))));

-- statement_line: with its statement.
ALTER TABLE statement_line ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON statement_line USING (
  EXISTS (SELECT 1 FROM statement seen WHERE seen.id = statement_line.statement));

-- deduction: with its statement.
ALTER TABLE deduction ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON deduction USING (EXISTS (SELECT 1 FROM statement seen WHERE seen.id = deduction.statement));

-- objection: with its statement.
ALTER TABLE objection ENABLE ROW LEVEL SECURITY;
CREATE POLICY reach ON objection USING (EXISTS (SELECT 1 FROM statement seen WHERE seen.id = objection.statement));
