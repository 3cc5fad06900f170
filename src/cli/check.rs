//! `check --config-only`: validates the configuration without contacting OVHcloud. Without the flag,
//! `diagnosis` continues with the accounts.

use std::process::ExitCode;

use crate::config::{Config, ConfigErrors, Options};

use super::configuration::{Lookup, configuration as resolved};
use super::exit::USAGE;
use super::output::Output;

/// The flags of `check`.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Check {
    /// Validate the configuration without contacting OVHcloud
    #[arg(long = "config-only")]
    pub(super) config_only: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) output: Output,
}

/// Prints a summary of the configuration, or every error in it, one line each.
#[expect(clippy::print_stdout, reason = "the output of the command")]
pub(super) fn configuration(asked: &Options, environment: Lookup<'_>) -> ExitCode {
    match resolved(asked, environment) {
        Ok(config) => {
            println!("{}", summary(&config));
            ExitCode::SUCCESS
        }
        Err(ConfigErrors(lines)) => {
            for line in lines {
                println!("{line}");
            }
            ExitCode::from(USAGE)
        }
    }
}

fn summary(config: &Config) -> String {
    let accounts = config.accounts.iter();
    let named = accounts.map(|account| format!("{} at {}", account.name, account.endpoint.name));
    let named: Vec<_> = named.collect();
    let count = named.len();
    let plural = if count == 1 { "" } else { "s" };
    format!("configuration is fine: {count} account{plural} ({})", named.join(", "))
}
