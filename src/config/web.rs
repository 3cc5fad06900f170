//! Where the exporter serves.

use std::net::SocketAddr;

use super::Mistakes;

/// The port the exporter serves on, unless asked otherwise.
pub const PORT: u16 = 10045;

/// Where the metrics are, unless asked otherwise.
pub const TELEMETRY_PATH: &str = "/metrics";

/// Where the exporter serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// The addresses to listen on (`--web.listen-address`, every address, port 10045).
    pub listen: Vec<SocketAddr>,
    /// The path of the metrics (`--web.telemetry-path`, `/metrics`).
    pub telemetry_path: String,
}

impl Web {
    /// From what was typed.
    ///
    /// # Errors
    ///
    /// A path that is not absolute or that the exporter uses itself.
    pub fn new(listen: Vec<SocketAddr>, telemetry_path: Option<String>) -> Result<Self, Mistakes> {
        let telemetry_path = telemetry_path.unwrap_or_else(|| TELEMETRY_PATH.to_owned());
        let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
        if !telemetry_path.starts_with('/')
            || telemetry_path == "/"
            || telemetry_path.starts_with("/-/")
            || !telemetry_path.chars().all(plain)
        {
            return Err(Mistakes::from(format!(
                "--web.telemetry-path: `{telemetry_path}` can't be used; give a path such as \
                 `{TELEMETRY_PATH}`, not `/` and not below `/-/`, which have their own pages"
            )));
        }
        let listen =
            if listen.is_empty() { vec![SocketAddr::from(([0_u16; 8], PORT))] } else { listen };
        Ok(Self { listen, telemetry_path })
    }
}

/// Reads an address as Prometheus writes it: `127.0.0.1:10045`, `[::1]:10045`,
/// `localhost:10045`, or `:10045` for every address.
pub fn listen_address(text: &str) -> Result<SocketAddr, String> {
    if let Some(port) = text.strip_prefix(':') {
        let port = port.parse().map_err(|_| format!("`{port}` is no port (0 to 65535)"))?;
        return Ok(SocketAddr::from(([0_u16; 8], port)));
    }
    let address = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    address.parse().map_err(|_| "give ADDRESS:PORT or :PORT, such as 127.0.0.1:10045".to_owned())
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
        assert_eq!(read(":90000").unwrap_err(), "`90000` is no port (0 to 65535)");
        assert!(read("9000").unwrap_err().contains("ADDRESS:PORT"));
    }

    #[test]
    fn the_metrics_do_not_take_the_place_of_another_page() {
        for path in ["/", "metrics", "/-/ready", "/a b"] {
            assert!(Web::new(vec![], Some(path.to_owned())).is_err(), "{path}");
        }
        assert_eq!(Web::new(vec![], None).unwrap().listen[0].port(), PORT);
    }
}
