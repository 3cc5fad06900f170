//! The labels that an operator adds to every series of an account.

use std::collections::{BTreeMap, BTreeSet};

use super::table::Table;

/// Labels of Prometheus itself, which its scrape sets or which have a meaning of their own.
const PROMETHEUS: [&str; 4] = ["instance", "job", "le", "quantile"];

/// Reads `labels: {name: value}`; a name that no label may have, or that the exporter's own
/// (`own`) have, is an error.
pub(super) fn read(
    table: &mut Table<'_>,
    own: &BTreeSet<&'static str>,
) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    for (mark, name, value) in table.rest() {
        let is_own = name == "account" || own.contains(name.as_str());
        if !is_name(&name) {
            let what = "invalid label name; expected letters, digits and `_`, not starting with a \
                        digit or `__`";
            table.refuse(mark, &name, what);
        } else if is_own || PROMETHEUS.contains(&name.as_str()) {
            let owner = if is_own { "the exporter" } else { "Prometheus" };
            table.refuse(mark, &name, &format!("reserved for {owner}; choose another name"));
        } else if let Some(value) = value.read(|text| Ok(text.to_owned())) {
            labels.insert(name, value.value);
        }
    }
    labels
}

fn is_name(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(is_letter)
        && !name.starts_with("__")
        && name.chars().all(|c| is_letter(c) || c.is_ascii_digit())
}
