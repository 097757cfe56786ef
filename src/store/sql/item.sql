SELECT t.connection, t.id, t.title, t.kind, t.state, t.source_state, service.id, t.estimates, t.rank, t.assignee, t.labels, t.depends_on, t.parent, t.origin, t.created_at, t.started_at, t.done_at, t.due, t.links, t.url, t.zone_assumed, t.description
FROM item t
LEFT JOIN service ON service.key = t.service
