-- A time of the record carried no offset and was read in the zone that the importer was told.
ALTER TABLE git_commit ADD COLUMN zone_assumed {int} CHECK (zone_assumed IN (0, 1));
ALTER TABLE change ADD COLUMN zone_assumed {int} CHECK (zone_assumed IN (0, 1));
ALTER TABLE run ADD COLUMN zone_assumed {int} CHECK (zone_assumed IN (0, 1));
ALTER TABLE deployment ADD COLUMN zone_assumed {int} CHECK (zone_assumed IN (0, 1));
ALTER TABLE incident ADD COLUMN zone_assumed {int} CHECK (zone_assumed IN (0, 1));
ALTER TABLE incident_event ADD COLUMN zone_assumed {int} CHECK (zone_assumed IN (0, 1));
