//! How much of each sprint came in after its start, and why.

use egui::{Color32, Ui};
use egui_plot::{Bar, BarChart};

use super::{amount, charts, unit_amount};
use crate::engine::{ClosedSprint, PlanView};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::text::{t, ta};
use crate::ui::widgets;
use crate::ui::widgets::chart::{Unit, chart_title, legend, named_bars, too_few};

/// Sprints in sight; further back, reasons are not told.
pub(super) const SHOWN: usize = 12;
/// Reasons with a colour of their own; the rest is one.
const NAMED: usize = 5;

/// A reason as it is shown.
pub(super) fn reason_word(reason: &str) -> String {
    match reason {
        "" => t("unplanned-no-reason").to_owned(),
        other => other.replace('_', " "),
    }
}

pub(super) fn shown(view: &PlanView) -> &[ClosedSprint] {
    &view.closed[view.closed.len().saturating_sub(SHOWN)..]
}

/// The reasons that brought most, in their order.
fn weightiest(sprints: &[ClosedSprint]) -> Vec<String> {
    let mut sums = std::collections::BTreeMap::<&str, f64>::new();
    for (reason, sum) in sprints.iter().flat_map(|sprint| &sprint.reasons) {
        *sums.entry(reason).or_default() += sum.value;
    }
    let mut sums: Vec<(&str, f64)> = sums.into_iter().collect();
    sums.sort_by(|a, b| b.1.total_cmp(&a.1));
    sums.into_iter().take(NAMED).map(|(reason, _)| reason.to_owned()).collect()
}

/// Reasons that most teams have, each with a colour of its own.
const USUAL: [&str; 5] = ["incident", "bug", "customer", "dependency", "forgotten"];

/// Which colour each reason has: the same whatever the others are, as long as no two would share one.
fn colour_places(named: &[String], colours: usize) -> Vec<usize> {
    let wanted = |reason: &String| {
        let usual = USUAL.iter().position(|known| known == reason);
        usual.unwrap_or_else(|| USUAL.len() + reason.bytes().map(usize::from).sum::<usize>()) % colours
    };
    let mut order: Vec<usize> = (0..named.len()).collect();
    order.sort_by_key(|n| (!USUAL.contains(&named[*n].as_str()), &named[*n]));
    let mut places = vec![0; named.len()];
    let mut taken = vec![false; colours];
    for n in order {
        let free = (0..colours).map(|step| (wanted(&named[n]) + step) % colours).find(|place| !taken[*place]);
        places[n] = free.unwrap_or_default();
        taken[places[n]] = true;
    }
    places
}

/// The share of a sprint's scope that came in for a reason.
fn share_of(sprint: &ClosedSprint, is_meant: &dyn Fn(&str) -> bool) -> f64 {
    let scope = sprint.committed.value + sprint.added.value;
    let sum: f64 = sprint.reasons.iter().filter(|(reason, _)| is_meant(reason)).map(|(_, sum)| sum.value).sum();
    if scope > 0.0 { sum / scope } else { 0.0 }
}

/// What one sprint took in, in words.
pub(super) fn reasons_words(sprint: &ClosedSprint, view: &PlanView) -> Vec<String> {
    let each = |(reason, sum): &(String, crate::metrics::plan::ledger::Sum)| {
        format!("{}: {}", reason_word(reason), unit_amount(sum.value, view.unit))
    };
    sprint.reasons.iter().map(each).collect()
}

pub fn ui(ui: &mut Ui, view: &PlanView, height: f32, cx: &Cx<'_>) {
    let sprints = shown(view);
    chart_title(ui, t("plan-unplanned"), Some(ta("chart-n", &[("n", &format::count(sprints.len() as u64))])));
    if sprints.is_empty() {
        return charts::none_closed_ui(ui, height, view);
    }
    if sprints.iter().all(|sprint| sprint.added.items == 0) {
        return too_few(ui, height, t("plan-unplanned-none"));
    }
    let named = weightiest(sprints);
    let places = colour_places(&named, cx.tokens.series.len());
    let color = |n: usize| -> Color32 { cx.tokens.series[places[n]] };
    let names: Vec<String> = sprints.iter().map(|sprint| sprint.name.clone()).collect();
    let told: Vec<String> = sprints.iter().map(|sprint| told_of(sprint, view)).collect();
    let count = sprints.len();
    named_bars(ui, "unplanned", height, Unit::Percent, (names, told)).include_y(0.1).show(ui, |plot| {
        let mut below = vec![0.0; count];
        let mut stack = |is_meant: &dyn Fn(&str) -> bool, color: Color32, name: &str| {
            let bars = sprints.iter().enumerate().map(|(n, sprint)| {
                let share = share_of(sprint, is_meant);
                let bar = Bar::new(n as f64, share).width(0.6).fill(color).base_offset(below[n]);
                below[n] += share;
                bar
            });
            plot.bar_chart(BarChart::new(name, bars.collect()).color(color).allow_hover(false));
        };
        for (n, reason) in named.iter().enumerate() {
            stack(&|known| known == reason, color(n), reason);
        }
        stack(&|known| !named.iter().any(|name| name == known), cx.tokens.muted, t("unplanned-others"));
    });
    let words: Vec<String> = named.iter().map(|reason| reason_word(reason)).collect();
    let mut entries: Vec<(Color32, &str)> =
        words.iter().enumerate().map(|(n, word)| (color(n), word.as_str())).collect();
    if sprints.iter().flat_map(|sprint| &sprint.reasons).any(|(reason, _)| !named.contains(reason)) {
        entries.push((cx.tokens.muted, t("unplanned-others")));
    }
    legend(ui, &entries);
    let shares: Vec<f64> = sprints.iter().filter_map(ClosedSprint::unplanned).collect();
    if !shares.is_empty() {
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        super::capacity::incident_hours_ui(ui, view);
        widgets::caption(ui, ta("plan-unplanned-mean", &[("share", &format::percent(mean))]));
    }
}

fn told_of(sprint: &ClosedSprint, view: &PlanView) -> String {
    let share = sprint.unplanned().map(|share| ta("burn-unplanned", &[("share", &format::percent(share))]));
    let unestimated =
        (sprint.added.unestimated > 0).then(|| ta("unplanned-items", &[("n", &amount(sprint.added.items as f64))]));
    let lines = std::iter::once(sprint.name.clone()).chain(share).chain(reasons_words(sprint, view)).chain(unestimated);
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::colour_places;

    #[test]
    fn a_reason_keeps_its_colour_whatever_its_place() {
        let places =
            |named: &[&str]| colour_places(&named.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), 8);
        let (one, other) = (places(&["bug", "incident", "audit"]), places(&["incident", "audit", "bug"]));
        assert_eq!((one[0], one[1], one[2]), (other[2], other[0], other[1]));
        let all = places(&["incident", "bug", "customer", "dependency", "forgotten", "a", "b", "c"]);
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 8);
    }
}
