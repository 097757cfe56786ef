SELECT t.connection, t.id, t.name
FROM team t
