//! The IAM actions that OVHcloud's API descriptions name.

/// The list; a line that starts with `#` is a comment.
static LIST: &str = include_str!("../../data/iam-actions.txt");

/// The known actions, in the order of the alphabet. OVHcloud's live reference has more: a name
/// that is missing here is not wrong.
pub fn actions() -> impl Iterator<Item = &'static str> {
    LIST.lines().filter(|line| !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_names_of_three_parts_in_order() {
        let names: Vec<_> = actions().collect();
        assert!(names.is_sorted_by(|one, next| one < next));
        assert!(names.iter().all(|name| name.split(':').count() == 3), "type:interface:path");
        assert!(names.contains(&"account:apiovh:iam/policy/create"));
        assert!(!names.contains(&"publicCloudProject:apiovh:delete"));
    }
}
