//! The pages as clients see them: formats, codings, methods, and clients that mean no good.

use std::future::pending;
use std::io::Read as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use ovhcloud_exporter::exposition::Format;
use ovhcloud_exporter::server::{self, AppState, Limits, Security};
use ovhcloud_exporter::telemetry::{Build, Telemetry};
use ovhcloud_exporter::{checks, collectors};
use ovhcloud_simulator::Effect;
use reqwest::{Method, Response, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::exporter::{Exporter, reference};
use crate::running::Running;

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn each_format_is_what_its_content_type_says() {
    let simulator = reference().await;
    let running = Running::ready(&simulator).await;
    let open = [("accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")];
    let response = running.ask(Method::GET, "/metrics", &open).await;
    let open_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(header(&response, "content-type"), open_type);
    assert_eq!(header(&response, "vary"), "Accept, Accept-Encoding");
    let open_metrics = response.text().await.unwrap();
    assert!(open_metrics.ends_with("\n# EOF\n"));
    assert_eq!(open_metrics.matches("# EOF").count(), 1);

    let response = running.get("/metrics").await;
    assert_eq!(header(&response, "content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let classic = response.text().await.unwrap();
    assert!(!classic.contains("# EOF") && !classic.contains("# UNIT"));
    assert!(classic.contains("# TYPE ovhcloud_exporter_api_requests_total counter\n"));
    assert!(open_metrics.contains("# TYPE ovhcloud_exporter_api_requests counter\n"));
    let inventory = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.starts_with("ovhcloud_cloud_"));
        lines.map(str::to_owned).collect()
    };
    assert!(inventory(&classic).len() > 5);
    assert_eq!(inventory(&classic), inventory(&open_metrics));
}

#[tokio::test]
async fn a_compressed_page_is_one_member_with_the_same_text() {
    let simulator = reference().await;
    let running = Running::ready(&simulator).await;
    let gzip = [("accept-encoding", "gzip"), ("accept", "application/openmetrics-text")];
    let response = running.ask(Method::GET, "/metrics", &gzip).await;
    assert_eq!(header(&response, "content-encoding"), "gzip");
    let length: usize = header(&response, "content-length").parse().unwrap();
    let body = response.bytes().await.unwrap();
    assert_eq!(body.len(), length);
    let mut text = String::new();
    GzDecoder::new(&*body).read_to_string(&mut text).unwrap();
    assert!(text.ends_with("\n# EOF\n"));
    let plain = running.ask(Method::GET, "/metrics", &gzip[1..]).await;
    assert_eq!(header(&plain, "content-encoding"), "");
    assert!(plain.content_length().unwrap() > 3 * body.len() as u64);
}

#[tokio::test]
async fn head_answers_without_a_body_and_other_methods_are_refused() {
    let simulator = reference().await;
    let running = Running::ready(&simulator).await;
    for path in ["/", "/metrics", "/-/healthy", "/-/ready"] {
        let head = running.ask(Method::HEAD, path, &[]).await;
        assert_eq!(head.status(), StatusCode::OK, "{path}");
        assert!(header(&head, "content-length").parse::<u64>().unwrap() > 0, "{path}");
        assert!(head.bytes().await.unwrap().is_empty());
        let post = running.ask(Method::POST, path, &[]).await;
        assert_eq!(post.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(header(&post, "allow"), "GET, HEAD");
    }
    for path in ["/nothing", "/metrics/", "//metrics"] {
        assert_eq!(running.get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn it_is_ready_after_the_first_pass_however_that_ended() {
    let simulator = reference().await;
    simulator.fail("*", Effect::Delay(300));
    let running = Running::start(&simulator).await;
    assert_eq!(running.get("/-/ready").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(running.get("/-/healthy").await.status(), StatusCode::OK);
    assert!(
        running.get("/").await.text().await.unwrap().contains("The first refresh is under way.")
    );

    let refused = reference().await;
    refused.revoke();
    let running = Running::ready(&refused).await;
    let scrape = running.get("/metrics").await.text().await.unwrap();
    assert!(scrape.contains("reason=\"credentials\"} 1"), "{scrape}");
}

#[tokio::test]
async fn the_landing_page_lists_each_collector_and_check() {
    let simulator = reference().await;
    simulator.fail("/me/api/credential", Effect::Status(403));
    let running = Running::ready(&simulator).await;
    let response = running.get("/").await;
    assert_eq!(header(&response, "content-type"), "text/html; charset=utf-8");
    let page = response.text().await.unwrap();
    for collector in collectors::ALL {
        assert!(page.contains(&format!("<code>{}</code>", collector.name)), "{page}");
    }
    for check in checks::ALL {
        let title = check.title.replace('\'', "&#39;");
        assert!(page.contains(check.id) && page.contains(&title), "{title} in {page}");
    }
    assert!(page.contains("1 forbidden"), "{page}");
    let unknown = "<code>api_credential</code></td><td><span class=\"badge bad\">not read</span>\
                   </td><td class=\"n\"></td>";
    assert!(page.replace('\n', "").contains(unknown), "no number of what is not known: {page}");
    assert!(page.contains("2026-11-21 00:00:00 UTC"), "{page}");
}

#[tokio::test]
async fn the_landing_page_is_compressed_for_those_who_read_that() {
    let simulator = reference().await;
    let running = Running::ready(&simulator).await;
    let plain = running.get("/").await;
    assert_eq!(header(&plain, "content-encoding"), "");
    assert_eq!(header(&plain, "vary"), "Accept-Encoding");
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    assert_eq!(header(&plain, "content-security-policy"), policy);
    let plain = plain.text().await.unwrap();
    let response = running.ask(Method::GET, "/", &[("accept-encoding", "gzip")]).await;
    assert_eq!(header(&response, "content-encoding"), "gzip");
    let body = response.bytes().await.unwrap();
    assert!(body.len() * 4 < plain.len(), "{} of {}", body.len(), plain.len());
    let mut text = String::new();
    GzDecoder::new(&*body).read_to_string(&mut text).unwrap();
    assert_eq!(text, plain);
}

/// A server with short timeouts and two places, over what an exporter last read.
async fn impatient(exporter: &Exporter) -> (SocketAddr, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let exposition = Arc::new(exporter.exposition());
    let connections = Telemetry::new(Build::THIS).connections();
    let security = Security::open(None).unwrap();
    let mut site = AppState::new(exposition, "/metrics".to_owned(), security, connections.clone());
    site.limits = Arc::new(Limits::of(2, 2, connections));
    site.timeouts.head = Duration::from_secs(1);
    site.timeouts.write = Duration::from_secs(1);
    let mut task = JoinSet::new();
    task.spawn(server::serve(listener, Arc::new(site), pending()));
    (address, task)
}

#[tokio::test]
async fn a_client_that_says_nothing_or_reads_nothing_is_cut_off_and_makes_room() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    exporter.pass().await;
    let (address, _server) = impatient(&exporter).await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut greedy = TcpStream::connect(address).await.unwrap();
    // More answers than the buffers between the two hold.
    let request = "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n".repeat(200);
    let asking = async {
        for _ in 0..50 {
            if greedy.write_all(request.as_bytes()).await.is_err() {
                return;
            }
        }
    };
    // Both places are taken: the idle one goes to the third.
    let ((), answer) = tokio::join!(asking, async {
        let mut third = TcpStream::connect(address).await.unwrap();
        third.write_all(b"GET /-/healthy HTTP/1.0\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        let read = third.read_to_string(&mut answer);
        timeout(Duration::from_secs(10), read).await.expect("no place became free").unwrap();
        answer
    });
    assert!(answer.starts_with("HTTP/1.0 200") || answer.starts_with("HTTP/1.1 200"), "{answer}");
    let mut rest = Vec::new();
    let end = timeout(Duration::from_secs(10), silent.read_to_end(&mut rest)).await;
    end.expect("a silent connection stays open").ok();
    let deadline = Instant::now() + Duration::from_secs(10);
    while greedy.write_all(b"GET").await.is_ok() {
        assert!(Instant::now() < deadline, "a connection that is not read stays open");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_scrape_is_one_whole_or_the_other() {
    let simulator = reference().await;
    let mut exporter = Exporter::new(&simulator);
    let before = exporter.pass().await.0;
    let exposition = Arc::new(exporter.exposition());
    simulator.change(|account| account.list_mut("/me/api/credential").clear());
    let after = exporter.pass().await.0;
    let inventory = |page: &str| {
        let lines = page.lines().filter(|line| line.starts_with("ovhcloud_api_credentials"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let wholes = [inventory(&before), inventory(&after)];
    assert!(wholes[0] != wholes[1]);
    let mut readers = JoinSet::new();
    for _ in 0..2 {
        let (exposition, wholes) = (Arc::clone(&exposition), wholes.clone());
        readers.spawn_blocking(move || {
            for _ in 0..500 {
                let page = exposition.metrics(Format::Classic, false).concat();
                let seen = inventory(&String::from_utf8(page).unwrap());
                assert!(wholes.contains(&seen), "{seen:?}");
            }
        });
    }
    exposition.publish(exporter.published());
    while let Some(result) = readers.join_next().await {
        result.unwrap();
    }
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let simulator = reference().await;
    let running = Running::ready(&simulator).await;
    for request in [
        format!("GET /metrics HTTP/1.1\r\nx: {}\r\n\r\n", "a".repeat(64 * 1024)),
        format!("GET /metrics HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(200)),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
    ] {
        let mut client = running.connect().await;
        client.write_all(request.as_bytes()).await.ok();
        let mut answer = Vec::new();
        let read = client.read_to_end(&mut answer);
        timeout(Duration::from_secs(5), read).await.unwrap().ok();
        let answer = String::from_utf8_lossy(&answer);
        assert!(!answer.contains(" 200 "), "{answer}");
    }
    assert_eq!(running.get("/-/healthy").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn it_stops_on_a_signal_even_with_a_connection_open() {
    let simulator = reference().await;
    let running = Running::ready(&simulator).await;
    let mut idle = running.connect().await;
    idle.write_all(b"GET /-/healthy HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut piece = [0; 64];
    assert!(idle.read(&mut piece).await.unwrap() > 0);
    let began = Instant::now();
    running.stop().await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}
