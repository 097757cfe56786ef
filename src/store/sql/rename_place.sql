UPDATE pipeline
SET id = $1 || substr(id, length($2) + 1), name = CASE WHEN name = id THEN $1 || substr(id, length($2) + 1) ELSE name END
WHERE connection = $3 AND (id = $2 OR substr(id, 1, length($2) + 1) = $2 || '/')
    AND NOT EXISTS (
        SELECT 1 FROM pipeline known
        WHERE known.connection = $3 AND known.id = $1 || substr(pipeline.id, length($2) + 1)
    );

UPDATE run SET repo = (SELECT key FROM word WHERE text = $1)
WHERE repo = (SELECT key FROM word WHERE text = $2) AND connection = $3;

UPDATE start
SET pipeline = $1 || substr(pipeline, length($2) + 1), run_repo = CASE WHEN run_repo = $2 THEN $1 ELSE run_repo END
WHERE connection = $3 AND (pipeline = $2 OR substr(pipeline, 1, length($2) + 1) = $2 || '/');

UPDATE preset SET pipeline = $1 || substr(pipeline, length($2) + 1)
WHERE connection = $3 AND (pipeline = $2 OR substr(pipeline, 1, length($2) + 1) = $2 || '/');

UPDATE deployment_rule SET pipeline = $1 || substr(pipeline, length($2) + 1)
WHERE (run_connection IS NULL OR run_connection = $3)
    AND (pipeline = $2 OR substr(pipeline, 1, length($2) + 1) = $2 || '/');
