//! The configuration of checks: on or off, severity, the check's own settings, and allow lists.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::end_of_life::Table as EndsOfLife;

use super::allowed::List;
use super::environment::Environment;
use super::errors::ConfigErrors;
use super::exemptions::{self, Exemption, Known};
use super::files::{FileState, Files, Merged, Paths};
use super::lists::ListName::SshKeys;
use super::lists::{self, ListName, Lists};
use super::located::Located;
use super::parse;
use super::registry::Registry;
use super::setting::{Amount, CheckSpec, Kind, Setting, Spec, Threshold};
use super::severity::Severity;
use super::ssh_keys::fingerprints;
use super::table::Table;

/// The configuration of all checks (`checks`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checks {
    /// The configuration of each check that has one, by the check's id.
    pub each: BTreeMap<&'static str, CheckSettings>,
    /// The allow lists (`lists`, and for SSH keys `checks.sshkey_unlisted.authorized_keys` and
    /// `.fingerprints` too).
    pub lists: Lists,
    /// The accepted findings (`exemptions`, `exemption_files`).
    pub exemptions: Vec<Arc<Exemption>>,
    /// The ends of life of software: the exporter's own, and those of `end_of_life.files`.
    pub ends_of_life: EndsOfLife,
    files: Files,
}

impl Checks {
    /// The configuration after reading those of its files again that have changed; `None` if
    /// nothing is different. A file that cannot be read keeps its last content.
    pub fn renewed(&self, environment: &dyn Environment) -> Option<Self> {
        let files = self.files.renewed(environment)?;
        Some(Self::of(self.each.clone(), files))
    }

    /// Adds an allow list, or its entries to the list that is there.
    pub fn allow(&mut self, name: ListName, list: List) {
        self.files.allow(name, list.clone());
        self.lists.add(name, list);
    }

    /// The state of each of its files.
    pub fn files(&self) -> Vec<FileState> {
        self.files.states()
    }

    fn of(each: BTreeMap<&'static str, CheckSettings>, files: Files) -> Self {
        let Merged { lists, exemptions, ends_of_life } = files.merged();
        Self { each, lists, exemptions, ends_of_life, files }
    }
}

/// The configuration of one check.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckSettings {
    /// Whether the check is switched on or off (`checks.CHECK.enabled`), in place of its default.
    pub enabled: Option<bool>,
    /// The severity in place of the check's own (`checks.CHECK.severity`).
    pub severity: Option<Severity>,
    /// The values of its thresholds, by their names; the default without one.
    pub thresholds: BTreeMap<&'static str, Threshold>,
    /// The words of its other settings, by their names.
    pub names: BTreeMap<&'static str, Vec<String>>,
}

impl CheckSettings {
    /// The value of a setting: the configured one, or the default.
    pub fn get<T: Amount>(&self, setting: &Setting<T>) -> T {
        self.thresholds.get(setting.name).copied().and_then(T::of).unwrap_or(setting.default)
    }

    /// The words of a setting of [`Kind::Names`]; empty without any.
    pub fn names(&self, setting: &Spec) -> &[String] {
        self.names.get(setting.name).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The values that flags or the configuration file give.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The values of each check, by its id.
    pub each: BTreeMap<&'static str, CheckOptions>,
}

/// The values of one check.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// Whether the check is on.
    pub enabled: Option<bool>,
    /// See [`CheckSettings::severity`].
    pub severity: Option<Severity>,
    /// The value of each setting, by its name.
    pub values: BTreeMap<&'static str, Value>,
}

/// The value of a setting, with its place.
#[derive(Debug, Clone)]
pub enum Value {
    /// A threshold.
    Threshold(Located<Threshold>),
    /// Words.
    Names(Vec<String>),
    /// Paths of `authorized_keys` files.
    SshKeyFiles(Vec<Located<PathBuf>>),
    /// Fingerprints of SSH keys.
    SshKeyFingerprints(Vec<Located<String>>),
}

impl Options {
    pub(super) fn read(table: &mut Table<'_>, checks: &[CheckSpec]) -> Self {
        let ids: Vec<_> = checks.iter().map(|check| check.id).collect();
        let mut each = BTreeMap::new();
        for (id, value) in parse::named(table, "check", &ids) {
            let settings = checks.iter().filter(|check| check.id == id).flat_map(|c| c.settings);
            let settings: Vec<_> = settings.copied().collect();
            each.insert(id, value.table(|table| CheckOptions::read(table, &settings)));
        }
        Self { each }
    }

    /// The values of both layers; a value of this layer replaces the same one of `below`.
    pub(super) fn over(self, mut below: Self) -> Self {
        for (id, above) in self.each {
            let under = below.each.remove(id).unwrap_or_default();
            below.each.insert(id, above.over(under));
        }
        below
    }

    /// The configuration with its files read, and the warnings about their entries.
    pub(super) fn resolve(
        self,
        accepted: Accepted,
        known: &Registry<'_>,
        environment: &dyn Environment,
    ) -> Result<(Checks, Vec<String>), ConfigErrors> {
        let mut errors = ConfigErrors::default();
        let Accepted { lists, exemptions, exemption_files, ends_of_life } = accepted;
        let (own, files) = lists.parts();
        let exemptions = exemptions.into_iter().map(Arc::new).collect();
        let mut own = Merged { lists: own, exemptions, ends_of_life: EndsOfLife::default() };
        let mut paths = Paths { lists: files, exemptions: exemption_files, ends_of_life };
        let mut each = BTreeMap::new();
        for (id, asked) in self.each {
            let CheckOptions { enabled, severity, values } = asked;
            let mut settings = CheckSettings { enabled, severity, ..<_>::default() };
            for (name, value) in values {
                match value {
                    Value::Threshold(given) => {
                        let limits = limits(known.checks, id, name);
                        let obeys = |value: &Threshold| limits.map_or(Ok(()), |l| value.within(l));
                        Located::obey(Some(&given), obeys, &mut errors);
                        settings.thresholds.insert(name, given.value);
                    }
                    Value::Names(words) => {
                        settings.names.insert(name, words);
                    }
                    Value::SshKeyFiles(files) => {
                        paths.lists.extend(files.into_iter().map(|file| (SshKeys, file)));
                    }
                    Value::SshKeyFingerprints(texts) if !texts.is_empty() => {
                        let list = errors.take(fingerprints(&texts)).unwrap_or_default();
                        own.lists.add(SshKeys, list);
                    }
                    Value::SshKeyFingerprints(_) => {}
                }
            }
            each.insert(id, settings);
        }
        let known = Known::of(known);
        let files = errors.take(Files::open(own, paths, known, environment));
        match files {
            Some((files, warnings)) if errors.0.is_empty() => {
                Ok((Checks::of(each, files), warnings))
            }
            _ => Err(errors),
        }
    }
}

/// The resources and findings that the configuration accepts, and the ends of life to judge by.
#[derive(Debug, Clone, Default)]
pub struct Accepted {
    /// The allow lists.
    pub(super) lists: lists::Options,
    /// The exemptions of the configuration file itself.
    pub(super) exemptions: Vec<Exemption>,
    /// The files with more exemptions.
    pub(super) exemption_files: Vec<Located<PathBuf>>,
    /// The files with ends of life.
    pub(super) ends_of_life: Vec<Located<PathBuf>>,
}

impl Accepted {
    pub(super) fn read(table: &mut Table<'_>, known: &Registry<'_>) -> Self {
        Self {
            lists: table.table("lists", lists::Options::read),
            exemptions: table
                .take("exemptions")
                .map(|value| exemptions::read(value, &Known::of(known)))
                .unwrap_or_default(),
            exemption_files: table.read_paths("exemption_files"),
            ends_of_life: table.table("end_of_life", |table| table.read_paths("files")),
        }
    }
}

/// The limits of a check's setting.
fn limits(checks: &[CheckSpec], id: &str, name: &str) -> Option<(Threshold, Threshold)> {
    let check = checks.iter().find(|check| check.id == id)?;
    check.settings.iter().find(|setting| setting.name == name)?.kind.limits()
}

impl CheckOptions {
    fn read(table: &mut Table<'_>, settings: &[Spec]) -> Self {
        let enabled = table.read("enabled", parse::boolean).map(|given| given.value);
        let severity = table.read("severity", Severity::parse).map(|given| given.value);
        let mut values = BTreeMap::new();
        for setting in settings {
            let name = setting.name;
            let value = match setting.kind {
                Kind::Duration { .. } => table
                    .read(name, |text| parse::duration(text).map(Threshold::Duration))
                    .map(Value::Threshold),
                Kind::Count { .. } => table
                    .read(name, |text| parse::number(text, "a whole number").map(Threshold::Count))
                    .map(Value::Threshold),
                Kind::Names => Some(table.read_list(name, parse::text))
                    .filter(|words| !words.is_empty())
                    .map(|words| Value::Names(words.into_iter().map(|word| word.value).collect())),
                Kind::SshKeyFiles => Some(Value::SshKeyFiles(table.read_paths(name))),
                Kind::SshKeyFingerprints => {
                    Some(Value::SshKeyFingerprints(table.read_list(name, parse::text)))
                }
            };
            values.extend(value.map(|value| (name, value)));
        }
        Self { enabled, severity, values }
    }

    fn over(self, below: Self) -> Self {
        let mut values = below.values;
        values.extend(self.values);
        Self {
            enabled: self.enabled.or(below.enabled),
            severity: self.severity.or(below.severity),
            values,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::super::fake::Fake;
    use super::super::setting::days;
    use super::*;

    static AFTER: Setting<Duration> = Setting {
        name: "after",
        default: days(90),
        limits: (days(1), days(365)),
        help: "Report after this time",
        flag: None,
    };
    const CHECKS: &[CheckSpec] =
        &[CheckSpec { id: "stale", kind: "x", is_on: true, settings: &[AFTER.spec()] }];

    fn asked(after: Duration, severity: Option<Severity>) -> Options {
        let values =
            [("after", Value::Threshold(Located::at("here", Threshold::Duration(after))))].into();
        Options { each: [("stale", CheckOptions { enabled: None, severity, values })].into() }
    }

    fn resolved(options: Options) -> Result<Checks, ConfigErrors> {
        let known = Registry {
            collectors: &[],
            on: &BTreeSet::new(),
            intervals: &BTreeMap::new(),
            checks: CHECKS,
            labels: &BTreeSet::new(),
        };
        let resolved = options.resolve(Accepted::default(), &known, &Fake::default());
        resolved.map(|(checks, _)| checks)
    }

    #[test]
    fn the_upper_layer_wins_value_by_value() {
        let both = asked(days(10), None).over(asked(days(20), Some(Severity::Low)));
        let checks = resolved(both).unwrap();
        assert_eq!(checks.each["stale"].get(&AFTER), days(10));
        assert_eq!(checks.each["stale"].severity, Some(Severity::Low));
        assert_eq!(CheckSettings::default().get(&AFTER), days(90));
    }

    #[test]
    fn a_value_outside_its_limits_is_rejected_at_its_place() {
        let short = resolved(asked(Duration::from_mins(1), None));
        assert_eq!(short.unwrap_err().0, ["here: expected at least 1d, got 1m"]);
        assert!(resolved(asked(days(366), None)).is_err());
    }
}
