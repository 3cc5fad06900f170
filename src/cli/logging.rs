//! Logs to standard error, one line an event.

use std::io;

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{filter, fmt, registry};

use crate::config::log::{Format, Level};

/// Starts logging. Only the exporter's own events are written: its libraries' may hold URLs.
pub(super) fn start(level: Level, format: Format) {
    let level = match level {
        Level::Debug => LevelFilter::DEBUG,
        Level::Info => LevelFilter::INFO,
        Level::Warn => LevelFilter::WARN,
        Level::Error => LevelFilter::ERROR,
    };
    let own = filter::Targets::new().with_target("ovhcloud_exporter", level);
    registry().with(layer(format).with_filter(own)).init();
}

fn layer<S>(format: Format) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    match format {
        Format::Logfmt => Box::new(
            tracing_logfmt::builder()
                .with_target(false)
                .with_span_name(false)
                .layer()
                .with_writer(io::stderr),
        ),
        Format::Json => Box::new(fmt::layer().json().with_target(false).with_writer(io::stderr)),
    }
}
