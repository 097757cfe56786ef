//! A request and its answer, without a client.

use std::time::Duration;

use serde_json::Value;

use super::RemoteError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// As the connector's scheme says.
    Usual,
    /// User and secret, for a log-in.
    Basic,
    None,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    None,
    Json(Value),
    Form(Vec<(String, String)>),
    Raw { kind: String, text: String },
}

/// What to ask: a path below the connection's address, already encoded, with its query.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub method: Method,
    pub path: String,
    /// A whole address elsewhere; the credential is not shown there.
    pub absolute: Option<String>,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub body: Body,
    pub auth: Auth,
    /// A header that holds the secret alone.
    pub secret_header: Option<String>,
    /// A part of the query that holds the secret, for systems that take it nowhere else.
    pub secret_query: Option<String>,
    /// Statuses other than 2xx that are answers.
    pub fine: Vec<u16>,
    /// A web page is an answer, too.
    pub may_be_page: bool,
    /// What the answer was when it was asked for last; 304 says that it still is.
    pub etag: Option<String>,
    /// It changes something there, whatever its method: it is sent once.
    pub is_act: bool,
    /// The bytes as they came, secrets included: of a log, whose pieces are counted in bytes and shown by the engine alone.
    pub is_log: bool,
    /// Of a body that is too large, what fits is better than nothing.
    pub may_be_cut: bool,
}

impl Request {
    fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            absolute: None,
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::None,
            auth: Auth::Usual,
            secret_header: None,
            secret_query: None,
            fine: Vec::new(),
            may_be_page: false,
            etag: None,
            is_act: method != Method::Get,
            is_log: false,
            may_be_cut: false,
        }
    }

    /// A piece of a log.
    pub fn log(path: impl Into<String>) -> Self {
        Self { is_log: true, may_be_cut: true, ..Self::get(path) }
    }

    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::Get, path)
    }

    pub fn post(path: impl Into<String>, body: Body) -> Self {
        Self { body, ..Self::new(Method::Post, path) }
    }

    /// The whole of a log, or as much of it as fits.
    #[must_use]
    pub fn may_be_cut(mut self) -> Self {
        self.may_be_cut = true;
        self
    }

    pub fn elsewhere(address: impl Into<String>) -> Self {
        Self { absolute: Some(address.into()), auth: Auth::None, ..Self::get("") }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    #[must_use]
    pub fn fine(mut self, statuses: &[u16]) -> Self {
        self.fine.extend_from_slice(statuses);
        self
    }

    #[must_use]
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    #[must_use]
    pub fn etag(mut self, etag: Option<String>) -> Self {
        self.etag = etag;
        self
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// More of it was sent than was read.
    pub is_cut: bool,
}

/// Some servers write the mark of an encoding before their JSON, which no parser takes.
pub fn without_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}

impl Reply {
    /// The last header of a name: of several cookies of one name the last counts.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn is_gone(&self) -> bool {
        matches!(self.status, 404 | 410)
    }

    pub fn json(&self, request: &Request) -> Result<Value, RemoteError> {
        self.read(request)
    }

    /// The answer in a shape of its own, which may borrow from it.
    pub fn read<'a, T: serde::Deserialize<'a>>(&'a self, request: &Request) -> Result<T, RemoteError> {
        serde_json::from_slice(without_bom(&self.body)).map_err(|error| RemoteError::Unread {
            path: request.path.clone(),
            why: match error.classify() {
                serde_json::error::Category::Data => error.to_string(),
                _ => format!("it is no JSON ({error})"),
            },
        })
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Whoever can send a request.
pub trait Http: Send + Sync {
    fn send(&self, request: &Request) -> Result<Reply, RemoteError>;

    fn json(&self, request: &Request) -> Result<Value, RemoteError> {
        self.send(request)?.json(request)
    }

    /// Writes the body of an answer as it comes; how many bytes there were.
    fn download(
        &self,
        request: &Request,
        into: &mut dyn FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<u64, RemoteError>;

    fn has_credential(&self) -> bool;

    /// HMAC-SHA256 of a body under the secret, in hexadecimal.
    fn signature(&self, body: &[u8]) -> Option<String>;

    /// Pauses, unless the round is cancelled.
    fn wait_a_little(&self, pause: Duration) -> Result<(), RemoteError>;
}
