//! What was typed: flags and commands, and what each does.

mod demo;
pub mod diagnosis;
mod flags;
mod logging;
mod permissions;
mod survey;

use std::env::consts;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _};
use tokio::runtime::Builder;

use crate::api::error::chain;
use crate::config::Config;
use crate::config::Mistakes;
use crate::daemon::{Daemon, system_clock};
use crate::telemetry::Build;

use flags::{Cli, Collectors, Command};

/// Looks up a variable of the environment.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Could not run.
const FAILED: u8 = 1;
/// Typed or configured wrongly (`EX_USAGE`).
const USAGE: u8 = 64;

/// Runs the program with these arguments and this environment.
pub fn run(arguments: impl IntoIterator<Item = OsString>, environment: Lookup<'_>) -> ExitCode {
    match parse(arguments) {
        Ok((cli, collectors)) => match execute(&cli, &collectors, environment) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => report(&error),
        },
        Err(error) => usage(&error),
    }
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<(Cli, Collectors), clap::Error> {
    let command = Collectors::augment(Cli::command());
    let matches = command.try_get_matches_from(arguments)?;
    Ok((Cli::from_arg_matches(&matches)?, Collectors::from_matches(&matches)))
}

/// As Prometheus' own programs answer `--version`.
fn version() -> String {
    let Build { version, revision, branch } = Build::THIS;
    format!(
        "ovhcloud-exporter, version {version} (branch: {branch}, revision: {revision})\n  platform: {}/{}",
        consts::OS,
        consts::ARCH
    )
}

fn execute(cli: &Cli, collectors: &Collectors, environment: Lookup<'_>) -> anyhow::Result<()> {
    logging::start(cli.log_level, cli.log_format);
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    match cli.command {
        None => {
            let config = cli.config(collectors, environment)?;
            runtime.block_on(serve(config))
        }
        Some(Command::Check { output }) => {
            let config = cli.config(collectors, environment)?;
            runtime.block_on(diagnosis::run(&config, output))
        }
        Some(Command::Permissions { output }) => {
            let config = cli.config(collectors, environment);
            runtime.block_on(permissions::run(config, collectors.names(), output))
        }
        Some(Command::Demo) => runtime.block_on(demo::run(cli, collectors)),
    }
}

async fn serve(config: Config) -> anyhow::Result<()> {
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
    // Before anybody can know that the program runs, and stop it.
    let stop = stop_signal()?;
    let daemon = Daemon::bind(config, system_clock).await?;
    tracing::info!(url = daemon.url()?, version = Build::THIS.version, "serving");
    daemon.run(stop).await;
    Ok(())
}

/// Ends on Ctrl-C and on SIGTERM.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Tells an error on standard error, a line each, and the exit code that it has.
#[expect(clippy::print_stderr, reason = "the last words of the program, before or after logging")]
fn report(error: &anyhow::Error) -> ExitCode {
    if let Some(mistakes) = error.downcast_ref::<Mistakes>() {
        for line in &mistakes.0 {
            eprintln!("ovhcloud-exporter: {line}");
        }
        return ExitCode::from(USAGE);
    }
    eprintln!("ovhcloud-exporter: {}", chain(error.as_ref()));
    ExitCode::from(FAILED)
}

/// Tells what was typed wrongly on one line; help and version go where they were asked for.
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

/// Writes to standard output, which may be full or closed.
fn print(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()
}

/// The exit code after an answer was printed. Who closed the pipe has read enough.
fn printed(result: io::Result<()>) -> ExitCode {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            report(&anyhow::Error::new(error).context("can't write to standard output"))
        }
        _ => ExitCode::SUCCESS,
    }
}
