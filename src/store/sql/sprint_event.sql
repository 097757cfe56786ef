SELECT t.connection, t.id, t.sprint, t.at, t.seq, t.kind, t.old, t.new, t.who, t.note, t.zone_assumed
FROM sprint_event t
