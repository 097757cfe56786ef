//! Sprints as Jira tells them: in lists, in issues, and as the texts of Data Center.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::json_pages::get;
use crate::import::SprintDays;
use crate::model::Time;
use crate::model::plan::{Sprint, team_of_board};

/// The sprints that stand in an issue, closed ones included, each once.
pub(super) fn sprint_values(fields: &Value) -> Vec<Value> {
    // One that was not planned yet has no dates.
    let is_sprint = |value: &Value| {
        let state = get::text(value, &["state"]).unwrap_or_default().to_lowercase();
        get::has(value, &["id", "name"]) && matches!(state.as_str(), "future" | "active" | "closed")
    };
    let mut found: Vec<Value> = Vec::new();
    for value in fields.as_object().into_iter().flatten().map(|(_, value)| value) {
        let values = match value {
            Value::Array(values) => values.clone(),
            one => vec![one.clone()],
        };
        let values = values.into_iter().map(|value| match value.as_str() {
            Some(text) => sprint_in_text(text).unwrap_or(value),
            None => value,
        });
        for sprint in values.filter(is_sprint) {
            if !found.iter().any(|known| known["id"] == sprint["id"]) {
                found.push(sprint);
            }
        }
    }
    found
}

/// Data Center writes a sprint as a text: `…Sprint@1f[id=1,rapidViewId=2,state=CLOSED,name=Sprint 1,startDate=…,…]`.
fn sprint_in_text(text: &str) -> Option<Value> {
    let (_, inner) = text.split_once("Sprint@")?.1.split_once('[')?;
    let inner = inner.strip_suffix(']').unwrap_or(inner);
    let mut sprint = serde_json::Map::new();
    let mut last: Option<String> = None;
    for part in inner.split(',') {
        match part.split_once('=').filter(|(key, _)| key.chars().all(char::is_alphanumeric)) {
            Some((key, "<null>")) => {
                sprint.insert(key.to_owned(), Value::Null);
                last = None;
            }
            Some((key, value)) => {
                sprint.insert(key.to_owned(), value.into());
                last = Some(key.to_owned());
            }
            // A name or goal may hold a comma.
            None => {
                if let Some(Value::String(value)) = last.as_ref().and_then(|key| sprint.get_mut(key)) {
                    value.push(',');
                    value.push_str(part);
                }
            }
        }
    }
    if let Some(board) = sprint.get("rapidViewId").cloned() {
        sprint.insert("boardId".to_owned(), board);
    }
    sprint.contains_key("id").then_some(Value::Object(sprint))
}

/// "38, 40" as ids.
pub(super) fn ids_in(change: &Value, key: &str) -> Vec<String> {
    let text = get::text(change, &[key]).unwrap_or_default();
    text.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

fn board_of(value: &Value) -> Option<String> {
    get::text(value, &["originBoardId"]).or_else(|| get::text(value, &["boardId"]))
}

/// The days that sprints without any are taken to have, as Jira gives a sprint its days when it is started: each follows the
/// last one of its board and is as long as that.
pub(super) fn expected_days(sprints: &BTreeMap<String, (u64, Value)>) -> BTreeMap<String, (Time, Time)> {
    let days = |value: &Value| Some((get::time(value, &["startDate"])?, get::time(value, &["endDate"])?));
    let mut last: BTreeMap<Option<String>, (Time, Time)> = BTreeMap::new();
    for (value, (from, to)) in sprints.values().filter_map(|(_, value)| Some((value, days(value)?))) {
        let known = last.entry(board_of(value)).or_insert((from, to));
        *known = if to > known.1 { (from, to) } else { *known };
    }
    let mut open: Vec<(&String, &Value)> =
        sprints.iter().filter(|(_, (_, value))| days(value).is_none()).map(|(id, (_, value))| (id, value)).collect();
    open.sort_by_key(|(id, _)| (id.parse::<u64>().unwrap_or(u64::MAX), (*id).clone()));
    // A board that has had no sprint yet begins with those of the others.
    let of_all = last.values().copied().max_by_key(|(_, to)| *to);
    let follow = |(id, value): (&String, &Value)| {
        let last = last.entry(board_of(value)).or_insert(of_all?);
        *last = (last.1, Time(last.1.0 + (last.1.0 - last.0.0).max(0)));
        Some((id.clone(), *last))
    };
    open.into_iter().filter_map(follow).collect()
}

/// A sprint and its days as they are told; none where it has no dates. Without a history of its issues its start is not told:
/// no commitment can rest on it.
pub(super) fn sprint_of(
    connection: &str,
    id: &str,
    value: &Value,
    has_history: bool,
    expected: Option<(Time, Time)>,
) -> Option<(Sprint, SprintDays)> {
    let time = |key: &str| get::time(value, &[key]);
    let (starts_at, ends_at) = expected.or_else(|| Some((time("startDate")?, time("endDate")?)))?;
    let state = get::text(value, &["state"]).unwrap_or_default().to_lowercase();
    let started_at = (state != "future").then(|| time("activatedDate").unwrap_or(starts_at));
    let closed_at = time("completeDate").filter(|_| state == "closed");
    // A sprint that was closed before it began says nothing true of its close.
    let closed_at = closed_at.filter(|closed| started_at.is_none_or(|started| *closed >= started));
    let board = board_of(value);
    let started_at = started_at.filter(|_| has_history);
    let sprint = Sprint {
        connection: connection.to_owned(),
        id: id.to_owned(),
        team: board.map_or_else(|| "jira".to_owned(), |board| team_of_board(connection, &board)),
        name: get::text(value, &["name"]).unwrap_or_else(|| id.to_owned()),
        goal: get::text(value, &["goal"]),
        starts_at,
        ends_at: ends_at.max(starts_at),
        started_at,
        closed_at,
        ..Sprint::default()
    };
    let days = SprintDays {
        connection: connection.to_owned(),
        id: id.to_owned(),
        // Days that nobody has set are no event: they will be told otherwise.
        planned_at: expected.is_none().then_some(starts_at),
        ends_at,
        started_at,
        has_start: time("activatedDate").is_some(),
        closed_at,
        goes_on: state == "active",
        has_close: true,
    };
    Some((sprint, days))
}

#[cfg(test)]
mod tests {
    use super::{expected_days, sprint_in_text};
    use serde_json::json;

    #[test]
    fn sprints_without_days_follow_each_other_on_their_board() {
        let dated = |board: u32, from: &str, to: &str| json!({"originBoardId": board, "startDate": format!("{from}T09:00:00.000Z"), "endDate": format!("{to}T09:00:00.000Z")});
        let open = |board: u32| json!({"originBoardId": board});
        let sprints = [
            ("1", dated(1, "2026-03-02", "2026-03-16")),
            ("2", dated(2, "2026-03-02", "2026-03-09")),
            ("10", open(1)),
            ("9", open(1)),
            ("11", open(2)),
            ("12", open(3)),
        ];
        let known = sprints.into_iter().map(|(id, value)| (id.to_owned(), (0, value))).collect();
        let days = expected_days(&known);
        let begins = |id: &str| days[id].0.to_string()[..10].to_owned();
        assert_eq!(["9", "10", "11", "12"].map(begins), ["2026-03-16", "2026-03-30", "2026-03-09", "2026-03-16"]);
        let none = [("5".to_owned(), (0, open(1)))].into_iter().collect();
        assert!(expected_days(&none).is_empty(), "nothing is there to follow");
    }

    #[test]
    fn a_sprint_of_data_center_is_read_from_its_text() {
        let text = "com.atlassian.greenhopper.service.sprint.Sprint@1f[id=7,rapidViewId=2,state=CLOSED,\
                    name=Sprint 7, the long one,startDate=2026-03-02T09:00:00.000Z,endDate=2026-03-13T17:00:00.000Z,\
                    completeDate=<null>,sequence=7,goal=Pay]";
        let sprint = sprint_in_text(text).unwrap();
        assert_eq!(sprint["id"], "7");
        assert_eq!(sprint["name"], "Sprint 7, the long one");
        assert_eq!((&sprint["boardId"], sprint["completeDate"].is_null()), (&"2".into(), true));
        assert!(sprint_in_text("just a text").is_none());
    }
}
