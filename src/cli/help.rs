//! The arrangement of `--help`: headings, the options of each command, variables and exit codes.

use clap::{Arg, Command};

use super::source::{positive, variable};

pub(super) const CONFIGURATION: &str = "Configuration";
pub(super) const API: &str = "API";
pub(super) const REFRESH: &str = "Refresh";
pub(super) const COLLECTORS: &str = "Collectors";
pub(super) const CHECKS: &str = "Checks";
pub(super) const WEB: &str = "Web";
pub(super) const STATE: &str = "State";
pub(super) const LOG: &str = "Log";

/// The end of the page. README.md has the exit codes too.
pub(super) const AFTER: &str = "\
Credentials (variables; secrets can be in a file that NAME_FILE names):
  OVH_ENDPOINT                           ovh-eu [default], ovh-ca, ovh-us, another region, or a URL
  OVH_CLIENT_ID, OVH_CLIENT_SECRET       service account
  OVH_APPLICATION_KEY, OVH_APPLICATION_SECRET, OVH_CONSUMER_KEY
                                         application key
  OVH_ACCESS_TOKEN                       access token

Options (variables; below the flags, above the configuration file):
  Each option of all commands has the variable that its help names. true and false are the values of
  a switch, and false of --NAME is --no-NAME. Commas separate the values of a repeatable option.

Exit codes:
   0  success, or stopped by a signal
   1  runtime error; `check` found a problem; `inventory` or `report` lacks something in service;
      `access` has incomplete data; `diff` can't compare everything
   2  `inventory` or `report` has findings of --fail-on, with or without missing data;
      `access --queries` has an answer that is not as expected
  64  invalid flags or configuration";

/// Hides, from the help of each command, the options without an effect on it. They are accepted.
pub(super) fn arranged(command: Command) -> Command {
    let global = command.get_arguments().filter(|arg| arg.is_global_set()).cloned();
    let global: Vec<Arg> = global.collect();
    let command = command.mut_args(|arg| with_variable(in_any_case(arg)));
    command.mut_subcommands(|command| {
        let name = command.get_name().to_owned();
        let idle = global.iter().filter(|arg| !acts(&name, arg));
        let command = command.mut_args(in_any_case);
        idle.fold(command, |command, arg| command.arg(arg.clone().hide(true)))
    })
}

/// The argument, with its variable in the long help.
fn with_variable(arg: Arg) -> Arg {
    let Some(flag) = arg.get_long().filter(|_| arg.is_global_set()) else { return arg };
    let value = if positive(flag).is_some() { "=false" } else { "" };
    let help = arg.get_long_help().or(arg.get_help()).cloned().unwrap_or_default();
    let help = format!("{help}\n[env: {}{value}]", variable(flag));
    arg.long_help(help)
}

/// Whether the option is true where it is given, without a value.
pub(super) fn is_switch(arg: &Arg) -> bool {
    arg.get_num_args().is_some_and(|range| !range.takes_values())
}

/// The argument, with values that are read in any case.
fn in_any_case(arg: Arg) -> Arg {
    let takes_values = arg.get_action().takes_values() && !is_switch(&arg);
    arg.ignore_case(takes_values)
}

/// Whether a global option has an effect on a command.
fn acts(command: &str, arg: &Arg) -> bool {
    let reads_once = ["access", "inventory", "once", "report"].contains(&command);
    match arg.get_help_heading().unwrap_or_default() {
        _ if command == "demo" => true,
        // A command compares no refreshes.
        LOG if arg.get_id() == "no_log_changes" => false,
        WEB if command == "healthcheck" => {
            ["listen", "web_config_file"].iter().any(|id| arg.get_id() == id)
        }
        _ if command == "healthcheck" => {
            [CONFIGURATION, LOG].contains(&arg.get_help_heading().unwrap_or_default())
        }
        _ if command == "explain" => arg.get_help_heading() == Some(LOG),
        // It makes no call; a state file is judged by the checks of the configuration.
        COLLECTORS | API | REFRESH if command == "diff" => false,
        CHECKS if command == "diff" => true,
        STATE if ["access", "inventory", "report"].contains(&command) => true,
        COLLECTORS if command == "access" => false,
        WEB | STATE => false,
        // The interval is the time limit of a refresh.
        REFRESH => reads_once && arg.get_id() == "interval",
        CHECKS => reads_once && command != "access",
        _ => true,
    }
}
