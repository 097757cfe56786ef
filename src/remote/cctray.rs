//! CCTray feeds (`cc.xml`), as Jenkins, GoCD, TeamCity, Buildkite, Woodpecker and Concourse serve them.
//!
//! A feed tells the last build of each project and whether one is running now: a run is made for each label that is
//! seen. One that runs has no label: it goes by the label before it, from the moment when it was first seen, and makes
//! way for the run with its own label. It has one time only: GoCD tells when a build ended, Jenkins and Woodpecker when
//! it began. It is kept as the end, so no durations come of a feed; there is no commit and no branch. Times without a
//! zone are taken to be those of the zone in the connection's settings, else this machine's. GoCD lists stages and jobs
//! beside pipelines (`a :: b :: c`): rows deeper than two names are left out.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{
    Answered, Apart, Brought, Caps, Connector, Http, Keep, Look, PipelineRef, Place, RemoteError, Request, RunRef,
    Scheme, WhoAmI,
};
use crate::model::record::{Record, Run};
use crate::model::{Status, System, Time, with_assumed_zone};

pub struct CcTray {
    place: Place,
}

/// What a feed tells of a project.
#[derive(Debug)]
struct Seen {
    pipeline: String,
    last: Option<Run>,
    /// The build that is under way: it has no label yet, so it goes by the one before.
    running: Option<Run>,
}

/// The id of a build that is under way where there was none before.
const FIRST: &str = "the first";

/// Builds that were under way: by project, their id and when they were first seen.
type Mark = BTreeMap<String, (String, Time)>;

fn address_of(project: &roxmltree::Node<'_, '_>) -> Option<String> {
    let url = project.attribute("webUrl").map(str::trim);
    url.filter(|url| url.starts_with("http://") || url.starts_with("https://")).map(str::to_owned)
}

/// The text of a feed, in the letters that its first line names; UTF-8 where it names none.
fn text_of(answer: &[u8]) -> Result<std::borrow::Cow<'_, str>, String> {
    let head = answer.get(..answer.len().min(200)).unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    let named = head.split("?>").next().and_then(|line| line.split("encoding=").nth(1));
    let named = named.and_then(|rest| rest.get(1..)?.split(['"', '\'']).next().map(str::to_owned));
    let name = named.unwrap_or_else(|| "UTF-8".to_owned());
    let encoding = encoding_rs::Encoding::for_label(name.as_bytes())
        .ok_or_else(|| format!("the feed is written in \"{name}\", which is not known"))?;
    match encoding.decode(answer) {
        (text, _, false) => Ok(text),
        (.., true) => Err(format!("the feed is not {name}, as it says")),
    }
}

impl CcTray {
    pub fn new(place: Place) -> Self {
        Self { place }
    }

    fn read(&self, http: &dyn Http) -> Answered<Vec<Seen>> {
        // A log-in page instead of a feed is told as what it is: no feed.
        let secret_query = self.setting("token_in").map(str::to_owned);
        let mut request = Request { may_be_page: true, secret_query, ..Request::get("") };
        let query = self.setting("query").unwrap_or_default();
        request.query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let zone = self.zone()?;
        let reply = http.send(&request)?;
        self.runs(&reply.body, &zone).map_err(|why| RemoteError::Unread { path: request.path, why })
    }

    fn setting(&self, name: &str) -> Option<&str> {
        self.place.settings.get(name).and_then(serde_json::Value::as_str)
    }

    fn zone(&self) -> Answered<TimeZone> {
        let Some(name) = self.setting("zone") else { return Ok(TimeZone::system()) };
        TimeZone::get(name).map_err(|_error| {
            RemoteError::Setup(format!("there is no time zone \"{name}\"; name one as Europe/Berlin"))
        })
    }

    fn runs(&self, answer: &[u8], zone: &TimeZone) -> Result<Vec<Seen>, String> {
        let text = text_of(answer)?;
        let feed = roxmltree::Document::parse(text.trim_start_matches('\u{feff}'))
            .map_err(|error| format!("the answer is no XML ({error}): is the address that of the feed?"))?;
        if !feed.root_element().has_tag_name("Projects") {
            return Err("the answer is XML, but no CCTray feed: its root is not <Projects>".to_owned());
        }
        let projects = feed.root_element().children().filter(|node| node.has_tag_name("Project"));
        Ok(projects.filter_map(|project| self.seen(&project, zone)).collect())
    }

    fn seen(&self, project: &roxmltree::Node<'_, '_>, zone: &TimeZone) -> Option<Seen> {
        let text = |name: &str| project.attribute(name).map(str::trim).filter(|text| !text.is_empty());
        let pipeline = text("name").filter(|name| name.matches(" :: ").count() <= 1)?.to_owned();
        let last = self.last_run(project, &pipeline, zone);
        let is_building = text("activity").is_some_and(|word| word.eq_ignore_ascii_case("building"));
        let running = is_building.then(|| Run {
            connection: self.place.name.clone(),
            pipeline: pipeline.clone(),
            id: last.as_ref().map_or_else(|| FIRST.to_owned(), |last| format!("after {}", last.id)),
            status: Status::Running,
            status_raw: Some("Building".to_owned()),
            url: address_of(project),
            ..Run::default()
        });
        Some(Seen { pipeline, last, running })
    }

    fn last_run(&self, project: &roxmltree::Node<'_, '_>, pipeline: &str, zone: &TimeZone) -> Option<Run> {
        let text = |name: &str| project.attribute(name).map(str::trim).filter(|text| !text.is_empty());
        let mut is_assumed = false;
        let ended = text("lastBuildTime").and_then(|at| {
            let (read, assumed) = with_assumed_zone(Some(zone), || Time::parse(at));
            is_assumed = assumed;
            read.ok()
        });
        let ended = ended.filter(|at| at.0 > 0);
        // Woodpecker tells a build that is running as one that has neither label nor time.
        let label = text("lastBuildLabel").filter(|label| ended.is_some() || !label.eq_ignore_ascii_case("unknown"));
        let label = label.map(str::to_owned).or_else(|| ended.map(|at| at.to_string()))?;
        let raw = text("lastBuildStatus").unwrap_or("Unknown");
        // While a build runs, the feed still tells the result of the one before it: that one is over.
        let status = System::CcTray.status("Sleeping", Some(raw));
        Some(Run {
            connection: self.place.name.clone(),
            pipeline: pipeline.to_owned(),
            id: label.clone(),
            status,
            status_raw: Some(raw.to_owned()),
            number: label.parse().ok(),
            finished_at: ended,
            url: address_of(project),
            zone_assumed: is_assumed.then_some(true),
            ..Run::default()
        })
    }
}

impl Connector for CcTray {
    fn caps(&self) -> Caps {
        Caps::READ_ONLY
    }

    fn scheme(&self) -> Scheme {
        if self.setting("token_in").is_some() { Scheme::OnDemand } else { Scheme::BasicOrBearer }
    }

    /// Buildkite takes its token in the query alone: it goes where secrets are kept, and the rest into the settings.
    fn take_apart(&self, given: &str) -> Answered<Option<Apart>> {
        let Some((base, query)) = given.trim().split_once('?') else { return Ok(None) };
        let (mut rest, mut apart) = (Vec::new(), Apart { base: base.to_owned(), ..Apart::default() });
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if super::names_a_secret(&name) {
                if apart.secret.is_some() {
                    let why =
                        format!("the address holds two secrets, and \"{name}\" is the second: one can be kept safe");
                    return Err(super::RemoteError::Setup(why));
                }
                apart.settings.push(("token_in".to_owned(), name.into()));
                apart.secret = Some(value.into_owned());
            } else {
                rest.push((name, value));
            }
        }
        if !rest.is_empty() {
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(rest).finish();
            apart.settings.push(("query".to_owned(), query.into()));
        }
        Ok(Some(apart))
    }

    fn test(&self, http: &dyn Http) -> Answered<WhoAmI> {
        let runs = self.read(http)?;
        Ok(WhoAmI {
            server: format!("a CCTray feed with {} projects", runs.len()),
            may: vec!["read the last build of each project".to_owned()],
            ..WhoAmI::default()
        })
    }

    fn pipelines(&self, http: &dyn Http) -> Answered<Vec<PipelineRef>> {
        let seen = self.read(http)?.into_iter();
        Ok(seen.map(|seen| PipelineRef { id: seen.pipeline.clone(), name: seen.pipeline }).collect())
    }

    fn sync(&self, http: &dyn Http, mark: Option<&super::Mark>, keep: &mut Keep<'_>) -> Answered<()> {
        let before: Mark = mark.and_then(|mark| serde_json::from_value(mark.clone()).ok()).unwrap_or_default();
        let (mut brought, mut now) = (Brought::default(), Mark::new());
        for Seen { pipeline, last, running } in self.read(http)? {
            brought.records.extend(last.map(Record::Run));
            let Some(mut running) = running else { continue };
            let known = before.get(&pipeline).filter(|(id, _)| *id == running.id).map(|(_, at)| *at);
            let first_seen = known.unwrap_or_else(Time::now);
            running.created_at = Some(first_seen);
            now.insert(pipeline, (running.id.clone(), first_seen));
            brought.records.push(Record::Run(running));
        }
        let over = before.into_iter().filter(|(pipeline, (id, _))| now.get(pipeline).is_none_or(|(now, _)| now != id));
        brought.gone.extend(over.map(|(pipeline, (id, _))| {
            let connection = self.place.name.clone();
            Record::Run(Run { connection, pipeline, id, attempt: 1, ..Run::default() })
        }));
        brought.mark = Some(serde_json::json!(now));
        keep(brought)
    }

    fn look(&self, http: &dyn Http, run: &RunRef) -> Answered<Look> {
        let mut seen = self.read(http)?.into_iter().filter(|seen| seen.pipeline == run.pipeline);
        let of_project = seen.next().map_or_else(Vec::new, |seen| seen.last.into_iter().chain(seen.running).collect());
        let found = of_project.into_iter().find(|seen| seen.id == run.id);
        let found = found.ok_or_else(|| RemoteError::NotFound {
            host: self.place.name.clone(),
            path: run.id.clone(),
            said: String::new(),
        })?;
        let status = found.status;
        Ok(Look {
            brought: Brought { records: vec![Record::Run(found)], ..Brought::default() },
            status,
            ..Look::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::recorded::Recorded;

    #[test]
    fn a_feed_gives_the_last_build_of_each_project() {
        let feed = br#"<Projects>
            <Project name="shop :: deploy" activity="Building" lastBuildStatus="Failure" lastBuildLabel="648"
                lastBuildTime="2014-10-07T12:51:38.0000000-00:00" webUrl="https://ci.example/648"/>
            <Project name="shop :: deploy :: smoke" activity="Sleeping" lastBuildStatus="Success" lastBuildLabel="1"/>
            <Project name="new" activity="Sleeping" lastBuildStatus="Unknown" lastBuildTime="1970-01-01T00:00:00Z" webUrl="1"/>
            <Project name="shop" activity="Building" lastBuildStatus="Unknown" lastBuildLabel="Unknown"/>
            <Project name="docs" activity="CheckingModifications" lastBuildStatus="Success" lastBuildTime="2014-10-07T12:51:38Z"/>
        </Projects>"#;
        let runs =
            CcTray::new(Place { name: "wall".to_owned(), ..Place::default() }).runs(feed, &TimeZone::UTC).unwrap();
        let running: Vec<&str> =
            runs.iter().filter_map(|seen| seen.running.as_ref()).map(|run| run.id.as_str()).collect();
        assert_eq!(running, ["after 648", "the first"]);
        let runs: Vec<Run> = runs.into_iter().filter_map(|seen| seen.last).collect();
        assert_eq!(runs.len(), 2);
        assert_eq!((runs[0].status, runs[0].number), (Status::Failed, Some(648)));
        assert_eq!(runs[0].finished_at, Time::parse("2014-10-07T12:51:38Z").ok());
        assert_eq!((runs[1].status, runs[1].id.as_str()), (Status::Succeeded, "2014-10-07T12:51:38Z"));
    }

    #[test]
    fn a_feed_is_read_in_the_letters_that_it_names() {
        let latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><Projects/>caf\xe9";
        assert!(text_of(latin).unwrap().ends_with("caf\u{e9}"));
        assert!(text_of(b"<Projects>\xe9</Projects>").unwrap_err().contains("not UTF-8"));
        assert!(text_of(b"<?xml version='1.0' encoding='klingon'?><Projects/>").unwrap_err().contains("klingon"));
    }

    #[test]
    fn a_build_under_way_is_seen_until_its_label_is_there() {
        let feed = |activity: &str, label: u32| {
            format!(
                r#"<Projects><Project name="shop" activity="{activity}" lastBuildStatus="Success" lastBuildLabel="{label}"
                    lastBuildTime="2026-10-07T12:51:38Z"/></Projects>"#
            )
        };
        let feeds = [feed("Building", 7), feed("Building", 7), feed("Sleeping", 8)];
        let http = Recorded::new(&feeds.each_ref().map(|feed| ("", feed.as_str())));
        let tray = CcTray::new(Place { name: "wall".to_owned(), ..Place::default() });
        let mut mark = None;
        let mut round = || {
            let mut told = Vec::new();
            tray.sync(&http, mark.clone().as_ref(), &mut |brought| {
                let run = |record| if let Record::Run(run) = record { run } else { unreachable!("a feed has runs") };
                let ids = brought.records.into_iter().map(run).map(|run| (run.id, run.created_at)).collect::<Vec<_>>();
                told.push((ids, brought.gone.into_iter().map(run).map(|run| run.id).collect::<Vec<_>>()));
                mark = brought.mark;
                Ok(())
            })
            .unwrap();
            told.remove(0)
        };
        let (first, second, third) = (round(), round(), round());
        assert_eq!((first.0[1].0.as_str(), first.1.len()), ("after 7", 0));
        assert_eq!(first.0[1].1, second.0[1].1, "the moment it was first seen stays");
        assert_eq!((third.0.len(), third.0[0].0.as_str(), third.1), (1, "8", vec!["after 7".to_owned()]));
    }

    #[test]
    fn a_token_in_an_address_is_taken_out_of_it() {
        let tray = CcTray::new(Place::default());
        let apart = tray.take_apart("https://cc.example/acme.xml?access_token=s3cr%2Ft&branch=main").unwrap().unwrap();
        assert_eq!((apart.base.as_str(), apart.secret.as_deref()), ("https://cc.example/acme.xml", Some("s3cr/t")));
        let settings = apart.settings.into_iter().collect::<serde_json::Map<_, _>>().into();
        let http = Recorded::new(&[("", "<Projects/>")]);
        let tray = CcTray::new(Place { settings, ..Place::default() });
        tray.test(&http).unwrap();
        let asked = http.asked.lock().unwrap();
        assert_eq!(asked[0].secret_query.as_deref(), Some("access_token"));
        assert_eq!(asked[0].query, [("branch".to_owned(), "main".to_owned())]);
        let two = tray.take_apart("https://cc.example/acme.xml?access_token=aa11&private_token=bb22").unwrap_err();
        assert!(two.to_string().contains("private_token") && !two.to_string().contains("bb22"), "{two}");
        assert!(tray.take_apart("https://cc.example/acme.xml").unwrap().is_none() && tray.scheme() == Scheme::OnDemand);
    }

    #[test]
    fn what_is_no_feed_is_told() {
        let feed = CcTray::new(Place { name: "wall".to_owned(), ..Place::default() });
        assert!(feed.runs(b"<html><body>Sign in</body>", &TimeZone::UTC).unwrap_err().contains("no XML"));
        assert!(feed.runs(b"<html></html>", &TimeZone::UTC).unwrap_err().contains("no CCTray feed"));
        let settings = serde_json::json!({"zone": "Mars/Base"});
        let lost = CcTray::new(Place { settings, ..Place::default() });
        assert!(lost.zone().unwrap_err().to_string().contains("Mars/Base"));
        let bomb = br#"<!DOCTYPE x [<!ENTITY a "b">]><Projects><Project name="&a;"/></Projects>"#;
        assert!(feed.runs(bomb, &TimeZone::UTC).is_err(), "entities are not read");
    }
}
