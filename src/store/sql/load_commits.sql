SELECT key, repo, sha, author, authored_at, committed_at, parents FROM git_commit
