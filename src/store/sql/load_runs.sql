SELECT key, pipeline, service, branch, actor, status, created_at, queued_at, started_at, finished_at, number,
    parent IS NOT NULL AND EXISTS (SELECT 1 FROM run whole WHERE whole.pipeline = run.pipeline AND whole.id = run.parent)
FROM run
WHERE excluded IS NULL OR excluded = 0
