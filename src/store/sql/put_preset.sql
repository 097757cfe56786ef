INSERT INTO preset (name, connection, pipeline, git_ref, inputs, service)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (name) DO UPDATE SET
    connection = excluded.connection,
    pipeline = excluded.pipeline,
    git_ref = excluded.git_ref,
    inputs = excluded.inputs,
    service = excluded.service
