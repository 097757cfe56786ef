SELECT t.connection, t.id, t.name, t.role, t.team, t.hours_per_day
FROM person t
