//! The identity of an object, read from its text before anything else of it.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

/// The text in place of an unreadable member. It is not null, which may mean that there is none.
pub const UNREADABLE: &str = "unreadable";

/// An object in OVHcloud's form, which its id shows to be one.
///
/// Every member of OVHcloud's schema may be missing, and so an error that comes with status 200
/// looks like an object that lacks everything.
pub trait Identified: DeserializeOwned {
    /// The member with the id, unique in its list, as the schema spells it. `None` for an object
    /// without an id in the schema: it is counted as often as it comes.
    const ID: Option<&'static str>;

    /// The members that may be unreadable: the object is kept with [`UNREADABLE`] in their places,
    /// and each of them is a loss.
    const SPARE: &'static [&'static str] = &[];
}

/// Any answer, where only the call matters.
impl Identified for Value {
    const ID: Option<&'static str> = None;
}

/// A list of texts, which are no objects.
impl Identified for Option<Vec<String>> {
    const ID: Option<&'static str> = None;
}

/// The id of an object, if it has one in the schema.
///
/// # Errors
///
/// It is missing, null, empty or no text and no number; or the object is an error.
pub(super) fn identify<T: Identified>(object: &RawValue) -> Result<Option<String>, String> {
    let members = serde_json::from_str::<HashMap<Cow<'_, str>, &RawValue>>(object.get());
    let members = members.unwrap_or_default();
    let Some(member) = T::ID else {
        let is_error = is_error(&members);
        return if is_error { Err("an error in place of an object".to_owned()) } else { Ok(None) };
    };
    let id = members.get(member).filter(|id| is_id(id.get())).map(|id| text_of(id));
    let id = id.filter(|id| !id.is_empty());
    id.map(Some).ok_or_else(|| format!("an object without `{member}`, its id"))
}

/// Whether the members are those of OVHcloud's errors (`x.Error`, or the authentication's).
fn is_error(members: &HashMap<Cow<'_, str>, &RawValue>) -> bool {
    let is_text = |name| members.get(name).is_some_and(|value| value.get().starts_with('"'));
    is_text("message") && (is_text("class") || is_text("errorCode"))
}

/// Whether this JSON may be an id: a text or a number.
pub(super) fn is_id(json: &str) -> bool {
    json.starts_with(['"', '-']) || json.starts_with(|first: char| first.is_ascii_digit())
}

/// The text of an id, which is a text or a number.
pub(super) fn text_of(id: &RawValue) -> String {
    let json = id.get();
    let text = json.starts_with('"').then(|| serde_json::from_str(json).ok()).flatten();
    text.unwrap_or_else(|| json.to_owned())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Named;

    impl Identified for Named {
        const ID: Option<&'static str> = Some("thingId");
    }

    #[derive(Deserialize)]
    struct Nameless;

    impl Identified for Nameless {
        const ID: Option<&'static str> = None;
    }

    fn id<T: Identified>(json: &str) -> Result<Option<String>, String> {
        identify::<T>(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn an_object_is_known_by_its_id_alone() {
        assert_eq!(id::<Named>(r#"{"thingId":"a/b"}"#), Ok(Some("a/b".to_owned())));
        assert_eq!(id::<Named>(r#"{"x":{},"thing\u0049d":-7}"#), Ok(Some("-7".to_owned())));
        for without in
            ["{}", r#"{"thingId":null}"#, r#"{"thingId":""}"#, r#"{"thingId":{}}"#, r#"{"id":"a"}"#]
        {
            let problem = "an object without `thingId`, its id".to_owned();
            assert_eq!(id::<Named>(without), Err(problem), "{without}");
        }
    }

    #[test]
    fn an_error_is_no_object_without_an_id() {
        assert_eq!(id::<Nameless>("{}"), Ok(None));
        assert_eq!(id::<Nameless>(r#"{"message":"a","class":null}"#), Ok(None));
        assert_eq!(id::<Nameless>("[1]"), Ok(None));
        for error in [
            r#"{"class":"Server::Boom","message":"no"}"#,
            r#"{"errorCode":"INVALID_KEY","httpCode":"403","message":"no"}"#,
        ] {
            assert!(id::<Nameless>(error).is_err(), "{error}");
        }
    }
}
