//! The web configuration file on a running exporter: real TLS with certificates of the test, and
//! users.

use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ovhcloud_exporter::config::ConfigErrors;
use ovhcloud_exporter::config::api::ListMode;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use reqwest::{Certificate, Method, StatusCode, Version};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{
    ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion,
};

use crate::configuration::Directory;
use crate::exporter::{account, http, reference};
use crate::program::{ended, program, signal, wait};
use crate::running::{Running, configuration};
use crate::tools::run;

const TLS: &str = "tls_server_config: {cert_file: a.crt, key_file: a.key}\n";
/// The password of alice is `U*U`, that of bob `fakepassword`.
const USERS: &str = "basic_auth_users:\n  \
    alice: $2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n  \
    bob: $2y$10$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi\n";
/// Longer than the time between two looks at the files.
const LOOK: Duration = Duration::from_millis(1_200);
const PATIENCE: Duration = Duration::from_secs(30);

/// An authority, which signs certificates.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate of this name, and its key.
    fn pair(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }

    /// Writes `a.crt` and `a.key` of the server, and `ca.crt`.
    fn write(&self, directory: &Directory) {
        let (certificate, key) = self.pair("127.0.0.1");
        directory
            .write("a.crt", &certificate, 0o644)
            .write("a.key", &key, 0o600)
            .write("ca.crt", &self.pem, 0o644);
    }
}

/// How a client connects.
struct Client<'a> {
    authority: &'a Authority,
    version: &'static SupportedProtocolVersion,
    pair: Option<(String, String)>,
}

impl Client<'_> {
    async fn connect(&self, running: &Running) -> io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.authority.pem.as_bytes()).unwrap()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[self.version])
            .unwrap()
            .with_root_certificates(roots);
        let config = match &self.pair {
            Some((certificate, key)) => {
                let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
            None => builder.with_no_client_auth(),
        };
        let address = running.origin.trim_start_matches("https://");
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::try_from("127.0.0.1").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    /// The status of the health page.
    async fn healthy(&self, running: &Running) -> io::Result<u16> {
        let mut stream = self.connect(running).await?;
        Ok(status(&mut stream, "GET", "/-/healthy", "host: x\r\n").await?.0)
    }
}

/// The status and the head of a request on this connection, which stays.
async fn status(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    method: &str,
    path: &str,
    headers: &str,
) -> io::Result<(u16, String)> {
    let request = format!("{method} {path} HTTP/1.1\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(timeout(PATIENCE, stream.read_u8()).await.map_err(io::Error::other)??);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap().split('\r').next().unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).await?;
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Ok((status, head))
}

async fn started(directory: &Directory, text: &str) -> Running {
    let simulator = reference().await;
    directory.write("web.yaml", text, 0o600);
    let mut config = configuration(vec![account(&simulator, ListMode::Auto)]);
    config.web.config_file = Some(directory.0.join("web.yaml"));
    config.web.enable_lifecycle = true;
    Running::of(config, || Err(ConfigErrors(vec!["asked for".to_owned()]))).await
}

#[tokio::test]
async fn both_versions_of_tls_and_of_http_are_served() {
    let (directory, authority) = (Directory::new(), Authority::new());
    authority.write(&directory);
    let running = started(&directory, TLS).await;
    assert!(running.origin.starts_with("https://"), "{}", running.origin);
    for (version, expected) in
        [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)]
    {
        let client = Client { authority: &authority, version, pair: None };
        let mut stream = client.connect(&running).await.unwrap();
        assert_eq!(stream.get_ref().1.protocol_version(), Some(expected));
        for _ in 0..2 {
            let answer = status(&mut stream, "GET", "/metrics", "host: x\r\n").await.unwrap();
            assert_eq!(answer.0, 200);
        }
    }
    let root = Certificate::from_pem(authority.pem.as_bytes()).unwrap();
    let client = http().tls_certs_only([root]).build().unwrap();
    for _ in 0..2 {
        let answer = client.get(format!("{}/metrics", running.origin)).send().await.unwrap();
        assert_eq!((answer.status(), answer.version()), (StatusCode::OK, Version::HTTP_2));
        assert!(answer.text().await.unwrap().contains("ovhcloud_exporter_build_info"));
    }
    // Plain HTTP gets nothing.
    let address = running.origin.trim_start_matches("https://");
    let mut plain = TcpStream::connect(address).await.unwrap();
    assert!(status(&mut plain, "GET", "/metrics", "host: x\r\n").await.is_err());
}

#[tokio::test]
async fn a_client_shows_a_certificate_of_the_authority_and_of_an_allowed_name() {
    let (directory, authority, other) = (Directory::new(), Authority::new(), Authority::new());
    authority.write(&directory);
    let text = "tls_server_config:\n  cert_file: a.crt\n  key_file: a.key\n  \
                client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n  \
                client_allowed_sans: [prometheus.example]\n";
    let running = started(&directory, text).await;
    for version in [&TLS12, &TLS13] {
        let client = |pair| Client { authority: &authority, version, pair };
        let right = client(Some(authority.pair("prometheus.example")));
        assert_eq!(right.healthy(&running).await.unwrap(), 200);
        for wrong in
            [None, Some(other.pair("prometheus.example")), Some(authority.pair("grafana.example"))]
        {
            assert!(client(wrong).healthy(&running).await.is_err());
        }
    }
    // The health check has no certificate, and hears that one is missing.
    let flag = format!("--web.listen-address={}", running.origin.trim_start_matches("https://"));
    let file = directory.0.join("web.yaml");
    let file = format!("--web.config.file={}", file.display());
    let check = move || ended(&mut program(&["healthcheck", &flag, &file]));
    let ended = spawn_blocking(check).await.unwrap();
    assert_eq!(ended, (0, String::new(), String::new()));
}

#[tokio::test]
async fn new_certificates_are_taken_while_connections_stay() {
    let (directory, authority) = (Directory::new(), Authority::new());
    authority.write(&directory);
    let running = started(&directory, TLS).await;
    let client = Client { authority: &authority, version: &TLS13, pair: None };
    let mut first = client.connect(&running).await.unwrap();
    let shown =
        |stream: &TlsStream<TcpStream>| stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
    authority.write(&directory);
    sleep(LOOK).await;
    let second = client.connect(&running).await.unwrap();
    assert!(shown(&second) != shown(&first));
    // A broken file changes nothing.
    directory.write("a.key", "no key", 0o600);
    sleep(LOOK).await;
    let third = client.connect(&running).await.unwrap();
    assert!(shown(&third) == shown(&second));
    assert_eq!(status(&mut first, "GET", "/-/healthy", "host: x\r\n").await.unwrap().0, 200);
}

fn basic(name: &str, password: &str) -> String {
    let text = BASE64_STANDARD.encode(format!("{name}:{password}"));
    format!("host: x\r\nauthorization: Basic {text}\r\n")
}

#[tokio::test]
async fn every_page_but_those_of_health_asks_for_a_user() {
    let directory = Directory::new();
    let text = USERS.to_owned() + "http_server_config: {headers: {X-Frame-Options: deny}}\n";
    let running = started(&directory, &text).await;
    let mut stream = running.connect().await;
    for path in ["/", "/metrics", "/-/reload", "/nothing"] {
        for headers in [
            "host: x\r\n".to_owned(),
            basic("alice", "U*V"),
            basic("alice", ""),
            basic("carol", "U*U"),
            basic("", ""),
            "host: x\r\nauthorization: Bearer U*U\r\n".to_owned(),
            "host: x\r\nauthorization: Basic ???\r\n".to_owned(),
            basic("alice", "U*U") + "authorization: Basic x\r\n",
        ] {
            let (code, head) = status(&mut stream, "GET", path, &headers).await.unwrap();
            assert_eq!(code, 401, "{path}: {headers}");
            assert!(head.contains("\r\nwww-authenticate: basic realm="), "{head}");
            assert!(head.contains("\r\nx-frame-options: deny\r\n"), "{head}");
        }
    }
    for path in ["/-/healthy", "/-/ready"] {
        assert_ne!(status(&mut stream, "GET", path, "host: x\r\n").await.unwrap().0, 401);
    }
    let (code, _) = status(&mut stream, "GET", "/metrics", &basic("alice", "U*U")).await.unwrap();
    assert_eq!(code, 200);

    // The second time costs no computation.
    let mut times = Vec::new();
    for _ in 0..2 {
        let began = Instant::now();
        let headers = basic("bob", "fakepassword");
        assert_eq!(status(&mut stream, "GET", "/-/nothing", &headers).await.unwrap().0, 404);
        times.push(began.elapsed());
    }
    assert!(times[1] * 3 < times[0], "{times:?}");

    // A user who is gone is no user, although remembered.
    directory.write("web.yaml", &USERS.replace("alice", "carol"), 0o600);
    sleep(LOOK).await;
    let code = async |name| {
        let mut stream = running.connect().await;
        status(&mut stream, "GET", "/metrics", &basic(name, "U*U")).await.unwrap().0
    };
    assert_eq!((code("alice").await, code("carol").await), (401, 200));
}

#[tokio::test]
async fn a_page_of_another_site_reloads_nothing_and_a_request_names_one_host() {
    let running = started(&Directory::new(), "").await;
    let mut stream = running.connect().await;
    for (headers, expected) in [
        ("host: x\r\n", 500),
        ("host: x\r\norigin: http://x\r\nsec-fetch-site: same-origin\r\n", 500),
        ("host: x\r\norigin: http://evil.example\r\n", 403),
        ("host: x\r\norigin: null\r\n", 403),
        ("host: x\r\nsec-fetch-site: cross-site\r\n", 403),
        ("", 400),
        ("host: x\r\nhost: x\r\n", 400),
        ("host: x y\r\n", 400),
    ] {
        // The configuration that it reads is asked for an error.
        let answer = status(&mut stream, "POST", "/-/reload", headers).await.unwrap();
        assert_eq!(answer.0, expected, "{headers}");
    }
    for method in ["TRACE", "OPTIONS", "DELETE", "PUT"] {
        let answer = status(&mut stream, method, "/metrics", "host: x\r\n").await.unwrap();
        assert_eq!(answer.0, 405, "{method}");
    }
    let answer = running.ask(Method::POST, "/-/reload", &[("sec-fetch-site", "none")]).await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[test]
fn the_program_reads_the_file_and_logs_a_broken_one_once() {
    let (directory, authority) = (Directory::new(), Authority::new());
    authority.write(&directory);
    directory.write("web.yaml", TLS, 0o600);
    let mut child = directory
        .program(&["demo", "--web.listen-address=127.0.0.1:0"])
        .env("OVHCLOUD_EXPORTER_WEB_CONFIG_FILE", "web.yaml")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let address = url.strip_prefix("https://").unwrap().split('/').next().unwrap();
    let flag = format!("--web.listen-address={address}");
    let check = || {
        let arguments = ["healthcheck", &flag, "--web.config.file=web.yaml"];
        assert_eq!(ended(&mut directory.program(&arguments)).0, 0);
    };
    check();
    directory.write("web.yaml", "tls_server_config: {cert_file: gone}\n", 0o600);
    for _ in 0..3 {
        thread::sleep(LOOK);
        check();
    }
    signal(&child, "TERM");
    let log = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let lines: Vec<_> =
        log.filter(|line| line.contains("web configuration file not read")).collect();
    assert!(lines.len() == 1 && lines[0].contains("web.yaml:1:"), "{lines:?}");
    assert_eq!(wait(&mut child), Some(0));
}

#[test]
fn a_broken_file_stops_the_start_and_the_check() {
    let directory = Directory::new();
    directory.write("web.yaml", "basic_auth_users: {alice: hunter2}\ntls: {}\n", 0o600);
    for arguments in
        [&["demo", "--web.listen-address=127.0.0.1:0"][..], &["check", "--config-only"]]
    {
        let (code, output, error) = ended(
            directory
                .program(arguments)
                .arg("--web.config.file=web.yaml")
                .env("OVH_ACCESS_TOKEN", "x"),
        );
        let text = output + &error;
        assert_eq!(code, 64, "{text}");
        assert!(text.contains("web.yaml:1:27: basic_auth_users.alice: no bcrypt hash"), "{text}");
        assert!(text.contains("web.yaml:2:1: tls: unknown key"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[test]
fn the_example_is_accepted_here_and_by_promtool() {
    let (directory, authority) = (Directory::new(), Authority::new());
    authority.write(&directory);
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/web-config.yaml");
    directory.write("web.yaml", &fs::read_to_string(example).unwrap(), 0o600);
    fs::rename(directory.0.join("a.crt"), directory.0.join("server.crt")).unwrap();
    fs::rename(directory.0.join("a.key"), directory.0.join("server.key")).unwrap();
    let arguments = ["check", "--config-only", "--web.config.file=web.yaml"];
    let (code, output, error) = ended(directory.program(&arguments).env("OVH_ACCESS_TOKEN", "x"));
    assert_eq!(code, 0, "{output}{error}");
    let mut promtool = Command::new("promtool");
    run("promtool", promtool.args(["check", "web-config"]).arg(directory.0.join("web.yaml")));
}
