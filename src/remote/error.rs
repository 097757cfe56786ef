//! What goes wrong between us and another system, in words that say what to do.

#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    #[error("the address \"{address}\" cannot be used: {why}")]
    Address { address: String, why: String },
    #[error("{host} does not answer ({why}): check the address, the network and whether the server runs")]
    NoAnswer {
        host: String,
        why: String,
        /// The request may have arrived.
        was_sent: bool,
    },
    #[error("{host} broke off in the middle of /{path} ({why}): try again")]
    BrokenOff { host: String, path: String, why: String },
    #[error("{host} is not trusted: {why}")]
    Untrusted { host: String, why: String },
    #[error("{proxy} does not let us through to {host} ({why}): check the proxy, its user and its password")]
    NotLetThrough { host: String, proxy: String, why: String },
    #[error("{host} answered too slowly: more than {limit:?} for /{path}; try again later")]
    TooSlow { host: String, path: String, limit: std::time::Duration },
    #[error("{host} sent more than {megabytes} MB for /{path}, so the answer was dropped")]
    TooLarge { host: String, path: String, megabytes: usize },
    #[error(
        "{host} does not allow this ({status}){}; check the token or password, and what it may do",
        after_colon(body)
    )]
    NotAllowed { host: String, status: u16, body: String },
    #[error(
        "{host} knows nothing at /{path} (404{}): check the connection's address, or whether the thing was deleted",
        after_colon(said)
    )]
    NotFound {
        host: String,
        path: String,
        /// The server's own words, where it has any.
        said: String,
    },
    #[error("{host} points to {to}: connect to that address if you trust it")]
    Moved { host: String, to: String },
    #[error("{host} answered /{path} with {status}: {body}")]
    Refused { host: String, path: String, status: u16, body: String },
    #[error("{host} wants to be left alone for {seconds} s: try again then")]
    Throttled { host: String, seconds: u64 },
    #[error(
        "{host} answered /{path} with a web page, not data: is the address that of the API, and is the token right?"
    )]
    WebPage { host: String, path: String },
    #[error("the answer to /{path} is not what was expected: {why}")]
    Unread { path: String, why: String },
    #[error("the server refuses the inputs: {0}")]
    Inputs(String),
    #[error("this system cannot {0}")]
    NotOffered(&'static str),
    #[error("the connection cannot be set up: {0}")]
    Setup(String),
    #[error("what was read cannot be kept: {0}")]
    NotKept(String),
    #[error("{failed} of {all} places could not be read, the others were: {told}")]
    Places { failed: usize, all: usize, told: String, is_moved: bool },
    #[error("cancelled")]
    Cancelled,
}

fn after_colon(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}

impl RemoteError {
    /// The server answers, and knows nothing of what is asked.
    pub fn is_no_such(&self) -> bool {
        matches!(self, Self::NotFound { .. } | Self::Unread { .. })
    }

    /// Whether asking the same server for something else would end the same way.
    pub fn is_of_the_server(&self) -> bool {
        matches!(
            self,
            Self::Address { .. }
                | Self::NoAnswer { .. }
                | Self::BrokenOff { .. }
                | Self::Untrusted { .. }
                | Self::NotLetThrough { .. }
                | Self::TooSlow { .. }
                | Self::Throttled { .. }
                | Self::Setup(_)
                | Self::NotKept(_)
                | Self::Cancelled
        )
    }

    /// What happened, without advice: for whoever says what to do.
    pub fn cause(&self) -> String {
        match self {
            Self::NoAnswer { host, why, .. } => format!("{host} gave no answer: {why}"),
            Self::BrokenOff { host, why, .. } => format!("{host} broke off its answer: {why}"),
            Self::TooSlow { host, limit, .. } => format!("{host} took more than {limit:?}"),
            Self::WebPage { host, .. } => format!("{host} answered with a web page"),
            other => other.to_string(),
        }
    }

    /// Whether something has another address than the one it was asked for at.
    pub fn is_moved(&self) -> bool {
        matches!(self, Self::Moved { .. } | Self::Places { is_moved: true, .. })
    }

    /// Whether a request that changes something may have been carried out all the same.
    pub fn is_ambiguous(&self) -> bool {
        match self {
            Self::NoAnswer { was_sent, .. } => *was_sent,
            Self::BrokenOff { .. }
            | Self::TooSlow { .. }
            | Self::TooLarge { .. }
            | Self::WebPage { .. }
            | Self::Unread { .. } => true,
            // It was taken, or nobody knows; only what says no is a refusal.
            Self::Refused { status, .. } => *status >= 500 || (200..400).contains(status),
            Self::Cancelled => true,
            _ => false,
        }
    }
}
