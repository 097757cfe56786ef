SELECT d.key, d.id, d.service, d.environment, run.pipeline, run.branch, d.status, d.started_at, d.finished_at,
    run.started_at, CASE WHEN run.status = 'failed' THEN run.stages END, d.version, d.artifact_digest, d.sha, d.run_key,
    d.rollback_of, d.rework, d.fixes, d.commits, d.changes, d.rule, run.id, run.attempt, d.connection
FROM deployment d
LEFT JOIN run ON run.key = d.run_key
WHERE run.excluded IS NULL OR run.excluded = 0
ORDER BY d.finished_at ASC NULLS FIRST, d.id, d.key
