SELECT t.connection, t.id, service.id, environment.id, t.run_connection, t.pipeline, t.stage, t.branch
FROM deployment_rule t
JOIN service ON service.key = t.service
JOIN environment ON environment.key = t.environment
