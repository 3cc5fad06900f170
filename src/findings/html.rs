//! The pages in HTML.

pub mod parts;
