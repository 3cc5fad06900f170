//! A long run: accounts that change with each call, and faults of every kind on some of the calls.
//! Memory, descriptors, threads and the page stay flat in the second half.
//!
//! `SOAK=10000` sets the number of refreshes, `SOAK_EXPORTER` another binary. The program runs in a
//! process of its own; the simulators and the proxies run here.

mod judge;

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ovhcloud_simulator::{Account, Auth, Options, Simulator, Size};
use serde_json::json;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::exporter::{NOW, http, simulator, time};
use crate::faults::fault::{CLASSES, Fault};
use crate::faults::proxy::Proxy;
use crate::program::{logged_url, program, signal, wait};

/// Refreshes of a run without a variable.
const REFRESHES: u64 = 240;
const ACCOUNTS: usize = 4;
/// Parts of a thousand of the calls that are struck.
const STRUCK: u64 = 30;
/// The growth of memory and of the page that is noise.
const MEMORY: f64 = 0.10;
/// The growth of descriptors and threads that is noise.
const COUNTS: f64 = 0.10;
/// Descriptors or threads that are no leak.
const A_FEW: f64 = 2.0;

const SMALL: Size = Size {
    seed: 1,
    projects: 2,
    instances: 5,
    users: 5,
    credentials: 5,
    applications: 5,
    policies: 5,
    ssh_keys: 2,
    regions: 2,
    kms: 1,
    buckets: 1,
    containers: 1,
    databases: 1,
    clusters: 1,
};

/// The faults of the run: those after which a route is asked again at once.
fn faults() -> Vec<&'static Fault> {
    let general = CLASSES.iter().filter(|class| class.only.is_empty());
    general
        .filter(|class| class.name != "long Retry-After")
        .flat_map(|class| class.faults)
        .collect()
}

/// The elements of one list get other names: what was there is gone, and something else is there.
fn change(account: &mut Account, number: u64) {
    let projects = account.projects();
    let mut paths = vec!["/me/api/application".to_owned(), "/v2/iam/policy".to_owned()];
    for project in projects {
        paths.push(format!("/cloud/project/{project}/instance"));
        paths.push(format!("/cloud/project/{project}/sshkey"));
    }
    let place = usize::try_from(number).unwrap();
    let list = account.list_mut(&paths[place % paths.len()]);
    let length = list.len().max(1);
    if let Some(element) = list.get_mut(place % length) {
        for member in ["name", "description"] {
            if element.get(member).is_some() {
                element[member] = json!(format!("name-{number}"));
            }
        }
        if let Some(id) = element.get("id").filter(|id| id.is_string()) {
            let id = format!("{:.24}{number:012x}", id.as_str().unwrap());
            element["id"] = json!(id);
        }
    }
}

/// A simulator behind a proxy that changes it with each call, and strikes some with the next fault.
///
/// The faults come in turn: what the first one of a kind leaves in the memory, such as the room of
/// the largest answer, is there before the second half begins.
async fn account(seed: u64, strikes: Arc<AtomicUsize>) -> (Arc<Simulator>, Proxy) {
    let options = Options::new(Account::generate(Size { seed, ..SMALL }, time(NOW)));
    let simulator = Arc::new(simulator(options).await);
    let proxy = Proxy::start(simulator.address()).await;
    let (changed, faults, count) = (Arc::clone(&simulator), faults(), AtomicU64::new(seed));
    proxy.strike(Box::new(move |path| {
        let number = count.fetch_add(1, Ordering::Relaxed);
        changed.change(|account| change(account, number));
        // A token and the time are asked for seldom: a fault there would be most of the run.
        let is_struck = !path.starts_with("/auth/") && fastrand::u64(..1000) < STRUCK;
        is_struck.then(|| {
            let strike = strikes.fetch_add(1, Ordering::Relaxed);
            faults[strike % faults.len()].trouble
        })
    }));
    (simulator, proxy)
}

/// The configuration file with these accounts.
fn configuration(accounts: &[(Arc<Simulator>, Proxy)]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("soak.yaml");
    let mut text = "refresh:\n  interval: 1s\napi:\n  connect_timeout: 1s\n  read_timeout: 1s\n  \
                    call_timeout: 3s\naccounts:\n"
        .to_owned();
    for (index, (simulator, proxy)) in accounts.iter().enumerate() {
        let variables = simulator.environment(Auth::OAuth2);
        let value = |name: &str| &variables.iter().find(|(key, _)| *key == name).unwrap().1;
        let account = format!(
            "  - name: account{index}\n    endpoint: http://{}/1.0\n    credential:\n      \
             client_id: {}\n      client_secret: {}\n",
            proxy.address,
            value("OVH_CLIENT_ID"),
            value("OVH_CLIENT_SECRET"),
        );
        text.push_str(&account);
    }
    let mut file = fs::OpenOptions::new();
    let mut file = file.write(true).create(true).truncate(true).mode(0o600).open(&path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    path
}

/// The exporter, the URL of its page, and the number of its refreshes until now.
fn start(configuration: &Path) -> (Child, String, Arc<AtomicU64>) {
    let binary = env::var_os("SOAK_EXPORTER");
    let mut command = binary.map_or_else(|| program(&[]), Command::new);
    let state = configuration.with_file_name("soak-state");
    fs::remove_file(&state).ok();
    command
        .env_clear()
        // As in the image and the systemd unit.
        .env("MALLOC_ARENA_MAX", "1")
        .arg(format!("--config.file={}", configuration.display()))
        .arg(format!("--state.file={}", state.display()))
        .arg("--web.listen-address=127.0.0.1:0")
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let url = logged_url(&mut log);
    let refreshes = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&refreshes);
    thread::spawn(move || {
        for line in log.lines().map_while(Result::ok) {
            assert!(!line.contains("panicked") && !line.contains("a bug"), "{line}");
            counted.fetch_add(u64::from(line.contains("refresh complete")), Ordering::Relaxed);
        }
    });
    (child, url, refreshes)
}

/// The names of the measurements.
const NAMES: [&str; 4] = ["memory (kB)", "descriptors", "threads", "page (bytes)"];

fn measure(child: &Child, page: usize) -> [f64; 4] {
    let process = Path::new("/proc").join(child.id().to_string());
    let status = fs::read_to_string(process.join("status")).unwrap();
    let line = |name: &str| -> f64 {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    };
    let count = |count: usize| f64::from(u32::try_from(count).unwrap());
    let descriptors = fs::read_dir(process.join("fd")).unwrap().count();
    [line("VmRSS:"), count(descriptors), line("Threads:"), count(page)]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_run_with_changes_and_faults_stays_flat() {
    let wanted: u64 =
        env::var_os("SOAK").map_or(REFRESHES, |text| text.to_str().unwrap().parse().unwrap());
    let (mut accounts, strikes) = (Vec::new(), Arc::new(AtomicUsize::new(0)));
    for seed in 0..ACCOUNTS {
        accounts.push(account(u64::try_from(seed).unwrap(), Arc::clone(&strikes)).await);
    }
    let (mut child, url, refreshes) = start(&configuration(&accounts));
    let client = http().build().unwrap();
    let began = Instant::now();
    let (mut series, mut due) = (Vec::new(), 0);
    loop {
        let done = refreshes.load(Ordering::Relaxed);
        if done >= due {
            let page = client.get(&url).send().await.unwrap().bytes().await.unwrap();
            series.push(measure(&child, page.len()));
            due = done + (wanted / 60).max(1);
        }
        if done >= wanted {
            break;
        }
        let limit = Duration::from_secs(120 + wanted * 5);
        assert!(began.elapsed() < limit, "{done} refreshes in {limit:?}");
        sleep(Duration::from_millis(50)).await;
    }
    let struck: usize = accounts.iter().map(|(_, proxy)| proxy.struck()).sum();
    let done = refreshes.load(Ordering::Relaxed);
    println!("{done} refreshes in {:.0} s, {struck} faults", began.elapsed().as_secs_f64());
    signal(&child, "TERM");
    assert_eq!(spawn_blocking(move || wait(&mut child)).await.unwrap(), Some(0));
    assert!(struck >= 2 * faults().len(), "{struck} strikes are not each fault in the first half");
    let limits = [(MEMORY, 0.0), (COUNTS, A_FEW), (COUNTS, A_FEW), (MEMORY, 0.0)];
    for (index, (name, (limit, few))) in NAMES.iter().zip(limits).enumerate() {
        let values: Vec<f64> = series.iter().map(|values| values[index]).collect();
        let settled = judge::settled(&values);
        let growth = judge::growth(&settled);
        let largest = values.iter().copied().fold(0.0, f64::max);
        println!(
            "{name}: first {}, last {}, largest {largest}, growth in the second half {:.1} %",
            values[0],
            values[values.len() - 1],
            growth * 100.0
        );
        // One more thread for blocking work, for a moment of a busy machine, is much of seven.
        let more = settled[settled.len() - 1] - settled[settled.len() / 2];
        assert!(growth < limit || more <= few, "{name} grows: {values:?}");
    }
    let trapped: usize = accounts.iter().map(|(_, proxy)| proxy.trapped()).sum();
    assert_eq!(trapped, 0, "a redirect was followed");
}
