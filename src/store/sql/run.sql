SELECT t.connection, pipeline.id, t.id, t.attempt, t.status, t.status_raw, pipeline.name, t.number, service.id,
    repo.text, branch.text, t.tag, t.sha, actor.text, t.event, t.event_raw, t.created_at, t.queued_at, t.started_at,
    t.finished_at, t.updated_at, t.url, t.parent, t.excluded, t.commits, t.stages, t.zone_assumed
FROM run t
JOIN pipeline ON pipeline.key = t.pipeline
LEFT JOIN service ON service.key = t.service
LEFT JOIN word repo ON repo.key = t.repo
LEFT JOIN word branch ON branch.key = t.branch
LEFT JOIN word actor ON actor.key = t.actor
