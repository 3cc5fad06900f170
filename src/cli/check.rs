//! `check --config-only`: tells whether the configuration makes sense, and asks nothing of OVHcloud.
//! Without the flag, `diagnosis` goes on to the accounts.

use std::process::ExitCode;

use crate::config::{Config, ConfigErrors, Options};

use super::output::Output;
use super::{Lookup, USAGE, configuration as resolved};

/// What `check` is to look at.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Check {
    /// Look at flags, variables and files alone, and ask nothing of OVHcloud
    #[arg(long = "config-only")]
    pub(super) config_only: bool,
    /// As text for people or as JSON
    #[arg(long, value_name = "FORM", default_value = "text")]
    pub(super) output: Output,
}

/// Tells what the configuration comes to, or every mistake in it, a line each.
#[expect(clippy::print_stdout, reason = "the answer to the command")]
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
