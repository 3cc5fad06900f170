//! Options of checks: each is declared once, in the file of its check.
//!
//! YAML keys and their errors, flags, documentation and the threshold metric come from the
//! declaration. This room knows no check: the registry of checks comes in as an argument.

use std::time::Duration;

/// An option with a value of type `T`, declared as a static beside the rule that reads it.
#[derive(Debug)]
pub struct Setting<T> {
    /// The key in `checks.CHECK` of the configuration file.
    pub name: &'static str,
    /// The value without the key.
    pub default: T,
    /// The least and the greatest value.
    pub limits: (T, T),
    /// One sentence for documentation and `--help`, without a full stop.
    pub help: &'static str,
    /// The name of its flag, without dashes, if it has one.
    pub flag: Option<&'static str>,
}

impl Setting<Duration> {
    /// The declaration without its type, for the registry.
    pub const fn spec(&self) -> Spec {
        let kind = Kind::Duration { default: self.default, limits: self.limits };
        Spec { name: self.name, help: self.help, flag: self.flag, kind }
    }
}

impl Setting<u64> {
    /// The declaration without its type, for the registry.
    pub const fn spec(&self) -> Spec {
        let kind = Kind::Count { default: self.default, limits: self.limits };
        Spec { name: self.name, help: self.help, flag: self.flag, kind }
    }
}

/// A number of days, the usual unit of thresholds.
pub const fn days(count: u64) -> Duration {
    Duration::from_hours(24 * count)
}

/// The value as an operator would write it: `90d` in place of months and hours.
pub fn shown(value: Duration) -> String {
    const DAY: u64 = 24 * 60 * 60;
    if value.as_secs() >= DAY && value.as_secs().is_multiple_of(DAY) && value.subsec_nanos() == 0 {
        return format!("{}d", value.as_secs() / DAY);
    }
    humantime::format_duration(value).to_string()
}

/// An option as the registry lists it.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// The key in `checks.CHECK` of the configuration file.
    pub name: &'static str,
    /// One sentence for documentation and `--help`, without a full stop.
    pub help: &'static str,
    /// The name of its flag, without dashes, if it has one.
    pub flag: Option<&'static str>,
    /// The form of its value.
    pub kind: Kind,
}

/// The form of an option's value.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A time span such as `90d`.
    Duration {
        /// The value without the key.
        default: Duration,
        /// The least and the greatest value.
        limits: (Duration, Duration),
    },
    /// A whole number.
    Count {
        /// The value without the key.
        default: u64,
        /// The least and the greatest value.
        limits: (u64, u64),
    },
    /// Words that the check compares with; without the key there are none.
    Names,
    /// Paths of `authorized_keys` files, which add to the allow list of SSH keys.
    SshKeyFiles,
    /// Fingerprints, which add to the allow list of SSH keys.
    SshKeyFingerprints,
}

/// A check as the configuration knows it.
#[derive(Debug, Clone, Copy)]
pub struct CheckSpec {
    /// The check's id.
    pub id: &'static str,
    /// The collector that reads the judged objects.
    pub kind: &'static str,
    /// Whether it is evaluated unless the configuration says otherwise.
    pub is_on: bool,
    /// The check's options, beside `enabled` and `severity`, which each check has.
    pub settings: &'static [Spec],
}

/// The value of an option that is a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub enum Threshold {
    /// A time span.
    Duration(Duration),
    /// A whole number.
    Count(u64),
}

impl Threshold {
    /// The value as an operator would write it.
    pub fn shown(self) -> String {
        match self {
            Self::Duration(value) => shown(value),
            Self::Count(value) => value.to_string(),
        }
    }

    /// The error in a value outside its limits.
    pub(super) fn within(self, (least, most): (Self, Self)) -> Result<(), String> {
        if self < least {
            return Err(format!("expected at least {}, got {}", least.shown(), self.shown()));
        }
        if self > most {
            return Err(format!("expected at most {}, got {}", most.shown(), self.shown()));
        }
        Ok(())
    }
}

impl Kind {
    /// The default, if the option is a threshold.
    pub fn threshold(self) -> Option<Threshold> {
        match self {
            Self::Duration { default, .. } => Some(Threshold::Duration(default)),
            Self::Count { default, .. } => Some(Threshold::Count(default)),
            Self::Names | Self::SshKeyFiles | Self::SshKeyFingerprints => None,
        }
    }

    /// The least and the greatest value, if the option is a threshold.
    pub fn limits(self) -> Option<(Threshold, Threshold)> {
        match self {
            Self::Duration { limits: (least, most), .. } => {
                Some((Threshold::Duration(least), Threshold::Duration(most)))
            }
            Self::Count { limits: (least, most), .. } => {
                Some((Threshold::Count(least), Threshold::Count(most)))
            }
            Self::Names | Self::SshKeyFiles | Self::SshKeyFingerprints => None,
        }
    }
}

/// The type of an option that is a threshold.
pub trait Amount: Copy {
    /// The value, if it is of this type.
    fn of(threshold: Threshold) -> Option<Self>;
}

impl Amount for Duration {
    fn of(threshold: Threshold) -> Option<Self> {
        match threshold {
            Threshold::Duration(value) => Some(value),
            Threshold::Count(_) => None,
        }
    }
}

impl Amount for u64 {
    fn of(threshold: Threshold) -> Option<Self> {
        match threshold {
            Threshold::Duration(_) => None,
            Threshold::Count(value) => Some(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_days_are_shown_as_days() {
        assert_eq!(shown(days(90)), "90d");
        assert_eq!(shown(Duration::from_hours(25)), "1day 1h");
        assert_eq!(shown(Duration::from_millis(86_400_500)), "1day 500ms");
        assert_eq!(shown(Duration::ZERO), "0s");
    }
}
