//! The command line: flags and commands.

mod check;
mod demo;
pub mod diagnosis;
mod flags;
mod inventory;
mod logging;
mod once;
mod output;
mod permissions;
mod reading;
mod registered;
mod survey;

use std::collections::BTreeSet;
use std::env::consts;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

use crate::api::error::chain;
use crate::checks;
use crate::collectors::{self, Collector};
use crate::config::environment::Machine;
use crate::config::{Config, ConfigErrors, Options, Registry};
use crate::daemon::{Daemon, Reload, system_clock};
use crate::telemetry::Build;

use check::Check;
use flags::{Cli, Command};
use registered::Registered;

/// Looks up a variable of the environment.
pub type Lookup<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// Runtime error.
const FAILED: u8 = 1;
/// Findings.
const FINDINGS: u8 = 2;
/// Invalid flags or configuration (`EX_USAGE`).
const USAGE: u8 = 64;

/// Runs the program with these arguments and this environment.
pub fn run(arguments: impl IntoIterator<Item = OsString>, environment: Lookup<'_>) -> ExitCode {
    match parse(arguments) {
        Ok((cli, registered)) => match execute(&cli, &registered, environment) {
            Ok(code) => code,
            Err(error) => report(&error),
        },
        Err(error) => usage(&error),
    }
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<(Cli, Registered), clap::Error> {
    let command = Registered::flags(Cli::command());
    let matches = command.try_get_matches_from(arguments)?;
    Ok((Cli::from_arg_matches(&matches)?, Registered::of(&matches)))
}

/// The output of `--version`, in the form of Prometheus' own programs.
fn version() -> String {
    let Build { version, revision, branch } = Build::THIS;
    format!(
        "ovhcloud-exporter, version {version} (branch: {branch}, revision: {revision})\n  platform: {}/{}",
        consts::OS,
        consts::ARCH
    )
}

fn execute(
    cli: &Cli,
    registered: &Registered,
    environment: Lookup<'_>,
) -> anyhow::Result<ExitCode> {
    logging::start(cli.log_level, cli.log_format);
    let asked = cli.asked(registered);
    if let Some(Command::Check(Check { config_only: true, .. })) = cli.command {
        return Ok(check::configuration(&asked, environment));
    }
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    match &cli.command {
        Some(Command::Inventory(inventory)) => {
            let config = configuration(&asked, environment)?;
            return runtime.block_on(inventory.run(config));
        }
        Some(Command::Once(once)) => {
            let config = configuration(&asked, environment)?;
            runtime.block_on(once.run(config))?;
        }
        Some(Command::Check(check)) => {
            let config = configuration(&asked, environment)?;
            runtime.block_on(diagnosis::run(&config, check.output))?;
        }
        Some(Command::Permissions { output }) => {
            let config = configuration(&asked, environment);
            let mut on = usual();
            registered.collectors.apply(&mut on, &usual());
            runtime.block_on(permissions::run(config, &on, *output))?;
        }
        Some(Command::Demo) => runtime.block_on(demo::run(asked))?,
        None => runtime.block_on(serve(&asked, environment))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The names of all collectors.
fn names() -> impl Iterator<Item = &'static str> {
    collectors::ALL.iter().map(|collector| collector.name)
}

/// The collectors that are enabled by default.
fn usual() -> BTreeSet<&'static str> {
    collectors::ALL.iter().filter(|collector| collector.is_on).map(|one| one.name).collect()
}

/// The configuration from the flags, this machine's files and these variables.
fn configuration(asked: &Options, environment: Lookup<'_>) -> Result<Config, ConfigErrors> {
    let names: Vec<_> = names().collect();
    let labels: BTreeSet<_> =
        crate::catalogue().into_iter().flat_map(|family| family.labels).copied().collect();
    let rarely = |collector: &Collector| Some((collector.name, collector.interval?));
    let intervals = collectors::ALL.iter().filter_map(rarely).collect();
    let checks: Vec<_> = checks::ALL.iter().map(|check| check.spec()).collect();
    let known = Registry {
        collectors: &names,
        on: &usual(),
        intervals: &intervals,
        checks: &checks,
        labels: &labels,
    };
    let config = Config::resolve(asked, &known, &Machine { variable: environment })?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    Ok(config)
}

async fn serve(asked: &Options, environment: Lookup<'_>) -> anyhow::Result<()> {
    let config = configuration(asked, environment)?;
    for account in &config.accounts {
        tracing::info!(
            account = account.name,
            endpoint = account.endpoint.name,
            collectors = account.collectors.len(),
            listing = ?account.api.listing,
            interval = %humantime::format_duration(config.refresh.interval),
            "watching"
        );
    }
    // Before the first output, after which a caller may stop the program.
    let stop = stop_signal()?;
    let reload = Reload {
        hangup: Some(signal(SignalKind::hangup())?),
        read: Box::new(|| configuration(asked, environment)),
    };
    let daemon = Daemon::bind(config, system_clock).await?;
    tracing::info!(url = daemon.url()?, version = Build::THIS.version, "serving");
    daemon.run(stop, reload).await;
    Ok(())
}

/// Ends on Ctrl-C and on SIGTERM.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Prints an error to standard error, one line each, and returns its exit code.
#[expect(clippy::print_stderr, reason = "the final error of the program, before or after logging")]
fn report(error: &anyhow::Error) -> ExitCode {
    if let Some(mistakes) = error.downcast_ref::<ConfigErrors>() {
        for line in &mistakes.0 {
            eprintln!("ovhcloud-exporter: {line}");
        }
        return ExitCode::from(USAGE);
    }
    eprintln!("ovhcloud-exporter: {}", chain(error.as_ref()));
    ExitCode::from(FAILED)
}

/// Prints an error of the command line as one line; help and version go to standard output.
#[expect(clippy::print_stderr, reason = "an answer to what was typed")]
fn usage(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp => return printed(print(&error.to_string())),
        ErrorKind::DisplayVersion => return printed(print(&format!("{}\n", version()))),
        _ => {}
    }
    let text = error.to_string();
    let first: Vec<&str> = text.lines().map(str::trim).take_while(|l| !l.is_empty()).collect();
    let line = first.join(" ");
    eprintln!(
        "ovhcloud-exporter: {}; see `ovhcloud-exporter --help`",
        line.strip_prefix("error: ").unwrap_or(&line)
    );
    ExitCode::from(USAGE)
}

/// Writes to standard output, which may be full. A closed pipe is no error.
fn print(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// The exit code of a command that prints.
fn printed(result: io::Result<()>) -> ExitCode {
    match result {
        Err(error) => report(&anyhow::Error::new(error).context("can't write to standard output")),
        Ok(()) => ExitCode::SUCCESS,
    }
}
