//! The forms of endoflife.date.

use std::collections::BTreeMap;
use std::fmt::{Display, Formatter, Result as FmtResult};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::product::{End, Product};

/// The problem of a text that is no table, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1.
    pub column: usize,
    /// The expected form and the found one.
    pub what: String,
}

impl Display for Problem {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        write!(formatter, "{}:{}: {}", self.line, self.column, self.what)
    }
}

impl Problem {
    fn of(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        // The place stands in front.
        let end = format!(" at line {} column {}", error.line(), error.column());
        let what = text.strip_suffix(&end).unwrap_or(&text).to_owned();
        Self { line: error.line(), column: error.column(), what }
    }
}

/// Reads a text of either form.
pub(super) fn parse(
    text: &str,
    product: &str,
    modified: Timestamp,
) -> Result<BTreeMap<String, Product>, Problem> {
    let read: Text = serde_json::from_str(text).map_err(|error| Problem::of(&error))?;
    let (document, stated) = match read {
        Text::List(cycles) => {
            let releases = cycles.into_iter().filter_map(Cycle::end).collect();
            return Ok([(product.to_owned(), Product { stated: modified, releases })].into());
        }
        Text::Document(document) => {
            let stated = document.last_modified.or(document.generated_at);
            (document, stated.unwrap_or(modified))
        }
    };
    let product = |wire: WireProduct| {
        let stated = wire.last_modified.unwrap_or(stated);
        let releases = wire.releases.into_iter().filter_map(Release::end).collect();
        (wire.name, Product { stated, releases })
    };
    Ok(document.result.0.into_iter().map(product).collect())
}

/// The text of a table.
enum Text {
    List(Vec<Cycle>),
    Document(Document),
}

/// `/api/v1/products/PRODUCT` and `/api/v1/products/full`
#[derive(Deserialize)]
struct Document {
    last_modified: Option<Timestamp>,
    generated_at: Option<Timestamp>,
    result: Products,
}

/// One product, or a list of them.
struct Products(Vec<WireProduct>);

#[derive(Deserialize)]
struct WireProduct {
    name: String,
    /// The exporter's own table dates each product.
    last_modified: Option<Timestamp>,
    releases: Vec<Release>,
}

/// A release of a document.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Release {
    name: String,
    is_eol: Option<bool>,
    eol_from: Option<Day>,
}

impl Release {
    fn end(self) -> Option<(String, End)> {
        let end = match (self.eol_from, self.is_eol) {
            (Some(Day(day)), _) => End::On(day),
            (None, Some(true)) => End::Past,
            (None, Some(false)) => End::Open,
            (None, None) => return None,
        };
        Some((self.name, end))
    }
}

/// A release of a list.
#[derive(Deserialize)]
struct Cycle {
    /// A text, or a number whose last zero counts.
    cycle: Box<RawValue>,
    eol: Option<Eol>,
}

impl Cycle {
    fn end(self) -> Option<(String, End)> {
        let end = match self.eol? {
            Eol::On(Day(day)) => End::On(day),
            Eol::Is(true) => End::Past,
            Eol::Is(false) => End::Open,
        };
        Some((self.cycle.get().trim_matches('"').to_owned(), end))
    }
}

/// `eol`: a date, or whether the release is past it.
enum Eol {
    On(Day),
    Is(bool),
}

/// A date, or the last day of a month or of a year.
struct Day(Date);

impl Day {
    fn parse(text: &str) -> Option<Date> {
        match text.len() {
            4 => date_of(text, 12).map(Date::last_of_year),
            7 => {
                let (year, month) = text.split_once('-')?;
                date_of(year, month.parse().ok()?).map(Date::last_of_month)
            }
            10 => text.parse().ok(),
            _ => None,
        }
    }
}

/// The first day of a month.
fn date_of(year: &str, month: i8) -> Option<Date> {
    Date::new(year.parse().ok()?, month, 1).ok()
}

/// Reads a date of a JSON text.
struct DayVisitor;

impl Visitor<'_> for DayVisitor {
    type Value = Day;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        formatter.write_str("a date such as 2027-01-31")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Day, E> {
        Day::parse(text).map(Day).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(DayVisitor)
    }
}

/// Reads an `eol`.
struct EolVisitor;

impl Visitor<'_> for EolVisitor {
    type Value = Eol;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        formatter.write_str("a date such as 2027-01-31, true or false")
    }

    fn visit_bool<E: de::Error>(self, is: bool) -> Result<Eol, E> {
        Ok(Eol::Is(is))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Eol, E> {
        DayVisitor.visit_str(text).map(Eol::On)
    }
}

impl<'de> Deserialize<'de> for Eol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EolVisitor)
    }
}

/// Reads one product or a list of them.
struct ProductsVisitor;

impl<'de> Visitor<'de> for ProductsVisitor {
    type Value = Products;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        formatter.write_str("a product or a list of products")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Products, A::Error> {
        let product = WireProduct::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Products(vec![product]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Products, A::Error> {
        Deserialize::deserialize(SeqAccessDeserializer::new(list)).map(Products)
    }
}

impl<'de> Deserialize<'de> for Products {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ProductsVisitor)
    }
}

/// Reads a whole text.
struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> FmtResult {
        formatter.write_str("a list of releases or a document, as endoflife.date serves them")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text, A::Error> {
        Document::deserialize(MapAccessDeserializer::new(map)).map(Text::Document)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Text, A::Error> {
        Deserialize::deserialize(SeqAccessDeserializer::new(list)).map(Text::List)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}
