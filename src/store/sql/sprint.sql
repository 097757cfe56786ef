SELECT t.connection, t.id, team.id, t.name, t.goal, t.starts_at, t.ends_at, t.started_at, t.closed_at, t.goal_result, t.zone_assumed
FROM sprint t
JOIN team ON team.key = t.team
