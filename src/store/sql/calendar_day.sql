SELECT t.connection, team.id, t.date, t.working, t.name
FROM calendar_day t
JOIN team ON team.key = t.team
