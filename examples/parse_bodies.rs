//! Measures the anchor of a refresh: `serde_json` alone, into types with the few members that are
//! read, over the bodies that `benches/refresh.py` recorded.
//!
//! The six routes of many objects are parsed into types; all others are only skimmed, which is less
//! than any reader does.
#![expect(clippy::print_stdout, reason = "the figures are the purpose")]

use std::env;
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::Path;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

/// Parses of each body.
const ROUNDS: u32 = 9;

type Text = Option<String>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "they are parsed, and nothing else")]
struct Instance {
    id: Text,
    name: Text,
    region: Text,
    status: Text,
    created: Text,
    flavor_id: Text,
    image_id: Text,
    ssh_key_id: Text,
    ip_addresses: Option<Vec<Address>>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "they are parsed, and nothing else")]
struct Address {
    ip: Text,
    #[serde(rename = "type")]
    kind: Text,
    version: Option<u8>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "they are parsed, and nothing else")]
struct Stored {
    id: Text,
    name: Text,
    region: Text,
    #[serde(rename = "type")]
    kind: Text,
    status: Text,
    visibility: Text,
    volume_id: Text,
    size: Option<f64>,
    attached_to: Option<Vec<String>>,
    tags: Option<Vec<String>>,
    creation_date: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "they are parsed, and nothing else")]
struct Volume {
    id: Text,
    current_state: Option<State>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "they are parsed, and nothing else")]
struct State {
    encryption: Option<Encryption>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "they are parsed, and nothing else")]
struct Encryption {
    enabled: Option<bool>,
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<()> {
    black_box(serde_json::from_slice::<T>(body)?);
    Ok(())
}

fn parse_of(path: &str, body: &[u8]) -> serde_json::Result<()> {
    let route = path.split('?').next().unwrap_or_default();
    let ends = |names: &[&str]| names.iter().any(|name| route.ends_with(name));
    if ends(&["/block/volume"]) {
        parse::<Vec<Volume>>(body)
    } else if ends(&["/instance"]) {
        parse::<Vec<Instance>>(body)
    } else if ends(&["/volume", "/image", "/snapshot"]) {
        parse::<Vec<Stored>>(body)
    } else {
        parse::<IgnoredAny>(body)
    }
}

/// The CPU time of this thread: other programs do not count.
fn seconds() -> Result<f64, Box<dyn Error>> {
    let text = fs::read_to_string("/proc/self/schedstat")?;
    Ok(text.split(' ').next().unwrap_or_default().parse::<f64>()? / 1e9)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("usage: parse_bodies FOLDER")?;
    let folder = Path::new(&folder);
    let mut bodies = Vec::new();
    for line in fs::read_to_string(folder.join("index"))?.lines() {
        // A number, a status and a path: the file of the number has the body.
        let mut words = line.split(' ');
        let (number, status, path) = (words.next(), words.next(), words.next());
        if let (Some(number), Some("200"), Some(path)) = (number, status, path) {
            bodies.push((path.to_owned(), fs::read(folder.join(number))?));
        }
    }
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let before = seconds()?;
        for (path, body) in &bodies {
            parse_of(path, body)?;
        }
        best = best.min(seconds()? - before);
    }
    let bytes: usize = bodies.iter().map(|(_, body)| body.len()).sum();
    println!("{bytes} {best:.4}");
    Ok(())
}
