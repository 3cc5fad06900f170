//! `tls_server_config`: the certificates, and what clients must have.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::{CryptoProvider, SupportedKxGroup, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{
    NoClientAuth, WebPkiClientVerifier, danger::ClientCertVerifier,
};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{
    Error, InconsistentKeys, ProtocolVersion, RootCertStore, ServerConfig, SupportedCipherSuite,
    SupportedProtocolVersion,
};

use crate::config::located::Located;
use crate::config::notes::Notes;
use crate::config::parse;
use crate::config::table::Table;

use super::clients::Clients;
use super::names::{self, ClientAuth};
use super::reader::Reader;

/// The keys as given. It does not print: one of them is a secret.
pub(super) struct Keys {
    place: String,
    certificate: Option<Located<String>>,
    key: Option<Located<String>>,
    client_ca: Option<Located<String>>,
    client_auth: Option<Located<ClientAuth>>,
    client_names: Vec<Located<String>>,
    suites: Vec<Located<Option<SupportedCipherSuite>>>,
    curves: Vec<Located<&'static dyn SupportedKxGroup>>,
    lowest: Option<Located<ProtocolVersion>>,
    highest: Option<Located<ProtocolVersion>>,
    prefers_own: bool,
}

/// The text of a key, or of the file that another key names.
fn pem(
    table: &mut Table<'_>,
    key: &'static str,
    file: &'static str,
    reader: &Reader<'_>,
    notes: &Notes,
) -> (bool, Option<Located<String>>) {
    let is_twice = table.has(key) && table.has(file);
    let inline = table.take(key);
    let is_given = inline.is_some() || table.has(file);
    if is_twice && let Some(inline) = &inline {
        inline.wrong(&format!("given beside {file}; keep one"));
    }
    let inline = inline.and_then(|value| value.read(|text| Ok(text.to_owned())));
    let named = table.read_path(file).and_then(|given| match reader.pem(&given.value) {
        Ok(text) => Some(Located { place: given.place, value: text }),
        Err(what) => {
            notes.add(given.wrong(&what));
            None
        }
    });
    (is_given, inline.or(named))
}

impl Keys {
    /// Reads the keys; `None` if there are none, or the certificate or the key is missing.
    pub(super) fn read(table: &mut Table<'_>, reader: &Reader<'_>, notes: &Notes) -> Option<Self> {
        let is_there = table.has_keys();
        let place = table.place();
        let (has_certificate, certificate) = pem(table, "cert", "cert_file", reader, notes);
        let (has_key, key) = pem(table, "key", "key_file", reader, notes);
        let (_, client_ca) = pem(table, "client_ca", "client_ca_file", reader, notes);
        let keys = Self {
            place: place.clone(),
            certificate,
            key,
            client_ca,
            client_auth: table.read("client_auth_type", ClientAuth::parse),
            client_names: table.read_list("client_allowed_sans", parse::text),
            suites: table.read_list("cipher_suites", names::suite),
            curves: table.read_list("curve_preferences", names::curve),
            lowest: table.read("min_version", names::version),
            highest: table.read("max_version", names::version),
            prefers_own: table
                .read("prefer_server_cipher_suites", parse::boolean)
                .is_none_or(|given| given.value),
        };
        for (is_given, names) in
            [(has_certificate, "cert_file or cert"), (has_key, "key_file or key")]
        {
            if is_there && !is_given {
                notes.add(format!("{place}: {names} is missing"));
            }
        }
        is_there.then_some(keys)
    }

    /// TLS with these keys, after noting their errors.
    pub(super) fn resolve(self, http2: bool, notes: &Notes) -> Option<ServerConfig> {
        let note = |line| notes.add(line);
        let provider = Arc::new(self.provider());
        let versions = self.versions().map_err(note);
        let clients = self.clients(&provider, notes).map_err(note);
        let chain = self.certificate.as_ref().map(|given| chain(given).map_err(note));
        let key = self.key.as_ref().map(|given| key(given).map_err(note));
        let (Ok(versions), Ok(clients), Some(Ok(chain)), Some(Ok(key))) =
            (versions, clients, chain, key)
        else {
            return None;
        };
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions)
            .and_then(|builder| {
                builder.with_client_cert_verifier(clients).with_single_cert(chain, key)
            });
        match config {
            Ok(mut config) => {
                config.ignore_client_order = self.prefers_own;
                let protocols: &[&[u8]] =
                    if http2 { &[b"h2", b"http/1.1"] } else { &[b"http/1.1"] };
                config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
                Some(config)
            }
            Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
                let given = self.key.as_ref().map_or(self.place.as_str(), |given| &given.place);
                notes.add(format!("{given}: not the key of the certificate"));
                None
            }
            Err(error) => {
                let given = self.certificate.as_ref().map_or(&self.place, |given| &given.place);
                notes.add(format!("{given}: unusable with its key: {error}"));
                None
            }
        }
    }

    fn provider(&self) -> CryptoProvider {
        let mut provider = ring::default_provider();
        if !self.suites.is_empty() {
            provider.cipher_suites.retain(|suite| suite.tls13().is_some());
            provider.cipher_suites.extend(self.suites.iter().filter_map(|given| given.value));
        }
        if !self.curves.is_empty() {
            provider.kx_groups = self.curves.iter().map(|given| given.value).collect();
        }
        provider
    }

    fn versions(&self) -> Result<Vec<&'static SupportedProtocolVersion>, String> {
        let lowest = self.lowest.as_ref().map_or(ProtocolVersion::TLSv1_2, |given| given.value);
        let highest = self.highest.as_ref().map_or(ProtocolVersion::TLSv1_3, |given| given.value);
        let known = [&TLS13, &TLS12].into_iter();
        let order = |version| u16::from(version);
        let versions: Vec<_> = known
            .filter(|known| (order(lowest)..=order(highest)).contains(&order(known.version)))
            .collect();
        if versions.is_empty() {
            let given = self.highest.as_ref().map_or(self.place.as_str(), |given| &given.place);
            return Err(format!("{given}: lower than min_version"));
        }
        Ok(versions)
    }

    fn clients(
        &self,
        provider: &Arc<CryptoProvider>,
        notes: &Notes,
    ) -> Result<Arc<dyn ClientCertVerifier>, String> {
        let auth = self.client_auth.as_ref().map_or(ClientAuth::None, |given| given.value);
        if let Some(given) = self.client_names.first().filter(|_| !auth.is_verified()) {
            return Err(given.wrong(
                "names of a certificate that nobody verifies prove nothing; set client_auth_type to \
                 RequireAndVerifyClientCert",
            ));
        }
        let by_authority = match (&self.client_ca, auth) {
            (Some(given), ClientAuth::None) => {
                return Err(given.wrong("needs a client_auth_type that asks for certificates"));
            }
            (None, auth) if auth.is_verified() => {
                let place = self.client_auth.as_ref().map_or(&self.place, |given| &given.place);
                return Err(format!("{place}: needs client_ca_file or client_ca"));
            }
            (_, ClientAuth::None) => return Ok(Arc::new(NoClientAuth)),
            (Some(given), auth) if auth.is_verified() => Some(authority(given, provider)?),
            _ => {
                if let Some(given) = &self.client_auth {
                    notes.warn(given.wrong("certificates of clients are not verified"));
                }
                None
            }
        };
        let names: BTreeSet<_> = self.client_names.iter().map(|one| one.value.clone()).collect();
        let is_mandatory = auth.is_mandatory();
        let provider = Arc::clone(provider);
        Ok(Arc::new(Clients { is_mandatory, by_authority, names, provider }))
    }
}

/// The certificates of a text.
fn chain(given: &Located<String>) -> Result<Vec<CertificateDer<'static>>, String> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(given.value.as_bytes()).collect();
    let chain = chain.map_err(|_| given.wrong("can't be read as certificates in PEM form"))?;
    if chain.is_empty() {
        return Err(given.wrong("no certificate in PEM form"));
    }
    Ok(chain)
}

fn key(given: &Located<String>) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(given.value.as_bytes())
        .map_err(|_| given.wrong("no unencrypted private key in PEM form"))
}

/// The check against the authorities of a text.
fn authority(
    given: &Located<String>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, String> {
    let mut roots = RootCertStore::empty();
    for certificate in chain(given)? {
        roots.add(certificate).map_err(|error| given.wrong(&format!("unusable: {error}")))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|error| given.wrong(&format!("unusable: {error}")))
}
