//! `explain`: the pages of the checks at the terminal.

use ovhcloud_exporter::checks;

use crate::program::{ended, program};

#[test]
fn each_check_has_a_page_within_the_width() {
    for check in checks::ALL {
        let (code, page, log) = ended(&mut program(&["explain", check.id]));
        assert_eq!((code, log.as_str()), (0, ""), "{}", check.id);
        let words =
            |text: &str| text.replace('`', "").split_whitespace().collect::<Vec<_>>().join(" ");
        let page_words = words(&page);
        for part in [check.id, check.severity.label(), check.title, check.why, check.repair.panel] {
            assert!(page_words.contains(&words(part)), "{} lacks {part:?}:\n{page}", check.id);
        }
        for setting in check.settings {
            let key = format!("checks.{}.{}", check.id, setting.name);
            assert!(page_words.contains(&key), "{key}:\n{page}");
        }
        let widest = page.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= 80, "{}: {widest} columns", check.id);
    }
}

#[test]
fn alone_it_lists_every_check_and_the_questions_without_an_answer() {
    let (code, list, _) = ended(&mut program(&["explain"]));
    assert_eq!(code, 0);
    let rows = list.lines().filter(|line| !line.starts_with(' '));
    let ids: Vec<_> = rows.filter_map(|line| line.split_whitespace().next()).collect();
    for check in checks::ALL {
        assert_eq!(ids.iter().filter(|id| **id == check.id).count(), 1, "{}", check.id);
    }
    assert!(list.contains("Not evaluable"), "{list}");
}

#[test]
fn an_unknown_check_is_a_mistake_with_the_nearest_name() {
    let (code, _, log) = ended(&mut program(&["explain", "credential_stal"]));
    assert_eq!(code, 64);
    assert!(log.contains("did you mean `credential_stale`?"), "{log}");
    let (code, _, log) = ended(&mut program(&["explain", "everything"]));
    assert_eq!(code, 64);
    assert!(log.contains("`ovhcloud-exporter explain` lists them"), "{log}");
}
