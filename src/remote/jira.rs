//! Jira, Cloud and Data Center: issues with their change histories, boards' sprints and the statuses that tell what they
//! mean. There are no runs here: it feeds the plan, read only. Held against recorded answers of a Cloud site; Data Center's
//! way of paging and its texts of sprints are built after its documentation and were not tried on a server.
//!
//! Cloud pages by `nextPageToken` and Data Center by `startAt`; whichever an answer gives is followed, up to a cap. Issues
//! come in the order of their last change, so that a round that is broken off goes on behind the last page it kept. The
//! search asks for what changed in the last so many minutes by the site's own clock, which needs no zone. An answer holds the newest changes of an
//! issue only: where there are more, they are fetched page by page. Issues that were deleted or moved away stay as they are.

use serde_json::{Value, json};

use super::json::{int, text};
use super::{
    Answer, Answered, Brought, Caps, Connector, Http, Keep, Look, Mark, PipelineRef, Place, RemoteError, Request,
    RunRef, Scheme, WhoAmI, path_part,
};
use crate::model::Time;
use crate::model::plan::team_of_board;
use crate::model::record::{Record, Team};

const PAGE: u64 = 100;
/// Pages of one search, so that a server that never ends does not hold a round for ever.
const MOST_PAGES: usize = 10_000;
/// A round begins this much before the last one's end: clocks differ, and Cloud tells of changes late.
const OVERLAP_MIN: i64 = 10;
/// Boards whose sprints are tried in a test.
const MOST_TRIED: usize = 20;
/// The part of a counted page that the next one shows again.
const PAGES_OVERLAP: u64 = 5;

pub struct Jira {
    place: Place,
}

/// How far a site was read.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
struct SiteMark {
    /// The last change that was read, in microseconds since 1970.
    updated: i64,
}

/// What a site is.
struct Site {
    is_cloud: bool,
    title: String,
    /// What its clock says; ours where it does not tell.
    now: Time,
}

/// What issues rest on, and the boards whose sprints this account may not see.
#[derive(Default)]
struct About {
    answers: Vec<Answer>,
    unseen: Vec<String>,
    boards: usize,
    /// One for each board, under the board's name.
    teams: Vec<Record>,
}

/// A page of a list, and how the next is asked for.
enum Next {
    Token(String),
    StartAt(u64),
}

impl Jira {
    pub fn new(place: Place) -> Self {
        Self { place }
    }

    fn site(http: &dyn Http) -> Answered<Site> {
        let info = http.json(&Request::get("rest/api/2/serverInfo"))?;
        let kind = text(&info, &["deploymentType"]).unwrap_or_default();
        Ok(Site {
            is_cloud: kind == "Cloud",
            title: format!("{} ({kind})", text(&info, &["serverTitle"]).unwrap_or_else(|| "Jira".to_owned())),
            now: text(&info, &["serverTime"]).and_then(|at| Time::parse(&at).ok()).unwrap_or_else(Time::now),
        })
    }

    /// Every element of a list in pages.
    fn all(http: &dyn Http, path: &str, list: &str, query: &[(&str, &str)]) -> Answered<Vec<Value>> {
        let mut found = Vec::new();
        let mut next = Next::StartAt(0);
        for _ in 0..MOST_PAGES {
            let mut request = Request::get(path).with("maxResults", PAGE);
            for (name, value) in query {
                request = request.with(name, value);
            }
            let page = http.json(&asked(request, &next))?;
            let elements = page.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
            let count = elements.len() as u64;
            found.extend(elements);
            match after(&page, &next, count) {
                Some(further) => next = further,
                None => break,
            }
        }
        Ok(found)
    }

    /// What the meaning of issues rests on, as answers of their own: statuses, fields and sprints.
    fn about(&self, http: &dyn Http) -> Answered<About> {
        let mut about = About::default();
        for path in ["rest/api/2/status", "rest/api/2/field"] {
            about.answers.push(Answer { address: path.to_owned(), value: http.json(&Request::get(path))? });
        }
        for board in self.boards(http)? {
            let Some(id) = int(&board, "id") else { continue };
            about.boards += 1;
            about.teams.push(Record::Team(Team {
                connection: self.place.name.clone(),
                id: team_of_board(&self.place.name, &id.to_string()),
                name: name_of(&board),
            }));
            let path = format!("rest/agile/1.0/board/{id}/sprint");
            match Self::all(http, &path, "values", &[]) {
                Ok(sprints) => about.answers.push(Answer { address: path, value: Value::Array(sprints) }),
                Err(RemoteError::NotAllowed { status: 403, .. }) => about.unseen.push(name_of(&board)),
                // A board without sprints says so with an error.
                Err(error) if is_not_there(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(about)
    }

    /// The boards that are looked at; none where the site has no boards, or the account may not see them.
    fn boards(&self, http: &dyn Http) -> Answered<Vec<Value>> {
        let path = "rest/agile/1.0/board";
        let of = |query: &[(&str, &str)]| match Self::all(http, path, "values", query) {
            Err(error) if is_not_there(&error) => Ok(Vec::new()),
            found => found,
        };
        if self.place.scope.is_empty() {
            return of(&[]);
        }
        let mut boards: Vec<Value> = Vec::new();
        for project in &self.place.scope {
            for board in of(&[("projectKeyOrId", project)])? {
                if !boards.iter().any(|known| known["id"] == board["id"]) {
                    boards.push(board);
                }
            }
        }
        Ok(boards)
    }

    fn query(&self, mark: &SiteMark, now: Time) -> String {
        let mut parts = Vec::new();
        if !self.place.scope.is_empty() {
            let keys: Vec<String> =
                self.place.scope.iter().map(|key| format!("\"{}\"", key.replace(['"', '\\'], ""))).collect();
            parts.push(format!("project in ({})", keys.join(", ")));
        }
        // A search without any limit is refused by Cloud.
        let minutes = if mark.updated == 0 { None } else { Some((now.0 - mark.updated) / 60_000_000 + OVERLAP_MIN) };
        match minutes {
            Some(minutes) => parts.push(format!("updated >= -{}m", minutes.max(OVERLAP_MIN))),
            None => parts.push("updated >= \"1970-01-01\"".to_owned()),
        }
        format!("{} ORDER BY updated ASC, key ASC", parts.join(" AND "))
    }

    /// An issue with all of its changes.
    fn whole(http: &dyn Http, mut issue: Value) -> Answered<Value> {
        let log = issue.get("changelog");
        let total = log.and_then(|log| int(log, "total")).unwrap_or_default();
        let have = log.and_then(|log| log["histories"].as_array()).map_or(0, Vec::len);
        if total <= i64::try_from(have).unwrap_or(i64::MAX) {
            return Ok(issue);
        }
        let Some(key) = text(&issue, &["key"]) else { return Ok(issue) };
        let path = format!("rest/api/2/issue/{}/changelog", path_part(&key));
        let histories = match Self::all(http, &path, "values", &[]) {
            Ok(histories) => histories,
            // Data Center has no such address: what came with the issue is all there is.
            Err(error) if is_not_there(&error) => return Ok(issue),
            Err(error) => return Err(error),
        };
        issue["changelog"]["histories"] = Value::Array(histories);
        Ok(issue)
    }
}

fn name_of(board: &Value) -> String {
    text(board, &["name"]).or_else(|| text(board, &["id"])).unwrap_or_default()
}

/// The site has no such thing, or this account may not see it.
fn is_not_there(error: &RemoteError) -> bool {
    matches!(
        error,
        RemoteError::NotFound { .. }
            | RemoteError::NotAllowed { status: 403, .. }
            | RemoteError::Refused { status: 400 | 405, .. }
    )
}

fn asked(request: Request, next: &Next) -> Request {
    match next {
        Next::Token(token) => request.with("nextPageToken", token),
        Next::StartAt(0) => request,
        Next::StartAt(at) => request.with("startAt", at),
    }
}

/// How the page after this one is asked for; nothing after the last, or where a token comes again.
fn after(page: &Value, now: &Next, count: u64) -> Option<Next> {
    if count == 0 || page["isLast"] == true {
        return None;
    }
    if let Some(token) = text(page, &["nextPageToken"]) {
        let is_again = matches!(now, Next::Token(known) if *known == token);
        return (!is_again).then_some(Next::Token(token));
    }
    let at = match now {
        // Pages that began with tokens end with the last of them.
        Next::Token(_) => return None,
        Next::StartAt(at) => at + count,
    };
    let total = int(page, "total").and_then(|total| u64::try_from(total).ok());
    match total {
        Some(total) => (at < total).then_some(Next::StartAt(at)),
        None => page.get("isLast").is_some().then_some(Next::StartAt(at)),
    }
}

impl Connector for Jira {
    fn caps(&self) -> Caps {
        Caps { since: true, ..Caps::READ_ONLY }
    }

    fn scheme(&self) -> Scheme {
        Scheme::BasicOrBearer
    }

    fn test(&self, http: &dyn Http) -> Answered<WhoAmI> {
        let site = Self::site(http)?;
        let me = http.json(&Request::get("rest/api/2/myself"))?;
        let mut who = WhoAmI {
            server: site.title,
            user: text(&me, &["displayName"]).or_else(|| text(&me, &["name"])),
            ..WhoAmI::default()
        };
        for project in &self.place.scope {
            let request = Request::get(format!("rest/api/2/project/{}", path_part(project))).fine(&[401, 403, 404]);
            let reply = http.send(&request)?;
            if reply.status >= 400 {
                who.missing.push(format!("the project {project}: it is not there, or this account may not see it"));
            } else {
                who.may.push(format!("read {project}"));
            }
        }
        if self.place.scope.is_empty() {
            who.may.push("read every project that this account sees".to_owned());
        }
        let boards = self.boards(http)?;
        for board in boards.iter().take(MOST_TRIED) {
            let Some(id) = int(board, "id") else { continue };
            let request = Request::get(format!("rest/agile/1.0/board/{id}/sprint")).with("maxResults", 1);
            if http.send(&request.fine(&[400, 403, 404, 405]))?.status == 403 {
                who.missing.push(format!("the sprints of the board {}", name_of(board)));
            }
        }
        if boards.is_empty() {
            who.missing.push("boards: without one there are no sprints".to_owned());
        }
        Ok(who)
    }

    fn pipelines(&self, _http: &dyn Http) -> Answered<Vec<PipelineRef>> {
        Ok(Vec::new())
    }

    fn sync(&self, http: &dyn Http, mark: Option<&Mark>, keep: &mut Keep<'_>) -> Answered<()> {
        let mut mark: SiteMark = mark.and_then(|mark| serde_json::from_value(mark.clone()).ok()).unwrap_or_default();
        let site = Self::site(http)?;
        let about = self.about(http)?;
        let path = if site.is_cloud { "rest/api/3/search/jql" } else { "rest/api/2/search" };
        let query = self.query(&mark, site.now);
        let mut next = Next::StartAt(0);
        for n in 0..MOST_PAGES {
            let request = Request::get(path)
                .with("jql", &query)
                .with("fields", "*all")
                .with("expand", "changelog,names")
                .with("maxResults", PAGE);
            let page = http.json(&asked(request, &next))?;
            let issues = page.get("issues").and_then(Value::as_array).cloned().unwrap_or_default();
            let count = issues.len() as u64;
            // A sprint may begin and end without a change of any issue.
            let mut answers = if count > 0 || n == 0 { about.answers.clone() } else { Vec::new() };
            let records = if n == 0 { about.teams.clone() } else { Vec::new() };
            for (n, issue) in issues.into_iter().enumerate() {
                let updated = text(&issue, &["fields", "updated"]).and_then(|text| Time::parse(&text).ok());
                // What claims to be of the days to come must not hide what changes until then.
                let updated = updated.map(|at| at.0.min(site.now.0));
                mark.updated = updated.map_or(mark.updated, |at| at.max(mark.updated));
                let mut whole = Self::whole(http, issue)?;
                // What the fields are called goes for all of a page.
                if let Some(names) = page.get("names").filter(|_| n == 0) {
                    whole["names"] = names.clone();
                }
                answers.push(Answer { address: path.to_owned(), value: whole });
            }
            let further = after(&page, &next, count);
            let left = int(&page, "total").and_then(|total| {
                let at = if let Next::StartAt(at) = &next { *at } else { 0 };
                u64::try_from(total).ok()?.checked_sub(at + count)
            });
            keep(Brought { records, answers, mark: Some(json!(mark)), left, ..Brought::default() })?;
            match further {
                // Issues that change meanwhile move to the end, and those behind them up: pages that are counted overlap.
                Some(Next::StartAt(at)) => next = Next::StartAt(at - count / PAGES_OVERLAP),
                Some(token) => next = token,
                None => break,
            }
        }
        if about.unseen.is_empty() {
            return Ok(());
        }
        let told = format!("this account may not see the sprints of {}", about.unseen.join(", "));
        Err(RemoteError::Places { failed: about.unseen.len(), all: about.boards, told, is_moved: false })
    }

    fn look(&self, _http: &dyn Http, _run: &RunRef) -> Answered<Look> {
        Err(RemoteError::NotOffered("show runs"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_followed_before_a_count_and_never_twice() {
        let token = |text: &str| json!({"issues": [1], "nextPageToken": text});
        assert!(matches!(after(&token("a"), &Next::StartAt(0), 1), Some(Next::Token(t)) if t == "a"));
        assert!(after(&token("a"), &Next::Token("a".to_owned()), 1).is_none());
        assert!(after(&token("a"), &Next::StartAt(0), 0).is_none(), "an empty page is the last");
        assert!(after(&json!({"issues": [1], "isLast": true, "nextPageToken": "b"}), &Next::StartAt(0), 1).is_none());
        assert!(matches!(after(&json!({"total": 150}), &Next::StartAt(0), 100), Some(Next::StartAt(100))));
        assert!(after(&json!({"total": 150}), &Next::StartAt(100), 50).is_none());
        assert!(matches!(after(&json!({"isLast": false}), &Next::StartAt(50), 50), Some(Next::StartAt(100))));
    }

    #[test]
    fn a_search_is_bounded_by_projects_and_minutes() {
        let jira = Jira::new(Place { scope: vec!["SHOP".to_owned(), "a\"b".to_owned()], ..Place::default() });
        let first = jira.query(&SiteMark::default(), Time(0));
        assert_eq!(first, "project in (\"SHOP\", \"ab\") AND updated >= \"1970-01-01\" ORDER BY updated ASC, key ASC");
        let later = jira.query(&SiteMark { updated: 60_000_000 }, Time(60_000_000 * 31));
        assert!(later.contains("updated >= -40m"), "{later}");
    }
}
