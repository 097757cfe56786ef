SELECT key, connection, service, environment, severity, started_at, declared_at, detected_at, mitigated_at,
    resolved_at, causes
FROM incident
ORDER BY COALESCE(started_at, declared_at) ASC NULLS FIRST, key
