SELECT git_commit.sha
FROM git_commit
JOIN word ON word.key = git_commit.repo
WHERE word.text = $1
