SELECT t.connection, repo.text, t.sha, t.authored_at, t.committed_at, author.text, t.subject, t.parents,
    t.lines_added, t.lines_deleted, t.zone_assumed
FROM git_commit t
JOIN word repo ON repo.key = t.repo
LEFT JOIN word author ON author.key = t.author
