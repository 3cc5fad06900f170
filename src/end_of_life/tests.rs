//! Tables, and the versions that they know.

use jiff::civil::Date;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn parse(text: &str) -> Result<Table, String> {
    Table::parse(text, "kubernetes", at("2026-01-02T03:04:05Z")).map_err(|it| it.to_string())
}

fn on(year: i16, month: i8, day: i8) -> End {
    End::On(Date::new(year, month, day).unwrap())
}

#[test]
fn the_own_table_is_read_and_dated() {
    let own = Table::default();
    let products: Vec<_> = own.stated().map(|(name, _)| name).collect();
    assert_eq!(
        products,
        ["almalinux", "debian", "fedora", "kubernetes", "rocky-linux", "ubuntu", "windows-server"]
    );
    assert!(own.stated().all(|(_, when)| when >= at("2026-05-19T00:00:00Z")));
    assert_eq!(own.find("kubernetes", "1.31.4-1"), Some(("1.31", on(2025, 11, 11))));
    assert_eq!(own.find("almalinux", "9"), Some(("9", on(2032, 12, 31))));
    assert!(include_str!("../../data/end-of-life.json").contains("THE SOFTWARE IS PROVIDED"));
}

#[test]
fn a_version_belongs_to_the_longest_release_that_begins_it() {
    let table = parse(
        r#"[{"cycle": "1.3", "eol": "2020-01-01"}, {"cycle": 1.30, "eol": false},
            {"cycle": "1", "eol": true}]"#,
    );
    let table = table.unwrap();
    let found = |version| table.find("kubernetes", version);
    assert_eq!(found("1.3.7"), Some(("1.3", on(2020, 1, 1))));
    assert_eq!(found("v1.30.2-0"), Some(("1.30", End::Open)));
    assert_eq!(found("1.31.1"), Some(("1", End::Past)));
    assert_eq!(found("2.0"), None);
    assert_eq!(found(""), None);
    assert_eq!(table.find("debian", "11"), None);
}

#[test]
fn the_three_documents_of_endoflife_date_are_read() {
    let list = r#"[{"cycle": "1.31", "releaseDate": "2024-08-13", "eol": "2025-11-11",
                    "latest": "1.31.14", "lts": false, "support": "2025-08-28"}]"#;
    let product = r#"{"schema_version": "1.2.0", "last_modified": "2026-10-01T00:00:00+00:00",
        "result": {"name": "kubernetes", "aliases": ["k8s"], "releases": [
            {"name": "1.31", "isEol": true, "eolFrom": "2025-11-11", "latest": {"name": "1.31.14"}},
            {"name": "1.30", "isEol": true, "eolFrom": null},
            {"name": "2.0", "isEol": false, "eolFrom": null},
            {"name": "2.1"}]}}"#;
    let full = r#"{"generated_at": "2026-09-01T00:00:00Z", "result": [
        {"name": "kubernetes", "releases": [{"name": "1.31", "eolFrom": "2025-11-11"}]},
        {"name": "debian", "releases": []}]}"#;
    for (text, stated) in [
        (list, "2026-01-02T03:04:05Z"),
        (product, "2026-10-01T00:00:00Z"),
        (full, "2026-09-01T00:00:00Z"),
    ] {
        let table = parse(text).unwrap();
        assert_eq!(table.find("kubernetes", "1.31.4"), Some(("1.31", on(2025, 11, 11))));
        let kubernetes = table.stated().find(|(name, _)| *name == "kubernetes");
        assert_eq!(kubernetes.unwrap().1, at(stated));
    }
    let table = parse(product).unwrap();
    let ends = ["1.30", "2.0", "2.1"].map(|version| table.find("kubernetes", version));
    assert_eq!(ends, [Some(("1.30", End::Past)), Some(("2.0", End::Open)), None]);
}

#[test]
fn a_file_replaces_releases_and_adds_others() {
    let mut table = Table::default();
    let list = r#"[{"cycle": "1.31", "eol": "2026-01-01"}, {"cycle": "1.99", "eol": false}]"#;
    table.extend(&parse(list).unwrap());
    assert_eq!(table.find("kubernetes", "1.31"), Some(("1.31", on(2026, 1, 1))));
    assert_eq!(table.find("kubernetes", "1.99.1"), Some(("1.99", End::Open)));
    assert_eq!(table.find("kubernetes", "1.32"), Some(("1.32", on(2026, 2, 28))));
    let stated: BTreeMap<_, _> = table.stated().collect();
    assert_eq!(stated["kubernetes"], at("2026-01-02T03:04:05Z"));
    assert_eq!(stated["debian"], at("2026-05-19T00:00:00Z"));
}

#[test]
fn errors_name_their_place() {
    for (text, expected) in [
        ("", "1:0: EOF while parsing a value"),
        (
            "[\n {\"cycle\": \"1\", \"eol\": \"soon\"}]",
            "2:29: invalid value: string \"soon\", expected a date such as 2027-01-31",
        ),
        (
            "[{\"cycle\": \"1\", \"eol\": \"2027-13\"}]",
            "1:32: invalid value: string \"2027-13\", expected a date such as 2027-01-31",
        ),
        (
            "[{\"cycle\": \"1\", \"eol\": 7}]",
            "1:24: invalid type: integer `7`, expected a date such as 2027-01-31, true or false",
        ),
        ("[{\"eol\": true}]", "1:14: missing field `cycle`"),
        ("{\"releases\": []}", "1:16: missing field `result`"),
        (
            "7",
            "1:1: invalid type: integer `7`, expected a list of releases or a document, as endoflife.date serves them",
        ),
    ] {
        assert_eq!(parse(text).unwrap_err(), expected, "{text}");
    }
}

#[test]
fn an_image_is_known_by_its_name() {
    let table = Table::default();
    let found = |name| table.find_image(name).map(|(product, release, _)| (product, release));
    assert_eq!(found("Debian 11"), Some(("debian", "11")));
    assert_eq!(found("Ubuntu 22.04"), Some(("ubuntu", "22.04")));
    assert_eq!(found("ubuntu-22.04-lts"), Some(("ubuntu", "22.04")));
    assert_eq!(found("AlmaLinux 9"), Some(("almalinux", "9")));
    assert_eq!(found("Rocky Linux 8"), Some(("rocky-linux", "8")));
    assert_eq!(found("Windows Server 2016 Standard (Desktop)"), Some(("windows-server", "2016")));
    for name in ["Debian", "Debian 7", "my web server 11", "Not Debian 11", "", "Ubuntu 22"] {
        assert_eq!(found(name), None, "{name}");
    }
}

#[test]
fn a_life_ends_at_midnight_after_its_last_day() {
    let end = on(2025, 11, 11);
    assert!(!end.is_past(at("2025-11-11T23:59:59Z")));
    assert!(end.is_past(at("2025-11-12T00:00:00Z")));
    assert!(End::Past.is_past(Timestamp::MIN) && !End::Open.is_past(Timestamp::MAX));
    assert_eq!((End::Past.moment(), End::Open.moment()), (None, None));
}
