SELECT key, pipeline, COALESCE(finished_at, started_at, created_at, 0), commits
FROM run
WHERE commits IS NOT NULL AND (excluded IS NULL OR excluded = 0)
ORDER BY COALESCE(finished_at, started_at, created_at, 0), key
