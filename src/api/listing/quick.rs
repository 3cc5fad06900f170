//! An object and its id in one parse, where nothing is wrong with it.
//!
//! Nearly every object is well. Only the others are worth the parses that show which member is not,
//! and these decide every case of doubt.

use std::borrow::Cow;
use std::fmt::{Formatter, Result as FmtResult};
use std::marker::PhantomData;

use serde::de::value::{CowStrDeserializer, MapAccessDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

use super::identified::Identified;

/// The object with its id, if it has one in the schema; `None` if it needs a closer look.
pub(super) fn quick<T: Identified>(json: &str) -> Option<(T, Option<String>)> {
    let mut parser = serde_json::Deserializer::from_str(json);
    let found = Quick(PhantomData).deserialize(&mut parser).ok()?;
    parser.end().ok()?;
    Some(found)
}

/// Adds each object of a list with its id, and stops at the first one that needs a closer look, or that
/// is not taken. Returns whether it came to the end.
pub(super) fn quick_list<T: Identified>(
    json: &str,
    add: impl FnMut(T, Option<String>) -> bool,
) -> bool {
    let mut parser = serde_json::Deserializer::from_str(json);
    parser.deserialize_seq(List { add, of: PhantomData }).is_ok() && parser.end().is_ok()
}

struct List<T, F> {
    add: F,
    of: PhantomData<T>,
}

impl<'de, T: Identified, F: FnMut(T, Option<String>) -> bool> Visitor<'de> for List<T, F> {
    type Value = ();

    fn expecting(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some((object, id)) = list.next_element_seed(Quick(PhantomData))? {
            if !(self.add)(object, id) {
                return Err(A::Error::custom("enough"));
            }
        }
        Ok(())
    }
}

/// An object with its id, or an error if it needs a closer look.
struct Quick<T>(PhantomData<T>);

impl<'de, T: Identified> DeserializeSeed<'de> for Quick<T> {
    type Value = (T, Option<String>);

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        let mut seen = Seen::default();
        let object = json.deserialize_map(Object::<T> { seen: &mut seen, of: PhantomData })?;
        let id = seen.id.map(Id::text).filter(|id| !id.is_empty());
        let is_well = if T::ID.is_some() { id.is_some() } else { !seen.may_be_an_error };
        if is_well { Ok((object, id)) } else { Err(D::Error::custom("a doubt")) }
    }
}

/// The members that were noticed on the way.
#[derive(Default)]
struct Seen {
    id: Option<Id>,
    may_be_an_error: bool,
}

struct Object<'s, T> {
    seen: &'s mut Seen,
    of: PhantomData<T>,
}

impl<'de, T: Identified> Visitor<'de> for Object<'_, T> {
    type Value = T;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        let members = Members { access: members, seen: self.seen, id: T::ID, is_at_id: false };
        T::deserialize(MapAccessDeserializer::new(members))
    }
}

/// The members of an object, which notices its id while the object is made of them.
struct Members<'s, A> {
    access: A,
    seen: &'s mut Seen,
    id: Option<&'static str>,
    is_at_id: bool,
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Members<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let Some(Name(name)) = self.access.next_key()? else { return Ok(None) };
        match self.id {
            Some(id) => self.is_at_id = name == id,
            None => self.seen.may_be_an_error |= matches!(&*name, "class" | "errorCode"),
        }
        seed.deserialize(CowStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        if !self.is_at_id {
            return self.access.next_value_seed(seed);
        }
        let id = self.access.next_value()?;
        let value = seed.deserialize(Again { id: &id, error: PhantomData })?;
        if self.seen.id.replace(id).is_some() {
            return Err(A::Error::custom("two ids"));
        }
        Ok(value)
    }
}

/// An id: a text, or an integer in its one spelling.
enum Id {
    Text(String),
    Unsigned(u64),
    Signed(i64),
}

impl Id {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Unsigned(number) => number.to_string(),
            Self::Signed(number) => number.to_string(),
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfId)
    }
}

struct OfId;

impl Visitor<'_> for OfId {
    type Value = Id;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        formatter.write_str("an id")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Id, E> {
        Ok(Id::Text(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Id, E> {
        Ok(Id::Unsigned(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Id, E> {
        Ok(Id::Signed(number))
    }
}

/// An id for the member that it was read from.
struct Again<'i, E> {
    id: &'i Id,
    error: PhantomData<E>,
}

impl<'de, E: Error> Deserializer<'de> for Again<'_, E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        match self.id {
            Id::Text(text) => visitor.visit_str(text),
            Id::Unsigned(number) => visitor.visit_u64(*number),
            Id::Signed(number) => visitor.visit_i64(*number),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, E> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use http::{HeaderMap, StatusCode};
    use proptest::prelude::*;
    use serde_json::Value;
    use serde_json::value::RawValue;

    use super::super::decode::decode_at;
    use super::super::identified::identify;
    use super::*;
    use crate::api::Route;
    use crate::api::transport::Answer;

    static ROUTE: Route = Route::new("/thing", &[]);

    #[derive(Debug, PartialEq, Deserialize)]
    struct Text {
        id: Option<String>,
        name: Option<String>,
        bare: String,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Number {
        id: i64,
        #[serde(default)]
        name: Value,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Flat {
        #[serde(flatten)]
        all: BTreeMap<String, Value>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Blind {
        name: Option<Either>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(f64),
        Text(String),
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Nameless {
        message: Option<String>,
    }

    impl Identified for Text {
        const ID: Option<&'static str> = Some("id");
        const SPARE: &'static [&'static str] = &["name"];
    }

    impl Identified for Number {
        const ID: Option<&'static str> = Some("id");
    }

    impl Identified for Flat {
        const ID: Option<&'static str> = Some("id");
    }

    impl Identified for Blind {
        const ID: Option<&'static str> = Some("id");
    }

    impl Identified for Nameless {
        const ID: Option<&'static str> = None;
    }

    /// The object and its id as the parses find them that look closer, where nothing is lost.
    fn closer<T: Identified>(json: &RawValue) -> Option<(T, Option<String>)> {
        let answer =
            Answer { status: StatusCode::OK, headers: HeaderMap::new(), body: json.get().into() };
        let id = identify::<T>(json).ok()?;
        let (object, lost) = decode_at(&ROUTE.at(&[]), &answer, "", json).ok()?;
        lost.is_empty().then_some((object, id))
    }

    /// Whether both ways agree; a doubt of the quick one is none of the closer.
    fn agree<T: Identified + PartialEq>(json: &RawValue) -> bool {
        quick::<T>(json.get()).is_none_or(|found| closer::<T>(json) == Some(found))
    }

    fn objects() -> impl Strategy<Value = String> {
        let names = ["id", "name", "bare", "message", "class", "errorCode", "\\u0069d", "other"];
        let values = [
            "null",
            "\"\"",
            "\"a\"",
            "\"\\u00e9\\n\"",
            "0",
            "-0",
            "-7",
            "7.0",
            "1e3",
            "true",
            "{}",
            "[1]",
            "18446744073709551615",
            "9223372036854775808",
            "99999999999999999999",
            "{\"id\":1}",
        ];
        let member = (prop::sample::select(names.to_vec()), prop::sample::select(values.to_vec()));
        prop::collection::vec(member, 0..6).prop_map(|members| {
            let members: Vec<_> =
                members.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
            format!("{{{}}}", members.join(","))
        })
    }

    proptest! {
        #[test]
        fn the_quick_way_finds_what_the_closer_one_finds(
            json in objects(), cut in any::<prop::sample::Index>(), by in "[ \"{}\\[\\]:,0a]?",
            is_whole in any::<bool>(),
        ) {
            let mut json = json;
            if !is_whole {
                let at = cut.index(json.len());
                json.replace_range(at..=at, &by);
            }
            let Ok(json) = serde_json::from_str::<&RawValue>(&json) else { return Ok(()) };
            prop_assert!(agree::<Text>(json) && agree::<Number>(json) && agree::<Flat>(json));
            prop_assert!(agree::<Blind>(json) && agree::<Nameless>(json) && agree::<Value>(json));
        }
    }

    #[test]
    fn an_object_that_is_well_needs_no_closer_look() {
        let text = r#"{"other":[{}],"id":"a","name":null,"bare":"b"}"#;
        let object = Text { id: Some("a".to_owned()), name: None, bare: "b".to_owned() };
        assert_eq!(quick::<Text>(text), Some((object, Some("a".to_owned()))));
        assert_eq!(quick::<Number>(r#"{"id":-7}"#).map(|(_, id)| id), Some(Some("-7".to_owned())));
        assert!(quick::<Nameless>(r#"{"message":"m"}"#).is_some());
        for doubt in ["[]", "null", "{}", r#"{"id":"","bare":""}"#, r#"{"id":1,"bare":""}"#] {
            assert_eq!(quick::<Text>(doubt), None, "{doubt}");
        }
    }
}
