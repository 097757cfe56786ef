INSERT INTO deployment (
    connection, id, service, environment, status, sha, queued_at, started_at, finished_at, run_pipeline, run_id,
    run_attempt, run_key, commits, actor, url, rule
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
ON CONFLICT (connection, id) DO UPDATE SET
    service = excluded.service,
    environment = excluded.environment,
    status = excluded.status,
    sha = excluded.sha,
    queued_at = excluded.queued_at,
    started_at = excluded.started_at,
    finished_at = excluded.finished_at,
    run_key = excluded.run_key,
    commits = excluded.commits,
    rule = excluded.rule
WHERE deployment.rule IS NOT NULL
