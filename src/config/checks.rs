//! The configuration of checks: on or off, severity, the check's own settings, and allow lists.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::environment::Environment;
use super::errors::ConfigErrors;
use super::located::Located;
use super::parse;
use super::setting::{Amount, CheckSpec, Kind, Setting, Spec, Threshold};
use super::severity::Severity;
use super::ssh_keys::AllowedKeys;
use super::table::Table;

/// The configuration of all checks (`checks`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checks {
    /// The configuration of each check that has one, by the check's id.
    pub each: BTreeMap<&'static str, CheckSettings>,
    /// The allowed SSH keys (`checks.sshkey_unlisted.authorized_keys` and `.fingerprints`); `None`
    /// without a list.
    pub ssh_keys: Option<AllowedKeys>,
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

    /// The configuration, with the files of the allow list read.
    pub(super) fn resolve(
        self,
        checks: &[CheckSpec],
        environment: &dyn Environment,
    ) -> Result<Checks, ConfigErrors> {
        let mut errors = ConfigErrors::default();
        let (mut files, mut fingerprints) = (Vec::new(), Vec::new());
        let mut each = BTreeMap::new();
        for (id, asked) in self.each {
            let CheckOptions { enabled, severity, values } = asked;
            let mut settings = CheckSettings { enabled, severity, ..<_>::default() };
            for (name, value) in values {
                match value {
                    Value::Threshold(given) => {
                        let limits = limits(checks, id, name);
                        let obeys = |value: &Threshold| limits.map_or(Ok(()), |l| value.within(l));
                        Located::obey(Some(&given), obeys, &mut errors);
                        settings.thresholds.insert(name, given.value);
                    }
                    Value::Names(words) => {
                        settings.names.insert(name, words);
                    }
                    Value::SshKeyFiles(paths) => files.extend(paths),
                    Value::SshKeyFingerprints(texts) => fingerprints.extend(texts),
                }
            }
            each.insert(id, settings);
        }
        let ssh_keys = errors.take(AllowedKeys::read(&files, &fingerprints, environment));
        match ssh_keys {
            Some(ssh_keys) if errors.0.is_empty() => Ok(Checks { each, ssh_keys }),
            _ => Err(errors),
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
        &[CheckSpec { id: "stale", is_on: true, settings: &[AFTER.spec()] }];

    fn asked(after: Duration, severity: Option<Severity>) -> Options {
        let values =
            [("after", Value::Threshold(Located::at("here", Threshold::Duration(after))))].into();
        Options { each: [("stale", CheckOptions { enabled: None, severity, values })].into() }
    }

    #[test]
    fn the_upper_layer_wins_value_by_value() {
        let both = asked(days(10), None).over(asked(days(20), Some(Severity::Low)));
        let checks = both.resolve(CHECKS, &Fake::default()).unwrap();
        assert_eq!(checks.each["stale"].get(&AFTER), days(10));
        assert_eq!(checks.each["stale"].severity, Some(Severity::Low));
        assert_eq!(CheckSettings::default().get(&AFTER), days(90));
    }

    #[test]
    fn a_value_outside_its_limits_is_rejected_at_its_place() {
        let short = asked(Duration::from_mins(1), None).resolve(CHECKS, &Fake::default());
        assert_eq!(short.unwrap_err().0, ["here: expected at least 1d, got 1m"]);
        assert!(asked(days(366), None).resolve(CHECKS, &Fake::default()).is_err());
    }
}
