//! The ends of life of software, by product and version.
//!
//! Pure: a table is a text in the forms of endoflife.date. The exporter has a small table of its
//! own, and files of the configuration replace and extend its products.

mod form;
mod product;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::Timestamp;

use product::Product;

pub use form::Problem;
pub use product::End;

/// The products of the exporter's own table.
static OWN: LazyLock<BTreeMap<String, Product>> = LazyLock::new(|| {
    let read = Table::parse(include_str!("../data/end-of-life.json"), "", Timestamp::UNIX_EPOCH);
    read.map(|table| table.products).unwrap_or_default()
});

/// Products with the ends of life of their releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    products: BTreeMap<String, Product>,
}

/// The exporter's own table.
impl Default for Table {
    fn default() -> Self {
        Self { products: OWN.clone() }
    }
}

impl Table {
    /// Reads a text in one of endoflife.date's forms:
    ///
    /// - the list of releases of `/api/PRODUCT.json`, which names no product: `product` does;
    /// - the document of `/api/v1/products/PRODUCT`, or the one of `/api/v1/products/full`.
    ///
    /// `modified` is the time at which it was stated, where it does not name one itself.
    ///
    /// # Errors
    ///
    /// Another form, or a date that is none.
    pub fn parse(text: &str, product: &str, modified: Timestamp) -> Result<Self, Problem> {
        form::parse(text, product, modified).map(|products| Self { products })
    }

    /// Replaces the releases that another table has too, and adds its others. A product of both is
    /// as old as in the other.
    pub fn extend(&mut self, other: &Self) {
        for (name, product) in &other.products {
            let own = self.products.entry(name.clone()).or_insert_with(|| product.clone());
            own.stated = product.stated;
            own.releases.extend(product.releases.clone());
        }
    }

    /// The products, with the time at which their ends of life were stated.
    pub fn stated(&self) -> impl Iterator<Item = (&str, Timestamp)> {
        self.products.iter().map(|(name, product)| (name.as_str(), product.stated))
    }

    /// The release and the end of life of a version such as `1.31.4-1`; `None` if it is unknown.
    pub fn find(&self, product: &str, version: &str) -> Option<(&str, End)> {
        let releases = &self.products.get(product)?.releases;
        let version = version.trim().trim_start_matches(['v', 'V']);
        let ends = version.rmatch_indices(['.', '-', '+', ' ', '_']).map(|(index, _)| index);
        // The longest release that begins the version.
        let starts = [version.len()].into_iter().chain(ends).filter_map(|end| version.get(..end));
        let mut known = starts.filter_map(|start| releases.get_key_value(start));
        known.next().map(|(release, end)| (release.as_str(), *end))
    }

    /// The product, the release and the end of life of an image's name such as `Debian 11`; `None`
    /// if one of them is unknown.
    pub fn find_image(&self, name: &str) -> Option<(&str, &str, End)> {
        let (head, version) = name.split_at(name.find(|c: char| c.is_ascii_digit())?);
        let is_same = |product: &str| letters(product).eq(letters(head));
        let (product, _) = self.products.iter().find(|(product, _)| is_same(product))?;
        let version = version.split([' ', '(', ')', '_']).next()?;
        let (release, end) = self.find(product, version)?;
        Some((product, release, end))
    }
}

/// The letters of a name, in lower case.
fn letters(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(u8::is_ascii_alphabetic).map(|byte| byte.to_ascii_lowercase())
}

#[cfg(test)]
mod tests;
