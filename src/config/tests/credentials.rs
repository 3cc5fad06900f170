//! Whose credential an account has, and the words of the errors about it.

use super::*;

#[test]
fn several_accounts_take_nothing_from_the_variables_and_one_may() {
    let half = "    credential: {client_id: EU.1}\n";
    let variables = || with_token().set("OVH_CLIENT_SECRET", "hunter2");
    assert!(resolved(variables(), &format!("accounts:\n  - name: a\n{half}")).is_ok());
    assert_eq!(
        resolved(variables(), &format!("accounts:\n  - name: a\n{half}  - name: b\n")).unwrap_err(),
        "f.yaml:3:17: accounts[0].credential: incomplete service account credential: client_id \
         (f.yaml:3:29) is set, client_secret is missing; add client_secret or client_secret_file \
         (variables and ovh.conf are read for a single account only)\n\
         f.yaml:4:5: accounts[1].credential: no credential; add client_id and client_secret, or the \
         keys of another kind (variables and ovh.conf are read for a single account only)"
    );
}

#[test]
fn a_secret_is_there_once_and_not_empty_and_never_shown() {
    assert_eq!(
        reported_of_account(
            "    credential:\n      application_key: [hunter2]\n      application_secret: ''\n      \
             consumer_key: hunter2\n      consumer_key_file: hunter2\n"
        ),
        "f.yaml:4:24: accounts[0].credential.application_key: expected one value, found a list\n\
         f.yaml:5:27: accounts[0].credential.application_secret: no value; write one, or remove the \
         key\n\
         f.yaml:6:21: accounts[0].credential.consumer_key: consumer_key and consumer_key_file are \
         both set; keep one"
    );
    assert!(
        reported_of_account("    credential:\n      access_token:\n")
            .contains("no value; write one")
    );
}

#[test]
fn the_file_and_the_variables_are_one_identity_or_an_error() {
    let text = "accounts:\n  - name: prod\n    credential: {client_id: EU.1}\n";
    let variables =
        |id: &str| Fake::default().set("OVH_CLIENT_ID", id).set("OVH_CLIENT_SECRET", "hunter2");
    assert_eq!(
        resolved(variables("EU.2"), text).unwrap_err(),
        "f.yaml:3:17: accounts[0].credential: keys of two credentials are mixed: client_id has \
         different values in f.yaml:3:29 and OVH_CLIENT_ID, and client_secret is only in \
         OVH_CLIENT_SECRET; set client_id and client_secret in one place, or make client_id the \
         same in both"
    );
    let alone = Fake::default().set("OVH_CLIENT_SECRET", "hunter2");
    for environment in [variables("EU.1"), alone] {
        let config = resolved(environment, text).unwrap();
        assert_eq!(
            config.accounts[0].identity.to_string(),
            "service account EU.1 (client_id: f.yaml:3:29, client_secret: OVH_CLIENT_SECRET)"
        );
    }
}

#[test]
fn a_mapping_of_accounts_is_a_list_that_was_meant() {
    assert_eq!(
        reported("accounts: {a: {endpoint: ovh-eu}}\n"),
        "f.yaml:1:11: accounts: expected a list, found a mapping; start each item with \"- name: …\""
    );
    assert_eq!(
        reported_of_account("    credential: client_id:EU.x\n"),
        "f.yaml:3:17: accounts[0].credential: expected a mapping (\"key: value\" lines), found a \
         single value; is a space missing after \":\"?\n\
         f.yaml:3:17: accounts[0].credential: no credential; add client_id and client_secret, or the \
         keys of another kind, or set OVH_CLIENT_ID and OVH_CLIENT_SECRET"
    );
}

#[test]
fn a_file_without_keys_is_the_only_error() {
    assert_eq!(
        reported("client_id:EU.x\n"),
        "f.yaml:1:1: expected a mapping (\"key: value\" lines), found a single value; is a space \
         missing after \":\"?"
    );
}

#[test]
fn a_variable_in_the_file_is_refused_as_a_credential() {
    let text = "accounts:\n  - name: a\n    credential: {client_id: \"${OVH_ID}\"}\n";
    let environment = Fake::default().set("OVH_CLIENT_SECRET", "hunter2");
    assert_eq!(
        resolved(environment, text).unwrap_err(),
        "f.yaml:3:29: accounts[0].credential.client_id: the name of a variable that nothing has \
         replaced by its value; expected the value itself, or a file with it (the key with _file, the \
         variable with _FILE)"
    );
}

#[test]
fn a_missing_credential_is_the_last_error_and_an_unknown_endpoint_is_not_shown() {
    let environment = Fake::default().set("OVH_ENDPOINT", "hunter2");
    let errors = resolved(environment, "api: {rate: 0}\n").unwrap_err();
    let lines: Vec<_> = errors.lines().collect();
    assert!(lines[0].starts_with("OVH_ENDPOINT: unknown endpoint; expected ovh-eu"), "{errors}");
    assert!(lines[1].starts_with("f.yaml:1:13: api.rate: expected a number"), "{errors}");
    assert_eq!(lines[2], "no credential");
    assert!(!errors.contains("hunter2"), "{errors}");
}

#[test]
fn the_section_of_ovh_conf_is_that_of_the_region() {
    let conf = "[ovh-eu]\nclient_id=EU.1\nclient_secret=hunter2\n";
    let environment = Fake::default().set("OVH_ENDPOINT", "EU.api.ovh.com");
    let config = resolved_with(&environment.file("./ovh.conf", conf), &Options::default());
    assert_eq!(config.unwrap().accounts[0].endpoint.name, "ovh-eu");
}

#[test]
fn an_endpoint_has_its_place_too() {
    assert_eq!(
        reported_of_account(&format!("{TOKEN}    endpoint: http://api.example.com/1.0\n")),
        "f.yaml:4:15: accounts[0].endpoint: plain http to another machine would send the \
         credential unencrypted; use https"
    );
    assert_eq!(
        reported_of_account(
            "    endpoint: soyoustart-ca\n    credential: {client_id: a, client_secret: hunter2}\n"
        ),
        "f.yaml:3:15: accounts[0].endpoint: soyoustart-ca does not support service accounts; set \
         application_key, application_secret and consumer_key, or use the endpoint ovh-eu, ovh-ca \
         or ovh-us"
    );
}
