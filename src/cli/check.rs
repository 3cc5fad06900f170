//! `check`: tells whether the exporter can run as it is configured.
//!
//! For now it looks at the configuration alone and asks nothing of OVHcloud.

use std::process::ExitCode;

use crate::config::{Asked, Config, Mistakes};

use super::{Lookup, USAGE, configuration as resolved};

/// What `check` is to look at.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Check {
    /// Look at flags, variables and files alone, and ask nothing of OVHcloud
    #[arg(long = "config-only", required = true)]
    config_only: bool,
}

/// Tells what the configuration comes to, or every mistake in it, a line each.
#[expect(clippy::print_stdout, reason = "the answer to the command")]
pub(super) fn configuration(asked: &Asked, environment: Lookup<'_>) -> ExitCode {
    match resolved(asked, environment) {
        Ok(config) => {
            println!("{}", summary(&config));
            ExitCode::SUCCESS
        }
        Err(Mistakes(lines)) => {
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
