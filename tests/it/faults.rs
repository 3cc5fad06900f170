//! The fault table: each fault on each kind of route, against an exporter with known values ("warm") and
//! against one that starts into the fault ("fresh").
//!
//! By default a sample runs: each class of faults on one kind of route. `FAULTS=part` runs a part that
//! has every class of faults on every kind of route, and every fault at least twice. `FAULTS=all` runs the
//! whole table, and prints it. `FAULTS=list:401` runs the cells of these names.

mod act;
mod cell;
pub(crate) mod fault;
mod fleet;
mod judge;
mod kind;
mod log;
pub(crate) mod proxy;

use std::collections::{BTreeMap, VecDeque};
use std::env;
use std::fmt::Write as _;
use std::io::{Write as _, stderr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use tokio::runtime::Builder;

use cell::{Cell, Place};
use fault::CLASSES;
use judge::{Defect, LETTERS};
use kind::{KINDS, Kind};
use log::Log;
use proxy::Proxy;

use crate::documents;
use crate::exporter::reference;

/// The limit of an answer in these runs.
pub(crate) const LARGEST_ANSWER: usize = 1 << 20;
/// Cells at once. They wait more than they compute.
const THREADS: usize = 8;
const DOCUMENT: &str = "docs/faults.md";

/// How much of the table runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// One cell of each class.
    Sample,
    /// Enough that each kind has a cell of each class, and each fault two cells.
    Part,
    Whole,
}

fn cells(extent: Extent) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (number, class) in CLASSES.iter().enumerate() {
        let fits = |kind: &&Kind| class.only.is_empty() || class.only.contains(&kind.name);
        let kinds: Vec<&'static Kind> = KINDS.iter().filter(fits).collect();
        let count = class.faults.len();
        let each = match extent {
            Extent::Sample => {
                cells.push((kinds[number % kinds.len()], &class.faults[0]));
                continue;
            }
            Extent::Part => (2 * count).div_ceil(kinds.len()).min(count),
            Extent::Whole => count,
        };
        for (index, kind) in kinds.into_iter().enumerate() {
            cells
                .extend((0..each).map(|step| (kind, &class.faults[(index * each + step) % count])));
        }
    }
    cells
}

type Results = BTreeMap<(&'static str, &'static str), Vec<Defect>>;

/// Runs cells until none is left.
#[expect(clippy::print_stderr, reason = "the place of a failure among hundreds of cells")]
fn work(queue: &Mutex<VecDeque<Cell>>, results: &Mutex<Results>) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let log = Log::default();
    let _guard = log.listen();
    let simulator = runtime.block_on(reference());
    loop {
        let Some((kind, fault)) = queue.lock().unwrap().pop_front() else { return };
        let began = Instant::now();
        let run = async {
            let proxy = Proxy::start(simulator.address()).await;
            let is_patient = env::var_os("FAULTS").is_some_and(|wanted| wanted == "all");
            let place = Place { simulator: &simulator, proxy: &proxy, log: &log, is_patient };
            Box::pin(place.run(kind, fault)).await
        };
        let result = catch_unwind(AssertUnwindSafe(|| runtime.block_on(run)));
        let defects = result.unwrap_or_else(|_| vec![Defect('X', "a panic".to_owned())]);
        let seconds = began.elapsed().as_secs_f64();
        if !defects.is_empty() || env::var_os("FAULTS").is_some() {
            eprintln!("{} x {}: {seconds:.1} s {defects:?}", kind.name, fault.name);
        }
        results.lock().unwrap().insert((kind.name, fault.name), defects);
    }
}

fn run(cells: Vec<Cell>) -> Results {
    let queue = Mutex::new(VecDeque::from(cells));
    let results = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| work(&queue, &results));
        }
    });
    results.into_inner().unwrap()
}

/// `ok`, or the letters of the defects.
fn verdict(defects: &[Defect]) -> String {
    let mut letters: Vec<char> = defects.iter().map(|Defect(letter, _)| *letter).collect();
    letters.sort_unstable();
    letters.dedup();
    if letters.is_empty() { "ok".to_owned() } else { letters.into_iter().collect() }
}

/// The table in Markdown.
fn table(results: &Results) -> String {
    let names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
    let mut text =
        format!("| fault | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(names.len()));
    for class in CLASSES {
        for fault in class.faults {
            let of = |kind: &&str| {
                results.get(&(*kind, fault.name)).map_or("–".to_owned(), |found| verdict(found))
            };
            let cells: Vec<_> = names.iter().map(of).collect();
            writeln!(text, "| {} | {} |", fault.name, cells.join(" | ")).unwrap();
        }
    }
    let failing = results.values().filter(|defects| !defects.is_empty()).count();
    writeln!(text, "\n{} cells, {failing} of them not ok. Letters:\n", results.len()).unwrap();
    for (letter, meaning) in LETTERS {
        writeln!(text, "- {letter}: {meaning}").unwrap();
    }
    text
}

#[test]
fn faults_on_kinds_of_routes_are_judged() {
    let wanted = env::var_os("FAULTS").and_then(|text| text.into_string().ok()).unwrap_or_default();
    let extent = match wanted.as_str() {
        "" => Extent::Sample,
        "part" => Extent::Part,
        "all" => Extent::Whole,
        cells if cells.contains(':') => Extent::Whole,
        other => panic!("FAULTS is part, all or KIND:FAULT, and not {other}"),
    };
    let mut cells = cells(extent);
    if extent == Extent::Sample {
        let all = self::cells(Extent::Whole).len();
        let left = all - cells.len();
        // Not by a macro: a test that passes would swallow it.
        let said =
            format!("did not run: {left} of {all} cells; FAULTS=part or FAULTS=all runs them\n");
        stderr().write_all(said.as_bytes()).unwrap();
    }
    if let Some((kind, fault)) = wanted.split_once(':') {
        cells.retain(|cell| cell.0.name.contains(kind) && cell.1.name.contains(fault));
    }
    let began = Instant::now();
    assert!(!cells.is_empty(), "FAULTS={wanted} names no cell");
    let results = run(cells);
    let table = table(&results);
    if extent == Extent::Whole {
        println!("{table}");
    }
    println!("{} cells in {:.0} s", results.len(), began.elapsed().as_secs_f64());
    let failing: Vec<_> = results.iter().filter(|(_, defects)| !defects.is_empty()).collect();
    assert!(failing.is_empty(), "{} cells: {failing:#?}", failing.len());
    if wanted == "all" {
        documents::assert_part(DOCUMENT, "faults", &table);
    }
}

#[test]
fn the_part_has_every_class_on_every_kind_and_every_fault_twice() {
    let part = cells(Extent::Part);
    for class in CLASSES {
        for kind in KINDS {
            let is_wanted = class.only.is_empty() || class.only.contains(&kind.name);
            let is_of_class = |cell: &Cell| {
                cell.0.name == kind.name && class.faults.iter().any(|it| it.name == cell.1.name)
            };
            assert_eq!(part.iter().any(is_of_class), is_wanted, "{} {}", class.name, kind.name);
        }
        for fault in class.faults {
            let count = part.iter().filter(|cell| cell.1.name == fault.name).count();
            let wanted = if class.only.is_empty() { 2 } else { class.only.len().min(2) };
            assert!(count >= wanted, "{}: {count}", fault.name);
        }
    }
}
