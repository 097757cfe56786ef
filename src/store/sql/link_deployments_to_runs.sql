UPDATE deployment
SET run_key = (
    SELECT run.key
    FROM run
    JOIN pipeline ON pipeline.key = run.pipeline
    WHERE pipeline.id = deployment.run_pipeline
        AND pipeline.connection = COALESCE(deployment.run_connection, deployment.connection)
        AND run.id = deployment.run_id
        AND run.attempt = deployment.run_attempt
)
WHERE run_key IS NULL AND run_id IS NOT NULL
