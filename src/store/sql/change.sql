SELECT t.connection, repo.text, t.id, t.created_at, t.title, author.text, t.labels, t.branch, t.target,
    t.first_commit_at, t.first_review_at, t.approved_at, t.merged_at, t.closed_at, t.merge_sha, t.commits,
    t.lines_added, t.lines_deleted, t.url, t.zone_assumed
FROM change t
JOIN word repo ON repo.key = t.repo
LEFT JOIN word author ON author.key = t.author
