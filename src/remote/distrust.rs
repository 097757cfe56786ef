//! Why a server is not trusted, in words that say what to do.

use std::error::Error;

use rustls::CertificateError;

/// Why the certificate or the line was refused, where that is why there is no answer.
pub fn of(error: &(dyn Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = fault_of(error) {
            return Some(words_of(found));
        }
        cause = error.source();
    }
    None
}

/// An error of input and output does not name the fault that it stands for as its cause.
fn fault_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let inner = || error.downcast_ref::<std::io::Error>()?.get_ref();
    error.downcast_ref().or_else(|| fault_of(inner()?))
}

/// A server shows a certificate that is an authority's. The verifier of each system has this by name only.
pub fn is_authority_as_server(fault: &rustls::Error) -> bool {
    let rustls::Error::InvalidCertificate(CertificateError::Other(cause)) = fault else { return false };
    format!("{cause:?}").contains("CaUsedAsEndEntity")
}

fn words_of(fault: &rustls::Error) -> String {
    let rustls::Error::InvalidCertificate(certificate) = fault else {
        return format!("no safe line could be agreed on ({fault}): is the address one of https?");
    };
    match certificate {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired: it must be renewed there, or this machine's clock is wrong".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet: is this machine's clock behind?".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name: use the name that the certificate has".to_owned()
        }
        CertificateError::Revoked => "its certificate was revoked: ask whoever runs it".to_owned(),
        CertificateError::UnknownIssuer => {
            "nobody known here vouches for its certificate: name the file with the certificate authority that does \
             (--ca, or \"Certificates\" in the connection)"
                .to_owned()
        }
        _ if is_authority_as_server(fault) => {
            "nobody known here vouches for its certificate, which is signed by itself: name the file with that very \
             certificate (--ca, or \"Certificates\" in the connection)"
                .to_owned()
        }
        other => format!("its certificate is refused ({other}): ask whoever runs it"),
    }
}
