//! The flags, in Prometheus' spelling.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, ArgMatches, Parser, Subcommand, ValueEnum};

use crate::collectors;
use crate::config::api::{self, ListMode};
use crate::config::checks::{self, AUTHORIZED_KEYS, FINGERPRINT};
use crate::config::located::Located;
use crate::config::log::{Format, Level};
use crate::config::parse::duration;
use crate::config::refresh;
use crate::config::selection::Selection;
use crate::config::web::{self, listen_address};
use crate::config::{Options, Settings};

use super::check::Check;
use super::inventory::Inventory;
use super::once::Once;
use super::output::Output;

/// Exports the identity, access and inventory of an OVHcloud account to Prometheus.
///
/// The credential comes from the configuration file, or from `OVH_ENDPOINT` (a region's name or a
/// URL; ovh-eu without it), `OVH_CLIENT_ID` and `OVH_CLIENT_SECRET` and the other variables of the
/// official clients, or from their `ovh.conf`.
#[derive(Debug, Parser)]
#[command(name = "ovhcloud-exporter", version, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,

    /// The configuration file: YAML, as in docs/ovhcloud-exporter.yaml. Flags stand over what it
    /// says for the whole exporter
    #[arg(long = "config.file", value_name = "FILE", global = true)]
    config_file: Option<PathBuf>,

    /// Address to serve on: ADDRESS:PORT, or :PORT for every address [default: :10045].
    /// May be given more than once
    #[arg(long = "web.listen-address", value_name = "ADDRESS", value_parser = listen_address)]
    #[arg(global = true)]
    listen: Vec<SocketAddr>,

    /// Path of the metrics [default: /metrics]
    #[arg(long = "web.telemetry-path", value_name = "PATH", global = true)]
    telemetry_path: Option<String>,

    /// Read the configuration anew on `POST /-/reload`
    #[arg(long = "web.enable-lifecycle", global = true)]
    enable_lifecycle: bool,

    /// Keep what is known in this file, so that a restart serves it at once
    #[arg(long = "state.file", value_name = "FILE", global = true)]
    state_file: Option<PathBuf>,

    /// How often the account is read [default: 5m]
    #[arg(long = "refresh.interval", value_name = "DURATION", value_parser = duration)]
    #[arg(global = true)]
    interval: Option<Duration>,

    /// How old values may get that can't be read again, before their series end
    /// [default: 4 intervals, at least 1h]
    #[arg(long = "refresh.max-age", value_name = "DURATION", value_parser = duration)]
    #[arg(global = true)]
    max_age: Option<Duration>,

    /// OAuth2 token URL, where it is not the endpoint's usual one
    #[arg(long = "api.token-url", value_name = "URL", global = true)]
    token_url: Option<String>,

    /// Calls to OVHcloud's API at once [default: 10]
    #[arg(long = "api.in-flight", value_name = "N", global = true)]
    in_flight: Option<usize>,

    /// Calls to OVHcloud's API a second, sustained [default: 50]
    #[arg(long = "api.rate", value_name = "N", global = true)]
    rate: Option<f64>,

    /// Calls to OVHcloud's API that may be made before the rate holds [default: 500]
    #[arg(long = "api.burst", value_name = "N", global = true)]
    burst: Option<u32>,

    /// How lists are read: with the helpers OVHcloud does not document, or without
    /// [default: auto]
    #[arg(long = "api.listing", value_name = "MODE", global = true)]
    listing: Option<ListMode>,

    /// A credential that nobody used for so long is stale [default: 90d]
    #[arg(long = "check.credential-stale.after", value_name = "DURATION")]
    #[arg(value_parser = duration, global = true)]
    stale_after: Option<Duration>,

    /// A new credential may wait so long for its first use [default: 30d]
    #[arg(long = "check.credential-never-used.grace", value_name = "DURATION")]
    #[arg(value_parser = duration, global = true)]
    never_used_grace: Option<Duration>,

    /// An `authorized_keys` file with the SSH keys that may be in the account. May be given more
    /// than once; without it or a fingerprint, SSH keys are not judged
    #[arg(long = "check.sshkey-unlisted.authorized-keys", value_name = "FILE", global = true)]
    authorized_keys: Vec<PathBuf>,

    /// The fingerprint (SHA256:… or MD5:…) of an SSH key that may be in the account. May be given
    /// more than once
    #[arg(long = "check.sshkey-unlisted.fingerprint", value_name = "FINGERPRINT", global = true)]
    fingerprints: Vec<String>,

    /// The lowest level that is logged
    #[arg(long = "log.level", value_name = "LEVEL", default_value = "info", global = true)]
    pub(super) log_level: Level,

    /// The form of log lines
    #[arg(long = "log.format", value_name = "FORMAT", default_value = "logfmt", global = true)]
    pub(super) log_format: Format,
}

/// What to do instead of serving.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum Command {
    /// Serve a simulated account, without any credential
    Demo,
    /// Try the credential of each account and each right that the collectors need
    Check(Check),
    /// Read each account once and show everything that is known of it
    Inventory(Inventory),
    /// Read each account once and write its metrics
    Once(Once),
    /// Say what a credential needs: an IAM policy, and the link that makes an application key
    Permissions {
        /// As text for people or as JSON
        #[arg(long, value_name = "FORM", default_value = "text")]
        output: Output,
    },
}

impl Cli {
    /// What the flags ask for.
    pub(super) fn asked(&self, collectors: &Selection) -> Options {
        Options {
            file: self.config_file.clone(),
            skips_accounts: false,
            token_url: flag("--api.token-url", self.token_url.clone()),
            settings: Settings {
                refresh: refresh::Options {
                    interval: flag("--refresh.interval", self.interval),
                    max_age: flag("--refresh.max-age", self.max_age),
                    ..refresh::Options::default()
                },
                api: api::Options {
                    in_flight: flag("--api.in-flight", self.in_flight),
                    rate: flag("--api.rate", self.rate),
                    burst: flag("--api.burst", self.burst),
                    listing: flag("--api.listing", self.listing),
                    ..api::Options::default()
                },
                collectors: collectors.clone(),
                detail: None,
                checks: self.checks(),
                web: web::Options {
                    listen: self.listen.clone(),
                    telemetry_path: flag("--web.telemetry-path", self.telemetry_path.clone()),
                    enable_lifecycle: self.enable_lifecycle.then_some(true),
                },
                state_file: flag("--state.file", self.state_file.clone()),
            },
        }
    }

    fn checks(&self) -> checks::Options {
        let (files, fingerprints) = (self.authorized_keys.iter(), self.fingerprints.iter());
        checks::Options {
            stale_after: flag("--check.credential-stale.after", self.stale_after),
            never_used_grace: flag("--check.credential-never-used.grace", self.never_used_grace),
            authorized_keys: files.map(|path| Located::at(AUTHORIZED_KEYS, path.clone())).collect(),
            fingerprints: fingerprints.map(|text| Located::at(FINGERPRINT, text.clone())).collect(),
        }
    }
}

fn flag<T>(name: &str, value: Option<T>) -> Option<Located<T>> {
    value.map(|value| Located::at(name, value))
}

const DISABLE_DEFAULTS: &str = "collector.disable-defaults";

/// Adds `--collector.NAME` and `--no-collector.NAME` for each collector in the registry.
pub(super) fn with_collectors(command: clap::Command) -> clap::Command {
    let flag =
        |name: String| Arg::new(name.clone()).long(name).action(ArgAction::SetTrue).global(true);
    let defaults = flag(DISABLE_DEFAULTS.to_owned())
        .help("Switch off every collector that --collector.NAME does not switch on");
    collectors::ALL.iter().fold(command.arg(defaults), |command, collector| {
        let (on, off) = (on(collector.name), off(collector.name));
        let routes: Vec<_> = collector.routes.iter().map(|route| route.template).collect();
        command
            .arg(flag(on).help(format!("Read {}", routes.join(", "))))
            .arg(flag(off).help("Do not").hide(true))
    })
}

/// What was typed of these flags.
pub(super) fn selection(matches: &ArgMatches) -> Selection {
    let mut each = BTreeMap::new();
    for name in collectors::ALL.iter().map(|collector| collector.name) {
        if matches.get_flag(&off(name)) {
            each.insert(name, false);
        } else if matches.get_flag(&on(name)) {
            each.insert(name, true);
        }
    }
    Selection { defaults: matches.get_flag(DISABLE_DEFAULTS).then_some(false), each }
}

fn on(name: &str) -> String {
    format!("collector.{name}")
}

fn off(name: &str) -> String {
    format!("no-collector.{name}")
}

impl ValueEnum for ListMode {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Auto, Self::Plain]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Auto => "auto",
            Self::Plain => "plain",
        }))
    }
}

impl ValueEnum for Level {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Debug, Self::Info, Self::Warn, Self::Error]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }))
    }
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Logfmt, Self::Json]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Self::Logfmt => "logfmt",
            Self::Json => "json",
        }))
    }
}
