UPDATE connection
SET tried_at = $1, error = $2, succeeded_at = COALESCE($3, succeeded_at)
WHERE name = $4
