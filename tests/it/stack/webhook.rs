//! A receiver of Alertmanager's notifications, and a page for what no exporter shows on demand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use jiff::Timestamp;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// One alert of a notification.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Notice {
    /// `firing` or `resolved`.
    pub(super) status: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
    /// When it came.
    #[serde(skip, default = "Instant::now")]
    pub(super) at: Instant,
}

impl Notice {
    pub(super) fn is_firing(&self) -> bool {
        self.status == "firing"
    }

    /// The value of a label; an absent one is empty.
    pub(super) fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }
}

#[derive(Deserialize)]
struct Message {
    alerts: Vec<Notice>,
}

type Notices = Arc<Mutex<Vec<Notice>>>;

/// Listens until it is dropped.
pub(super) struct Webhook {
    pub(super) url: String,
    notices: Notices,
    _task: JoinSet<()>,
}

impl Webhook {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let notices = Notices::default();
        let mut task = JoinSet::new();
        task.spawn(listen(listener, Arc::clone(&notices)));
        Self { url, notices, _task: task }
    }

    /// Every alert until now, in order.
    pub(super) fn notices(&self) -> Vec<Notice> {
        self.notices.lock().unwrap().clone()
    }
}

/// A target of Prometheus whose page the test writes; it serves until it is dropped.
pub(super) struct Page {
    pub(super) address: String,
    /// The word `NOW` becomes the time of the scrape.
    pub(super) text: Arc<Mutex<String>>,
    _task: JoinSet<()>,
}

impl Page {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let text = Arc::default();
        let mut task = JoinSet::new();
        task.spawn(serve(listener, Arc::clone(&text)));
        Self { address, text, _task: task }
    }
}

async fn serve(listener: TcpListener, text: Arc<Mutex<String>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let mut stream = BufReader::new(stream);
        if head(&mut stream).await.is_none() {
            continue;
        }
        let now = Timestamp::now().as_second().to_string();
        let text = text.lock().unwrap().replace("NOW", &now);
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            text.len(),
        );
        // Prometheus may be gone.
        stream.write_all((head + &text).as_bytes()).await.ok();
    }
}

async fn listen(listener: TcpListener, notices: Notices) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(receive(stream, Arc::clone(&notices)));
    }
}

/// Reads the messages of a connection, and accepts each.
async fn receive(stream: TcpStream, notices: Notices) {
    let mut stream = BufReader::new(stream);
    while let Some(length) = head(&mut stream).await {
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        let message: Message = serde_json::from_slice(&body).expect("a message of Alertmanager");
        notices.lock().unwrap().extend(message.alerts);
        if stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.is_err() {
            return;
        }
    }
}

/// The length of the body after the next head; `None` at the end of the connection.
async fn head(stream: &mut BufReader<TcpStream>) -> Option<usize> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            return Some(length);
        }
    }
}
