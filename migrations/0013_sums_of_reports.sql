-- What the charts need of a kept report stands beside it; the report itself comes last, so that nothing is read past it.
CREATE TABLE sprint_report_with_sums (
    key {id},
    connection {text} NOT NULL,
    sprint {text} NOT NULL,
    closed_at {int} NOT NULL,
    unit {text} NOT NULL,
    hash {text} NOT NULL,
    of_import {int} NOT NULL DEFAULT 0,
    sums {text},
    report {text} NOT NULL,
    UNIQUE (connection, sprint, closed_at, unit)
) {strict};
INSERT INTO sprint_report_with_sums (key, connection, sprint, closed_at, unit, hash, of_import, report)
SELECT key, connection, sprint, closed_at, unit, hash, of_import, report FROM sprint_report;
DROP TABLE sprint_report;
ALTER TABLE sprint_report_with_sums RENAME TO sprint_report;
