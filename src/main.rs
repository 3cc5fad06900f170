//! Parse, run, exit.

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use ovhcloud_exporter::cli;

fn main() -> ExitCode {
    // The one place where the environment is read, as far as it is text.
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    cli::run(env::args_os(), &env::vars_os().filter_map(text).collect())
}
