//! An API that answers every call with as much as it can: the memory of the exporter stays bounded.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::sync::Arc;
use std::thread;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::program::program;

/// The memory of the whole process, in MB, as many containers limit it.
const MOST: usize = 256;

/// Lists of the account, more than there are calls in flight.
const COLLECTORS: [&str; 12] = [
    "account_ssh_key",
    "api_application",
    "api_credential",
    "cloud_project",
    "iam_group",
    "iam_permissions_group",
    "iam_policy",
    "iam_resource",
    "iam_resource_group",
    "iam_user",
    "identity_provider",
    "oauth2_client",
];

/// A body, and the headers that announce it.
struct Answer {
    headers: &'static str,
    body: Vec<u8>,
}

/// A list of this element, of about so many bytes.
fn list(element: &str, bytes: usize) -> Vec<u8> {
    let mut body = Vec::with_capacity(bytes + 8);
    body.push(b'[');
    while body.len() < bytes {
        body.extend_from_slice(element.as_bytes());
        body.push(b',');
    }
    body.extend_from_slice(element.as_bytes());
    body.push(b']');
    body
}

/// Answers each request of a connection until its end.
fn serve(stream: TcpStream, answer: &Answer) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut writer = stream;
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().ok()?;
            }
            if line.is_empty() {
                break;
            }
        }
        reader.by_ref().take(length).read_to_end(&mut Vec::new()).ok()?;
        let Answer { headers, body } = answer;
        let head = format!("HTTP/1.1 200 OK\r\n{headers}content-length: {}\r\n\r\n", body.len());
        writer.write_all(head.as_bytes()).ok()?;
        writer.write_all(body).ok()?;
    }
}

/// The address of a server that gives this answer to everything.
fn hostile(answer: Answer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || serve(stream, &answer));
        }
    });
    format!("http://{address}/1.0")
}

/// The highest memory of a whole refresh, in MB, and the last line of its log.
fn peak(answer: Answer) -> (usize, String) {
    let endpoint = hostile(answer);
    let mut arguments = vec!["--web.listen-address", "127.0.0.1:0", "--collector.disable-defaults"];
    let on = COLLECTORS.map(|name| format!("--collector.{name}"));
    arguments.extend(on.iter().map(String::as_str));
    let mut child = program(&arguments)
        .env("OVH_ENDPOINT", endpoint)
        .env("OVH_ACCESS_TOKEN", "a-token-of-the-tests")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = BufReader::new(child.stderr.take().unwrap());
    let last = log.lines().map_while(Result::ok).find(|line| line.contains("refresh complete"));
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kilobytes: usize = peak.trim().trim_end_matches(" kB").parse().unwrap();
    (kilobytes / 1000, last.expect("the refresh ends"))
}

#[test]
#[cfg(target_os = "linux")]
fn no_answer_takes_more_memory_than_a_container_has() {
    const LARGE: usize = 48 << 20;
    let plain = |element| Answer { headers: "", body: list(element, LARGE) };
    let mut bomb = GzEncoder::new(Vec::new(), Compression::fast());
    bomb.write_all(&list("null", LARGE)).unwrap();
    let bomb = Answer { headers: "content-encoding: gzip\r\n", body: bomb.finish().unwrap() };
    for (name, answer) in [
        ("nulls", plain("null")),
        ("empty objects", plain("{}")),
        ("equal ids", plain("1")),
        ("a gzip bomb", bomb),
    ] {
        let (peak, last) = peak(answer);
        println!("{name}: {peak} MB");
        assert!(peak < MOST, "{name}: {peak} MB");
        assert!(last.contains("collectors_failing=12"), "{name}: {last}");
    }
}
