//! Telling those who operate: in the inbox, and through the webhooks that want to hear.
//!
//! What a hook is to be told is written in the transaction that notes the notice. It goes out once: what a hook refuses, or
//! what nobody knows to have come in, is told of in the audit and not sent again; where the hook cannot be reached at all it
//! waits for the next round, a day at most. One that fails keeps none of the others back.

use std::collections::BTreeSet;

use super::sync::connector;
use super::{Cancel, EngineError, SyncReport, Workspace};
use crate::model::Time;
use crate::remote::Announcement;
use crate::store::{ConnectionEntry, NoticeEntry, OutboxEntry, Unannounced};

/// How long after its end a deployment may come to be seen, by a clock that is behind or a system that tells late.
const SEEN_LATE_US: i64 = 15 * 60 * 1_000_000;
/// A deployment that was learnt of in a round is news for so long; a hook is tried for so long, too.
const DAY_US: i64 = 24 * 3600 * 1_000_000;

/// The deployments that were known before a round.
pub(super) struct Known {
    last: i64,
    open: BTreeSet<i64>,
}

impl Workspace {
    pub(super) fn deployments_known(&self) -> Result<Known, EngineError> {
        let (last, open) = self.store.deployments_known()?;
        Ok(Known { last, open: open.into_iter().collect() })
    }

    /// Tells those who operate of deployments to production that ended since a moment, or that came to be known as ended
    /// since then, once each; which.
    pub(super) fn announce(
        &self,
        connection: &str,
        since: Time,
        known: &Known,
    ) -> Result<Vec<Unannounced>, EngineError> {
        let now = Time::now();
        let since = Time(since.0 - SEEN_LATE_US);
        let mut told = Vec::new();
        for deployment in self.store.unannounced(connection, Time(now.0 - DAY_US).min(since))? {
            let is_news = deployment.key > known.last || known.open.contains(&deployment.key);
            if deployment.finished_at <= since && !(is_news && deployment.finished_at.0 > now.0 - DAY_US) {
                continue;
            }
            let (word, at) = (deployment.status.as_str(), deployment.finished_at);
            self.store.set_notified(deployment.key, now)?;
            let announcement = Announcement {
                title: format!("{} {word} in {}", deployment.service, deployment.environment),
                text: match &deployment.version {
                    Some(version) => format!("{} {version} {word} in {}", deployment.service, deployment.environment),
                    None => format!("{} {word} in {}", deployment.service, deployment.environment),
                },
                service: deployment.service.clone(),
                environment: deployment.environment.clone(),
                status: word.to_owned(),
                version: deployment.version.clone().unwrap_or_default(),
                at: at.to_string(),
            };
            self.store.add_notice(&NoticeEntry {
                at: now,
                title: announcement.title.clone(),
                text: announcement.version.clone(),
                connection: Some(connection.to_owned()),
                pipeline: deployment.pipeline.clone(),
                run_id: deployment.run_id.clone(),
                ..NoticeEntry::default()
            })?;
            self.queue(&announcement)?;
            told.push(deployment);
        }
        Ok(told)
    }

    /// Puts an announcement down for every hook that wants to hear.
    pub(super) fn queue(&self, announcement: &Announcement) -> Result<(), EngineError> {
        let text = serde_json::to_string(announcement).map_err(|error| EngineError::Other(error.to_string()))?;
        for hook in self.store.connections()?.iter().filter(|entry| hears(entry)) {
            self.store.add_to_outbox(&hook.name, &text, Time::now())?;
        }
        Ok(())
    }

    /// Sends what waits for its hooks.
    pub(super) fn tell_hooks(&self, report: &mut SyncReport, cancel: &Cancel) -> Result<(), EngineError> {
        let waiting = self.store.outbox()?;
        if waiting.is_empty() {
            return Ok(());
        }
        let hooks = self.store.connections()?;
        for entry in waiting {
            match hooks.iter().find(|hook| hook.name == entry.hook && hears(hook)) {
                Some(hook) => self.tell_hook(hook, &entry, report, cancel)?,
                None => self.store.take_from_outbox(entry.key)?,
            }
        }
        Ok(())
    }

    fn tell_hook(
        &self,
        hook: &ConnectionEntry,
        entry: &OutboxEntry,
        report: &mut SyncReport,
        cancel: &Cancel,
    ) -> Result<(), EngineError> {
        let announcement: Announcement = serde_json::from_str(&entry.announcement).unwrap_or_default();
        let note = |outcome: &str| self.note(hook, "announce", "", None, &[&announcement.title], outcome);
        if entry.is_sent {
            note("ambiguous: it was sent, and the program ended before there was an answer; it is not sent again")?;
            return Ok(self.store.take_from_outbox(entry.key)?);
        }
        if Time::now().0 - entry.at.0 > DAY_US {
            note("failed: the hook could not be reached for a day")?;
            return Ok(self.store.take_from_outbox(entry.key)?);
        }
        if !self.store.set_outbox_sent(entry.key)? {
            return Ok(());
        }
        note("asked")?;
        let told =
            self.link(hook, cancel).and_then(|link| Ok(link.connector.announce(&link.transport, &announcement)?));
        let Err(error) = told else {
            note("done")?;
            return Ok(self.store.take_from_outbox(entry.key)?);
        };
        report.refused.push(format!("{} was not told that {}: {error}", hook.name, announcement.text));
        if is_never_sent(&error) {
            note(&format!("waiting: {error}"))?;
            return Ok(self.store.set_outbox_waiting(entry.key)?);
        }
        note(&format!("failed: {error}"))?;
        Ok(self.store.take_from_outbox(entry.key)?)
    }
}

fn hears(entry: &ConnectionEntry) -> bool {
    !entry.is_paused && connector(entry).is_ok_and(|connector| connector.hears_announcements())
}

/// The hook cannot have heard it: it may be told another time.
fn is_never_sent(error: &EngineError) -> bool {
    match error {
        EngineError::Remote(error) => error.is_of_the_server() && !error.is_ambiguous(),
        _ => true,
    }
}
