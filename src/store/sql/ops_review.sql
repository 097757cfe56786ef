SELECT t.connection, t.id, t.item, t.state, t.reason, t.unblock, t.due, t.by, t.at, t.item_version, t.text, t.zone_assumed
FROM ops_review t
