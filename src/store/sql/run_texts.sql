SELECT run.number, run.id, run.sha, run.event, run.attempt, run.url
FROM run
WHERE run.key = $1
