SELECT key, text FROM word WHERE key IN (SELECT branch FROM run UNION SELECT actor FROM run)
