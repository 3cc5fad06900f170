//! The flags that the registries of collectors and checks declare.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::checks;
use crate::collectors::{self, Collector};
use crate::config::checks::{CheckOptions, Options, Value};
use crate::config::parse::duration;
use crate::config::selection::Selection;
use crate::config::setting::{Kind, Spec, Threshold, shown};

use super::help;
use super::source::Source;

const DISABLE_DEFAULTS: &str = "collector.disable-defaults";

/// The values of these flags.
#[derive(Debug)]
pub(super) struct Registered {
    pub(super) collectors: Selection,
    pub(super) checks: Options,
}

impl Registered {
    /// Adds `--collector.NAME` and `--no-collector.NAME` for each collector, and the flag of each
    /// check setting that has one.
    pub(super) fn flags(command: Command) -> Command {
        let command = settings()
            .fold(command, |command, (_, setting, flag)| command.arg(check_flag(setting, flag)));
        let defaults = switch(DISABLE_DEFAULTS.to_owned())
            .help("Disable all collectors except those of --collector.NAME")
            .help_heading(help::COLLECTORS);
        collectors::ALL.iter().fold(command.arg(defaults), |command, collector| {
            let heading = Some(help::COLLECTORS);
            let (reads, state) = (collector.resources, by_default(collector));
            let on = switch(on(collector.name)).help(format!("Read {reads} [default: {state}]"));
            let off = switch(off(collector.name)).help(format!("Do not read {reads}"));
            command
                .arg(on.help_heading(heading))
                .arg(off.help_heading(heading).hide_short_help(true))
        })
    }

    /// The values of these arguments, which come from this source.
    pub(super) fn of(matches: &ArgMatches, source: Source) -> Self {
        Self { collectors: selection(matches), checks: asked(matches, source) }
    }
}

/// The state of a collector without a flag, as `on, every 1h`.
fn by_default(collector: &Collector) -> String {
    let state = if collector.is_on { "on" } else { "off" };
    let interval = collector.interval.map(|interval| format!(", every {}", shown(interval)));
    format!("{state}{}", interval.unwrap_or_default())
}

/// The settings of checks that have a flag.
fn settings() -> impl Iterator<Item = (&'static str, &'static Spec, &'static str)> {
    checks::ALL.iter().flat_map(|check| {
        check.settings.iter().filter_map(|setting| Some((check.id, setting, setting.flag?)))
    })
}

fn check_flag(setting: &Spec, flag: &'static str) -> Arg {
    let arg = Arg::new(flag).long(flag).global(true).help_heading(help::CHECKS);
    match setting.kind {
        Kind::Duration { default, .. } => {
            let default = shown(default);
            // `90days` as `90d`, the way it is typed.
            let default = default.replace("days", "d");
            arg.help(format!("{} [default: {default}]", setting.help))
                .value_name("DURATION")
                .value_parser(duration)
        }
        Kind::Count { default, .. } => arg
            .help(format!("{} [default: {default}]", setting.help))
            .value_name("NUMBER")
            .value_parser(value_parser!(u64)),
        Kind::Names => arg
            .help(format!("{}. May be given more than once", setting.help))
            .value_name("NAME")
            .action(ArgAction::Append),
        Kind::SshKeyFiles => arg
            .help(format!("{}. May be given more than once", setting.help))
            .value_name("FILE")
            .action(ArgAction::Append)
            .value_parser(value_parser!(PathBuf)),
        Kind::SshKeyFingerprints => arg
            .help(format!("{}. May be given more than once", setting.help))
            .value_name("FINGERPRINT")
            .action(ArgAction::Append),
    }
}

fn asked(matches: &ArgMatches, source: Source) -> Options {
    let mut each = BTreeMap::<_, CheckOptions>::new();
    for (id, setting, flag) in settings() {
        let value = match setting.kind {
            Kind::Duration { .. } => matches
                .get_one(flag)
                .map(|value| Value::Threshold(source.located(flag, Threshold::Duration(*value)))),
            Kind::Count { .. } => matches
                .get_one(flag)
                .map(|value| Value::Threshold(source.located(flag, Threshold::Count(*value)))),
            Kind::Names => {
                matches.get_many::<String>(flag).map(|words| Value::Names(words.cloned().collect()))
            }
            Kind::SshKeyFiles => matches.get_many::<PathBuf>(flag).map(|paths| {
                Value::SshKeyFiles(paths.map(|p| source.located(flag, p.clone())).collect())
            }),
            Kind::SshKeyFingerprints => matches.get_many::<String>(flag).map(|texts| {
                Value::SshKeyFingerprints(
                    texts.map(|text| source.located(flag, text.clone())).collect(),
                )
            }),
        };
        let values = value.map(|value| (setting.name, value));
        each.entry(id).or_default().values.extend(values);
    }
    Options { each }
}

fn selection(matches: &ArgMatches) -> Selection {
    let mut each = BTreeMap::new();
    for name in collectors::ALL.iter().map(|collector| collector.name) {
        let is_off: Option<&bool> = matches.get_one(&off(name));
        let is_on: Option<&bool> = matches.get_one(&on(name));
        let is_on = is_off.map(|is_off| !is_off).or(is_on.copied());
        each.extend(is_on.map(|is_on| (name, is_on)));
    }
    let is_off: Option<&bool> = matches.get_one(DISABLE_DEFAULTS);
    Selection { defaults: is_off.map(|is_off| !is_off), each }
}

fn switch(name: String) -> Arg {
    Arg::new(name.clone())
        .long(name)
        // Without it the option would be false where it is not given.
        .action(ArgAction::Set)
        .num_args(0)
        .default_missing_value("true")
        .value_parser(value_parser!(bool))
        .global(true)
}

fn on(name: &str) -> String {
    format!("collector.{name}")
}

fn off(name: &str) -> String {
    format!("no-collector.{name}")
}
