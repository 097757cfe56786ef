//! Our own small migrator: numbered files, one transaction each.

use super::StoreError;
use super::db::Db;

/// "GEMB" in the file's header.
pub const APPLICATION_ID: i64 = 0x4745_4D42;

const MIGRATIONS: [&str; 13] = [
    include_str!("../../migrations/0001_workspace.sql"),
    include_str!("../../migrations/0002_raw_status_of_deployments.sql"),
    include_str!("../../migrations/0003_assumed_zones.sql"),
    include_str!("../../migrations/0004_connections.sql"),
    include_str!("../../migrations/0005_plan.sql"),
    include_str!("../../migrations/0006_people.sql"),
    include_str!("../../migrations/0007_due_items.sql"),
    include_str!("../../migrations/0008_reports_of_imports.sql"),
    include_str!("../../migrations/0009_descriptions_of_items.sql"),
    include_str!("../../migrations/0010_proxies_of_connections.sql"),
    include_str!("../../migrations/0011_outbox.sql"),
    include_str!("../../migrations/0012_edited_by_hand.sql"),
    include_str!("../../migrations/0013_sums_of_reports.sql"),
];

/// The newest schema this program knows.
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// The dialect's words for our type tokens.
fn for_sqlite(sql: &str) -> String {
    sql.replace("{id}", "INTEGER PRIMARY KEY")
        .replace("{int}", "INTEGER")
        .replace("{text}", "TEXT")
        .replace("{real}", "REAL")
        .replace("{strict}", "STRICT")
}

/// Brings the schema from `from` to the newest, one step a transaction.
pub fn migrate(db: &Db, from: i64) -> Result<(), StoreError> {
    let done = usize::try_from(from).unwrap_or_default();
    for (index, sql) in MIGRATIONS.iter().enumerate().skip(done) {
        db.transaction(|db| {
            // Another process may have been faster.
            if db.pragma("user_version")? > index as i64 {
                return Ok(());
            }
            db.batch(&for_sqlite(sql))?;
            let broken = db.check("foreign_key_check")?;
            if let Some(first) = broken.first() {
                return Err(StoreError::Sql(format!("migration {} breaks a reference in {first}", index + 1)));
            }
            db.set_pragma("application_id", APPLICATION_ID)?;
            db.set_pragma("user_version", index as i64 + 1)
        })?;
    }
    Ok(())
}
