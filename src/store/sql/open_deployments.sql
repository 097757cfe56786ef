SELECT d.key
FROM deployment d
JOIN environment e ON e.key = d.environment
WHERE e.class = 'production'
    AND d.status NOT IN ('succeeded', 'warnings', 'failed', 'cancelled', 'skipped')
