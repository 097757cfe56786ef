SELECT key, pipeline, service, branch, actor, status, created_at, queued_at, started_at, finished_at, number
FROM run
WHERE excluded IS NULL OR excluded = 0
