//! The server side of TLS with a certificate that is good for tests only: its
//! key is published here.

use std::sync::Arc;

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring::default_provider,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

use super::session::Stream;

const CERTIFICATE: &str = include_str!("tls/server.pem");
const KEY: &str = include_str!("tls/server.key");

/// Answers a TLS handshake; `None` when the client turns away.
pub(super) async fn accept(stream: Box<dyn Stream>) -> Option<Box<dyn Stream>> {
    let certificate =
        CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("a PEM certificate");
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).expect("a PEM key");
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks the default versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("certificate and key belong together");
    let encrypted = TlsAcceptor::from(Arc::new(config)).accept(stream).await;
    Some(Box::new(encrypted.ok()?))
}
