SELECT t.connection, t.id, t.incident, t.at, t.text, t.kind, t.who, t.zone_assumed
FROM incident_event t
