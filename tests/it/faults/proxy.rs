//! A proxy of raw sockets between the exporter and the simulator: it forwards calls, or answers them
//! as no HTTP library would.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Result as IoResult};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::act;
use super::fault::Trouble;

/// The calls that are struck, and how.
pub(crate) type Strike = Box<dyn Fn(&str) -> Option<Trouble> + Send + Sync>;

/// The largest head of a request of the exporter's.
const HEAD: usize = 64 * 1024;

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

pub(crate) struct Shared {
    simulator: SocketAddr,
    /// Another host, which redirects lead to.
    pub(crate) trap: SocketAddr,
    strike: Mutex<Strike>,
    struck: AtomicUsize,
    trapped: AtomicUsize,
    /// The values of the headers that prove an identity.
    secrets: Mutex<BTreeSet<String>>,
}

/// A request as it was read.
pub(crate) struct Request {
    pub(crate) target: String,
    pub(crate) text: String,
}

impl Request {
    /// The path, without the query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    /// The value of a header.
    fn header(&self, name: &str) -> Option<&str> {
        let (head, _) = self.text.split_once("\r\n\r\n").unwrap();
        head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

impl Proxy {
    pub(crate) async fn start(simulator: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        // Another host for the client's pool and for its rules of redirects.
        let trap = TcpListener::bind("127.0.0.2:0").await.unwrap();
        let shared = Arc::new(Shared {
            simulator,
            trap: trap.local_addr().unwrap(),
            strike: Mutex::new(Box::new(|_| None)),
            struck: AtomicUsize::new(0),
            trapped: AtomicUsize::new(0),
            secrets: Mutex::default(),
        });
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        let of_trap = Arc::clone(&shared);
        tasks.spawn(async move {
            while trap.accept().await.is_ok() {
                of_trap.trapped.fetch_add(1, Ordering::Relaxed);
            }
        });
        tasks.spawn(serve(listener, Arc::clone(&shared)));
        Self { address, shared, _tasks: tasks }
    }

    /// From now on the calls that this chooses are struck; the others are forwarded.
    pub(crate) fn strike(&self, strike: Strike) {
        *self.shared.strike.lock().unwrap() = strike;
        self.shared.struck.store(0, Ordering::Relaxed);
    }

    /// How many calls were struck since the last change.
    pub(crate) fn struck(&self) -> usize {
        self.shared.struck.load(Ordering::Relaxed)
    }

    /// How many connections the other host got.
    pub(crate) fn trapped(&self) -> usize {
        self.shared.trapped.load(Ordering::Relaxed)
    }

    /// Every proof of identity that was sent.
    pub(crate) fn secrets(&self) -> BTreeSet<String> {
        self.shared.secrets.lock().unwrap().clone()
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (client, _) = accepted.unwrap();
                let shared = Arc::clone(&shared);
                connections.spawn(async move {
                    // A client that went away is the client's affair.
                    shared.handle(client).await.ok();
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

impl Shared {
    async fn handle(&self, mut client: TcpStream) -> IoResult<()> {
        let request = read(&mut client).await?;
        self.note(&request);
        let trouble = (self.strike.lock().unwrap())(request.path());
        match trouble {
            None => {
                let answer = self.forward(&request, false).await?;
                client.write_all(&answer).await?;
                client.shutdown().await
            }
            Some(trouble) => {
                self.struck.fetch_add(1, Ordering::Relaxed);
                act::answer(self, trouble, &request, client).await
            }
        }
    }

    fn note(&self, request: &Request) {
        let mut secrets = self.secrets.lock().unwrap();
        for name in ["authorization", "x-ovh-consumer", "x-ovh-signature"] {
            let value = request.header(name).and_then(|value| value.split(' ').next_back());
            secrets.extend(value.map(str::to_owned));
        }
    }

    /// The simulator's answer as it stands, without a cursor if that is wanted.
    pub(crate) async fn forward(
        &self,
        request: &Request,
        is_first_page: bool,
    ) -> IoResult<Vec<u8>> {
        let mut simulator = TcpStream::connect(self.simulator).await?;
        let (head, body) = request.text.split_once("\r\n\r\n").unwrap();
        let is_kept = |line: &&str| {
            let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
            name != "accept-encoding" && !(is_first_page && name == "x-pagination-cursor")
        };
        let head = head.lines().filter(is_kept).collect::<Vec<_>>().join("\r\n");
        let text = format!("{head}\r\nconnection: close\r\n\r\n{body}");
        simulator.write_all(text.as_bytes()).await?;
        let mut answer = Vec::new();
        simulator.read_to_end(&mut answer).await?;
        Ok(answer)
    }
}

async fn read(client: &mut TcpStream) -> IoResult<Request> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = client.read(&mut buffer).await?;
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
            let request = Request { target, text: text.to_string() };
            let length = request.header("content-length").map_or(0, |it| it.parse().unwrap());
            if body.len() >= length {
                return Ok(request);
            }
        }
        assert!(count > 0 || bytes.is_empty(), "half a request");
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        assert!(bytes.len() < HEAD, "a request without end");
    }
}
