//! Git repositories on disk, through gix: commits, tags and branches; line counts in a second pass.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use super::{Emit, ImportError, Stopped};
use crate::model::record::{Commit, FILE_CONNECTION, Record};
use crate::model::{LineCounts, Time};

#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("there is no git repository here ({why}): {}", path.display())]
    NotARepository { why: String, path: PathBuf },
    #[error("the repository has no commit yet: {}", path.display())]
    Empty { path: PathBuf },
    #[error("the repository is damaged ({why}); `git fsck` tells more: {}", path.display())]
    Damaged { why: String, path: PathBuf },
}

#[derive(Clone, Debug, Default)]
pub struct GitOptions {
    /// What the repository is called; its folder's name if not given.
    pub name: Option<String>,
    pub connection: Option<String>,
}

impl GitOptions {
    /// What the repository at `path` is called.
    pub fn name_for(&self, path: &Path) -> String {
        self.name.clone().unwrap_or_else(|| name_of(path))
    }
}

/// What a repository told beside its commits.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GitSummary {
    pub name: String,
    pub branches: Vec<String>,
    pub tags: u64,
    pub commits: u64,
    /// Merges on the first-parent line of the head: how changes reached the trunk.
    pub first_parent_merges: u64,
    pub is_shallow: bool,
}

fn open(path: &Path) -> Result<gix::Repository, GitError> {
    gix::open_opts(path, gix::open::Options::isolated())
        .map_err(|error| GitError::NotARepository { why: short(&error), path: path.to_owned() })
}

fn short(error: &dyn std::error::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().trim_end_matches('.').to_owned()
}

fn name_of(path: &Path) -> String {
    let full = path.canonicalize().unwrap_or_else(|_error| path.to_owned());
    let is_git_folder = full.file_name().is_some_and(|name| name == ".git");
    let folder = if is_git_folder { full.parent().map(Path::to_owned) } else { Some(full) };
    let name = folder.and_then(|folder| folder.file_name().map(|name| name.to_string_lossy().into_owned()));
    name.unwrap_or_else(|| "repository".to_owned()).trim_end_matches(".git").to_owned()
}

/// Reads all commits that a branch or tag reaches, save those in `known`.
pub fn read_repository(
    path: &Path,
    options: &GitOptions,
    known: &HashSet<String>,
    emit: &mut Emit<'_>,
) -> Result<GitSummary, ImportError> {
    let mut repository = open(path)?;
    repository.object_cache_size_if_unset(64 * 1024 * 1024);
    let damaged = |why: String| GitError::Damaged { why, path: path.to_owned() };
    let mut summary = GitSummary {
        name: options.name_for(path),
        is_shallow: repository.is_shallow().unwrap_or(false),
        ..GitSummary::default()
    };
    let tips = tips(&repository, &mut summary).map_err(damaged)?;
    if tips.is_empty() {
        return Err(GitError::Empty { path: path.to_owned() }.into());
    }
    let connection = options.connection.clone().unwrap_or_else(|| FILE_CONNECTION.to_owned());
    let seen: FxHashSet<gix::ObjectId> =
        known.iter().filter_map(|sha| gix::ObjectId::from_hex(sha.as_bytes()).ok()).collect();
    let walk = repository.rev_walk(tips).selected(|id| !seen.contains(id)).map_err(|error| damaged(short(&error)))?;
    for info in walk {
        let info = info.map_err(|error| damaged(short(&error)))?;
        let commit = read_commit(&info, &summary.name, &connection).map_err(damaged)?;
        summary.commits += 1;
        emit.done(summary.commits);
        emit.record(0, Record::Commit(commit))?;
    }
    summary.first_parent_merges = first_parent_merges(&repository);
    emit.flush()?;
    Ok(summary)
}

fn tips(repository: &gix::Repository, summary: &mut GitSummary) -> Result<Vec<gix::ObjectId>, String> {
    let head = repository.head().map_err(|error| format!("HEAD cannot be read: {}", short(&error)))?;
    let mut tips = Vec::new();
    let mut broken = Vec::new();
    let references = repository.references().map_err(|error| short(&error))?;
    for reference in references.all().map_err(|error| short(&error))? {
        let Ok(mut reference) = reference else { continue };
        let name = reference.name().as_bstr().to_string();
        let is_branch = name.starts_with("refs/heads/") || name.starts_with("refs/remotes/");
        let is_tag = name.starts_with("refs/tags/");
        if !is_branch && !is_tag {
            continue;
        }
        // A tag may name a tree or a blob; that is no history.
        let Ok(id) = reference.peel_to_id() else {
            broken.push(name);
            continue;
        };
        if id.object().is_err() {
            broken.push(name);
            continue;
        }
        if id.object().is_ok_and(|object| object.kind == gix::object::Kind::Commit) {
            tips.push(id.detach());
            summary.tags += u64::from(is_tag);
            if let Some(branch) = name.strip_prefix("refs/heads/") {
                summary.branches.push(branch.to_owned());
            }
        }
    }
    match head.id() {
        Some(id) if id.object().is_ok() => tips.push(id.detach()),
        Some(_) => broken.push("HEAD".to_owned()),
        None => {}
    }
    if tips.is_empty() && !broken.is_empty() {
        return Err(format!("{} point to objects that are missing", broken.join(", ")));
    }
    tips.sort_unstable();
    tips.dedup();
    Ok(tips)
}

fn read_commit(info: &gix::revision::walk::Info<'_>, repo: &str, connection: &str) -> Result<Commit, String> {
    let object = info.object().map_err(|error| short(&error))?;
    let commit = object.decode().map_err(|error| short(&error))?;
    let author = commit.author().map_err(|error| short(&error))?;
    let committer = commit.committer().map_err(|error| short(&error))?;
    let seconds =
        |signature: &gix::actor::SignatureRef<'_>| signature.time().map(|time| time.seconds).unwrap_or_default();
    let time = |seconds: i64| Time(seconds.clamp(-9_000_000_000, 250_000_000_000) * 1_000_000);
    let subject = commit.message().title.to_string();
    Ok(Commit {
        connection: connection.to_owned(),
        repo: repo.to_owned(),
        sha: object.id.to_string(),
        authored_at: time(seconds(&author)),
        committed_at: Some(time(seconds(&committer))),
        author: Some(author.name.to_string()).filter(|name| !name.is_empty()),
        subject: Some(subject.trim_end().chars().take(2000).collect()),
        parents: Some(info.parent_ids().map(|id| id.detach().to_string()).collect()),
        ..Commit::default()
    })
}

fn first_parent_merges(repository: &gix::Repository) -> u64 {
    let Ok(head) = repository.head_id() else { return 0 };
    let Ok(walk) = repository.rev_walk([head.detach()]).first_parent_only().all() else { return 0 };
    // The walk itself follows, and tells of, first parents only.
    let is_merge =
        |info: &gix::revision::walk::Info<'_>| info.object().is_ok_and(|commit| commit.parent_ids().count() > 1);
    walk.filter_map(Result::ok).filter(is_merge).count() as u64
}

/// Counts the lines of the given commits against their first parents; merges count what they changed against it too.
/// `tell` gets each count and says whether to go on.
pub fn count_lines(path: &Path, shas: &[String], mut tell: impl FnMut(LineCounts) -> bool) -> Result<(), ImportError> {
    let mut repository = open(path)?;
    repository.object_cache_size_if_unset(64 * 1024 * 1024);
    let mut cache = repository
        .diff_resource_cache_for_tree_diff()
        .map_err(|error| GitError::Damaged { why: short(&error), path: path.to_owned() })?;
    for sha in shas {
        // A commit that is gone, or whose parent a shallow clone lacks, stays uncounted.
        let Some(counts) = count_one(&repository, sha, &mut cache) else { continue };
        cache.clear_resource_cache_keep_allocation();
        if !tell(counts) {
            return Err(Stopped.into());
        }
    }
    Ok(())
}

fn count_one(repository: &gix::Repository, sha: &str, cache: &mut gix::diff::blob::Platform) -> Option<LineCounts> {
    let id = gix::ObjectId::from_hex(sha.as_bytes()).ok()?;
    let commit = repository.find_commit(id).ok()?;
    let tree = commit.tree().ok()?;
    let parent = match commit.parent_ids().next() {
        Some(parent) => parent.object().ok()?.into_commit().tree().ok()?,
        None => repository.empty_tree(),
    };
    let (mut added, mut deleted) = (0, 0);
    let mut changes = parent.changes().ok()?;
    changes
        .options(|options| {
            options.track_rewrites(None);
        })
        .for_each_to_obtain_tree(
            &tree,
            |change: gix::object::tree::diff::Change<'_, '_, '_>| -> Result<_, gix::Error> {
                if let Ok(mut platform) = change.diff(cache)
                    && let Ok(Some(counts)) = platform.line_counts()
                {
                    added += i64::from(counts.insertions);
                    deleted += i64::from(counts.removals);
                }
                Ok(std::ops::ControlFlow::Continue(()))
            },
        )
        .ok()?;
    Some(LineCounts { sha: sha.to_owned(), added, deleted })
}
