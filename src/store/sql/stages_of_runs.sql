SELECT run.key, run.connection, pipeline.id, run.id, run.attempt, run.status, branch.text, run.sha, run.commits,
    run.queued_at, run.started_at, run.finished_at, run.stages, run.url, actor.text
FROM run
JOIN pipeline ON pipeline.key = run.pipeline
LEFT JOIN word branch ON branch.key = run.branch
LEFT JOIN word actor ON actor.key = run.actor
WHERE COALESCE(run.excluded, 0) = 0
    AND run.pipeline = $1
