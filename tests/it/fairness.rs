//! Clients that hold many connections, against a scrape from another address.
//!
//! The crowd is at 127.0.0.1, Prometheus at 127.0.0.2. CI has few descriptors: `FAIRNESS_FULL=1` asks
//! for the full numbers.

use std::env::var_os;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ovhcloud_simulator::Simulator;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::exporter::reference;
use crate::running::Running;

/// The time of a scrape while the crowd is there. Every other test loads the machine too.
const PROMPT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 5 } else { 1 });
/// Scrapes during an attack.
const SCRAPES: usize = 3;

async fn connected(from: [u8; 4], to: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((from, 0)))?;
    socket.connect(to).await
}

/// The metrics page, and the time that it took.
async fn scrape(from: [u8; 4], to: SocketAddr) -> (String, Duration) {
    let began = Instant::now();
    let asked = async {
        let mut stream = connected(from, to).await?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await?;
        let mut page = String::new();
        stream.read_to_string(&mut page).await?;
        io::Result::Ok(page)
    };
    let page = timeout(Duration::from_secs(30), asked).await.expect("no answer").unwrap();
    assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
    (page, began.elapsed())
}

/// One client of a crowd, as long as its connection lasts.
#[derive(Debug, Clone, Copy)]
enum Attack {
    /// Asks for the health page again and again on one connection.
    KeepAlive,
    /// Sends a head byte by byte.
    SlowHead,
    /// Reads the metrics byte by byte.
    SlowReader,
    /// Says nothing.
    Idle,
}

impl Attack {
    async fn run(self, mut stream: TcpStream) -> io::Result<()> {
        match self {
            Self::KeepAlive => loop {
                stream.write_all(b"GET /-/healthy HTTP/1.1\r\nhost: x\r\n\r\n").await?;
                if stream.read(&mut [0; 1024]).await? == 0 {
                    return Ok(());
                }
                sleep(Duration::from_millis(500)).await;
            },
            Self::SlowHead => {
                stream.write_all(b"GET /metrics HTTP/1.1\r\n").await?;
                loop {
                    stream.write_all(b"x").await?;
                    sleep(Duration::from_secs(1)).await;
                }
            }
            Self::SlowReader => {
                let request = b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n".repeat(20);
                stream.write_all(&request).await?;
                while stream.read(&mut [0; 1]).await? > 0 {
                    sleep(Duration::from_secs(1)).await;
                }
                Ok(())
            }
            Self::Idle => stream.read(&mut [0; 1]).await.map(|_| ()),
        }
    }
}

/// The slowest scrape from another address while so many attack, and the last page.
async fn attacked(to: SocketAddr, attack: Attack, clients: usize) -> (String, Duration) {
    let mut crowd = JoinSet::new();
    for _ in 0..clients {
        // A client that is refused comes again, as those of an attack do.
        crowd.spawn(async move {
            loop {
                if let Ok(stream) = connected([127, 0, 0, 1], to).await {
                    attack.run(stream).await.ok();
                }
                sleep(Duration::from_secs(2)).await;
            }
        });
    }
    let mut slowest = Duration::ZERO;
    let mut last = String::new();
    for _ in 0..SCRAPES {
        sleep(Duration::from_millis(300)).await;
        let (page, time) = scrape([127, 0, 0, 2], to).await;
        (slowest, last) = (slowest.max(time), page);
    }
    (last, slowest)
}

async fn started() -> (Simulator, Running, SocketAddr) {
    let simulator = reference().await;
    let running = Running::ready(&simulator).await;
    let address = running.origin.trim_start_matches("http://").parse().unwrap();
    (simulator, running, address)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_does_not_delay_a_scrape_from_another_address() {
    let is_full = var_os("FAIRNESS_FULL").is_some();
    let (_simulator, _running, address) = started().await;
    for (attack, full, part) in [
        (Attack::KeepAlive, 128, 128),
        (Attack::SlowHead, 2_000, 250),
        (Attack::SlowReader, 500, 250),
        (Attack::Idle, 10_000, 250),
    ] {
        let clients = if is_full { full } else { part };
        let (page, slowest) = attacked(address, attack, clients).await;
        assert!(slowest < PROMPT, "{attack:?}: {slowest:?}");
        let met = page.lines().filter(|line| {
            line.starts_with("ovhcloud_exporter_http_connections_limited_total{")
                && !line.ends_with(" 0")
        });
        assert!(met.count() > 0, "{attack:?} met no limit:\n{page}");
    }
}

/// One address may have 32 connections: an idle one gives its place to a scrape beside it.
#[tokio::test]
async fn idle_connections_make_room_for_a_scrape_from_their_own_address() {
    let (_simulator, _running, address) = started().await;
    let mut idle = Vec::new();
    for _ in 0..40 {
        idle.push(connected([127, 0, 0, 1], address).await.unwrap());
    }
    let (page, time) = scrape([127, 0, 0, 1], address).await;
    assert!(time < PROMPT, "{time:?}");
    let open = page.lines().find_map(|l| l.strip_prefix("ovhcloud_exporter_http_connections "));
    assert!(open.unwrap().parse::<u32>().unwrap() <= 32, "{open:?}");
    let limited = "\novhcloud_exporter_http_connections_limited_total{limit=\"replaced\"} 9\n";
    assert!(page.contains(limited), "{page}");
}
