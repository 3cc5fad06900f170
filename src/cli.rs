//! The command line: flags and commands.

mod access;
mod check;
mod configuration;
mod demo;
pub mod diagnosis;
mod diff;
mod exit;
mod explain;
mod filters;
mod flags;
mod gate;
mod healthcheck;
mod help;
mod inventory;
mod logging;
mod once;
mod output;
mod permissions;
mod print;
mod reading;
mod registered;
mod report;
mod saved;
mod source;
mod stop_signal;
mod survey;
mod variables;

use std::env::consts;
use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, FromArgMatches as _};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

use crate::api::error::chain;
use crate::config::log::{Format, Level};
use crate::config::{ConfigErrors, Options};
use crate::daemon::{Daemon, Reload, ServiceManager, system_clock};
use crate::telemetry::Build;

pub use variables::Variables;

use check::Check;
use configuration::{Lookup, configuration, endpoints, offline, usual, web, with_web_file};
use exit::{FAILED, USAGE};
use flags::{Cli, Command, command};
use print::{complain, print};
use registered::Registered;
use source::Source;
use stop_signal::stop_signal;

/// Runs the program with these arguments and this environment.
pub fn run(arguments: impl IntoIterator<Item = OsString>, environment: &Variables) -> ExitCode {
    let (cli, flags) = match parse(arguments) {
        Ok(parsed) => parsed,
        Err(error) => return usage(&error),
    };
    let run = || {
        let (below, variables) = variables::parse(environment)?;
        let asked = flags.over(variables);
        let level = cli.log_level.or(below.log_level).unwrap_or(Level::Info);
        let format = cli.log_format.or(below.log_format).unwrap_or(Format::Logfmt);
        logging::start(level, format);
        execute(cli.command.as_ref(), asked, &|name| environment.get(name).cloned())
    };
    run().unwrap_or_else(|error| failed(&error))
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<(Cli, Options), clap::Error> {
    let matches = command().try_get_matches_from(arguments)?;
    let cli = Cli::from_arg_matches(&matches)?;
    let options = cli.asked(Registered::of(&matches, Source::Flags), Source::Flags);
    Ok((cli, options))
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
    command: Option<&Command>,
    asked: Options,
    environment: Lookup<'_>,
) -> anyhow::Result<ExitCode> {
    if let Some(Command::Check(Check { config_only: true, output })) = command {
        return check::configuration(&asked, environment, output);
    }
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    match command {
        Some(Command::Explain(explain)) => explain.run()?,
        Some(Command::Inventory(inventory)) => {
            return runtime.block_on(inventory.run(|| configuration(&asked, environment)));
        }
        Some(Command::Access(access)) => {
            let offline = || offline(&asked, environment);
            return access.run(&runtime, || configuration(&asked, environment), offline);
        }
        Some(Command::Report(report)) => {
            let offline = || offline(&asked, environment);
            return report.run(&runtime, || configuration(&asked, environment), offline);
        }
        Some(Command::Diff(diff)) => return diff.run(|| offline(&asked, environment)),
        Some(Command::Healthcheck) => {
            runtime.block_on(healthcheck::run(web(&asked, environment)))?;
        }
        Some(Command::Once(once)) => {
            let config = configuration(&asked, environment)?;
            runtime.block_on(once.run(config))?;
        }
        Some(Command::Check(check)) => {
            let config = with_web_file(&asked, environment)?;
            runtime.block_on(diagnosis::run(&config, &check.output))?;
        }
        Some(Command::Permissions(output)) => {
            let config = configuration(&asked, environment);
            let mut on = usual();
            asked.settings.collectors.apply(&mut on, &usual());
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
    // Before the first output, after which a caller may stop the program.
    let stop = stop_signal()?;
    let reload = Reload {
        hangup: Some(signal(SignalKind::hangup())?),
        read: Box::new(|| configuration(asked, environment)),
    };
    let daemon = Daemon::bind(config, system_clock).await?;
    tracing::info!(url = daemon.url()?, version = Build::THIS.version, "serving");
    let manager = ServiceManager::at(environment("NOTIFY_SOCKET"));
    daemon.run(stop, reload, manager).await;
    Ok(())
}

/// Prints an error to standard error, and returns its exit code.
fn failed(error: &anyhow::Error) -> ExitCode {
    if let Some(mistakes) = error.downcast_ref::<ConfigErrors>() {
        for line in &mistakes.0 {
            complain(line);
        }
        return ExitCode::from(USAGE);
    }
    complain(&chain(error.as_ref()));
    ExitCode::from(FAILED)
}

/// Prints an error of the command line as one line; help and version go to standard output.
fn usage(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp => return printed(print(&error.to_string())),
        ErrorKind::DisplayVersion => return printed(print(&format!("{}\n", version()))),
        _ => {}
    }
    let text = error.to_string();
    let first: Vec<&str> = text.lines().map(str::trim).take_while(|l| !l.is_empty()).collect();
    let line = first.join(" ");
    complain(&format!(
        "{}{}; see `ovhcloud-exporter --help`",
        line.strip_prefix("error: ").unwrap_or(&line),
        tip(error)
    ));
    ExitCode::from(USAGE)
}

/// The flag or command that was probably meant.
fn tip(error: &clap::Error) -> String {
    let kinds =
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    let meant = kinds.into_iter().find_map(|kind| match error.get(kind)? {
        ContextValue::String(name) => Some(name.clone()),
        ContextValue::Strings(names) => names.last().cloned(),
        _ => None,
    });
    match meant {
        Some(name) => format!("; did you mean `{name}`?"),
        None if error.kind() == ErrorKind::InvalidSubcommand => {
            let command = Cli::command();
            let names: Vec<_> = command.get_subcommands().map(clap::Command::get_name).collect();
            format!("; run without a command to serve, or with {}", names.join(", "))
        }
        None => String::new(),
    }
}

/// The exit code of a command that prints.
fn printed(result: io::Result<()>) -> ExitCode {
    match result {
        Err(error) => failed(&anyhow::Error::new(error).context("can't write to standard output")),
        Ok(()) => ExitCode::SUCCESS,
    }
}
