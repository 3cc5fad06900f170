//! `check --config-only`: validates the configuration without contacting OVHcloud. Without the flag,
//! `diagnosis` continues with the accounts.

use std::process::ExitCode;

use crate::config::{Config, ConfigErrors, Options};

use super::configuration::{Lookup, with_web_file};
use super::exit::USAGE;
use super::output::Output;

/// The flags of `check`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Check {
    /// Validate the configuration without contacting OVHcloud, and print the result as text
    #[arg(long = "config-only", conflicts_with = "format")]
    pub(super) config_only: bool,
    #[command(flatten)]
    pub(super) output: Output,
}

/// Prints a summary of the configuration, or every error in it, one line each.
///
/// # Errors
///
/// The result can't be written.
pub(super) fn configuration(
    asked: &Options,
    environment: Lookup<'_>,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let (text, code) = match with_web_file(asked, environment) {
        Ok(config) => (summary(&config) + "\n", ExitCode::SUCCESS),
        Err(ConfigErrors(lines)) => (lines.join("\n") + "\n", ExitCode::from(USAGE)),
    };
    output.write(&text)?;
    Ok(code)
}

fn summary(config: &Config) -> String {
    let accounts = config.accounts.iter();
    let named = accounts.map(|account| format!("{} at {}", account.name, account.endpoint.name));
    let named: Vec<_> = named.collect();
    let count = named.len();
    let plural = if count == 1 { "" } else { "s" };
    format!("configuration is fine: {count} account{plural} ({})", named.join(", "))
}
