//! The command line: flags and commands.

mod check;
mod configuration;
mod demo;
pub mod diagnosis;
mod exit;
mod flags;
mod inventory;
mod logging;
mod once;
mod output;
mod permissions;
mod print;
mod reading;
mod registered;
mod stop_signal;
mod survey;

use std::env::consts;
use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

use crate::api::error::chain;
use crate::config::{ConfigErrors, Options};
use crate::daemon::{Daemon, Reload, system_clock};
use crate::telemetry::Build;

pub use configuration::Lookup;

use check::Check;
use configuration::{configuration, endpoints, usual};
use exit::{FAILED, USAGE};
use flags::{Cli, Command};
use print::print;
use registered::Registered;
use stop_signal::stop_signal;

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
    if let Some(Command::Check(Check { config_only: true, output })) = &cli.command {
        return check::configuration(&asked, environment, output);
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
            runtime.block_on(diagnosis::run(&config, &check.output))?;
        }
        Some(Command::Permissions(output)) => {
            let config = configuration(&asked, environment);
            let mut on = usual();
            registered.collectors.apply(&mut on, &usual());
            let endpoints = || endpoints(&asked, environment);
            runtime.block_on(permissions::run(config, &on, endpoints, output))?;
        }
        Some(Command::Demo) => runtime.block_on(demo::run(asked))?,
        None => runtime.block_on(serve(&asked, environment))?,
    }
    Ok(ExitCode::SUCCESS)
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

/// The exit code of a command that prints.
fn printed(result: io::Result<()>) -> ExitCode {
    match result {
        Err(error) => report(&anyhow::Error::new(error).context("can't write to standard output")),
        Ok(()) => ExitCode::SUCCESS,
    }
}
