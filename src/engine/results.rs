//! What a run left behind, asked of its system: files, which can be saved, and the results of its tests.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::starts::run_ref;
use super::{Cancel, EngineError, Workspace};
use crate::model::record::Run;
use crate::remote::{ArtifactRef, Http as _, RemoteError, TestFailure, TestReport};

/// Names tried for a file beside others of its name.
const MOST_NAMES: usize = 1000;
const LONGEST_NAME: usize = 150;

/// What a file is called while it comes.
const PART: (&str, &str) = (".gemba-", ".part");
/// A download is broken off long before it has been silent for this long.
const LEFT_BEHIND: Duration = Duration::from_secs(3600);

impl Workspace {
    pub fn artifacts(&self, run: &Run, cancel: &Cancel) -> Result<Vec<ArtifactRef>, EngineError> {
        let link = self.link(&self.connection(&run.connection)?, cancel)?;
        Ok(link.connector.artifacts(&link.transport, &run_ref(run))?)
    }

    /// Saves a file of a run in a folder, under a name that is free there; `tell` hears how many bytes have come. A
    /// download that breaks off leaves nothing behind.
    pub fn save_artifact(
        &self,
        run: &Run,
        artifact: &ArtifactRef,
        folder: &Path,
        cancel: &Cancel,
        mut tell: impl FnMut(u64),
    ) -> Result<PathBuf, EngineError> {
        let not_saved = |error: &dyn std::fmt::Display| {
            EngineError::Other(format!("{} cannot be saved in {}: {error}", artifact.name, folder.display()))
        };
        let link = self.link(&self.connection(&run.connection)?, cancel)?;
        let request = link.connector.artifact(&run_ref(run), &artifact.id)?;
        std::fs::create_dir_all(folder).map_err(|error| not_saved(&error))?;
        remove_left_behind(folder);
        let mut file = tempfile::Builder::new()
            .prefix(PART.0)
            .suffix(PART.1)
            .tempfile_in(folder)
            .map_err(|error| not_saved(&error))?;
        let mut come = 0;
        let loaded = link.transport.download(&request, &mut |bytes| {
            file.write_all(bytes)?;
            come += bytes.len() as u64;
            tell(come);
            Ok(())
        });
        match loaded {
            Err(RemoteError::Cancelled) => return Err(RemoteError::Cancelled.into()),
            Err(error) => return Err(not_saved(&error)),
            Ok(_) => {}
        }
        file.as_file().sync_all().map_err(|error| not_saved(&error))?;
        let name = safe_name(&artifact.name);
        for n in 1..MOST_NAMES {
            let path = folder.join(numbered(&name, n));
            match file.persist_noclobber(&path) {
                Ok(_) => return Ok(path),
                Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => file = error.file,
                Err(error) => return Err(not_saved(&error.error)),
            }
        }
        Err(not_saved(&"too many files of that name"))
    }

    /// None where the run reported no tests.
    pub fn tests(&self, run: &Run, cancel: &Cancel) -> Result<Option<TestReport>, EngineError> {
        let link = self.link(&self.connection(&run.connection)?, cancel)?;
        let report = link.connector.tests(&link.transport, &run_ref(run))?;
        let shown = |failure: TestFailure| TestFailure {
            name: link.transport.shown(&failure.name),
            message: failure.message.map(|message| link.transport.shown(&message)),
        };
        Ok(report.map(|mut report| {
            report.failures = report.failures.into_iter().map(shown).collect();
            report
        }))
    }
}

/// Halves of files whose program was killed while they came.
fn remove_left_behind(folder: &Path) {
    for file in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = file.file_name();
        let is_ours = name.to_str().is_some_and(|name| name.starts_with(PART.0) && name.ends_with(PART.1));
        let changed = file.metadata().and_then(|about| about.modified());
        let is_old = changed.is_ok_and(|at| at.elapsed().is_ok_and(|since| since > LEFT_BEHIND));
        if is_ours && is_old {
            std::fs::remove_file(file.path()).ok(); // what is left of it does no harm
        }
    }
}

/// A server's name for a file, without what would lead out of the folder or hide the file.
fn safe_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String =
        last.chars().filter(|c| !c.is_control() && !matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|')).collect();
    let plain: String = plain.trim().trim_start_matches('.').chars().take(LONGEST_NAME).collect();
    if plain.is_empty() { "artifact".to_owned() } else { plain }
}

/// `shop.zip`, `shop (2).zip`, …
fn numbered(name: &str, n: usize) -> String {
    match (n, name.rsplit_once('.')) {
        (1, _) => name.to_owned(),
        (n, Some((stem, ending))) if !stem.is_empty() => format!("{stem} ({n}).{ending}"),
        (n, _) => format!("{name} ({n})"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{numbered, remove_left_behind, safe_name};

    #[test]
    fn what_a_killed_download_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let long_ago = SystemTime::now() - Duration::from_secs(7200);
        for (name, is_old) in [(".gemba-a.part", true), (".gemba-b.part", false), ("mine.part", true)] {
            let file = std::fs::File::create(folder.path().join(name)).unwrap();
            if is_old {
                file.set_modified(long_ago).unwrap();
            }
        }
        remove_left_behind(folder.path());
        let left = |name: &str| folder.path().join(name).exists();
        assert_eq!([left(".gemba-a.part"), left(".gemba-b.part"), left("mine.part")], [false, true, true]);
    }

    #[test]
    fn a_servers_name_stays_in_its_folder() {
        for (given, safe) in [
            ("shop.zip", "shop.zip"),
            ("../../.ssh/authorized_keys", "authorized_keys"),
            ("..", "artifact"),
            ("a/b\\c.txt", "c.txt"),
            (".bashrc", "bashrc"),
            ("C:\\x", "x"),
            ("new\nline", "newline"),
            ("", "artifact"),
            ("生产.tar.gz", "生产.tar.gz"),
        ] {
            assert_eq!(safe_name(given), safe);
        }
        assert_eq!([numbered("a.zip", 1), numbered("a.zip", 2), numbered("a", 3)], ["a.zip", "a (2).zip", "a (3)"]);
    }
}
