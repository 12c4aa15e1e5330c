"""Whether a record is true: the dossier of a visit, rules, findings, verdicts."""
