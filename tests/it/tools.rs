//! Tools that judge what is published, where they are installed.

use std::env::var_os;
use std::io::{ErrorKind, Write as _, stderr};
use std::process::Command;

/// Runs a tool, which must succeed; without the tool, see [`absent`].
pub(crate) fn run(tool: &str, command: &mut Command) {
    match command.output() {
        Ok(output) => {
            let told = [output.stdout, output.stderr].concat();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&told));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => absent(tool),
        Err(error) => panic!("{tool}: {error}"),
    }
}

/// Says that a tool is not installed, or fails for it if `REQUIRE_PROMTOOL`, `REQUIRE_AMTOOL`,
/// `REQUIRE_PROMETHEUS`, `REQUIRE_ALERTMANAGER`, `REQUIRE_GRAFANA_FOUNDATION_SDK` or
/// `REQUIRE_CHROMIUM` (its name in capitals) is 1.
pub(crate) fn absent(tool: &str) {
    let is_required = var_os(format!("REQUIRE_{}", tool.to_uppercase()));
    assert!(is_required.is_none_or(|value| value != "1"), "{tool} is not installed");
    // Not by a macro: a test that passes would swallow it.
    let line = format!("did not run: {tool} is not installed\n");
    stderr().write_all(line.as_bytes()).unwrap();
}
