//! What a transport is made of: whom it asks, with what, and how patiently.

use std::time::Duration;

use secrecy::SecretString;
use url::Url;

/// Between two requests that change something, where a system asks for no more.
pub(super) const BETWEEN_CHANGES: Duration = Duration::from_millis(50);

/// How a credential is shown to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `Authorization: Bearer …`
    Bearer,
    /// `Authorization: token …`
    Token,
    /// `Authorization: Basic …` of user and secret.
    Basic,
    /// Basic where a user was given, else Bearer.
    BasicOrBearer,
    /// The connector shows it itself, where it must.
    OnDemand,
}

/// How long to wait for what.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    pub connect: Duration,
    /// Between two bytes.
    pub silence: Duration,
    /// From the first byte sent to the last received.
    pub deadline: Duration,
    /// The first pause before a question is asked again.
    pub back_off: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(20),
            deadline: Duration::from_secs(60),
            back_off: Duration::from_millis(500),
        }
    }
}

/// The way to a system.
#[derive(Debug, Default)]
pub enum Proxy {
    /// What the machine is set to.
    #[default]
    OfTheMachine,
    Off,
    At {
        url: Url,
        password: Option<SecretString>,
    },
}

/// How to reach a system.
#[derive(Debug)]
pub struct TransportOptions {
    pub base: String,
    pub user: Option<String>,
    pub secret: Option<SecretString>,
    pub scheme: Scheme,
    /// A PEM file whose certificates are trusted beside the system's.
    pub ca_file: Option<std::path::PathBuf>,
    pub proxy: Proxy,
    /// Allow http to a host that is not this machine.
    pub allow_http: bool,
    /// Requests to that host that may be under way at once.
    pub at_once: usize,
    pub between_changes: Duration,
    pub patience: Patience,
}

impl Default for TransportOptions {
    fn default() -> Self {
        Self {
            base: String::new(),
            user: None,
            secret: None,
            scheme: Scheme::Bearer,
            ca_file: None,
            proxy: Proxy::default(),
            allow_http: false,
            at_once: 2,
            between_changes: BETWEEN_CHANGES,
            patience: Patience::default(),
        }
    }
}
