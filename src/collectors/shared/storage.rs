//! Sizes, as OVHcloud gives them.

/// The bytes of a size in GiB, as OpenStack counts volumes and images; `None` if it is no size.
pub(in crate::collectors) fn of_gib(size: Option<f64>) -> Option<i64> {
    const GIB: f64 = 1_073_741_824.0;
    #[expect(clippy::cast_possible_truncation, reason = "no volume has 2^63 bytes")]
    let bytes = |size: f64| (size * GIB) as i64;
    size.filter(|size| *size >= 0.0).map(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_bytes_and_what_is_none_is_not_known() {
        assert_eq!(of_gib(Some(100.0)), Some(107_374_182_400));
        assert_eq!(of_gib(Some(1.75)), Some(1_879_048_192));
        assert_eq!(of_gib(Some(0.0)), Some(0));
        assert_eq!((of_gib(Some(-1.0)), of_gib(None)), (None, None));
    }
}
