//! The web configuration file of Prometheus' exporter-toolkit: TLS, users and headers of the
//! exporter's own server.
//!
//! The form is the toolkit's, so that one file serves every exporter of a machine. It is read here as
//! a whole, with the certificates that it names, and reports every error with its line.

mod alternative_names;
mod clients;
mod names;
mod reader;
mod tls;
mod users;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use tokio_rustls::rustls::ServerConfig;

use super::document;
use super::environment::{Environment, Stamp, unreadable};
use super::errors::ConfigErrors;
use super::notes::Notes;
use super::parse;
use super::table::{Table, Value};

pub use users::{Hash, Users};

use reader::Reader;

/// The headers that the file may set, and their only values, where the toolkit has some.
const HEADERS: [(&str, &[&str]); 5] = [
    ("Content-Security-Policy", &[]),
    ("Strict-Transport-Security", &[]),
    ("X-Content-Type-Options", &["nosniff"]),
    ("X-Frame-Options", &["deny", "sameorigin"]),
    ("X-XSS-Protection", &[]),
];

/// The content of the file.
#[derive(Debug, Default)]
pub struct WebFile {
    /// TLS with these certificates; plain HTTP without it.
    pub tls: Option<Arc<ServerConfig>>,
    /// Headers for every response.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Who may ask for pages; everyone if there are none.
    pub users: Users,
    /// Warnings for the operator, one line each.
    pub warnings: Vec<String>,
}

/// The files that were read, each with its stamp of before, if it has one.
pub type Seen = Vec<(PathBuf, Option<Stamp>)>;

impl WebFile {
    /// Reads the file and the files that it names. They are returned even if they have errors, so
    /// that the caller notices their next change.
    pub fn read(path: &Path, environment: &dyn Environment) -> (Seen, Result<Self, ConfigErrors>) {
        let reader = Reader::new(environment);
        let read = Self::of(path, &reader);
        (reader.seen(), read)
    }

    fn of(path: &Path, reader: &Reader<'_>) -> Result<Self, ConfigErrors> {
        let name = path.display().to_string();
        let notes = Notes::of(name.clone());
        let text = reader.text(path).map_err(|error| {
            let expected = "a web configuration file such as deploy/web-config.yaml";
            ConfigErrors::from(unreadable(&name, &error, expected))
        })?;
        let mut found = Self::default();
        match document::parse(&text) {
            Ok(node) => {
                let value = Value::whole(node, &notes);
                value.table(|table| found = Self::keys(table, reader, &notes));
            }
            Err((mark, what)) => notes.note(mark, &what),
        }
        let errors = notes.errors(ConfigErrors::default());
        if !errors.0.is_empty() {
            return Err(errors);
        }
        found.warnings = notes.warnings();
        if !found.users.is_empty() && found.tls.is_none() {
            found.warnings.push(format!(
                "{name}: basic_auth_users without tls_server_config: passwords cross the network in \
                 clear text"
            ));
        }
        Ok(found)
    }

    fn keys(table: &mut Table<'_>, reader: &Reader<'_>, notes: &Notes) -> Self {
        let tls = table.table("tls_server_config", |table| tls::Keys::read(table, reader, notes));
        let (http2, headers) = table.table("http_server_config", |table| {
            let http2 = table.read("http2", parse::boolean).is_none_or(|given| given.value);
            (http2, table.table("headers", headers))
        });
        let users = table.table("basic_auth_users", Users::read);
        if let Some(value) = table.take("rate_limit") {
            value.wrong(
                "not supported: the exporter limits the connections of each address itself; remove \
                 the key",
            );
        }
        let tls = tls.and_then(|keys| keys.resolve(http2, notes)).map(Arc::new);
        Self { tls, headers, users, warnings: Vec::new() }
    }
}

fn headers(table: &mut Table<'_>) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = Vec::new();
    for (name, values) in HEADERS {
        let value = table.read(name, |text| {
            if !values.is_empty() && !values.contains(&text) {
                return Err(format!("expected {}", values.join(" or ")));
            }
            HeaderValue::from_str(text).map_err(|_| "no valid value of a header".to_owned())
        });
        if let Some(value) = value
            && let Ok(name) = name.parse()
        {
            headers.push((name, value.value));
        }
    }
    headers
}

#[cfg(test)]
mod tests;
