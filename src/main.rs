//! Parse, run, exit.

use std::env;
use std::process::ExitCode;

use ovhcloud_exporter::cli;

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
    let environment = |name: &str| env::var(name).ok();
    cli::run(env::args_os(), &environment)
}
