//! The options as variables of the environment: below the flags, above the configuration file.
//!
//! clap's own support reads the process's environment, and its errors do not name the variable.

use std::collections::BTreeMap;
use std::iter::once;

use clap::{Arg, ArgAction, Command, FromArgMatches as _};

use crate::config::names::nearest;
use crate::config::parse::boolean;
use crate::config::{ConfigErrors, Options};

use super::flags::{Cli, command};
use super::help::is_switch;
use super::registered::Registered;
use super::source::{PREFIX, Source, positive};

/// The variables of the process.
pub type Variables = BTreeMap<String, String>;

/// Variables of the build (build.rs), which mean nothing to the program.
const OF_THE_BUILD: [&str; 2] = ["OVHCLOUD_EXPORTER_REVISION", "OVHCLOUD_EXPORTER_BRANCH"];

/// The options of the variables.
///
/// # Errors
///
/// Each unknown variable and each wrong value.
pub(super) fn parse(variables: &Variables) -> Result<(Cli, Options), ConfigErrors> {
    let command = renamed();
    let known: BTreeMap<&str, &Arg> = command
        .get_arguments()
        .filter_map(|arg| Some((arg.get_long()?, arg)))
        .filter(|(name, _)| name.starts_with(PREFIX))
        .collect();
    let mut errors = ConfigErrors::default();
    let mut every = Vec::new();
    for (name, value) in variables.range(PREFIX.to_owned()..) {
        if !name.starts_with(PREFIX) {
            break;
        }
        match known.get(name.as_str()) {
            // One that is empty counts as unset, as those of the credential do.
            Some(_) if value.trim().is_empty() => {}
            Some(arg) => {
                let arguments = arguments(name, value, arg);
                match command.clone().try_get_matches_from(whole(&arguments)) {
                    Ok(_) => every.extend(arguments),
                    Err(error) => errors.0.push(wrong(name, &error)),
                }
            }
            None if is_foreign(name, value) => {}
            None => errors.0.push(unknown(name, known.keys().copied())),
        }
    }
    if !errors.0.is_empty() {
        return Err(errors);
    }
    let unusable = |error: clap::Error| ConfigErrors::from(error.to_string());
    let matches = command.try_get_matches_from(whole(&every)).map_err(unusable)?;
    let cli = Cli::from_arg_matches(&matches).map_err(unusable)?;
    let registered = Registered::of(&matches, Source::Variables);
    let options = cli.asked(registered, Source::Variables);
    Ok((cli, options))
}

/// The command with the names of variables in place of flags. Switches have a value.
fn renamed() -> Command {
    command().mut_args(|arg| {
        let Some(flag) = arg.get_long().filter(|_| arg.is_global_set()).map(str::to_owned) else {
            return arg;
        };
        let is_switch = is_switch(&arg);
        let arg = match positive(&flag) {
            // The variable of `--collector.NAME` says no too.
            Some(name) if name.starts_with("collector.") => return arg,
            Some(_) if is_switch => arg.value_parser(|text: &str| boolean(text).map(|yes| !yes)),
            None if is_switch => arg.value_parser(boolean),
            _ => arg,
        };
        let arg = if is_switch { arg.num_args(1).value_name("BOOL") } else { arg };
        arg.long(Source::Variables.place(&flag))
    })
}

/// The value as arguments. Commas separate the values of an option that may be repeated.
fn arguments(name: &str, value: &str, arg: &Arg) -> Vec<String> {
    let argument = |value: &str| format!("--{name}={}", value.trim());
    if matches!(arg.get_action(), ArgAction::Append) {
        value.split(',').filter(|value| !value.trim().is_empty()).map(argument).collect()
    } else {
        vec![argument(value)]
    }
}

/// The arguments after the name of the program.
fn whole(arguments: &[String]) -> impl Iterator<Item = String> {
    once("ovhcloud-exporter".to_owned()).chain(arguments.iter().cloned())
}

/// The error of a value, which begins with the name of its variable.
fn wrong(name: &str, error: &clap::Error) -> String {
    let text = error.to_string();
    let first: Vec<&str> = text.lines().map(str::trim).take_while(|l| !l.is_empty()).collect();
    let line = first.join(" ");
    let line = line.strip_prefix("error: ").unwrap_or(&line);
    // `invalid value 'x' for '--NAME <VALUE>': expected y`
    let named = line.split_once(&format!(" for '--{name}"));
    match named.and_then(|(what, rest)| Some((what, rest.split_once('\'')?.1))) {
        Some((what, expected)) => format!("{name}: {what}{expected}"),
        None => format!("{name}: {line}"),
    }
}

fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    match nearest(name, known) {
        Some(other) => format!("{name}: unknown variable; did you mean `{other}`?"),
        None => format!("{name}: unknown variable; see `ovhcloud-exporter --help`"),
    }
}

/// Whether others set this variable: the build, or Kubernetes for a service whose name begins with
/// `ovhcloud-exporter` (`…_SERVICE_HOST`, `…_PORT_10045_TCP_ADDR`, `…_PORT=tcp://…`).
fn is_foreign(name: &str, value: &str) -> bool {
    let has_number = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
    let (_, after) = name.split_at(PREFIX.len() - 1);
    OF_THE_BUILD.contains(&name)
        || after.ends_with("_SERVICE_HOST")
        || after.ends_with("_SERVICE_PORT")
        || after.contains("_SERVICE_PORT_")
        || after.ends_with("_PORT") && value.contains("://")
        || after.split("_PORT_").skip(1).any(has_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<(Cli, Options), ConfigErrors> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        parse(&variables.iter().map(own).collect())
    }

    /// The options of these flags, as text.
    fn of_flags(flags: &[String]) -> String {
        let matches = command().try_get_matches_from(whole(flags)).unwrap();
        let cli = Cli::from_arg_matches(&matches).unwrap();
        let options = cli.asked(Registered::of(&matches, Source::Flags), Source::Flags);
        format!("{:?} {:?} {options:?}", cli.log_level, cli.log_format)
    }

    fn of_variable(name: &str, value: &str) -> String {
        let (cli, options) = of(&[(name, value)]).unwrap();
        format!("{:?} {:?} {options:?}", cli.log_level, cli.log_format)
    }

    /// A value that the option accepts and that is not its default.
    fn sample(arg: &Arg) -> String {
        let names = arg.get_value_names().unwrap_or_default();
        let possible = arg.get_possible_values();
        match (names.first().map(AsRef::as_ref), possible.last()) {
            (_, Some(value)) => value.get_name().to_owned(),
            (Some("ADDRESS"), _) => "127.0.0.1:7".to_owned(),
            (Some("DURATION"), _) => "7h".to_owned(),
            (Some("N" | "NUMBER"), _) => "7".to_owned(),
            (Some("PATH"), _) => "/seven".to_owned(),
            (Some(_), _) => "seven".to_owned(),
            (None, _) => panic!("{arg}: no name of its value"),
        }
    }

    #[test]
    fn the_variable_of_every_flag_does_what_the_flag_does() {
        let nothing = of_flags(&[]);
        let mut count = 0;
        let command = command();
        let global = command.get_arguments().filter(|arg| arg.is_global_set());
        for arg in global.filter(|arg| arg.get_long().is_some()) {
            let flag = arg.get_long().unwrap();
            let name = Source::Variables.place(flag);
            let (flags, value) = if is_switch(arg) {
                (vec![format!("--{flag}")], positive(flag).is_none().to_string())
            } else if matches!(arg.get_action(), ArgAction::Append) {
                let two = format!("--{flag}={}", sample(arg));
                (vec![two.clone(), two], format!("{0}, {0},", sample(arg)))
            } else {
                (vec![format!("--{flag}={}", sample(arg))], sample(arg))
            };
            let by_flag = of_flags(&flags);
            assert_ne!(by_flag, nothing, "{arg}");
            let by_variable = of_variable(&name, &value);
            assert_eq!(by_variable.replace(&name, &format!("--{flag}")), by_flag, "{name}={value}");
            assert!(arg.get_long_help().unwrap().to_string().contains(&name), "{name}");
            assert_eq!(of_variable(&name, " "), nothing, "an empty variable is unset");
            count += 1;
        }
        assert!(count > 60, "{count}");
    }

    #[test]
    fn a_switch_that_is_false_outweighs_the_file() {
        for (name, expected) in [
            ("OVHCLOUD_EXPORTER_WEB_ENABLE_LIFECYCLE", "enable_lifecycle: Some(false)"),
            ("OVHCLOUD_EXPORTER_WEB_DISABLE_LANDING_FINDINGS", "landing_findings: Some(true)"),
            ("OVHCLOUD_EXPORTER_COLLECTOR_DISABLE_DEFAULTS", "defaults: Some(true)"),
            ("OVHCLOUD_EXPORTER_COLLECTOR_IAM_USER", "{\"iam_user\": false}"),
        ] {
            let options = of_variable(name, "FALSE");
            assert!(options.contains(expected), "{name}: {options}");
        }
        let changes = of_variable("OVHCLOUD_EXPORTER_LOG_CHANGES", "true");
        assert!(changes.contains("changes: Some(true)"), "{changes}");
    }

    #[test]
    fn every_error_names_its_variable() {
        let errors = of(&[
            ("OVHCLOUD_EXPORTER_API_LISTING", "fast"),
            ("OVHCLOUD_EXPORTER_COLLECTOR_IAM_USERS", "true"),
            ("OVHCLOUD_EXPORTER_LOG_CHANGES", "no"),
            ("OVHCLOUD_EXPORTER_NONSENSE", "1"),
            ("OVHCLOUD_EXPORTER_REFRESH_INTERVAL", "soon"),
            ("OVHCLOUD_EXPORTER_WEB_LISTEN_ADDRESS", "127.0.0.1:1, nowhere"),
        ]);
        assert_eq!(
            errors.unwrap_err().0,
            [
                "OVHCLOUD_EXPORTER_API_LISTING: invalid value 'fast' [possible values: auto, plain]",
                "OVHCLOUD_EXPORTER_COLLECTOR_IAM_USERS: unknown variable; did you mean \
                 `OVHCLOUD_EXPORTER_COLLECTOR_IAM_USER`?",
                "OVHCLOUD_EXPORTER_LOG_CHANGES: invalid value 'no': expected true or false",
                "OVHCLOUD_EXPORTER_NONSENSE: unknown variable; see `ovhcloud-exporter --help`",
                "OVHCLOUD_EXPORTER_REFRESH_INTERVAL: invalid value 'soon': expected a duration with \
                 a unit, such as 30s, 5m or 90d",
                "OVHCLOUD_EXPORTER_WEB_LISTEN_ADDRESS: invalid value 'nowhere': expected \
                 ADDRESS:PORT or :PORT, such as 127.0.0.1:10045",
            ]
        );
    }

    /// A pod beside a service with the name of the program has these.
    #[test]
    fn the_variables_of_kubernetes_and_of_the_build_are_no_mistake() {
        for name in [
            "OVHCLOUD_EXPORTER_SERVICE_HOST",
            "OVHCLOUD_EXPORTER_SERVICE_PORT",
            "OVHCLOUD_EXPORTER_SERVICE_PORT_METRICS",
            "OVHCLOUD_EXPORTER_PORT_10045_TCP",
            "OVHCLOUD_EXPORTER_PORT_10045_TCP_ADDR",
            "OVHCLOUD_EXPORTER_PROD_SERVICE_HOST",
            "OVHCLOUD_EXPORTER_PROD_PORT_10045_TCP_PROTO",
            "OVHCLOUD_EXPORTER_REVISION",
            "OVHCLOUD_EXPORTERS",
            "OVH_CLIENT_ID",
        ] {
            assert!(of(&[(name, "1")]).is_ok(), "{name}");
        }
        let port = |value| of(&[("OVHCLOUD_EXPORTER_PORT", value)]);
        assert!(port("tcp://10.0.0.1:10045").is_ok());
        assert!(port("9000").is_err());
    }
}
