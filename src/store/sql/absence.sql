SELECT t.connection, t.id, t.person, t.from_date, t.to_date, t.kind, t.share
FROM absence t
