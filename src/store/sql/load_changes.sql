SELECT t.key, t.repo, t.id, t.author, t.created_at, t.first_commit_at, t.first_review_at, t.merged_at, t.closed_at,
    t.merge_sha, t.commits, repo.text
FROM change t
JOIN word repo ON repo.key = t.repo
