//! Which room may name which: the house rule of `src/lib.rs`, held by reading every path in the sources.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::allow_attributes,
    reason = "a test that cannot go on should stop there"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// A room, the rooms of the crate it may name, and foreign crates that are its alone.
const ROOMS: [(&str, &[&str]); 8] = [
    ("model", &[]),
    ("metrics", &["model"]),
    ("store", &["model"]),
    ("import", &["model"]),
    ("remote", &["model"]),
    ("engine", &["model", "metrics", "store", "import", "remote"]),
    ("cli", &["model", "metrics", "engine"]),
    ("ui", &["model", "metrics", "engine"]),
];

/// Crates that only some rooms may name.
const OWNED: [(&str, &[&str]); 9] = [
    ("rusqlite", &["store/db.rs"]),
    ("gix", &["import/git.rs"]),
    ("reqwest", &["remote/transport.rs", "remote/limits.rs"]),
    ("keyring", &["engine/vault.rs"]),
    ("egui", &["ui/"]),
    ("eframe", &["ui/"]),
    ("egui_plot", &["ui/"]),
    ("egui_table", &["ui/"]),
    ("clap", &["cli/", "main.rs"]),
];

#[derive(Default)]
struct Paths {
    found: BTreeSet<Vec<String>>,
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.found.insert(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        syn::visit::visit_path(self, path);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.walk_use(&item.tree, &mut Vec::new());
    }
}

impl Paths {
    fn walk_use(&mut self, tree: &syn::UseTree, before: &mut Vec<String>) {
        match tree {
            syn::UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.walk_use(&path.tree, before);
                before.pop();
            }
            syn::UseTree::Name(name) => {
                self.found.insert([before.clone(), vec![name.ident.to_string()]].concat());
            }
            syn::UseTree::Rename(name) => {
                self.found.insert([before.clone(), vec![name.ident.to_string()]].concat());
            }
            syn::UseTree::Glob(_) => {
                self.found.insert(before.clone());
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.walk_use(item, before)),
        }
    }
}

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let relative = path.strip_prefix(&root).unwrap().to_path_buf();
                files.push((relative, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files
}

/// What a file names that its room may not.
fn forbidden(file: &str, source: &str) -> Vec<String> {
    let mut paths = Paths::default();
    paths.visit_file(&syn::parse_file(source).unwrap());
    let room = file.split('/').next().unwrap_or_default();
    let allowed = ROOMS.iter().find(|(name, _)| *name == room).map(|(_, allowed)| *allowed);
    let mut wrong = Vec::new();
    for path in &paths.found {
        let text = path.join("::");
        if let [first, target, ..] = path.as_slice()
            && first == "crate"
            && let Some(allowed) = allowed
            && ROOMS.iter().any(|(name, _)| name == target)
            && target != room
            && !allowed.contains(&target.as_str())
        {
            wrong.push(format!("{file} names {text}"));
        }
        for (name, owners) in OWNED {
            if path.len() > 1 && path[0] == name && !owners.iter().any(|owner| file.starts_with(owner)) {
                wrong.push(format!("{file} names {text}"));
            }
        }
        if room == "metrics"
            && [
                "std::fs",
                "std::net",
                "std::time::SystemTime",
                "std::time::Instant",
                "jiff::Timestamp::now",
                "jiff::Zoned::now",
            ]
            .iter()
            .any(|clock| text.starts_with(clock))
        {
            wrong.push(format!("{file} names {text}: figures know no clock and no file"));
        }
    }
    wrong
}

#[test]
fn every_room_knows_only_the_floors_below() {
    let mut wrong = Vec::new();
    let files = sources();
    assert!(files.len() > 60, "the sources were found");
    for (path, source) in &files {
        wrong.extend(forbidden(&path.to_string_lossy().replace('\\', "/"), source));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_forbidden_arrow_is_found() {
    assert_eq!(forbidden("ui/x.rs", "use crate::store::Store;").len(), 1);
    assert_eq!(forbidden("cli/x.rs", "fn f() { crate::import::detect(); }").len(), 1);
    assert_eq!(forbidden("engine/x.rs", "use rusqlite::Connection;").len(), 1);
    assert_eq!(forbidden("metrics/x.rs", "fn f() { std::fs::read(\"x\"); }").len(), 1);
    assert_eq!(forbidden("model/x.rs", "use crate::metrics::Query;").len(), 1);
    assert!(forbidden("engine/x.rs", "use crate::store::Store;").is_empty());
}

#[test]
fn parameters_of_statements_first_occur_in_order() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/sql");
    let pattern = regex::Regex::new(r"\$(\d+)").unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let sql = std::fs::read_to_string(&path).unwrap();
        let mut highest = 0;
        for found in pattern.captures_iter(&sql) {
            let number: u32 = found[1].parse().unwrap();
            assert!(number <= highest + 1, "{}: ${number} comes before ${}", path.display(), highest + 1);
            highest = highest.max(number);
        }
        for word in ["INSERT OR", "IFNULL", "strftime", "json_", "rowid", "GLOB"] {
            assert!(!sql.contains(word), "{} says {word}, which PostgreSQL does not know", path.display());
        }
    }
}
