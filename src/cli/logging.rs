//! Logs to standard error, one line an event, in the form of Prometheus' own programs.

use std::fmt::{Debug, Result as FmtResult};
use std::io;

use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Scope};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{filter, fmt, registry};

use crate::config::log::{Format, Level};
use crate::daemon::system_clock;

/// Starts logging. Only the exporter's own events are written: its libraries' may hold URLs.
pub(super) fn start(level: Level, format: Format) {
    let level = match level {
        Level::Debug => LevelFilter::DEBUG,
        Level::Info => LevelFilter::INFO,
        Level::Warn => LevelFilter::WARN,
        Level::Error => LevelFilter::ERROR,
    };
    let own = filter::Targets::new().with_target("ovhcloud_exporter", level);
    let lines = fmt::layer()
        .fmt_fields(Line(format))
        .event_format(Line(format))
        .with_writer(io::stderr)
        // Standard error that is full or closed would otherwise be reported there, with a panic.
        .log_internal_errors(false);
    registry().with(lines.with_filter(own)).init();
}

/// Writes the fields of events and of spans in one of the formats.
#[derive(Debug, Clone, Copy)]
struct Line(Format);

impl Line {
    /// The fields as pairs, in the order in which they were recorded.
    fn write(self, writer: &mut Writer<'_>, fields: &[(&str, Value)]) -> FmtResult {
        for (index, (key, value)) in fields.iter().enumerate() {
            match self.0 {
                Format::Json => {
                    let comma = if index == 0 { "" } else { "," };
                    write!(writer, "{comma}{}:{value}", Value::from(*key))?;
                }
                Format::Logfmt => {
                    let space = if index == 0 { "" } else { " " };
                    write!(writer, "{space}{key}={}", logfmt(value))?;
                }
            }
        }
        Ok(())
    }
}

impl<'writer> FormatFields<'writer> for Line {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'writer>, fields: R) -> FmtResult {
        let mut pairs = Pairs::default();
        fields.record(&mut pairs);
        self.write(&mut writer, &pairs.0)
    }
}

impl<S> FormatEvent<S, Self> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, Self>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> FmtResult {
        let mut pairs = Pairs::default();
        event.record(&mut pairs);
        let time = system_clock().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        let level = event.metadata().level().as_str().to_ascii_lowercase();
        let mut fields = vec![("time", Value::from(time)), ("level", Value::from(level))];
        let (message, others): (Vec<_>, Vec<_>) =
            pairs.0.into_iter().partition(|(key, _)| *key == "message");
        fields.extend(message.into_iter().map(|(_, text)| ("msg", text)));
        fields.extend(others);
        let (open, between, close) = match self.0 {
            Format::Json => ("{", ",", "}"),
            Format::Logfmt => ("", " ", ""),
        };
        writer.write_str(open)?;
        self.write(&mut writer, &fields)?;
        for span in context.event_scope().into_iter().flat_map(Scope::from_root) {
            let extensions = span.extensions();
            if let Some(fields) = extensions.get::<FormattedFields<Self>>()
                && !fields.is_empty()
            {
                write!(writer, "{between}{fields}")?;
            }
        }
        writeln!(writer, "{close}")
    }
}

/// The fields of an event or of a span. Numbers stay numbers.
#[derive(Default)]
struct Pairs(Vec<(&'static str, Value)>);

impl Visit for Pairs {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.push((field.name(), value.into()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.push((field.name(), value.into()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.push((field.name(), value.into()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.push((field.name(), value.into()));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), value.into()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push((field.name(), format!("{value:?}").into()));
    }
}

/// A value as logfmt writes it: in quotes unless it is a plain word. Line ends and characters that
/// reorder or hide text are escaped, so that no name can forge a line.
fn logfmt(value: &Value) -> String {
    let Value::String(text) = value else { return value.to_string() };
    let is_plain = |c: char| !c.is_whitespace() && !"=\"\\`".contains(c) && !is_hidden(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.clone();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if is_hidden(c) => quoted.extend(["\\u", &format!("{:04x}", u32::from(c))]),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Control characters, line separators, and characters that change the direction of text.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || ('\u{200b}'..='\u{200f}').contains(&c)
        || ('\u{2028}'..='\u{202e}').contains(&c)
        || ('\u{2060}'..='\u{2069}').contains(&c)
        || c == '\u{feff}'
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, PoisonError};

    use tracing::subscriber::with_default;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The line of this event, its time cut off.
    fn line(format: Format, log: impl FnOnce()) -> String {
        let written = Written::default();
        let writer = written.clone();
        let layer = fmt::layer()
            .fmt_fields(Line(format))
            .event_format(Line(format))
            .with_writer(move || writer.clone());
        with_default(registry().with(layer), log);
        let bytes = written.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    fn event() {
        let span = tracing::info_span!("refresh", account = "a b");
        let _entered = span.enter();
        let name = "evil\nlevel=info msg=\"forged\"\u{202e}";
        tracing::warn!(collector = "iam_user", count = 3, is_on = true, name, "not read");
    }

    #[test]
    fn logfmt_has_the_keys_of_prometheus_and_no_forged_line() {
        let line = line(Format::Logfmt, event);
        let (time, rest) = line.split_once(' ').unwrap();
        assert!(time.starts_with("time=20") && time.ends_with('Z') && time.len() == 29, "{time}");
        assert_eq!(
            rest,
            "level=warn msg=\"not read\" collector=iam_user count=3 is_on=true \
             name=\"evil\\nlevel=info msg=\\\"forged\\\"\\u202e\" account=\"a b\"\n"
        );
    }

    #[test]
    fn json_is_flat_with_the_same_keys() {
        let line = line(Format::Json, event);
        assert_eq!(line.lines().count(), 1);
        let value: Value = serde_json::from_str(&line).unwrap();
        let keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            ["time", "level", "msg", "collector", "count", "is_on", "name", "account"]
        );
        assert_eq!(value["level"], "warn");
        assert_eq!(value["msg"], "not read");
        assert_eq!(value["count"], 3);
        assert_eq!(value["account"], "a b");
    }
}
