//! The limits of calls to OVHcloud's API.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::environment::{Environment, unreadable};
use super::errors::ConfigErrors;
use super::located::{Located, value_or};
use super::parse;
use super::setting::shown;
use super::table::Table;

/// Calls at once: what OVHcloud's own command-line tool does.
pub const IN_FLIGHT: usize = 10;
/// Calls a second, sustained. OVHcloud publishes no limit and speaks of fair use.
pub const RATE: f64 = 50.0;
/// Calls that may be made before the rate holds: a refresh of some 160 projects, which is then
/// as fast as OVHcloud answers, while its average over an interval stays below two a second.
pub const BURST: u32 = 500;

/// The ranges, for errors.
const IN_FLIGHT_RANGE: &str = "an integer from 1 to 100";
const RATE_RANGE: &str = "a number from 0.1 to 10000";
const BURST_RANGE: &str = "an integer of at least 1";
/// The forms of files and URLs, for errors.
const CERTIFICATES: &str = "a PEM file of certificates";
const PROXY: &str = "http://HOST:PORT or https://HOST:PORT";

/// The ways of listing that are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListMode {
    /// Expanded lists, batches of 50, then one by one; what works is remembered per route.
    Auto,
    /// Only what OVHcloud documents: a list of ids, and each object by itself.
    Plain,
}

impl ListMode {
    /// Its name in flags, in the file and in logs.
    pub fn label(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Plain => "plain",
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        parse::one_of(text, &[("auto", Self::Auto), ("plain", Self::Plain)])
    }
}

/// The limits and the transport of one account's calls to OVHcloud's API.
#[derive(Debug, Clone, PartialEq)]
pub struct Api {
    /// Calls at once (`--api.in-flight`, `api.in_flight`, 10).
    pub in_flight: usize,
    /// Calls a second, sustained (`--api.rate`, `api.rate`, 50). Halved when OVHcloud asks for
    /// less, raised again up to this.
    pub rate: f64,
    /// Calls that may be made before the rate holds (`--api.burst`, `api.burst`, 500).
    pub burst: u32,
    /// The form of reading lists (`--api.listing`, `api.listing`, auto).
    pub listing: ListMode,
    /// Time to connect (`api.connect_timeout`, 5 seconds).
    pub connect_timeout: Duration,
    /// Time between two pieces of an answer (`api.read_timeout`, 30 seconds).
    pub read_timeout: Duration,
    /// The largest answer that is read, in bytes. A hundred thousand instances are about as much.
    pub largest_answer: usize,
    /// Time of a whole call, its answer included (`api.call_timeout`, a minute). OVHcloud's clients
    /// wait three minutes for anything; nothing that is read here takes that time.
    pub call_timeout: Duration,
    /// A file of certificates, as PEM, that are trusted beside the machine's own (`api.ca_file`);
    /// without it, the machine's own alone.
    pub ca_file: Option<PathBuf>,
    /// The proxy that calls go through (`api.proxy`); without it, what `HTTPS_PROXY` and
    /// `NO_PROXY` say.
    pub proxy: Option<Url>,
}

/// The options as given.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// See [`Api::in_flight`].
    pub in_flight: Option<Located<usize>>,
    /// See [`Api::rate`].
    pub rate: Option<Located<f64>>,
    /// See [`Api::burst`].
    pub burst: Option<Located<u32>>,
    /// See [`Api::listing`].
    pub listing: Option<Located<ListMode>>,
    /// See [`Api::connect_timeout`].
    pub connect_timeout: Option<Located<Duration>>,
    /// See [`Api::read_timeout`].
    pub read_timeout: Option<Located<Duration>>,
    /// See [`Api::call_timeout`].
    pub call_timeout: Option<Located<Duration>>,
    /// See [`Api::ca_file`].
    pub ca_file: Option<Located<PathBuf>>,
    /// See [`Api::proxy`].
    pub proxy: Option<Located<Url>>,
}

impl Default for Api {
    fn default() -> Self {
        Self {
            in_flight: IN_FLIGHT,
            rate: RATE,
            burst: BURST,
            listing: ListMode::Auto,
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(30),
            largest_answer: 64 * 1024 * 1024,
            call_timeout: Duration::from_mins(1),
            ca_file: None,
            proxy: None,
        }
    }
}

impl Options {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        Self {
            in_flight: table.read("in_flight", in_flight),
            rate: table.read("rate", rate),
            burst: table.read("burst", burst),
            connect_timeout: table.read("connect_timeout", parse::duration),
            read_timeout: table.read("read_timeout", parse::duration),
            call_timeout: table.read("call_timeout", parse::duration),
            listing: table.read("listing", ListMode::parse),
            ca_file: table.read_path("ca_file"),
            proxy: table.read("proxy", proxy),
        }
    }

    /// Notes what is wrong with each value by itself.
    pub(super) fn check(&self, environment: &dyn Environment, errors: &mut ConfigErrors) {
        let rule = |is_met: bool, expected: &str, got: String| {
            if is_met { Ok(()) } else { Err(format!("expected {expected}, got {got}")) }
        };
        let at_once = |n: &usize| rule((1..=100).contains(n), IN_FLIGHT_RANGE, n.to_string());
        Located::obey(self.in_flight.as_ref(), at_once, errors);
        let a_second = |n: &f64| rule((0.1..=10_000.0).contains(n), RATE_RANGE, n.to_string());
        Located::obey(self.rate.as_ref(), a_second, errors);
        let at_first = |n: &u32| rule(*n > 0, BURST_RANGE, n.to_string());
        Located::obey(self.burst.as_ref(), at_first, errors);
        for timeout in [&self.connect_timeout, &self.read_timeout, &self.call_timeout] {
            let is_some = |time: &Duration| {
                rule(*time >= Duration::from_millis(1), "at least 1ms", shown(*time))
            };
            Located::obey(timeout.as_ref(), is_some, errors);
        }
        if let Some(Located { place, value: path }) = &self.ca_file {
            let place = format!("{place}: `{}`", path.display());
            match environment.read(path) {
                Ok(text) if text.contains("-----BEGIN CERTIFICATE-----") => {}
                Ok(_) => {
                    errors.0.push(format!("{place}: no certificate; expected {CERTIFICATES}"));
                }
                Err(error) => errors.0.push(unreadable(&place, &error, CERTIFICATES)),
            }
        }
    }

    /// Returns these options over those of `below`, which has less precedence.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            in_flight: self.in_flight.or(below.in_flight),
            rate: self.rate.or(below.rate),
            burst: self.burst.or(below.burst),
            listing: self.listing.or(below.listing),
            connect_timeout: self.connect_timeout.or(below.connect_timeout),
            read_timeout: self.read_timeout.or(below.read_timeout),
            call_timeout: self.call_timeout.or(below.call_timeout),
            ca_file: self.ca_file.or(below.ca_file),
            proxy: self.proxy.or(below.proxy),
        }
    }

    pub(super) fn resolve(self) -> Api {
        let default = Api::default();
        Api {
            in_flight: value_or(self.in_flight, default.in_flight),
            rate: value_or(self.rate, default.rate),
            burst: value_or(self.burst, default.burst),
            listing: value_or(self.listing, default.listing),
            connect_timeout: value_or(self.connect_timeout, default.connect_timeout),
            read_timeout: value_or(self.read_timeout, default.read_timeout),
            call_timeout: value_or(self.call_timeout, default.call_timeout),
            largest_answer: default.largest_answer,
            ca_file: self.ca_file.map(|given| given.value),
            proxy: self.proxy.map(|given| given.value),
        }
    }
}

/// Reads the number of calls at once.
pub fn in_flight(text: &str) -> Result<usize, String> {
    parse::number(text, IN_FLIGHT_RANGE)
}

/// Reads the number of calls a second.
pub fn rate(text: &str) -> Result<f64, String> {
    parse::number(text, RATE_RANGE)
}

/// Reads the size of a burst.
pub fn burst(text: &str) -> Result<u32, String> {
    parse::number(text, BURST_RANGE)
}

/// A proxy's URL. One with a password would be printed with the rest of the configuration.
fn proxy(text: &str) -> Result<Url, String> {
    let url =
        Url::parse(text).map_err(|error| format!("invalid URL ({error}); expected {PROXY}"))?;
    if !["http", "https"].contains(&url.scheme()) {
        return Err(format!("unsupported proxy scheme {:?}; expected {PROXY}", url.scheme()));
    }
    if url.host().is_none() {
        return Err(format!("no host; expected {PROXY}"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a URL with a user name or a password; remove them, or set the variable \
                    HTTPS_PROXY instead"
            .to_owned());
    }
    Ok(url)
}
