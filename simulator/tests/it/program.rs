//! The program: what it prints, answers, and how it ends.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::client::send;

/// Starts the program and reads the variables that it prints.
async fn program(arguments: &[&str], variables: usize) -> (Child, BTreeMap<String, String>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ovhcloud-simulator"))
        .args(arguments)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut read = BTreeMap::new();
    for _ in 0..variables {
        let line = timeout(Duration::from_secs(20), lines.next_line()).await.unwrap();
        let line = line.unwrap().unwrap();
        let (name, value) = line.split_once('=').unwrap();
        read.insert(name.to_owned(), value.to_owned());
    }
    (child, read)
}

fn address(variables: &BTreeMap<String, String>) -> SocketAddr {
    let endpoint = &variables["OVH_ENDPOINT"];
    endpoint.strip_prefix("http://").unwrap().strip_suffix("/1.0").unwrap().parse().unwrap()
}

async fn stats(address: SocketAddr, method: &str) -> Value {
    let request = Request::builder().method(method).uri("/_simulator/stats");
    let request = request.header("host", "simulator").body(Full::new(Bytes::new())).unwrap();
    send(address, request).await.unwrap().json()
}

#[tokio::test]
async fn it_prints_variables_answers_and_ends_well() {
    let (mut child, variables) = program(&["--projects", "2", "--token-lifetime", "10m"], 3).await;
    let names: Vec<_> = variables.keys().map(String::as_str).collect();
    assert_eq!(names, ["OVH_CLIENT_ID", "OVH_CLIENT_SECRET", "OVH_ENDPOINT"]);
    let address = address(&variables);
    let time = Request::builder().uri("/1.0/auth/time").header("host", address.to_string());
    send(address, time.body(Full::new(Bytes::new())).unwrap()).await.unwrap();
    let counted = stats(address, "GET").await;
    assert_eq!(counted["requests"], 1);
    assert_eq!(counted["by_route"]["/auth/time"], 1);
    assert_eq!(counted["by_mode"]["plain"], 1);
    stats(address, "DELETE").await;
    assert_eq!(stats(address, "GET").await["requests"], 0);

    let id = child.id().unwrap().to_string();
    let killed = Command::new("kill").args(["-TERM", &id]).status().await.unwrap();
    assert!(killed.success());
    let ended = timeout(Duration::from_secs(10), child.wait()).await.unwrap().unwrap();
    assert_eq!(ended.code(), Some(0));
}

#[tokio::test]
async fn it_prints_the_variables_of_the_identity_asked_for() {
    let (_child, variables) = program(&["--reference", "--auth", "application-key"], 4).await;
    let names: Vec<_> = variables.keys().map(String::as_str).collect();
    let wanted =
        ["OVH_APPLICATION_KEY", "OVH_APPLICATION_SECRET", "OVH_CONSUMER_KEY", "OVH_ENDPOINT"];
    assert_eq!(names, wanted);
    let (_child, variables) = program(&["--reference", "--auth", "token"], 2).await;
    assert!(variables.contains_key("OVH_ACCESS_TOKEN"));
}

#[tokio::test]
async fn it_ends_badly_where_it_cannot_listen() {
    let (_child, variables) = program(&["--reference"], 3).await;
    let taken = address(&variables).to_string();
    let ended = Command::new(env!("CARGO_BIN_EXE_ovhcloud-simulator"))
        .args(["--reference", "--listen", &taken])
        .stderr(Stdio::null())
        .status();
    assert_eq!(timeout(Duration::from_secs(10), ended).await.unwrap().unwrap().code(), Some(1));
}
