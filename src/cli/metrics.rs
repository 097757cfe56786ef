use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::CliError;
use super::args::Metrics;
use crate::engine::format;
use crate::engine::{
    By, DeliveryAsk, DeliveryView, EngineError, MetricsAsk, PeriodChoice, Snapshot, Workspace, explain_json,
    metrics_json,
};
use crate::metrics::benchmark::Benchmark;
use crate::metrics::{Definition, Explain, Figures, Filter};

pub fn run(path: &Path, args: &Metrics) -> Result<ExitCode, CliError> {
    let metric = args
        .explain
        .as_ref()
        .map(|word| {
            Explain::parse(word).ok_or_else(|| {
                CliError::Usage(format!("--explain {word}: choose frequency, lead, fail, recovery or rework"))
            })
        })
        .transpose()?;
    let by = args
        .by
        .as_ref()
        .map(|word| {
            By::parse(word)
                .ok_or_else(|| CliError::Usage(format!("--by {word}: choose day, week, month, service or pipeline")))
        })
        .transpose()?;
    let (definition, definition_name) = definition(&args.definition)?;
    let workspace = Workspace::open_reader(path)?;
    let snapshot = workspace.load()?;
    let ask = MetricsAsk {
        period: period(args)?,
        zone: args.zone.clone().unwrap_or_else(|| snapshot.settings.zone.clone()),
        definition,
        definition_name,
        filter: filter(&snapshot, args)?,
        benchmark: benchmark(args)?,
        by,
    };
    if let Some(metric) = metric {
        print_json(&explain_json(&workspace, &snapshot, &ask, metric)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.json || by.is_some() || ask.benchmark.is_some() {
        print_json(&metrics_json(&snapshot, &ask)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let view = DeliveryView::new(
        &snapshot,
        &DeliveryAsk { filter: ask.filter, period: ask.period, zone: ask.zone, definition: ask.definition },
    )?;
    let last = view.period.date_of(crate::model::Time(view.period.to.0 - 1));
    say!(
        "{} to {last} ({}), definition {}",
        view.period.date_of(view.period.from),
        view.period.zone_name,
        ask.definition_name
    );
    print_figures(&view.figures);
    Ok(ExitCode::SUCCESS)
}

fn print_json(value: &serde_json::Value) -> Result<(), CliError> {
    let text = serde_json::to_string(value).map_err(|error| CliError::Failed(error.to_string()))?;
    say!("{text}");
    Ok(())
}

fn benchmark(args: &Metrics) -> Result<Option<Benchmark>, CliError> {
    let Some(word) = &args.benchmark else { return Ok(None) };
    let known: Vec<&str> = Benchmark::ALL.into_iter().map(Benchmark::as_str).collect();
    let found = Benchmark::parse(word);
    found.map(Some).ok_or_else(|| CliError::Usage(format!("--benchmark {word}: choose one of {}", known.join(", "))))
}

fn period(args: &Metrics) -> Result<PeriodChoice, CliError> {
    match (&args.from, &args.to) {
        (None, None) => Ok(PeriodChoice::default()),
        (Some(from), Some(to)) => Ok(PeriodChoice::Dates { from: from.clone(), to: to.clone() }),
        _ => Err(CliError::Usage("--from and --to go together".to_owned())),
    }
}

fn definition(name: &str) -> Result<(Definition, String), CliError> {
    if let Some(definition) = Definition::preset(name) {
        return Ok((definition, name.to_owned()));
    }
    let path = PathBuf::from(name);
    if !path.exists() {
        return Err(CliError::Usage(format!(
            "there is no definition \"{name}\": use dora, devlake, middleware, heartbeat, metrik, or a JSON file"
        )));
    }
    let text = std::fs::read_to_string(&path)?;
    // By name only: a list would fit the options in their order.
    let definition = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text)
        .and_then(|options| serde_json::from_value(options.into()))
        .map_err(|error| EngineError::BadDefinition { why: error.to_string(), path: path.clone() })?;
    Ok((definition, name.to_owned()))
}

fn filter(snapshot: &Snapshot, args: &Metrics) -> Result<Filter, CliError> {
    let keys = |kind, names: &[String]| Workspace::resolve_filter(snapshot, kind, names);
    Ok(Filter {
        services: keys("service", &args.service)?,
        teams: keys("team", &args.team)?,
        environments: keys("environment", &args.environment)?,
        pipelines: keys("pipeline", &args.pipeline)?,
        branches: keys("branch", &args.branch)?,
    })
}

fn print_figures(figures: &Figures) {
    let (f, l, c, r, w) = (
        &figures.deployment_frequency,
        &figures.change_lead_time,
        &figures.change_fail_rate,
        &figures.recovery_time,
        &figures.rework_rate,
    );
    let row = |name: &str, value: String, n: String| say!("  {name:<32} {value:>16}   {n}");
    row("Deployment frequency", format::per(f.value, &f.value_unit), format!("{} deployments", f.deployments));
    row(
        "Change lead time",
        format::opt_duration(l.value_s),
        format!("n = {}, p90 {}", l.n, format::opt_duration(l.p90_s)),
    );
    let interval = match (c.low, c.high) {
        (Some(low), Some(high)) => format!(", 95 % interval {} to {}", format::percent(low), format::percent(high)),
        _ => String::new(),
    };
    row("Change fail rate", format::opt_percent(c.rate), format!("{} of {}{interval}", c.failed, c.total));
    row(
        "Failed deployment recovery time",
        format::opt_duration(r.value_s),
        format!("n = {}, {} still open", r.n, r.open),
    );
    row("Deployment rework rate", format::opt_percent(w.rate), format!("{} of {}", w.rework, w.total));
}

/// The five metrics of the last 90 days.
pub fn print_table(snapshot: &Snapshot) -> Result<(), CliError> {
    let ask = DeliveryAsk { zone: snapshot.settings.zone.clone(), ..DeliveryAsk::default() };
    let view = DeliveryView::new(snapshot, &ask)?;
    let mark = if snapshot.is_sample { "Sample data. " } else { "" };
    say!("{mark}The last 90 days, definition dora:");
    print_figures(&view.figures);
    Ok(())
}
