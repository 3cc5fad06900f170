//! `healthcheck`: whether the running exporter answers, for an image that has no shell.
//!
//! It asks for liveness and not for readiness: an exporter that waits for OVHcloud does not get
//! better by a restart.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

/// The time limit of the whole check.
const LIMIT: Duration = Duration::from_secs(3);

/// The bytes of the status line that are read: `HTTP/1.1 200`.
const STATUS: usize = 12;

/// Asks each address.
///
/// # Errors
///
/// An address does not answer in time, or with another status than 200.
pub(super) async fn run(addresses: Vec<SocketAddr>) -> anyhow::Result<()> {
    let deadline = Instant::now() + LIMIT;
    for address in addresses {
        let candidates = reachable(address);
        let url = format!("http://{}/-/healthy", candidates.first().unwrap_or(&address));
        let Ok(answer) = timeout_at(deadline, status(&candidates)).await else {
            bail!("{url}: no answer within {LIMIT:?}");
        };
        let answer = answer.with_context(|| url.clone())?;
        if answer != "HTTP/1.1 200" {
            bail!("{url}: {answer:?} in place of HTTP status 200");
        }
    }
    Ok(())
}

/// The address itself; the loopback addresses for one that stands for every interface. A machine may
/// have IPv4 or IPv6 alone.
fn reachable(address: SocketAddr) -> Vec<SocketAddr> {
    if !address.ip().is_unspecified() {
        return vec![address];
    }
    let older = SocketAddr::from((Ipv4Addr::LOCALHOST, address.port()));
    let newer = SocketAddr::from((Ipv6Addr::LOCALHOST, address.port()));
    if address.is_ipv4() { vec![older] } else { vec![older, newer] }
}

/// The beginning of the answer.
async fn status(candidates: &[SocketAddr]) -> io::Result<String> {
    let mut stream = TcpStream::connect(candidates).await?;
    let request = "GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await?;
    let mut status = [0; STATUS];
    stream.read_exact(&mut status).await?;
    Ok(String::from_utf8_lossy(&status).into_owned())
}
