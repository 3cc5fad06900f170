//! The flags, in Prometheus' spelling.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, ArgMatches, Parser, Subcommand, ValueEnum};

use crate::collectors;
use crate::config::account::Account;
use crate::config::api::{self, Api, ListMode};
use crate::config::checks::{AllowedKeys, Checks, NEVER_USED_GRACE, STALE_AFTER};
use crate::config::log::{Format, Level};
use crate::config::refresh::Refresh;
use crate::config::web::{Web, listen_address};
use crate::config::{Config, Mistakes};

use super::Lookup;

/// Exports the identity, access and inventory of an OVHcloud account to Prometheus.
///
/// The credential comes from `OVH_ENDPOINT` (a region's name or a URL; ovh-eu without it),
/// `OVH_CLIENT_ID` and `OVH_CLIENT_SECRET`, as the official clients read them.
#[derive(Debug, Parser)]
#[command(name = "ovhcloud-exporter", version, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,

    /// Address to serve on: ADDRESS:PORT, or :PORT for every address [default: :10045].
    /// May be given more than once
    #[arg(long = "web.listen-address", value_name = "ADDRESS", value_parser = listen_address)]
    #[arg(global = true)]
    listen: Vec<SocketAddr>,

    /// Path of the metrics [default: /metrics]
    #[arg(long = "web.telemetry-path", value_name = "PATH", global = true)]
    telemetry_path: Option<String>,

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

    /// Calls to OVHcloud's API at once
    #[arg(long = "api.in-flight", value_name = "N", default_value_t = api::IN_FLIGHT)]
    #[arg(global = true)]
    in_flight: usize,

    /// Calls to OVHcloud's API a second, sustained
    #[arg(long = "api.rate", value_name = "N", default_value_t = api::RATE, global = true)]
    rate: f64,

    /// Calls to OVHcloud's API that may be made before the rate holds
    #[arg(long = "api.burst", value_name = "N", default_value_t = api::BURST, global = true)]
    burst: u32,

    /// How lists are read: with the helpers OVHcloud does not document, or without
    #[arg(long = "api.listing", value_name = "MODE", default_value = "auto", global = true)]
    listing: ListMode,

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
#[derive(Debug, Clone, Copy, Subcommand)]
pub(super) enum Command {
    /// Serve a simulated account, without any credential
    Demo,
    /// Try the credential of each account and each right that the collectors need
    Check {
        /// As text for people or as JSON
        #[arg(long, value_name = "FORM", default_value = "text")]
        output: Output,
    },
    /// Say what a credential needs: an IAM policy, and the link that makes an application key
    Permissions {
        /// As text for people or as JSON
        #[arg(long, value_name = "FORM", default_value = "text")]
        output: Output,
    },
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Cli {
    /// What the flags and the environment mean together.
    pub(super) fn config(
        &self,
        collectors: &Collectors,
        environment: Lookup<'_>,
    ) -> Result<Config, Mistakes> {
        let mut mistakes = Mistakes::default();
        let api = Api {
            in_flight: self.in_flight,
            rate: self.rate,
            burst: self.burst,
            listing: self.listing,
            ..Api::default()
        };
        let api = mistakes.take(api.checked());
        let account = mistakes.take(Account::from_environment(
            environment,
            self.token_url.as_deref(),
            api.unwrap_or_default(),
            collectors.0.clone(),
        ));
        let refresh = mistakes.take(Refresh::new(self.interval, self.max_age));
        let web = mistakes.take(Web::new(self.listen.clone(), self.telemetry_path.clone()));
        let allowed_keys =
            mistakes.take(AllowedKeys::read(&self.authorized_keys, &self.fingerprints));
        match (account, refresh, web, allowed_keys) {
            (Some(account), Some(refresh), Some(web), Some(allowed_keys))
                if mistakes.0.is_empty() =>
            {
                let checks = Checks {
                    stale_after: self.stale_after.unwrap_or(STALE_AFTER),
                    never_used_grace: self.never_used_grace.unwrap_or(NEVER_USED_GRACE),
                    allowed_keys,
                };
                Ok(Config { accounts: vec![account], refresh, checks, web })
            }
            _ => Err(mistakes),
        }
    }
}

/// The names of the collectors that are on: all, but for what the flags say.
#[derive(Debug)]
pub(super) struct Collectors(BTreeSet<&'static str>);

const DISABLE_DEFAULTS: &str = "collector.disable-defaults";

impl Collectors {
    /// Adds `--collector.NAME` and `--no-collector.NAME` for each collector in the registry.
    pub(super) fn augment(command: clap::Command) -> clap::Command {
        let flag = |name: String| {
            Arg::new(name.clone()).long(name).action(ArgAction::SetTrue).global(true)
        };
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

    /// Their names.
    pub(super) fn names(&self) -> &BTreeSet<&'static str> {
        &self.0
    }

    /// What was typed of these flags.
    pub(super) fn from_matches(matches: &ArgMatches) -> Self {
        let by_default = !matches.get_flag(DISABLE_DEFAULTS);
        let names = collectors::ALL.iter().map(|collector| collector.name);
        let is_on = |name: &&str| {
            (by_default || matches.get_flag(&on(name))) && !matches.get_flag(&off(name))
        };
        Self(names.filter(is_on).collect())
    }
}

fn on(name: &str) -> String {
    format!("collector.{name}")
}

fn off(name: &str) -> String {
    format!("no-collector.{name}")
}

fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|error| format!("{error}; give a duration such as 30s, 5m, 90d"))
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
