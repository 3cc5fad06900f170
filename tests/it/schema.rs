//! Whatever OVHcloud's schema allows is read: answers drawn from it lose no object.
//!
//! Every member but the id may be missing, null or of a value that is not known yet, and new ones may come;
//! OVHcloud's models mark no member as required. Each collector's routes are answered so, a new
//! collector's without a line more here. Only the projects stay the simulator's own.

mod draw;
pub(crate) mod page;
mod spoilt;

use std::collections::{BTreeMap, BTreeSet};
use std::env::var_os;

use ovhcloud_exporter::collectors::{self, Inventory, State};
use ovhcloud_exporter::config::detail::Detail;
use ovhcloud_exporter::exposition::Format;
use ovhcloud_exporter::inventory::Reason;
use ovhcloud_simulator::{Effect, Fault, Simulator};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::{Builder, Runtime};

use crate::exporter::{Exporter, reference};

use draw::{Answers, Drawer, Style};

/// The projects of the reference account, each of which is read.
const PROJECTS: usize = 3;
/// How many draws are read; `PROPTEST_CASES` sets another number.
const CASES: u32 = 24;

/// The routes that the simulator answers by itself: where the others are asked.
const OWN: [&str; 3] =
    ["/cloud/project", "/cloud/project/{serviceName}", "/v2/publicCloud/project"];

/// The routes of the collectors, except the projects.
fn templates() -> BTreeSet<&'static str> {
    let routes = collectors::ALL.iter().flat_map(|collector| collector.routes);
    routes.map(|route| route.template).filter(|template| !OWN.contains(template)).collect()
}

/// Reads the drawn answers with every collector.
async fn read(simulator: &Simulator, answers: &Answers) -> Exporter {
    let fault = |(template, answer): (&&str, &serde_json::Value)| {
        let body = answer.to_string();
        let is_one = template.ends_with('}') && answer.is_object();
        let effect = if is_one { Effect::Like(body) } else { Effect::Body { status: 200, body } };
        Fault::new(template, effect)
    };
    read_faults(simulator, answers.0.iter().map(fault).collect()).await
}

/// Reads what is left by the faults with every collector.
async fn read_faults(simulator: &Simulator, faults: Vec<Fault>) -> Exporter {
    simulator.faults(faults);
    let mut exporter = Exporter::new(simulator);
    exporter.detail = Detail::Full;
    exporter.pass().await;
    exporter
}

/// How many objects a list was answered with in all: it is asked for in each project, and for each
/// object of the list above it.
fn drawn(template: &str, answers: &Answers) -> Option<usize> {
    let mut count = answers.0.get(template)?.as_array()?.len();
    for (end, _) in template.match_indices("/{") {
        let (above, _) = template.split_at(end);
        count *= match above {
            _ if OWN.contains(&above) => PROJECTS,
            _ => answers.0.get(above)?.as_array()?.len(),
        };
    }
    Some(count)
}

/// The collectors whose objects are those of one of their lists, which an answer shows that lacks
/// nothing, and that list.
fn lists(inventory: &Inventory, answers: &Answers) -> BTreeMap<&'static str, &'static str> {
    let list_of = |state: State<'_>| {
        let collector = collectors::ALL.iter().find(|one| one.name == state.name)?;
        let mut templates = collector.routes.iter().map(|route| route.template);
        let list = templates.find(|template| drawn(template, answers) == Some(state.objects))?;
        Some((state.name, list))
    };
    inventory.states().into_iter().filter_map(list_of).collect()
}

/// Nothing is missing, and what is published can be read.
fn judge(exporter: &Exporter) -> Result<(), String> {
    for state in exporter.inventory().states() {
        let gaps = &state.reading.unwrap().gaps;
        // A region may be drawn as out of service.
        if gaps.iter().any(|gap| gap.reason != Reason::Maintenance) {
            return Err(format!("{} has {gaps:?}", state.name));
        }
    }
    for format in [Format::Classic, Format::OpenMetrics] {
        page::read(&exporter.scrape(format).0)?;
    }
    // The state file returns the written inventory.
    let written = serde_json::to_string(exporter.inventory()).unwrap();
    let again: Inventory = serde_json::from_str(&written).unwrap();
    for (before, after) in exporter.inventory().states().iter().zip(again.states()) {
        if before.objects != after.objects {
            return Err(format!("{} can't be read from the state file", before.name));
        }
    }
    Ok(())
}

/// The list of each collector's objects, by the collector's name.
fn known_lists(
    runtime: &Runtime,
    simulator: &Simulator,
    drawer: &Drawer,
) -> BTreeMap<&'static str, &'static str> {
    let whole = drawer.answers(&templates(), Style::Whole);
    let whole = whole.new_tree(&mut TestRunner::deterministic()).unwrap().current();
    let exporter = runtime.block_on(read(simulator, &whole));
    judge(&exporter).unwrap();
    let lists = lists(exporter.inventory(), &whole);
    assert!(lists.len() * 2 > collectors::ALL.len(), "not many were looked at: {lists:?}");
    lists
}

fn config() -> Config {
    let cases = if var_os("PROPTEST_CASES").is_none() { CASES } else { Config::default().cases };
    Config { cases, failure_persistence: None, ..Config::default() }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn whatever_the_schema_allows_loses_no_object() {
    let runtime = runtime();
    let simulator = runtime.block_on(reference());
    let drawer = Drawer::new();

    // Complete answers first, which show the list of each object.
    let lists = known_lists(&runtime, &simulator, &drawer);
    let result =
        TestRunner::new(config()).run(&drawer.answers(&templates(), Style::Odd), |answers| {
            let exporter = runtime.block_on(read(&simulator, &answers));
            judge(&exporter).map_err(TestCaseError::fail)?;
            for state in exporter.inventory().states() {
                let Some(list) = lists.get(state.name) else { continue };
                let expected = drawn(list, &answers).unwrap();
                if state.objects != expected {
                    let found = state.objects;
                    let problem = format!("{}: {found} objects of {expected}", state.name);
                    return Err(TestCaseError::fail(problem));
                }
            }
            Ok(())
        });
    if let Err(problem) = result {
        panic!("{problem}");
    }
}
