//! Whom a connection trusts: whom the system trusts, and who is named in its file.
//!
//! A certificate that `openssl req -x509` makes for a single server calls itself an authority, which no server may be.
//! Where that very certificate stands in the file, it is taken all the same: for its own names and its own time.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::RemoteError;
use super::distrust::is_authority_as_server;

#[derive(Debug)]
struct Trust {
    authorities: Verifier,
    named: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        server: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.authorities.verify_server_cert(server, between, name, ocsp, now) {
            // Its time was looked at before what it calls itself.
            Err(fault) if is_authority_as_server(&fault) && self.named.contains(server) => {
                verify_server_name(&ParsedCertificate::try_from(server)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        server: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities.verify_tls12_signature(message, server, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        server: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities.verify_tls13_signature(message, server, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authorities.supported_verify_schemes()
    }
}

/// Trusts the certificates of a PEM file beside the system's.
pub fn with_file(file: &Path) -> Result<ClientConfig, RemoteError> {
    let cannot = |why: String| RemoteError::Setup(format!("{} {why}", file.display()));
    let pem = std::fs::read(file).map_err(|error| cannot(format!("cannot be read: {error}")))?;
    let named: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| cannot(format!("holds no certificates: {error}")))?;
    if named.is_empty() {
        return Err(cannot("holds no certificates".to_owned()));
    }
    let provider: Arc<CryptoProvider> = Arc::new(aws_lc_rs::default_provider());
    let authorities = Verifier::new_with_extra_roots(named.iter().cloned(), provider.clone())
        .map_err(|error| cannot(format!("holds a certificate that cannot be used: {error}")))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| RemoteError::Setup(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trust { authorities, named }))
        .with_no_client_auth();
    Ok(config)
}
