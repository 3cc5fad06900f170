use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P384_SHA384};

use crate::config::fake::Fake;

use super::*;

/// A certificate and its key.
fn pair() -> (String, String) {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap();
    (certificate.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

/// The files `a.crt` and `a.key`, and this web configuration file.
fn machine(text: &str) -> Fake {
    let (certificate, key) = pair();
    Fake::default()
        .file("etc/web.yaml", text)
        .file("etc/a.crt", &certificate)
        .file("etc/a.key", &key)
        .file("etc/b.key", &pair().1)
        .file("etc/no.pem", "hunter2")
}

fn read(text: &str) -> Result<WebFile, ConfigErrors> {
    WebFile::read(Path::new("etc/web.yaml"), &machine(text)).1
}

fn errors(text: &str) -> String {
    read(text).err().map(|errors| errors.to_string()).unwrap_or_default()
}

const TLS: &str = "tls_server_config:\n  cert_file: a.crt\n  key_file: a.key\n";
const HASH: &str = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

#[test]
fn an_empty_file_asks_for_nothing() {
    let found = read("").unwrap();
    assert!(found.tls.is_none() && found.users.is_empty() && found.headers.is_empty());
    assert!(read("tls_server_config:\nhttp_server_config:\nbasic_auth_users:\n").is_ok());
}

#[test]
fn paths_begin_at_the_file_and_are_remembered() {
    let (seen, found) = WebFile::read(Path::new("etc/web.yaml"), &machine(TLS));
    assert_eq!(found.unwrap().tls.unwrap().alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
    let seen: Vec<_> =
        seen.iter().map(|(path, stamp)| (path.to_str().unwrap(), stamp.is_some())).collect();
    assert_eq!(seen, [("etc/web.yaml", true), ("etc/a.crt", true), ("etc/a.key", true)]);
    let text = TLS.to_owned() + "http_server_config: {http2: false}\n";
    assert_eq!(read(&text).unwrap().tls.unwrap().alpn_protocols, [b"http/1.1".to_vec()]);
}

#[test]
fn certificates_and_keys_may_stand_in_the_file() {
    let (certificate, key) = pair();
    let block = |text: &str| text.replace('\n', "\n    ");
    let text = format!(
        "tls_server_config:\n  cert: |\n    {}\n  key: |\n    {}\n  client_ca: |\n    {}\n  \
         client_auth_type: RequireAndVerifyClientCert\n",
        block(&certificate),
        block(&key),
        block(&certificate)
    );
    assert!(read(&text).unwrap().tls.is_some());
}

#[test]
fn every_error_is_reported_with_its_place_and_without_secrets() {
    assert_eq!(
        errors(
            "tls_server_config:\n  cert_file: gone.crt\n  key_file: no.pem\n  min_version: TLS10\n  \
             client_auth_type: Sometimes\n  cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]\n  \
             curve_preferences: [CurveP521]\n  certificate: x\n\
             http_server_config:\n  http2: yes\n  headers:\n    X-Frame-Options: allow\n    Server: x\n\
             basic_auth_users:\n  alice: hunter2\n  $2y$10$hunter2: alice\nrate_limit: {burst: 3}\n"
        ),
        "etc/web.yaml:2:14: tls_server_config.cert_file: etc/gone.crt: no such file; expected a file in \
         PEM form\n\
         etc/web.yaml:3:13: tls_server_config.key_file: no unencrypted private key in PEM form\n\
         etc/web.yaml:4:16: tls_server_config.min_version: TLS10 is insecure and not supported; use \
         TLS12 or TLS13\n\
         etc/web.yaml:5:21: tls_server_config.client_auth_type: expected NoClientCert, \
         RequestClientCert, RequireAnyClientCert, RequireClientCert, VerifyClientCertIfGiven or \
         RequireAndVerifyClientCert, got \"Sometimes\"\n\
         etc/web.yaml:6:19: tls_server_config.cipher_suites[0]: unknown or not supported; use one of \
         TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, \
         TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, \
         TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, \
         TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256\n\
         etc/web.yaml:7:23: tls_server_config.curve_preferences[0]: unknown or not supported; use one \
         of CurveP256, CurveP384, X25519\n\
         etc/web.yaml:8:3: tls_server_config.certificate: unknown key; expected cert, cert_file, key, \
         key_file, client_ca, client_ca_file, client_auth_type, client_allowed_sans, cipher_suites, \
         curve_preferences, min_version, max_version, prefer_server_cipher_suites\n\
         etc/web.yaml:10:10: http_server_config.http2: expected true or false, got \"yes\"\n\
         etc/web.yaml:12:22: http_server_config.headers.X-Frame-Options: expected deny or sameorigin, \
         got \"allow\"\n\
         etc/web.yaml:13:5: http_server_config.headers.Server: unknown key; expected \
         Content-Security-Policy, Strict-Transport-Security, X-Content-Type-Options, \
         X-Frame-Options, X-XSS-Protection\n\
         etc/web.yaml:15:10: basic_auth_users.alice: no bcrypt hash; `htpasswd -nBC 10 NAME` prints one \
         behind the name\n\
         etc/web.yaml:16:3: basic_auth_users.…: no user name: it is empty or has a `:`, `$` or control\n\
         etc/web.yaml:17:13: rate_limit: not supported: the exporter limits the connections of each \
         address itself; remove the key"
    );
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let tls = |more: &str| errors(&(TLS.to_owned() + more));
    for (more, expected) in [
        ("  cert: x\n", "given beside cert_file; keep one"),
        ("  client_ca_file: a.crt\n", "needs a client_auth_type that asks for certificates"),
        ("  client_auth_type: VerifyClientCertIfGiven\n", "needs client_ca_file or client_ca"),
        (
            "  client_auth_type: RequireAnyClientCert\n  client_allowed_sans: [a]\n",
            "names of a certificate that nobody verifies prove nothing; set client_auth_type to \
             RequireAndVerifyClientCert",
        ),
        ("  min_version: TLS13\n  max_version: TLS12\n", "lower than min_version"),
    ] {
        let errors = tls(more);
        assert!(errors.ends_with(expected) && errors.lines().count() == 1, "{errors}");
    }
    let other = TLS.replace("a.key", "b.key");
    assert_eq!(
        errors(&other),
        "etc/web.yaml:3:13: tls_server_config.key_file: not the key of the certificate"
    );
    assert_eq!(
        errors("tls_server_config: {min_version: TLS12}\n"),
        "etc/web.yaml:1:20: tls_server_config: cert_file or cert is missing\n\
         etc/web.yaml:1:20: tls_server_config: key_file or key is missing"
    );
    assert!(errors("basic_auth_users: alice\n").contains("expected a mapping"));
}

#[test]
fn a_setting_that_protects_nobody_is_a_warning() {
    let users = format!("basic_auth_users:\n  alice: {HASH}\n");
    let found = read(&users).unwrap();
    assert_eq!(found.warnings.len(), 1, "{:?}", found.warnings);
    assert!(found.users.hash("alice").unwrap().matches(b"U*U"));
    assert!(found.users.hash("bob").is_none() && found.users.any_hash().is_some());
    assert!(read(&(TLS.to_owned() + &users)).unwrap().warnings.is_empty());
    let found = read(&(TLS.to_owned() + "  client_auth_type: RequestClientCert\n")).unwrap();
    assert!(found.warnings[0].ends_with("certificates of clients are not verified"));
}

#[test]
fn the_example_has_each_key() {
    let example = include_str!("../../../deploy/web-config.yaml");
    for key in [
        "cert_file",
        "key_file",
        "client_auth_type",
        "client_ca_file",
        "client_allowed_sans",
        "min_version",
        "max_version",
        "cipher_suites",
        "prefer_server_cipher_suites",
        "curve_preferences",
        "http2",
        "headers",
        "basic_auth_users",
    ] {
        assert!(example.contains(&format!("{key}:")), "{key}");
    }
    for (name, _) in HEADERS {
        assert!(example.contains(name), "{name}");
    }
}
