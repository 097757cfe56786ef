SELECT t.connection, t.id, t.incident, t.at, t.text, t.kind, t.who
FROM incident_event t
