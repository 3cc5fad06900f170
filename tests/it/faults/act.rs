//! How each fault answers a call, byte by byte.

use std::io::{Result as IoResult, Write as _};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::fault::{Cut, Head, Slow, Spoilt, Trouble};
use super::proxy::{Request, Shared};

/// A body that is larger than the limit of the run.
const LARGE: usize = super::LARGEST_ANSWER * 2;
/// Between two bytes of a slow answer: shorter than the time between two pieces that is waited for.
const PACE: Duration = Duration::from_millis(300);
/// No answer in the time of any call.
const FOREVER: Duration = Duration::from_mins(10);

pub(super) async fn answer(
    shared: &Shared,
    trouble: Trouble,
    request: &Request,
    mut client: TcpStream,
) -> IoResult<()> {
    match trouble {
        Trouble::Answer(status, kind, header, body) => {
            let header = if header.is_empty() { "x-gateway: 1" } else { header };
            whole(&mut client, status, kind, header, body.as_bytes()).await
        }
        Trouble::End { resets } => end(client, resets),
        Trouble::Cut(cut) => {
            let body = shared.body(request).await?;
            cut_off(client, cut, &body).await
        }
        Trouble::Spoilt(spoilt) => {
            let body = spoil(spoilt, shared.body(request).await?);
            whole(&mut client, 200, "application/json", "x-gateway: 1", &body).await
        }
        Trouble::Gzip { is_bomb } => {
            let body = if is_bomb { bomb() } else { b"no gzip at all".to_vec() };
            whole(&mut client, 200, "application/json", "content-encoding: gzip", &body).await
        }
        Trouble::Large { is_chunked: false } => {
            whole(&mut client, 200, "application/json", "x-gateway: 1", &vec![b' '; LARGE]).await
        }
        Trouble::Large { is_chunked: true } => chunks(&mut client, Some(LARGE)).await,
        Trouble::Endless => chunks(&mut client, None).await,
        Trouble::Slow(slow) => slowly(&mut client, slow).await,
        Trouble::Head(head) => large_head(&mut client, head).await,
        Trouble::NotHttp => {
            client.write_all(b"220 mail.example ESMTP\r\n\r\n").await?;
            client.shutdown().await
        }
        Trouble::Redirect(status, is_self) => {
            let host = if is_self { client.local_addr()? } else { shared.trap };
            let header = format!("location: http://{host}{}", request.target);
            whole(&mut client, status, "text/html", &header, b"moved").await
        }
        Trouble::Echo(status, is_json) => echo(&mut client, status, is_json, request).await,
        Trouble::Cursor { is_new } => page(shared, request, client, is_new).await,
    }
}

impl Shared {
    /// The body of the simulator's answer.
    async fn body(&self, request: &Request) -> IoResult<Vec<u8>> {
        let answer = self.forward(request, false).await?;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        Ok(answer[end + 4..].to_vec())
    }
}

async fn whole(
    client: &mut TcpStream,
    status: u16,
    kind: &str,
    header: &str,
    body: &[u8],
) -> IoResult<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\n{header}\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n"
    );
    client.write_all(head.as_bytes()).await?;
    client.write_all(body).await?;
    client.shutdown().await
}

fn end(client: TcpStream, resets: bool) -> IoResult<()> {
    if resets {
        client.set_zero_linger()?;
    }
    drop(client);
    Ok(())
}

async fn cut_off(mut client: TcpStream, cut: Cut, body: &[u8]) -> IoResult<()> {
    let half = &body[..body.len() / 2];
    let (length, size) = (body.len(), body.len());
    let framing = match cut {
        Cut::Length | Cut::Reset => format!("content-length: {length}\r\n\r\n"),
        Cut::Close => "connection: close\r\n\r\n".to_owned(),
        Cut::Chunk => format!("transfer-encoding: chunked\r\n\r\n{size:x}\r\n"),
    };
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{framing}");
    client.write_all(head.as_bytes()).await?;
    client.write_all(half).await?;
    client.flush().await?;
    if matches!(cut, Cut::Reset) {
        // Time to read the head: a reset takes back what is not read.
        sleep(Duration::from_millis(20)).await;
        return end(client, true);
    }
    client.shutdown().await
}

fn spoil(spoilt: Spoilt, mut body: Vec<u8>) -> Vec<u8> {
    match spoilt {
        Spoilt::Half => body.truncate(body.len() / 2),
        Spoilt::Trail => body.extend_from_slice(b"<!-- cached -->"),
        Spoilt::Utf8 => {
            // In the middle of the first string, or of the number.
            let place = body.iter().position(|byte| *byte == b'"').map_or(0, |quote| quote + 1);
            body.insert(place, 0xff);
        }
    }
    body
}

/// Spaces, which JSON allows, that inflate beyond the limit of an answer.
fn bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&vec![b' '; LARGE * 8]).unwrap();
    encoder.finish().unwrap()
}

async fn chunks(client: &mut TcpStream, size: Option<usize>) -> IoResult<()> {
    client.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await?;
    let mut sent = 0;
    while size.is_none_or(|size| sent < size) {
        client.write_all(b"4000\r\n").await?;
        client.write_all(&[b' '; 0x4000]).await?;
        client.write_all(b"\r\n").await?;
        sent += 0x4000;
    }
    client.write_all(b"0\r\n\r\n").await?;
    client.shutdown().await
}

async fn slowly(client: &mut TcpStream, slow: Slow) -> IoResult<()> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n";
    let bytes = match slow {
        Slow::Hang => {
            // Until the client gives up.
            let mut rest = Vec::new();
            tokio::select! {
                result = client.read_to_end(&mut rest) => { result?; }
                () = sleep(FOREVER) => {}
            }
            return Ok(());
        }
        Slow::Head => format!("{head}{}", "[".repeat(5000)),
        Slow::Body => {
            client.write_all(head.as_bytes()).await?;
            "[".repeat(5000)
        }
    };
    for byte in bytes.as_bytes() {
        client.write_all(&[*byte]).await?;
        sleep(PACE).await;
    }
    Ok(())
}

async fn large_head(client: &mut TcpStream, head: Head) -> IoResult<()> {
    let start = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n";
    match head {
        Head::Large => {
            let text = format!("{start}x-large: {}\r\n\r\n[]", "x".repeat(1 << 20));
            client.write_all(text.as_bytes()).await?;
        }
        Head::Many => {
            let headers = (0..5000).map(|n| format!("x-{n}: {n}\r\n")).collect::<Vec<_>>().concat();
            client.write_all(format!("{start}{headers}\r\n[]").as_bytes()).await?;
        }
        Head::Informational => loop {
            client.write_all(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n").await?;
            sleep(Duration::from_millis(5)).await;
        },
    }
    client.shutdown().await
}

async fn echo(
    client: &mut TcpStream,
    status: u16,
    is_json: bool,
    request: &Request,
) -> IoResult<()> {
    let (kind, body) = if is_json {
        ("application/json", json!({ "message": request.text }).to_string())
    } else {
        ("text/html", format!("<html><pre>{}</pre></html>", request.text))
    };
    whole(client, status, kind, "x-gateway: 1", body.as_bytes()).await
}

/// The true first page, which has a next one.
async fn page(
    shared: &Shared,
    request: &Request,
    mut client: TcpStream,
    is_new: bool,
) -> IoResult<()> {
    let answer = shared.forward(request, true).await?;
    let line = answer.windows(2).position(|two| two == b"\r\n").unwrap() + 2;
    let cursor = if is_new { format!("c{}", fastrand::u64(..)) } else { "again".to_owned() };
    client.write_all(&answer[..line]).await?;
    client.write_all(format!("x-pagination-cursor-next: {cursor}\r\n").as_bytes()).await?;
    client.write_all(&answer[line..]).await?;
    client.shutdown().await
}
