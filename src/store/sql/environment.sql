SELECT t.connection, t.id, t.name, t.class, t.ord
FROM environment t
