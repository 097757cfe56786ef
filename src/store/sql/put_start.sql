INSERT INTO start (id, connection, pipeline, git_ref, inputs, environment, before, handle, state, run_id, run_attempt,
    run_repo, status, why, who, at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
ON CONFLICT (id) DO UPDATE SET
    handle = excluded.handle,
    state = excluded.state,
    run_id = excluded.run_id,
    run_attempt = excluded.run_attempt,
    run_repo = excluded.run_repo,
    status = excluded.status,
    why = excluded.why,
    updated_at = excluded.updated_at
