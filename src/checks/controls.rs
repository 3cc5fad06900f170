//! The controls of published frameworks that checks give evidence for.
//!
//! The ids are those that scanners of other clouds map to the analogous check; none of the
//! frameworks names OVHcloud's resources. An id that ends in `~` is an analogy of this project.

/// A published framework.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Framework {
    /// CIS Amazon Web Services Foundations Benchmark 3.0: OVHcloud has no benchmark of its own.
    CisAws3,
    /// CIS Amazon Web Services Foundations Benchmark 7.0.
    CisAws7,
    /// ISO/IEC 27001:2022, annex A.
    Iso27001,
    /// SOC 2, Trust Services Criteria.
    Soc2,
    /// NIS2, annex of the Implementing Regulation (EU) 2024/2690.
    Nis2,
    /// `SecNumCloud` 3.2, which binds the provider: for a customer an analogue.
    SecNumCloud,
    /// DORA, Regulation (EU) 2022/2554, by article.
    Dora,
    /// CSA Cloud Controls Matrix 4.0.
    Ccm,
}

use Framework::{Ccm, CisAws3, CisAws7, Dora, Iso27001, Nis2, SecNumCloud, Soc2};

impl Framework {
    /// Every framework.
    pub const ALL: [Self; 8] = [CisAws3, CisAws7, Iso27001, Soc2, Nis2, SecNumCloud, Dora, Ccm];

    /// The label value, and the word of `--framework`.
    pub fn label(self) -> &'static str {
        match self {
            CisAws3 => "cis_aws_3_0",
            CisAws7 => "cis_aws_7_0",
            Iso27001 => "iso_27001_2022",
            Soc2 => "soc_2",
            Nis2 => "nis2",
            SecNumCloud => "secnumcloud_3_2",
            Dora => "dora",
            Ccm => "csa_ccm_4_0",
        }
    }

    /// The ids of all its controls; `None` where no complete list of them is at hand.
    pub fn ids(self) -> Option<Vec<String>> {
        let ranges: &[(&str, usize, usize)] = match self {
            CisAws3 => &[
                ("1.", 1, 22),
                ("2.1.", 1, 4),
                ("2.2.", 1, 1),
                ("2.3.", 1, 3),
                ("2.4.", 1, 1),
                ("3.", 1, 9),
                ("4.", 1, 16),
                ("5.", 1, 6),
            ],
            CisAws7 => &[
                ("2.1.", 1, 6),
                ("2.", 2, 21),
                ("3.1.", 1, 4),
                ("3.2.", 1, 4),
                ("3.3.", 1, 1),
                ("4.", 1, 10),
                ("5.", 1, 16),
                ("6.1.", 1, 2),
                ("6.", 2, 8),
            ],
            Iso27001 => &[("A.5.", 1, 37), ("A.6.", 1, 8), ("A.7.", 1, 14), ("A.8.", 1, 34)],
            SecNumCloud => &[
                ("5.", 1, 3),
                ("6.", 1, 5),
                ("7.", 1, 5),
                ("8.", 1, 5),
                ("9.", 1, 7),
                ("10.", 1, 6),
                ("11.", 1, 10),
                ("12.", 1, 14),
                ("13.", 1, 3),
                ("14.", 1, 7),
                ("15.", 1, 5),
                ("16.", 1, 6),
                ("17.", 1, 6),
                ("18.", 1, 4),
                ("19.", 1, 6),
            ],
            Soc2 | Nis2 | Dora | Ccm => return None,
        };
        let ids = ranges.iter().flat_map(|(prefix, first, last)| {
            (*first..=*last).map(move |number| format!("{prefix}{number}"))
        });
        Some(ids.collect())
    }

    /// Its name in documents.
    pub fn name(self) -> &'static str {
        match self {
            CisAws3 => "CIS AWS Foundations 3.0",
            CisAws7 => "CIS AWS Foundations 7.0",
            Iso27001 => "ISO/IEC 27001:2022",
            Soc2 => "SOC 2",
            Nis2 => "NIS2 Implementing Regulation",
            SecNumCloud => "SecNumCloud 3.2",
            Dora => "DORA",
            Ccm => "CSA CCM 4.0",
        }
    }
}

/// A control that a check gives evidence for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Control {
    /// Its framework.
    pub framework: Framework,
    /// Its id there.
    pub id: &'static str,
    /// Whether the mapping is an analogy of this project.
    pub is_analogy: bool,
}

/// Controls as checks declare them: ids by framework, separated by spaces, `~` after an analogy.
pub type Bundle = &'static [(Framework, &'static str)];

/// The controls of these bundles, each once, in the order of the frameworks.
pub(super) fn listed(bundles: &[Bundle]) -> Vec<Control> {
    let ids = bundles.iter().copied().flatten();
    let mut controls: Vec<_> = ids
        .flat_map(|(framework, ids)| {
            ids.split_whitespace().map(|id| Control {
                framework: *framework,
                id: id.trim_end_matches('~'),
                is_analogy: id.ends_with('~'),
            })
        })
        .collect();
    controls.sort_unstable();
    // One mapping is enough, and an analogy adds nothing to it.
    controls.dedup_by_key(|control| (control.framework, control.id));
    controls
}

/// Authentication with a second factor.
pub(super) const MFA: Bundle = &[
    (CisAws3, "1.5 1.10"),
    (CisAws7, "2.5 2.10"),
    (Iso27001, "A.5.15 A.5.17 A.8.5"),
    (Nis2, "11.3.2.a 11.6.1 11.7.2"),
    (SecNumCloud, "9.5 9.6"),
    (Dora, "5"),
    (Ccm, "IAM-14"),
];
/// Credentials and identities out of use.
pub(super) const STALE: Bundle = &[
    (CisAws3, "1.12"),
    (CisAws7, "2.11"),
    (Iso27001, "A.5.15 A.5.18~"),
    (Soc2, "CC1.3 CC6.2~"),
    (Nis2, "11.5.4"),
    (SecNumCloud, "9.2 9.4"),
    (Ccm, "IAM-03 IAM-07 IAM-08"),
];
/// Rotation of secrets.
pub(super) const ROTATION: Bundle = &[
    (CisAws3, "1.14"),
    (CisAws7, "2.12"),
    (Iso27001, "A.5.17~"),
    (Nis2, "9.2.c 11.6.2.c"),
    (SecNumCloud, "9.4"),
    (Ccm, "CEK-12 IAM-08"),
];
/// Least privilege.
pub(super) const PRIVILEGE: Bundle = &[
    (CisAws3, "1.16"),
    (CisAws7, "2.14"),
    (Iso27001, "A.5.18 A.8.2"),
    (Soc2, "CC6.3"),
    (Nis2, "11.3~"),
    (SecNumCloud, "9.1"),
    (Dora, "30"),
    (Ccm, "IAM-05 IAM-16"),
];
/// Escalation of privileges.
pub(super) const ESCALATION: Bundle =
    &[(Iso27001, "A.8.2~"), (Nis2, "11.2.2.a"), (SecNumCloud, "9.3"), (Ccm, "IAM-05 IAM-10")];
/// Rights by groups.
pub(super) const GROUPS: Bundle = &[
    (CisAws3, "1.15"),
    (CisAws7, "2.13"),
    (Nis2, "11.2.2.a"),
    (SecNumCloud, "9.1"),
    (Ccm, "IAM-04 IAM-09"),
];
/// Federation of identities.
pub(super) const FEDERATION: Bundle = &[(CisAws3, "1.21"), (Iso27001, "A.5.16~")];
/// The end of certificates.
pub(super) const CERTIFICATES: Bundle =
    &[(CisAws3, "1.19"), (CisAws7, "2.17"), (Nis2, "9.2.c.ii"), (SecNumCloud, "9.2"), (Dora, "25")];
/// Logs and their forwarding.
pub(super) const LOGS: Bundle = &[
    (CisAws3, "3.1"),
    (CisAws7, "4.1"),
    (Iso27001, "A.8.15"),
    (Soc2, "CC2.1 CC7.2"),
    (Nis2, "3.2~"),
    (SecNumCloud, "12.6"),
    (Dora, "17"),
    (Ccm, "LOG-07 LOG-08"),
];
/// Network filtering.
pub(super) const NETWORK: Bundle = &[
    (CisAws3, "5.2 5.3"),
    (CisAws7, "6.3 6.4"),
    (Iso27001, "A.8.20 A.8.21 A.8.22"),
    (Soc2, "CC6.6"),
    (Nis2, "6.7~ 6.8~"),
    (SecNumCloud, "13.2"),
    (Dora, "9"),
    (Ccm, "IVS-03"),
];
/// Data open to the public.
pub(super) const PUBLIC: Bundle = &[
    (CisAws3, "2.1.4 2.3.3"),
    (CisAws7, "3.2.3"),
    (Iso27001, "A.8.20~"),
    (Soc2, "CC6.1 CC6.2"),
    (SecNumCloud, "9.7"),
    (Dora, "9"),
    (Ccm, "DSP-17"),
];
/// Encryption of data at rest.
pub(super) const ENCRYPTION: Bundle = &[
    (CisAws3, "2.2.1"),
    (Iso27001, "A.8.24"),
    (Soc2, "PI1.5"),
    (Nis2, "9~"),
    (SecNumCloud, "10.1"),
    (Dora, "9"),
    (Ccm, "CEK-03"),
];
/// Encryption of data in transit.
pub(super) const TLS: Bundle =
    &[(Iso27001, "A.8.24"), (SecNumCloud, "10.2"), (Dora, "7"), (Nis2, "9~")];
/// Management of keys.
pub(super) const KEYS: Bundle = &[
    (CisAws3, "3.6"),
    (CisAws7, "4.6"),
    (Iso27001, "A.8.24"),
    (Nis2, "9.2~"),
    (SecNumCloud, "10.5"),
    (Dora, "7"),
    (Ccm, "CEK-12 CEK-14"),
];
/// Backups.
pub(super) const BACKUP: Bundle = &[
    (Iso27001, "A.8.13"),
    (Soc2, "CC7.5"),
    (Nis2, "4.2"),
    (SecNumCloud, "12.5"),
    (Dora, "12"),
    (Ccm, "BCR-08"),
];
/// Protection from deletion.
pub(super) const DELETION: Bundle =
    &[(Soc2, "C1.1"), (SecNumCloud, "17.4"), (Dora, "12"), (Iso27001, "A.8.10~")];
/// High availability.
pub(super) const AVAILABILITY: Bundle =
    &[(CisAws7, "3.2.4"), (Iso27001, "A.8.14"), (SecNumCloud, "17.2 17.4"), (Ccm, "BCR-11")];
/// Software past its end of life.
pub(super) const END_OF_LIFE: Bundle =
    &[(Iso27001, "A.8.8"), (Nis2, "6.6"), (SecNumCloud, "12.11~"), (Dora, "24 25")];
/// A complete inventory.
pub(super) const INVENTORY: Bundle = &[(Iso27001, "A.5.9"), (Nis2, "12~"), (SecNumCloud, "8.1")];
/// The location of data.
pub(super) const LOCATION: Bundle =
    &[(Iso27001, "A.5.23~"), (SecNumCloud, "9.1 19.2"), (Dora, "28")];

/// Controls as documents print them: the ids of each framework, `A.5.15, A.5.18~`.
pub fn by_framework(controls: &[Control]) -> Vec<(Framework, String)> {
    let of = |framework: Framework| {
        let of = controls.iter().filter(move |control| control.framework == framework);
        let ids: Vec<_> = of.map(Control::shown).collect();
        (!ids.is_empty()).then(|| (framework, ids.join(", ")))
    };
    Framework::ALL.into_iter().filter_map(of).collect()
}

impl Control {
    /// Its id, with `~` after an analogy.
    pub fn shown(&self) -> String {
        format!("{}{}", self.id, if self.is_analogy { "~" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::ALL;

    #[test]
    fn each_mapped_id_is_one_of_its_framework() {
        let counts = [CisAws3, CisAws7, Iso27001, SecNumCloud].map(|one| one.ids().unwrap().len());
        assert_eq!(counts, [62, 70, 93, 92]);
        for check in ALL {
            for control in check.controls() {
                let Some(ids) = control.framework.ids() else { continue };
                assert!(ids.iter().any(|id| id == control.id), "{}: {control:?}", check.id);
            }
        }
    }

    #[test]
    fn an_id_is_listed_once_and_an_analogy_gives_way() {
        let bundles: &[Bundle] = &[&[(Iso27001, "A.5.18~ A.5.15")], &[(Iso27001, "A.5.18")]];
        let listed = listed(bundles);
        let shown: Vec<_> = listed.iter().map(|one| (one.id, one.is_analogy)).collect();
        assert_eq!(shown, [("A.5.15", false), ("A.5.18", false)]);
    }
}
