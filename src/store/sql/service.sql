SELECT t.connection, t.id, t.name, team.id, t.tier, t.repo, t.slo
FROM service t
LEFT JOIN team ON team.key = t.team
