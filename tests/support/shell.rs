//! The program from a shell, on a workspace of its own.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

pub struct Shell {
    folder: tempfile::TempDir,
}

impl Shell {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_gemba"))
            .arg("--db")
            .arg(self.folder.path().join("g.db"))
            .args(args)
            .env("GEMBA_USER", "ann")
            .output()
            .unwrap()
    }

    pub fn good(&self, args: &[&str]) -> String {
        let done = self.run(args);
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    pub fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.good(args)).unwrap()
    }

    pub fn fails(&self, args: &[&str], with: &str) {
        let done = self.run(args);
        let words = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!done.status.success() && words.contains(with), "{args:?}: {words}");
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn import(&self, lines: &[Value]) -> Output {
        let file = self.folder.path().join("lines.jsonl");
        std::fs::write(&file, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        self.run(&["import", file.to_str().unwrap()])
    }
}
