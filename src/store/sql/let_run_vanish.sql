UPDATE run SET status = 'unknown', status_raw = 'deleted'
WHERE connection = $1 AND id = $2
    AND ($3 = '' OR pipeline = (SELECT key FROM pipeline WHERE pipeline.connection = run.connection AND pipeline.id = $3))
    AND status IN ('queued', 'running', 'waiting_approval', 'waiting_resource', 'cancelling')
