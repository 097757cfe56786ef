-- Kept from what an import told of a sprint that was closed elsewhere: another part of the same history may follow.
ALTER TABLE sprint_report ADD COLUMN of_import {int} NOT NULL DEFAULT 0;
