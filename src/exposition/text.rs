//! Families as text. OpenMetrics is written; the classic format is made from it.

use std::collections::BTreeMap;
use std::fmt::Error as FmtError;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode_registry;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeLabel as _, EncodeLabelSet, LabelSetEncoder, MetricEncoder, NoLabelSet,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use crate::checks;
use crate::config::detail::Detail;
use crate::family::{Desc, Family, Kind, Names, Word};
use crate::report::AccountView;

use super::account;

/// All inventory families of all accounts as OpenMetrics text, without the end mark. A family's
/// samples stand together, whichever account they belong to.
pub fn encode(accounts: &[&AccountView], detail: Detail) -> String {
    let mut by_name: BTreeMap<&'static str, Merged> = BTreeMap::new();
    for view in accounts {
        let Some(report) = &view.report else { continue };
        let added = Arc::new(view.labels.clone());
        let mut families = account::families(report);
        families.extend(report.inventory.families());
        if shows(detail, Names::Each) {
            families.extend(report.inventory.named());
        }
        families.extend(report.access.iter().cloned());
        families.extend(checks::samples(&report.inventory, &report.results));
        let is_shown =
            |family: &Family| !family.samples.is_empty() && shows(detail, family.desc.names);
        for family in families.into_iter().filter(is_shown) {
            let merged = by_name.entry(family.desc.name);
            let merged = merged.or_insert_with(|| Merged { desc: family.desc, parts: Vec::new() });
            merged.parts.push(Part {
                account: view.name.as_str().into(),
                added: Arc::clone(&added),
                family,
            });
        }
    }
    let repairs = checks::repairs();
    let desc = repairs.desc;
    let parts = vec![Part { account: Word::default(), added: Arc::default(), family: repairs }];
    by_name.insert(desc.name, Merged { desc, parts });
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Whole(by_name.into_values().collect())));
    let mut text = String::new();
    // Writing to a string does not fail.
    if encode_registry(&mut text, &registry).is_err() {
        text.clear();
    }
    text
}

fn shows(detail: Detail, names: Names) -> bool {
    match detail {
        Detail::Counts => names == Names::Nothing,
        Detail::Findings => names <= Names::Few,
        Detail::Full => true,
    }
}

/// One family of all accounts.
#[derive(Debug)]
struct Merged {
    desc: &'static Desc,
    parts: Vec<Part>,
}

/// One account's share of a family, or the whole of a family of no account.
#[derive(Debug)]
struct Part {
    account: Word,
    added: Arc<BTreeMap<String, String>>,
    family: Family,
}

#[derive(Debug)]
struct Whole(Vec<Merged>);

impl Collector for Whole {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), FmtError> {
        for Merged { desc, parts } in &self.0 {
            // A registry adds the full stop to the help of what is registered, but not here.
            let help = format!("{}.", desc.help);
            let kind =
                if desc.kind == Kind::Counter { MetricType::Counter } else { MetricType::Gauge };
            let mut metric = encoder.encode_descriptor(desc.name, &help, None, kind)?;
            for Part { account, added, family } in parts {
                for (values, value) in &family.samples {
                    let account = desc.per_account.then_some(&**account);
                    let labels = Labels { account, names: desc.labels, values, added };
                    let mut sample = metric.encode_family(&labels)?;
                    encode_value(&mut sample, desc.kind, *value)?;
                }
            }
        }
        Ok(())
    }
}

/// Whole numbers are written as such: `3`, not `3.0`.
fn encode_value(sample: &mut MetricEncoder<'_>, kind: Kind, value: f64) -> Result<(), FmtError> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if kind == Kind::Counter {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it counts")]
        let whole = value as u64;
        sample.encode_counter::<NoLabelSet, _, u64>(&whole, None)
    } else if value.fract() == 0.0 && value.abs() < EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
        let whole = value as i64;
        sample.encode_gauge(&whole)
    } else {
        sample.encode_gauge(&value)
    }
}

struct Labels<'a> {
    account: Option<&'a str>,
    names: &'static [&'static str],
    values: &'a [Word],
    added: &'a BTreeMap<String, String>,
}

impl EncodeLabelSet for Labels<'_> {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), FmtError> {
        if let Some(account) = self.account {
            ("account", account).encode(encoder.encode_label())?;
        }
        for (name, value) in self.names.iter().zip(self.values) {
            (*name, &**value).encode(encoder.encode_label())?;
        }
        for (name, value) in self.added {
            (name.as_str(), value.as_str()).encode(encoder.encode_label())?;
        }
        Ok(())
    }
}

/// The classic format, from OpenMetrics: only lines that begin with `# ` differ. Counters are
/// described by the name that their samples have, and there are neither units nor an end mark.
pub fn classic(open_metrics: &str) -> String {
    let mut counter = "";
    let mut text = String::with_capacity(open_metrics.len());
    let mut lines = open_metrics.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let Some(comment) = line.strip_prefix("# ") else {
            text.push_str(line);
            continue;
        };
        let mut words = comment.splitn(3, ' ');
        let (keyword, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let rest = words.next().unwrap_or_default();
        match keyword {
            "HELP" => {
                // HELP comes first, and the TYPE on the next line says how to name it.
                let is_counter = lines.peek().is_some_and(|next| {
                    next.starts_with("# TYPE ") && next.ends_with(" counter\n")
                });
                counter = if is_counter { "_total" } else { "" };
                text.extend(["# HELP ", name, counter, " ", rest]);
            }
            "TYPE" => text.extend(["# TYPE ", name, counter, " ", rest]),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_label_value_breaks_a_line(name in "\\PC{0,20}|[\\n\"\\\\{},=#\\r\u{0}]{0,10}") {
            static DESC: Desc = Desc::gauge("test_info", "Test", &["name"]);
            let mut family = DESC.family();
            family.set([name.as_str().into()], 1.0);
            let merged = Merged { desc: &DESC, parts: vec![part(family)] };
            let mut registry = Registry::default();
            registry.register_collector(Box::new(Whole(vec![merged])));
            let mut text = String::new();
            encode_registry(&mut text, &registry).unwrap();
            prop_assert_eq!(text.matches('\n').count(), 3, "{}", text);
            prop_assert_eq!(classic(&text), text);
        }
    }

    #[test]
    fn the_classic_format_differs_in_comments_alone() {
        let open = "# HELP a_seconds A.\n# TYPE a_seconds gauge\n# UNIT a_seconds seconds\n\
                    a_seconds{x=\"# HELP\"} 1\n# HELP b B.\n# TYPE b counter\nb_total 2\n# EOF\n";
        let expected = "# HELP a_seconds A.\n# TYPE a_seconds gauge\na_seconds{x=\"# HELP\"} 1\n\
                        # HELP b_total B.\n# TYPE b_total counter\nb_total 2\n";
        assert_eq!(classic(open), expected);
    }

    fn part(family: Family) -> Part {
        Part { account: "x".into(), added: Arc::default(), family }
    }

    #[test]
    fn labels_are_escaped() {
        static DESC: Desc = Desc::gauge("test_info", "Test", &["name"]);
        let mut family = DESC.family();
        family.set(["a\"b\\c\nd".into()], 1.5);
        let whole = Whole(vec![Merged { desc: &DESC, parts: vec![part(family)] }]);
        let mut registry = Registry::default();
        registry.register_collector(Box::new(whole));
        let mut text = String::new();
        encode_registry(&mut text, &registry).unwrap();
        assert!(
            text.ends_with("test_info{account=\"x\",name=\"a\\\"b\\\\c\\nd\"} 1.5\n"),
            "{text}"
        );
    }
}
