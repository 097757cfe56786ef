SELECT t.connection, t.id, t.item, t.at, t.seq, t.kind, t.sprint, t.old, t.new, t.reason, t.who, t.source, t.zone_assumed
FROM item_event t
