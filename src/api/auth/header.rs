//! Headers that more than one way of authenticating sends.

use http::{HeaderName, HeaderValue};

/// The application key (go-ovh `ovh.go`, python-ovh `client.py`).
pub(super) const APPLICATION: HeaderName = HeaderName::from_static("x-ovh-application");

/// A header's value that no log shows, or nothing where no header may hold it.
pub(super) fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
