//! The labels of the exporter's own series.

use std::collections::BTreeMap;
use std::fmt::Error as FmtError;
use std::sync::Arc;

use prometheus_client::encoding::{EncodeLabel as _, EncodeLabelSet, LabelSetEncoder};

/// The account of the calls: its name, and the operator's labels.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Of(Arc<(String, BTreeMap<String, String>)>);

impl Of {
    pub(super) fn new(account: &str, labels: &BTreeMap<String, String>) -> Self {
        Self(Arc::new((account.to_owned(), labels.clone())))
    }

    fn encode_added(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), FmtError> {
        for (name, value) in &self.0.1 {
            (name.as_str(), value.as_str()).encode(encoder.encode_label())?;
        }
        Ok(())
    }
}

impl EncodeLabelSet for Of {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), FmtError> {
        ("account", self.0.0.as_str()).encode(encoder.encode_label())?;
        self.encode_added(encoder)
    }
}

/// One kind of call and its end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Call {
    pub(super) of: Of,
    pub(super) route: &'static str,
    pub(super) code: String,
}

impl EncodeLabelSet for Call {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), FmtError> {
        ("account", self.of.0.0.as_str()).encode(encoder.encode_label())?;
        ("route", self.route).encode(encoder.encode_label())?;
        ("code", self.code.as_str()).encode(encoder.encode_label())?;
        self.of.encode_added(encoder)
    }
}

/// One route of an account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct OfRoute {
    pub(super) of: Of,
    pub(super) route: &'static str,
}

impl EncodeLabelSet for OfRoute {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), FmtError> {
        ("account", self.of.0.0.as_str()).encode(encoder.encode_label())?;
        ("route", self.route).encode(encoder.encode_label())?;
        self.of.encode_added(encoder)
    }
}

/// One collector of an account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct OfCollector {
    pub(super) of: Of,
    pub(super) collector: &'static str,
}

impl EncodeLabelSet for OfCollector {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), FmtError> {
        ("account", self.of.0.0.as_str()).encode(encoder.encode_label())?;
        ("collector", self.collector).encode(encoder.encode_label())?;
        self.of.encode_added(encoder)
    }
}
