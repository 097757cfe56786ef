SELECT t.connection, t.id, t.title, service.id, environment.id, t.severity, t.severity_raw, t.started_at,
    t.declared_at, t.detected_at, t.detected_by, t.acknowledged_at, t.mitigated_at, t.resolved_at, t.causes,
    t.cause_kind, t.reviewed_at, t.text, t.labels, t.url, t.zone_assumed
FROM incident t
LEFT JOIN service ON service.key = t.service
LEFT JOIN environment ON environment.key = t.environment
