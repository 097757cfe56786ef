SELECT d.key, s.name, e.name, d.status, d.version, d.finished_at, p.id, r.id
FROM deployment d
JOIN service s ON s.key = d.service
JOIN environment e ON e.key = d.environment
LEFT JOIN run r ON r.key = d.run_key
LEFT JOIN pipeline p ON p.key = r.pipeline
WHERE (d.connection = $1 OR r.connection = $1)
    AND d.finished_at > $2
    AND d.notified_at IS NULL
    AND e.class = 'production'
    AND d.status IN ('succeeded', 'warnings', 'failed')
ORDER BY d.finished_at
