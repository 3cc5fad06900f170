//! The flags, in Prometheus' spelling.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::config::api::{self, ListMode};
use crate::config::checks::Accepted;
use crate::config::located::Located;
use crate::config::log::{self, Format, Level};
use crate::config::parse::duration;
use crate::config::refresh;
use crate::config::shard;
use crate::config::web::{self, listen_address};
use crate::config::{Options, Settings};

use super::access::Access;
use super::check::Check;
use super::diff::Diff;
use super::explain::Explain;
use super::help;
use super::inventory::Inventory;
use super::once::Once;
use super::output::Output;
use super::registered::Registered;
use super::report::Report;
use super::source::Source;

/// Exports the identity, access and inventory of an OVHcloud account to Prometheus.
///
/// Without a command it serves. The credential comes from the configuration file, from the variables
/// below, or from the `ovh.conf` of the official clients.
#[derive(Debug, Parser)]
#[command(name = "ovhcloud-exporter", version, max_term_width = 100, after_long_help = help::AFTER)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,

    /// Configuration file: YAML, as in docs/ovhcloud-exporter.yaml. Flags override its exporter-wide
    /// settings
    #[arg(long = "config.file", value_name = "FILE", help_heading = help::CONFIGURATION)]
    #[arg(global = true)]
    config_file: Option<PathBuf>,

    /// Address to listen on: ADDRESS:PORT, or :PORT for every address [default: :10045]. Repeatable
    #[arg(long = "web.listen-address", value_name = "ADDRESS", value_parser = listen_address)]
    #[arg(global = true, help_heading = help::WEB)]
    listen: Vec<SocketAddr>,

    /// Listen on the sockets that systemd passes, in place of --web.listen-address
    #[arg(long = "web.systemd-socket", global = true, help_heading = help::WEB)]
    #[arg(num_args = 0, default_missing_value = "true")]
    systemd_socket: Option<bool>,

    /// Web configuration file of Prometheus' exporters: TLS, users and headers, as in
    /// deploy/web-config.yaml. It is read again when it changes
    #[arg(long = "web.config.file", value_name = "FILE", global = true)]
    #[arg(help_heading = help::WEB)]
    web_config_file: Option<PathBuf>,

    /// Path of the metrics [default: /metrics]
    #[arg(long = "web.telemetry-path", value_name = "PATH", global = true)]
    #[arg(help_heading = help::WEB)]
    telemetry_path: Option<String>,

    /// Enable the `/-/reload` endpoint
    #[arg(long = "web.enable-lifecycle", global = true, help_heading = help::WEB)]
    #[arg(num_args = 0, default_missing_value = "true")]
    enable_lifecycle: Option<bool>,

    /// Show counts in place of the names of resources on the page at `/`
    #[arg(long = "web.disable-landing-findings", global = true, help_heading = help::WEB)]
    #[arg(num_args = 0, default_missing_value = "true")]
    disable_landing_findings: Option<bool>,

    /// Leave out the metrics of the exporter's process and of its calls to the API: `process_*`, except
    /// its start time, and `ovhcloud_exporter_api_*`
    #[arg(long = "web.disable-exporter-metrics", global = true, help_heading = help::WEB)]
    #[arg(num_args = 0, default_missing_value = "true")]
    disable_exporter_metrics: Option<bool>,

    /// File that keeps the inventory over restarts
    #[arg(long = "state.file", value_name = "FILE", global = true, help_heading = help::STATE)]
    state_file: Option<PathBuf>,

    /// Index of this process, from 0, among those that divide the accounts: a number, or a name that
    /// ends in one, such as that of a pod
    #[arg(long = "shard.index", value_name = "N", value_parser = shard::index, global = true)]
    #[arg(help_heading = help::SHARD)]
    shard_index: Option<u32>,

    /// Number of processes that divide the accounts among them [default: 1]
    #[arg(long = "shard.total", value_name = "N", value_parser = shard::total, global = true)]
    #[arg(help_heading = help::SHARD)]
    shard_total: Option<u32>,

    /// Time from the start of a refresh to the start of the next [default: 5m]
    #[arg(long = "refresh.interval", value_name = "DURATION", value_parser = duration)]
    #[arg(global = true, help_heading = help::REFRESH)]
    interval: Option<Duration>,

    /// Maximum age of the last successful values before they are dropped
    /// [default: 4 intervals, at least 1h]
    #[arg(long = "refresh.max-age", value_name = "DURATION", value_parser = duration)]
    #[arg(global = true, help_heading = help::REFRESH)]
    max_age: Option<Duration>,

    /// OAuth2 token URL [default: the endpoint's]
    #[arg(long = "api.token-url", value_name = "URL", global = true, help_heading = help::API)]
    token_url: Option<String>,

    /// Maximum concurrent requests to OVHcloud's API [default: 10]
    #[arg(long = "api.in-flight", value_name = "N", value_parser = api::in_flight)]
    #[arg(global = true, help_heading = help::API)]
    in_flight: Option<usize>,

    /// Sustained requests per second to OVHcloud's API [default: 50]
    #[arg(long = "api.rate", value_name = "N", value_parser = api::rate)]
    #[arg(global = true, help_heading = help::API)]
    rate: Option<f64>,

    /// Burst size in requests to OVHcloud's API [default: 500]
    #[arg(long = "api.burst", value_name = "N", value_parser = api::burst)]
    #[arg(global = true, help_heading = help::API)]
    burst: Option<u32>,

    /// Listing method: `auto` with undocumented list helpers of OVHcloud, `plain` without
    /// [default: auto]
    #[arg(long = "api.listing", value_name = "MODE", global = true, help_heading = help::API)]
    listing: Option<ListMode>,

    /// Lowest level of logged messages [default: info]
    #[arg(long = "log.level", value_name = "LEVEL", global = true, help_heading = help::LOG)]
    pub(super) log_level: Option<Level>,

    /// Format of log lines [default: logfmt]
    #[arg(long = "log.format", value_name = "FORMAT", global = true, help_heading = help::LOG)]
    pub(super) log_format: Option<Format>,

    /// Do not log each resource and finding that came, went or changed in a refresh. Never logged
    /// with `detail: counts` in the configuration file
    #[arg(long = "no-log.changes", global = true, help_heading = help::LOG)]
    #[arg(num_args = 0, default_missing_value = "true")]
    no_log_changes: Option<bool>,
}

/// The commands. Without one, the exporter serves.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum Command {
    /// Serve a simulated account, without a credential
    Demo,
    /// Verify credentials and permissions
    ///
    /// Requests each route of the enabled collectors once, and one list of each further project. The
    /// last lines have every missing permission and the number of problems. Exits with 1 on a
    /// failure or a missing permission; warnings alone are no failure.
    Check(Check),
    /// Read each account once and print its inventory and findings
    ///
    /// Shows the state of each collector: complete, partly read, not read, out of service or
    /// disabled. A number is shown only where it is known. Exits with 1 if something in service could
    /// not be read; a finding of --fail-on outweighs that and exits with 2.
    Inventory(Inventory),
    /// Read each account once and write reports for auditors, security teams and pipelines
    ///
    /// One refresh, any number of forms: `--format html --output r.html --format sarif --output
    /// r.sarif`. Each form has the scope, the state of each collector, each check with its verdict,
    /// thresholds and exemptions, and each finding with its evidence. Exit codes as `inventory`.
    Report(Report),
    /// Compare two reports or state files: who and what came, went or changed
    ///
    /// A file is a JSON report (`report --format json`, `inventory --format json`) without filters, or
    /// a state file, judged by this configuration as of its own time. Identities, keys and rights come
    /// first, then findings and other resources. Objects and findings that one of the files does not
    /// know are neither new nor gone, and are named. Exits with 0 with and without differences, and
    /// with 1 if something can't be compared.
    Diff(Diff),
    /// Print the page of a check: risk, repair, data, controls and settings
    Explain(Explain),
    /// Print who may do what, from the account's policies, groups and roles
    ///
    /// Reads the account's IAM once and evaluates it; OVHcloud itself answers for the caller alone.
    /// Decisions: allow, conditional (under conditions that depend on the request or are unknown),
    /// deny, none, unknown (a part of the data is missing). A right by an application key's rules is
    /// beside IAM and shown apart. Exits with 1 if the data is incomplete; a query that is not as
    /// expected outweighs that and exits with 2.
    Access(Access),
    /// Ask the running exporter whether it is alive, for container health checks
    ///
    /// Requests /-/healthy of each listen address in the flags, variables and configuration file; an
    /// address for every interface is asked on loopback. With a web configuration file it asks by
    /// https, without verifying the certificate, and then by http; a server that refuses it for the
    /// lack of a client certificate is alive. Exits with 1 without an answer within 3 seconds. With --web.systemd-socket, give the address of the socket unit as
    /// --web.listen-address.
    Healthcheck,
    /// Collect once and write the metrics
    Once(Once),
    /// Print the least-privilege IAM policy and the application key link
    ///
    /// As JSON it is the body of `POST /v2/iam/policy`, one document for each account. Names come
    /// from the account if a credential is configured; the others are placeholders in <angle
    /// brackets>, and standard error has the reason.
    Permissions(Output),
}

/// The whole command line: the flags and commands here, and the flags of the registries.
pub(super) fn command() -> clap::Command {
    help::arranged(Registered::flags(Cli::command()))
}

impl Cli {
    /// The options, which come from this source.
    pub(super) fn asked(&self, registered: Registered, source: Source) -> Options {
        Options {
            file: self.config_file.clone(),
            skips_accounts: false,
            token_url: given(source, "api.token-url", self.token_url.clone()),
            settings: Settings {
                refresh: refresh::Options {
                    interval: given(source, "refresh.interval", self.interval),
                    max_age: given(source, "refresh.max-age", self.max_age),
                    ..refresh::Options::default()
                },
                api: api::Options {
                    in_flight: given(source, "api.in-flight", self.in_flight),
                    rate: given(source, "api.rate", self.rate),
                    burst: given(source, "api.burst", self.burst),
                    listing: given(source, "api.listing", self.listing),
                    ..api::Options::default()
                },
                collectors: registered.collectors,
                detail: None,
                log: log::Options { changes: self.no_log_changes.map(not) },
                checks: registered.checks,
                accepted: Accepted::default(),
                web: self.web(source),
                state_file: given(source, "state.file", self.state_file.clone()),
                shard: shard::Options {
                    index: given(source, "shard.index", self.shard_index),
                    total: given(source, "shard.total", self.shard_total),
                },
            },
        }
    }

    fn web(&self, source: Source) -> web::Options {
        web::Options {
            listen: self.listen.clone(),
            systemd_socket: self.systemd_socket,
            config_file: given(source, "web.config.file", self.web_config_file.clone()),
            telemetry_path: given(source, "web.telemetry-path", self.telemetry_path.clone()),
            enable_lifecycle: self.enable_lifecycle,
            landing_findings: self.disable_landing_findings.map(not),
            exporter_metrics: self.disable_exporter_metrics.map(not),
        }
    }
}

fn given<T>(source: Source, flag: &str, value: Option<T>) -> Option<Located<T>> {
    value.map(|value| source.located(flag, value))
}

fn not(is_off: bool) -> bool {
    !is_off
}

impl ValueEnum for ListMode {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Auto, Self::Plain]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.label()))
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
