//! Gemba: a team's DevOps loop, from sprint plan to production, with the evidence behind every number.
//!
//! The house has four floors, and a room knows only the floors below it (`tests/house.rs` holds it to that):
//!
//! | floor | room | what it is for |
//! |---|---|---|
//! | 1 | [`model`] | the nouns (run, deployment, change, incident …), their invariants, and the columns they are counted from |
//! | 2 | [`metrics`] | arithmetic: columns in, figures out; no clock, no file, no SQL |
//! | 2 | [`store`] | SQLite: the only room that writes the disk |
//! | 2 | [`import`] | files of other tools turned into model records |
//! | 2 | [`remote`] | other systems over HTTP: what they tell and what they are asked to do |
//! | 3 | [`engine`] | what the program can do, without a window: commands in, snapshots and events out |
//! | 4 | [`cli`] | the same, from a shell |
//! | 4 | [`ui`] | the same, in a window |
//!
//! Data flows one way: file → import → model → store → columns → metrics → page; and back only as a
//! [`engine::Command`].

/// Records are made on one thread and freed on another, which the system's allocator does slowly.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod cli;
pub mod engine;
pub mod import;
pub mod metrics;
pub mod model;
pub mod remote;
pub mod store;
pub mod ui;
