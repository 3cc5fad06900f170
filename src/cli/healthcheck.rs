//! `healthcheck`: whether the running exporter answers, for an image that has no shell.
//!
//! It asks for liveness and not for readiness: an exporter that waits for OVHcloud does not get
//! better by a restart.

mod certificate;

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use crate::config::web::Web;

/// The time limit of the whole check.
const LIMIT: Duration = Duration::from_secs(3);

/// The bytes of the status line that are read: `HTTP/1.1 200`.
const STATUS: usize = 12;

/// The status line of a server that is alive.
const HEALTHY: &str = "HTTP/1.1 200";

/// Asks each address.
///
/// # Errors
///
/// An address does not answer in time, or with another status than 200.
pub(super) async fn run(web: Web) -> anyhow::Result<()> {
    let deadline = Instant::now() + LIMIT;
    // The file may have changed since the exporter read it: it is not looked into.
    let has_file = web.config_file.is_some();
    for address in web.listen {
        let candidates = reachable(address);
        let scheme = if has_file { "https" } else { "http" };
        let url = format!("{scheme}://{}/-/healthy", candidates.first().unwrap_or(&address));
        let Ok(answer) = timeout_at(deadline, answer(&candidates, has_file)).await else {
            bail!("{url}: no answer within {LIMIT:?}");
        };
        let answer = answer.with_context(|| url.clone())?;
        if answer != HEALTHY {
            bail!("{url}: {answer:?} in place of HTTP status 200");
        }
    }
    Ok(())
}

/// The beginning of the answer, by https first where the server may speak it.
async fn answer(candidates: &[SocketAddr], has_file: bool) -> io::Result<String> {
    if !has_file {
        return status(TcpStream::connect(candidates).await?).await;
    }
    let by_https = match certificate::unverified(TcpStream::connect(candidates).await?).await {
        Ok(stream) => status(stream).await,
        Err(error) => Err(error),
    };
    match by_https {
        Err(error) if certificate::is_missing(&error) => Ok(HEALTHY.to_owned()),
        Err(error) => {
            let by_http = status(TcpStream::connect(candidates).await?).await;
            by_http.ok().filter(|answer| answer == HEALTHY).ok_or(error)
        }
        answered => answered,
    }
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
async fn status(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<String> {
    let request = "GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await?;
    let mut status = [0; STATUS];
    stream.read_exact(&mut status).await?;
    Ok(String::from_utf8_lossy(&status).into_owned())
}
