//! The answers of OVHcloud's API: the simulator's own ones, distorted by the input.
//!
//! One collector reads the distorted answer over real HTTP, and its page is judged.

use std::collections::{BTreeMap, BTreeSet};

use ovhcloud_exporter::collectors;
use ovhcloud_exporter::config::api::ListMode;
use ovhcloud_exporter::config::credential::Credential;
use ovhcloud_exporter::config::detail::Detail;
use ovhcloud_exporter::exposition::Format;
use ovhcloud_exporter::secret::{Secret, Source};
use ovhcloud_simulator::{Auth, Effect, Fault, Simulator};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

use crate::exporter::{Exporter, account, reference};

/// A true answer, and the collector that reads it.
struct Original {
    collector: &'static str,
    template: &'static str,
    body: Vec<u8>,
}

/// The simulator with its true answers.
pub struct Answers {
    runtime: Runtime,
    simulator: Simulator,
    originals: Vec<Original>,
}

impl Answers {
    /// Asks the simulator for an answer of each route.
    pub fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let simulator = runtime.block_on(reference());
        let originals = runtime.block_on(originals(&simulator));
        assert!(originals.len() > 60, "{} answers", originals.len());
        Self { runtime, simulator, originals }
    }

    /// Reads one answer as the input distorts it: two bytes choose the answer, and each four bytes
    /// after them are a change, a place in it and a byte. `judge` reads the page of metrics.
    pub fn read(&self, input: &[u8], judge: impl Fn(&str) -> Result<(), String>) {
        let (chosen, changes) = input.split_at(input.len().min(2));
        let number = chosen.iter().fold(0, |sum, byte| sum * 256 + usize::from(*byte));
        let original = &self.originals[number % self.originals.len()];
        let body = distorted(original.body.clone(), changes);
        let body = String::from_utf8_lossy(&body).into_owned();
        let effect = Effect::Body { status: 200, body: body.clone() };
        self.simulator.faults(vec![Fault::new(original.template, effect)]);

        let mut account = account(&self.simulator, ListMode::Auto);
        account.credential = Credential::AccessToken(Source::Given(token(&self.simulator)));
        account.collectors = BTreeSet::from([original.collector]);
        let mut exporter = Exporter::of(account);
        exporter.detail = Detail::Full;
        self.runtime.block_on(exporter.pass());
        for format in [Format::Classic, Format::OpenMetrics] {
            if let Err(problem) = judge(&exporter.scrape(format).0) {
                panic!("{} of {body}: {problem}", original.template);
            }
        }
        exporter.restart();
    }
}

fn token(simulator: &Simulator) -> Secret {
    let variables = simulator.environment(Auth::Token);
    let token = variables.iter().find(|(name, _)| *name == "OVH_ACCESS_TOKEN").unwrap();
    Secret::new(&token.1)
}

/// The changes that parsers of JSON are known to stumble over, and those of single bytes.
fn distorted(mut body: Vec<u8>, changes: &[u8]) -> Vec<u8> {
    const TEXTS: [&str; 12] = [
        "null",
        "{}",
        "[]",
        "-1",
        "1e400",
        "\"\"",
        "true",
        "99999999999999999999",
        "\\u0000",
        "\"2026-13-45\"",
        "\\ud800",
        ",",
    ];
    for change in changes.chunks_exact(4).take(64) {
        let place = (usize::from(change[1]) * 256 + usize::from(change[2])) % (body.len() + 1);
        let text = TEXTS[usize::from(change[3]) % TEXTS.len()];
        match change[0] % 6 {
            0 => body.insert(place, change[3]),
            1 => body.truncate(place),
            2 => drop(body.drain(place..body.len().min(place + usize::from(change[3])))),
            3 => drop(body.splice(place..place, text.bytes())),
            // The value after the next colon.
            4 => {
                let Some(colon) = body[place..].iter().position(|byte| *byte == b':') else {
                    continue;
                };
                let start = place + colon + 1;
                let end = body[start..].iter().position(|byte| b",}]".contains(byte));
                let end = end.map_or(body.len(), |length| start + length);
                drop(body.splice(start..end, text.bytes()));
            }
            _ => {
                if let Some(byte) = body.get_mut(place) {
                    *byte = change[3];
                }
            }
        }
    }
    body
}

async fn originals(simulator: &Simulator) -> Vec<Original> {
    let mut originals = Vec::new();
    let mut known = BTreeMap::new();
    for collector in collectors::ALL {
        for route in collector.routes {
            let template = route.template;
            let Some(path) = concrete(simulator, template, &mut known).await else { continue };
            for expands in [false, true] {
                let Some(body) = get(simulator, &path, expands).await else { continue };
                originals.push(Original { collector: collector.name, template, body });
            }
        }
    }
    originals
}

/// The template with the id of the first object of each list above it.
async fn concrete(
    simulator: &Simulator,
    template: &'static str,
    known: &mut BTreeMap<String, Option<String>>,
) -> Option<String> {
    let mut path = String::new();
    for segment in template.split('/').skip(1) {
        if !segment.starts_with('{') {
            path = format!("{path}/{segment}");
            continue;
        }
        if !known.contains_key(&path) {
            let list = get(simulator, &path, false).await;
            let list = list.and_then(|body| serde_json::from_slice::<Value>(&body).ok());
            let first = list.and_then(|list| id(list.get(0)?));
            known.insert(path.clone(), first);
        }
        path = format!("{path}/{}", known.get(&path)?.as_ref()?);
    }
    Some(path)
}

fn id(element: &Value) -> Option<String> {
    match element {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        object => ["id", "name", "user"].iter().find_map(|key| id(object.get(key)?)),
    }
}

/// The body of a good answer.
async fn get(simulator: &Simulator, path: &str, expands: bool) -> Option<Vec<u8>> {
    let path = if path.starts_with("/v2/") { path.to_owned() } else { format!("/1.0{path}") };
    let mut stream = TcpStream::connect(simulator.address()).await.unwrap();
    let token = token(simulator);
    let expanded = if expands { "x-pagination-mode: CachedObjectList-Pages\r\n" } else { "" };
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n{expanded}connection: close\
         \r\n\r\n",
        simulator.address(),
        token.expose(),
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    answer.starts_with(b"HTTP/1.1 200").then(|| answer[end + 4..].to_vec())
}
