//! The exporter against the simulator, over real HTTP, and the guards of the house.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    reason = "a test may stop at the first surprise, and counts are exact"
)]

mod access;
mod accounts;
mod blind;
mod browser;
mod cardinality;
mod catalogue;
mod changes;
mod checks;
mod commands;
mod configuration;
mod credentials;
mod cut;
mod daemon_faults;
mod diagnosis;
mod diff;
mod documents;
mod evaluation;
mod exemptions;
mod explain;
mod exporter;
mod failures;
mod fairness;
mod faults;
mod filters;
mod forms;
mod golden;
mod hostile;
mod house;
mod html;
mod identity;
mod isolation;
mod kept;
mod known;
mod landing;
mod language;
mod lists;
mod monitoring;
mod news;
mod options;
mod pages;
mod parsers;
mod permissions;
mod platform;
mod program;
mod readme;
mod redaction;
mod rights;
mod running;
mod schema;
mod scopes;
mod security_forms;
mod service;
mod shards;
mod soak;
mod stack;
mod state;
mod storage;
mod tokens;
mod tools;
mod violations;
mod web_config;
mod who;
