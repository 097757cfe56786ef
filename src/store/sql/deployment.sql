SELECT t.connection, t.id, service.id, environment.id, t.status, t.version, t.sha, t.artifact_digest, t.queued_at,
    t.started_at, t.finished_at, t.run_connection, t.run_pipeline, t.run_id, t.run_attempt, t.commits, t.changes,
    t.rollback_of, t.rework, t.fixes, t.notified_at, actor.text, t.url, t.status_raw, t.zone_assumed
FROM deployment t
JOIN service ON service.key = t.service
JOIN environment ON environment.key = t.environment
LEFT JOIN word actor ON actor.key = t.actor
