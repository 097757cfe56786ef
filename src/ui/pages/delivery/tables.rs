//! The charts' data as tables: for reading exactly, for copying, and for those who cannot see a chart.

use egui::{Grid, Label, RichText, ScrollArea, Ui};
use jiff::tz::TimeZone;

use crate::engine::DeliveryView;
use crate::metrics::series::{Bucket, LogHistogram};
use crate::model::Time;
use crate::ui::app_export::PageExport;
use crate::ui::format;
use crate::ui::icons::Icon;
use crate::ui::text::t;
use crate::ui::theme;
use crate::ui::widgets;

pub struct ChartTable {
    title: &'static str,
    pub rows: PageExport,
}

/// The tables in the order of the charts.
pub fn all(view: &DeliveryView, zone: &TimeZone) -> [ChartTable; 6] {
    let from = |bucket: &Bucket| format::date(Time(bucket.from), zone);
    let by_bucket = |title: &'static str, columns: &[&str], cells: &dyn Fn(&Bucket) -> Vec<String>| {
        let mut rows = PageExport::new(columns);
        let row = |bucket: &Bucket| [vec![from(bucket)], cells(bucket)].concat();
        rows.rows = view.series.buckets.iter().map(row).collect();
        ChartTable { title, rows }
    };
    let share = |part: u64, whole: u64| {
        if whole == 0 { "–".to_owned() } else { format::percent(part as f64 / whole as f64) }
    };
    let (start, n) = (t("table-from"), t("table-n"));
    let lead = by_bucket(t("chart-lead"), &[start, n, t("chart-median-name"), t("chart-p90-name")], &|b| {
        vec![format::count(b.lead_n), format::opt_duration(b.lead_median_s), format::opt_duration(b.lead_p90_s)]
    });
    let frequency = by_bucket(t("chart-frequency"), &[start, n], &|b| vec![format::count(b.deployments)]);
    let fail_columns = [start, t("table-total"), t("table-failed"), t("metric-fail"), t("metric-rework")];
    let fail = by_bucket(t("chart-fail"), &fail_columns, &|b| {
        let (failed, rework) = (share(b.failed, b.total), share(b.rework, b.total));
        vec![format::count(b.total), format::count(b.failed), failed, rework]
    });
    [lead, distribution(view), recovery(view, zone), parts(view), frequency, fail]
}

fn distribution(view: &DeliveryView) -> ChartTable {
    let histogram = &view.series.lead_histogram;
    let mut rows = PageExport::new(&[t("table-at-least"), t("table-less-than"), t("table-n")]);
    rows.rows = histogram
        .edges
        .iter()
        .zip(&histogram.counts)
        .map(|(edge, count)| {
            let end = edge + LogHistogram::BIN_WIDTH;
            vec![format::duration(10f64.powf(*edge)), format::duration(10f64.powf(end)), format::count(*count)]
        })
        .collect();
    ChartTable { title: t("chart-distribution"), rows }
}

fn recovery(view: &DeliveryView, zone: &TimeZone) -> ChartTable {
    let mut rows = PageExport::new(&[t("table-recovered"), t("table-took")]);
    let ended = view.series.recoveries.iter();
    rows.rows = ended.map(|dot| vec![format::date_time(Time(dot.at), zone), format::duration(dot.secs)]).collect();
    let open = view.series.open_failures.iter();
    rows.rows.extend(open.map(|dot| vec![format::date_time(Time(dot.at), zone), t("chart-open").to_owned()]));
    ChartTable { title: t("chart-recovery"), rows }
}

fn parts(view: &DeliveryView) -> ChartTable {
    let parts = &view.figures.change_lead_time.parts;
    let mut rows = PageExport::new(&[t("table-part"), t("table-n"), t("chart-median-name"), t("table-mean")]);
    let named = [
        (t("part-coding"), &parts.coding),
        (t("part-pickup"), &parts.pickup),
        (t("part-review"), &parts.review),
        (t("part-deploy"), &parts.deploy),
    ];
    rows.rows = named
        .map(|(name, part)| {
            let (median, mean) = (format::opt_duration(part.median_s), format::opt_duration(part.mean_s));
            vec![name.to_owned(), format::count(part.n), median, mean]
        })
        .to_vec();
    ChartTable { title: t("chart-parts"), rows }
}

/// Draws a table in a chart's place; `true` when it is to be copied.
pub fn ui(ui: &mut Ui, table: &ChartTable, height: f32) -> bool {
    let tokens = theme::tokens(ui);
    let mut is_copied = false;
    ui.horizontal(|ui| {
        widgets::panel_title(ui, table.title);
        widgets::at_right(ui, |ui| is_copied = widgets::icon_button(ui, Icon::Copy, t("table-copy")).clicked());
    });
    ScrollArea::vertical().id_salt(table.title).max_height(height).auto_shrink(false).show(ui, |ui| {
        if table.rows.rows.is_empty() {
            widgets::muted(ui, t("chart-no-data"));
            return;
        }
        let columns = table.rows.columns.len();
        let width = (ui.available_width() / columns as f32 - 16.0).clamp(48.0, 130.0);
        Grid::new(table.title).num_columns(columns).min_col_width(width).spacing([12.0, 4.0]).show(ui, |ui| {
            for (column, name) in table.rows.columns.iter().enumerate() {
                if column == 0 {
                    widgets::caption(ui, name);
                } else {
                    widgets::number_caption(ui, width, name);
                }
            }
            ui.end_row();
            for row in &table.rows.rows {
                for (column, cell) in row.iter().enumerate() {
                    if column == 0 {
                        ui.add(Label::new(RichText::new(cell).color(tokens.strong)).truncate());
                    } else {
                        widgets::number_cell(ui, width, cell);
                    }
                }
                ui.end_row();
            }
        });
    });
    is_copied
}
