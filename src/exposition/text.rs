//! Families as text. Only the headers differ between the formats.

use std::collections::BTreeMap;
use std::mem;

use crate::checks;
use crate::config::detail::Detail;
use crate::family::{Desc, Family, Kind, Names};
use crate::report::AccountView;

use super::account;
use super::page::Cell;

/// The families of one account that this level of detail shows.
pub fn cells(view: &AccountView, detail: Detail) -> Vec<Cell> {
    let Some(report) = &view.report else { return Vec::new() };
    let mut families = account::families(report);
    families.extend(report.inventory.families());
    if shows(detail, Names::Each) {
        families.extend(report.inventory.named());
        families.push(checks::restore_points(&report.inventory));
    }
    families.extend(report.access.iter().cloned());
    families.extend(checks::samples(&report.inventory, &report.results));
    families.retain(|family| shows(detail, family.desc.names));
    families.iter().map(|family| cell(family, &view.name, &view.labels)).collect()
}

/// The families that are the same for every account.
pub fn common() -> Vec<Cell> {
    vec![cell(&checks::repairs(), "", &BTreeMap::new())]
}

fn shows(detail: Detail, names: Names) -> bool {
    match detail {
        Detail::Counts => names == Names::Nothing,
        Detail::Findings => names <= Names::Few,
        Detail::Full => true,
    }
}

/// The samples of a family.
fn cell(family: &Family, account: &str, added: &BTreeMap<String, String>) -> Cell {
    const LONGEST: usize = 1024;
    let Family { desc, samples } = family;
    let mut text = String::new();
    let between = between(desc, account, added);
    for (index, (values, value)) in samples.iter().enumerate() {
        for (position, before) in between.iter().enumerate() {
            text.push_str(before);
            if let Some(value) = values.get(position) {
                escape(&mut text, value);
            }
        }
        number(&mut text, desc, *value);
        text.push('\n');
        if index == 0 {
            // The other lines are about as long as the first one, unless its texts are extreme.
            text.try_reserve(text.len().min(LONGEST) * (samples.len() - 1)).ok();
        }
    }
    text.shrink_to_fit();
    Cell { place: 0, desc, samples: text.into() }
}

/// The texts around the values of a family's labels: `name{account="x",first="`, `",second="`, …, `"} `.
fn between(desc: &Desc, account: &str, added: &BTreeMap<String, String>) -> Vec<String> {
    let total = if desc.kind == Kind::Counter { "_total" } else { "" };
    let (mut all, mut text) = (Vec::new(), format!("{}{total}{{", desc.name));
    let start = |text: &mut String, name: &str| {
        if !text.ends_with('{') {
            text.push(',');
        }
        text.push_str(name);
        text.push_str("=\"");
    };
    if desc.per_account {
        start(&mut text, "account");
        escape(&mut text, account);
        text.push('"');
    }
    for name in desc.labels {
        start(&mut text, name);
        all.push(mem::replace(&mut text, "\"".to_owned()));
    }
    for (name, value) in added {
        start(&mut text, name);
        escape(&mut text, value);
        text.push('"');
    }
    text.push_str("} ");
    all.push(text);
    all
}

/// The value of a label.
fn escape(text: &mut String, value: &str) {
    let is_special = |byte| matches!(byte, b'\\' | b'"' | b'\n');
    // Without an early end, so that the loop is over many bytes at once.
    if value.bytes().fold(false, |found, byte| found | is_special(byte)) {
        text.push_str(&value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"));
    } else {
        text.push_str(value);
    }
}

/// Whole numbers are written as such: `3`, not `3.0`.
fn number(text: &mut String, desc: &Desc, value: f64) {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if desc.kind == Kind::Counter || (value.fract() == 0.0 && value.abs() < EXACT) {
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53, or it counts")]
        let whole = value as i64;
        text.push_str(itoa::Buffer::new().format(whole));
    } else {
        text.push_str(dtoa::Buffer::new().format(value));
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
    use std::fmt::Error as FmtError;

    use prometheus_client::collector::Collector;
    use prometheus_client::encoding::text::encode_registry;
    use prometheus_client::encoding::{
        DescriptorEncoder, EncodeLabel as _, EncodeLabelSet, LabelSetEncoder,
    };
    use prometheus_client::metrics::MetricType;
    use prometheus_client::registry::Registry;
    use proptest::prelude::*;

    use super::super::format::Format;
    use super::super::page::Page;
    use super::*;

    static DESC: Desc = Desc::gauge("test_info", "Test", &["name", "other"]);

    /// One sample of [`DESC`], for prometheus-client's own encoder.
    #[derive(Debug, Clone)]
    struct Sample {
        labels: Vec<(&'static str, String)>,
        value: f64,
    }

    impl EncodeLabelSet for Sample {
        fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), FmtError> {
            for (name, value) in &self.labels {
                (*name, value.as_str()).encode(encoder.encode_label())?;
            }
            Ok(())
        }
    }

    impl Collector for Sample {
        fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), FmtError> {
            let mut metric =
                encoder.encode_descriptor(DESC.name, "Test.", None, MetricType::Gauge)?;
            #[expect(clippy::cast_possible_truncation, reason = "of whole numbers alone")]
            let whole = self.value as i64;
            let mut sample = metric.encode_family(self)?;
            if self.value.fract() == 0.0 && self.value.abs() < 1e15 {
                sample.encode_gauge(&whole)
            } else {
                sample.encode_gauge(&self.value)
            }
        }
    }

    fn page(family: &Family, added: &BTreeMap<String, String>) -> String {
        let page = Page::new(vec![vec![cell(family, "x", added)]], false, None);
        let text: Vec<_> = page.text(Format::OpenMetrics).cloned().collect();
        String::from_utf8(text.concat()).unwrap()
    }

    proptest! {
        #[test]
        fn the_text_is_that_of_the_official_client(
            name in "\\PC{0,20}|[\\n\"\\\\{},=#\\r\u{0}é]{0,10}",
            value in prop_oneof![any::<i32>().prop_map(f64::from), any::<f64>()],
        ) {
            let mut family = DESC.family();
            family.set([name.as_str().into(), "b".into()], value);
            let text = page(&family, &BTreeMap::from([("team".to_owned(), name.clone())]));
            let labels = vec![
                ("account", "x".to_owned()),
                ("name", name.clone()),
                ("other", "b".to_owned()),
                ("team", name),
            ];
            // The same samples that are whole are whole there; see `number`.
            prop_assume!(value.fract() != 0.0 || value.abs() < 1e15 || value.abs() > 1e16);
            let mut registry = Registry::default();
            registry.register_collector(Box::new(Sample { labels, value }));
            let mut official = String::new();
            encode_registry(&mut official, &registry).unwrap();
            prop_assert_eq!(&text, &official);
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

    #[test]
    fn samples_of_a_counter_have_its_name_with_total() {
        static COUNTER: Desc = Desc::counter("test", "Test", &[]);
        let mut family = COUNTER.family();
        family.set([], 3.0);
        let expected = "# HELP test Test.\n# TYPE test counter\ntest_total{account=\"x\"} 3\n";
        assert_eq!(page(&family, &BTreeMap::new()), expected);
    }

    #[test]
    fn labels_are_escaped() {
        let mut family = DESC.family();
        family.set(["a\"b\\c\nd".into(), "ü".into()], 1.5);
        let expected = "test_info{account=\"x\",name=\"a\\\"b\\\\c\\nd\",other=\"ü\"} 1.5\n";
        let text = page(&family, &BTreeMap::new());
        assert!(text.ends_with(expected), "{text}");
    }
}
