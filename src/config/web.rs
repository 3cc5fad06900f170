//! The exporter's own HTTP server.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::errors::ConfigErrors;
use super::located::{Located, value_or};
use super::parse;
use super::table::Table;

/// The port the exporter serves on, unless asked otherwise.
pub const PORT: u16 = 10045;

/// The default path of the metrics.
pub const TELEMETRY_PATH: &str = "/metrics";

/// The exporter's own HTTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the configuration")]
pub struct Web {
    /// The addresses to listen on (`--web.listen-address`, `web.listen_addresses`; every address,
    /// port 10045, without it).
    pub listen: Vec<SocketAddr>,
    /// The file with TLS and users (`--web.config.file`, `web.config_file`, none).
    pub config_file: Option<PathBuf>,
    /// The path of the metrics (`--web.telemetry-path`, `web.telemetry_path`, `/metrics`).
    pub telemetry_path: String,
    /// Whether the listeners are those that systemd passes, in place of `listen`
    /// (`--web.systemd-socket`, `web.systemd_socket`, false).
    pub systemd_socket: bool,
    /// Whether `POST /-/reload` reads the configuration again (`--web.enable-lifecycle`,
    /// `web.enable_lifecycle`, false): anyone who can reach the port could ask for it.
    pub enable_lifecycle: bool,
    /// Whether the page at `/` may name resources (`--web.disable-landing-findings` makes it false,
    /// `web.landing_findings`, true): anyone who can reach the port could read them.
    pub landing_findings: bool,
    /// Whether the metrics have those of the exporter's process and of its calls to the API
    /// (`--web.disable-exporter-metrics` makes it false, `web.exporter_metrics`, true).
    pub exporter_metrics: bool,
}

/// The options as given.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// See [`Web::listen`].
    pub listen: Vec<SocketAddr>,
    /// See [`Web::config_file`].
    pub config_file: Option<Located<PathBuf>>,
    /// See [`Web::telemetry_path`].
    pub telemetry_path: Option<Located<String>>,
    /// See [`Web::systemd_socket`].
    pub systemd_socket: Option<bool>,
    /// See [`Web::enable_lifecycle`].
    pub enable_lifecycle: Option<bool>,
    /// See [`Web::landing_findings`].
    pub landing_findings: Option<bool>,
    /// See [`Web::exporter_metrics`].
    pub exporter_metrics: Option<bool>,
}

impl Web {
    /// From what was typed.
    ///
    /// # Errors
    ///
    /// A path that is not absolute or that the exporter uses itself.
    pub fn new(
        listen: Vec<SocketAddr>,
        telemetry_path: Option<String>,
    ) -> Result<Self, ConfigErrors> {
        let telemetry_path = telemetry_path.map(|path| Located::at("--web.telemetry-path", path));
        let asked = Options { listen, telemetry_path, ..Options::default() };
        let mut errors = ConfigErrors::default();
        asked.check(&mut errors);
        if errors.0.is_empty() { Ok(asked.resolve()) } else { Err(errors) }
    }
}

impl Options {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        let listen = table.read_list("listen_addresses", listen_address);
        Self {
            listen: listen.into_iter().map(|given| given.value).collect(),
            config_file: table.read_path("config_file"),
            telemetry_path: table.read("telemetry_path", parse::text),
            systemd_socket: boolean(table, "systemd_socket"),
            enable_lifecycle: boolean(table, "enable_lifecycle"),
            landing_findings: boolean(table, "landing_findings"),
            exporter_metrics: boolean(table, "exporter_metrics"),
        }
    }

    /// Notes what is wrong with each value by itself.
    pub(super) fn check(&self, errors: &mut ConfigErrors) {
        Located::obey(self.telemetry_path.as_ref(), |path| usable(path), errors);
    }

    /// Returns these options over those of `below`, which has less precedence.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            listen: if self.listen.is_empty() { below.listen } else { self.listen },
            config_file: self.config_file.or(below.config_file),
            telemetry_path: self.telemetry_path.or(below.telemetry_path),
            systemd_socket: self.systemd_socket.or(below.systemd_socket),
            enable_lifecycle: self.enable_lifecycle.or(below.enable_lifecycle),
            landing_findings: self.landing_findings.or(below.landing_findings),
            exporter_metrics: self.exporter_metrics.or(below.exporter_metrics),
        }
    }

    pub(super) fn resolve(self) -> Web {
        let everywhere = || vec![SocketAddr::from(([0_u16; 8], PORT))];
        Web {
            listen: if self.listen.is_empty() { everywhere() } else { self.listen },
            config_file: self.config_file.map(|given| given.value),
            telemetry_path: value_or(self.telemetry_path, TELEMETRY_PATH.to_owned()),
            systemd_socket: self.systemd_socket.unwrap_or(false),
            enable_lifecycle: self.enable_lifecycle.unwrap_or(false),
            landing_findings: self.landing_findings.unwrap_or(true),
            exporter_metrics: self.exporter_metrics.unwrap_or(true),
        }
    }
}

fn boolean(table: &mut Table<'_>, key: &'static str) -> Option<bool> {
    table.read(key, parse::boolean).map(|given| given.value)
}

fn usable(path: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
    let is_taken = path == "/" || path.starts_with("/-/");
    if path.starts_with('/') && !is_taken && path.chars().all(plain) {
        return Ok(());
    }
    Err(format!(
        "expected a path such as {TELEMETRY_PATH}, neither / nor below /-/, which have their own \
         pages, got {path:?}"
    ))
}

/// Reads an address as Prometheus writes it: `127.0.0.1:10045`, `[::1]:10045`,
/// `localhost:10045`, or `:10045` for every address.
pub fn listen_address(text: &str) -> Result<SocketAddr, String> {
    if let Some(port) = text.strip_prefix(':') {
        let port = port.parse().map_err(|_| "expected a port from 0 to 65535".to_owned())?;
        return Ok(SocketAddr::from(([0_u16; 8], port)));
    }
    let address = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    address
        .parse()
        .map_err(|_| "expected ADDRESS:PORT or :PORT, such as 127.0.0.1:10045".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_prometheus_writes_them() {
        let read = |text| listen_address(text).map(|address| address.to_string());
        assert_eq!(read(":9000").unwrap(), "[::]:9000");
        assert_eq!(read("127.0.0.1:0").unwrap(), "127.0.0.1:0");
        assert_eq!(read("localhost:9000").unwrap(), "127.0.0.1:9000");
        assert_eq!(read(":90000").unwrap_err(), "expected a port from 0 to 65535");
        assert!(read("9000").unwrap_err().contains("ADDRESS:PORT"));
    }

    #[test]
    fn the_metrics_do_not_take_the_place_of_another_page() {
        for path in ["/", "metrics", "/-/ready", "/a b"] {
            assert!(Web::new(vec![], Some(path.to_owned())).is_err(), "{path}");
        }
        assert_eq!(Web::new(vec![], None).unwrap().listen[0].port(), PORT);
    }

    #[test]
    fn the_flag_hides_names_whatever_the_file_says() {
        let asked = |landing_findings| Options { landing_findings, ..Options::default() };
        assert!(Options::default().resolve().landing_findings);
        assert!(!asked(Some(false)).over(asked(Some(true))).resolve().landing_findings);
        assert!(!asked(None).over(asked(Some(false))).resolve().landing_findings);
    }
}
