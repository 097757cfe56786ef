//! The one place that sends requests.
//!
//! A redirect is never followed with a credential: it is told, with where it points, or handed to the connector that
//! expects it; only the file of a download is fetched where its address says, without the credential. A body is
//! read through a cap and a deadline, however slowly it drips. A GET is asked again after a fault that may pass, at most
//! [`TRIES`] times, later each time; anything else is sent once. What a server says about when to come back is obeyed by
//! every connection to that host. No secret stands in an address, an error or the trace.

use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use rand::RngExt as _;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, LOCATION};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::distrust;
use super::gate::{self, Gate};
use super::limits::{pause_asked_for, pause_in_words};
use super::options::{Patience, Proxy, Scheme, TransportOptions};
use super::reach::{checked_base, is_loopback, leads_inside, without_query};
use super::trace::{Exchange, Redact, Trace};
use super::trust;
use super::{Auth, Body, Http, Method, RemoteError, Reply, Request};

/// How often a question is asked before it counts as failed.
const TRIES: u32 = 4;
/// The largest answer, after decompression.
const MOST_BYTES: usize = 32 * 1024 * 1024;
/// The largest file that is saved.
const MOST_DOWNLOADED: u64 = 8 * 1024 * 1024 * 1024;
/// Bytes a second, on the whole, below which a file that comes for longer than the deadline is given up.
const SLOWEST: u64 = 4 * 1024;
/// Places that a file may be moved to, one after another.
const MOST_HOPS: usize = 3;
/// The longest wait that a server may ask for before the round is given up.
const MOST_PATIENCE: Duration = Duration::from_secs(300);

pub struct Transport {
    client: Client,
    base: Url,
    host: String,
    user: Option<String>,
    secret: Option<SecretString>,
    scheme: Scheme,
    patience: Patience,
    /// The proxy of its own that is between.
    proxy: Option<String>,
    redact: Redact,
    gate: Arc<Gate>,
    trace: Arc<Trace>,
    cancel: Arc<AtomicBool>,
    /// Seconds by which the server's clock is ahead of ours, by its last answer.
    skew: AtomicI64,
}

impl Transport {
    pub fn new(options: TransportOptions, trace: Arc<Trace>, cancel: Arc<AtomicBool>) -> Result<Self, RemoteError> {
        let base = checked_base(&options.base, options.allow_http)?;
        let host = base.host_str().unwrap_or_default().to_owned();
        let mut redact = Redact::default();
        if let Some(secret) = &options.secret {
            let bare = secret.expose_secret();
            if HeaderValue::from_str(bare).is_err() {
                return Err(RemoteError::Setup("the token holds characters that no header can".to_owned()));
            }
            redact.hide(bare);
            redact.hide(&basic(options.user.as_deref(), bare));
        }
        if let Proxy::At { password: Some(password), .. } = &options.proxy {
            redact.hide(password.expose_secret());
        }
        let client = client(&options, &base)?;
        Ok(Self {
            client,
            gate: gate::of_host(
                &format!("{host}:{}", base.port_or_known_default().unwrap_or_default()),
                options.at_once,
                options.between_changes,
            ),
            host,
            base,
            user: options.user,
            secret: options.secret,
            scheme: options.scheme,
            patience: options.patience,
            proxy: match &options.proxy {
                Proxy::At { url, .. } => url.host_str().map(str::to_owned),
                Proxy::OfTheMachine | Proxy::Off => None,
            },
            redact,
            trace,
            cancel,
            skew: AtomicI64::new(0),
        })
    }

    /// Another text that must never be shown, such as a secret input.
    pub fn hide(&mut self, secret: &str) {
        self.redact.hide(secret);
    }

    /// A text from a server, without what must not be shown.
    pub fn shown(&self, text: &str) -> String {
        self.redact.text(text)
    }

    /// Asks its host for nothing for so long, as that wanted it when it was asked last.
    pub fn leave_alone_for(&self, pause: Duration) {
        self.gate.close_for(pause);
    }

    /// Seconds by which the server's clock is ahead of ours.
    pub fn clock_skew_s(&self) -> i64 {
        self.skew.load(Ordering::Relaxed)
    }

    fn note_clock(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|date| jiff::fmt::rfc2822::parse(date.to_str().ok()?).ok());
        if let Some(date) = date {
            let ahead = date.timestamp().as_second() - jiff::Timestamp::now().as_second();
            self.skew.store(ahead, Ordering::Relaxed);
        }
    }

    fn address(&self, request: &Request) -> Result<Url, RemoteError> {
        let mut address = match &request.absolute {
            Some(absolute) => {
                let elsewhere = Url::parse(absolute).map_err(|error| RemoteError::Address {
                    address: without_query(absolute),
                    why: error.to_string(),
                })?;
                // Data that a server keeps elsewhere is fetched without the credential, and not over an open line.
                let is_home = elsewhere.origin() == self.base.origin();
                let is_open = elsewhere.scheme() != "https" && !(is_loopback(&self.base) && is_loopback(&elsewhere));
                if !is_home && (is_open || leads_inside(&self.base, &elsewhere)) {
                    return Err(RemoteError::Moved { host: self.host.clone(), to: without_query(absolute) });
                }
                elsewhere
            }
            None => {
                let mut address = self.base.clone();
                if !request.path.is_empty() {
                    let path = request.path.trim_start_matches('/');
                    address.set_path(&format!("{}/{path}", self.base.path().trim_end_matches('/')));
                }
                address
            }
        };
        if !request.query.is_empty() {
            address.query_pairs_mut().extend_pairs(&request.query);
        }
        if let (Some(name), Some(secret)) = (&request.secret_query, &self.secret)
            && request.absolute.is_none()
        {
            address.query_pairs_mut().append_pair(name, secret.expose_secret());
        }
        Ok(address)
    }

    /// A request as a command of the shell, with `$TOKEN` in the place of the secret.
    pub fn as_curl(&self, request: &Request) -> Result<String, RemoteError> {
        const TOKEN: &str = "$TOKEN";
        let open = Request { secret_query: None, ..request.clone() };
        let mut address = self.address(&open)?.to_string();
        if let Some(name) = &request.secret_query {
            let sign = if address.contains('?') { '&' } else { '?' };
            address = format!("{address}{sign}{name}={TOKEN}");
        }
        let mut headers = request.headers.clone();
        let has_secret = self.secret.is_some() && request.absolute.is_none();
        if let Some(name) = request.secret_header.as_ref().filter(|_| has_secret) {
            headers.push((name.clone(), TOKEN.to_owned()));
        }
        let user = self.user.as_deref().filter(|user| !user.is_empty());
        let scheme = if request.auth == Auth::None || !has_secret { Scheme::OnDemand } else { self.scheme };
        let mut words = vec!["curl".to_owned(), "-X".to_owned(), request.method.as_str().to_owned()];
        match scheme {
            Scheme::Basic | Scheme::BasicOrBearer if scheme == Scheme::Basic || user.is_some() => {
                words.extend(["-u".to_owned(), format!("\"{}:{TOKEN}\"", user.unwrap_or_default())]);
            }
            Scheme::Bearer | Scheme::BasicOrBearer => {
                headers.push(("authorization".to_owned(), format!("Bearer {TOKEN}")))
            }
            Scheme::Token => headers.push(("authorization".to_owned(), format!("token {TOKEN}"))),
            Scheme::Basic | Scheme::OnDemand => {}
        }
        let body = match &request.body {
            Body::None => None,
            Body::Json(value) => Some(("application/json".to_owned(), value.to_string())),
            Body::Form(pairs) => {
                let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
                Some(("application/x-www-form-urlencoded".to_owned(), text))
            }
            Body::Raw { kind, text } => Some((kind.clone(), text.clone())),
        };
        if let Some((kind, _)) = &body {
            headers.push(("content-type".to_owned(), kind.clone()));
        }
        for (name, value) in headers {
            let quote = if value.contains(TOKEN) { '"' } else { '\'' };
            words.extend(["-H".to_owned(), format!("{quote}{name}: {}{quote}", value.replace('\'', "'\\''"))]);
        }
        if let Some((_, text)) = body {
            words.extend(["--data".to_owned(), quoted(&text)]);
        }
        words.push(quoted(&address));
        Ok(self.redact.text(words.join(" ")))
    }

    fn build(&self, address: &Url, request: &Request) -> Result<RequestBuilder, RemoteError> {
        let mut builder = match request.method {
            Method::Get => self.client.get(address.clone()),
            Method::Post => self.client.post(address.clone()),
            Method::Put => self.client.put(address.clone()),
            Method::Patch => self.client.patch(address.clone()),
            Method::Delete => self.client.delete(address.clone()),
        };
        let mut headers = HeaderMap::new();
        for (name, value) in &request.headers {
            let fault = || RemoteError::Setup(format!("the header \"{name}\" holds what no header can"));
            let name = HeaderName::try_from(name.as_str()).map_err(|_error| fault())?;
            let mut value = HeaderValue::try_from(value.as_str()).map_err(|_error| fault())?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        if let Some(etag) = &request.etag
            && let Ok(value) = HeaderValue::from_str(etag)
        {
            headers.insert(IF_NONE_MATCH, value);
        }
        if let (Some(name), Some(secret)) = (&request.secret_header, &self.secret)
            && request.absolute.is_none()
        {
            let fault =
                |_error: reqwest::header::InvalidHeaderName| RemoteError::Setup(format!("\"{name}\" is no header"));
            let name = HeaderName::try_from(name.as_str()).map_err(fault)?;
            let mut value = HeaderValue::try_from(secret.expose_secret())
                .map_err(|_error| RemoteError::Setup("the token holds characters that no header can".to_owned()))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        if let Some(value) = self.credential(request) {
            let mut value = HeaderValue::try_from(value)
                .map_err(|_error| RemoteError::Setup("the token holds characters that no header can".to_owned()))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        builder = builder.headers(headers);
        Ok(match &request.body {
            Body::None => builder,
            Body::Json(value) => builder.header(CONTENT_TYPE, "application/json").body(value.to_string()),
            Body::Form(pairs) => {
                let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
                builder.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(text)
            }
            Body::Raw { kind, text } => builder.header(CONTENT_TYPE, kind).body(text.clone()),
        })
    }

    fn credential(&self, request: &Request) -> Option<String> {
        let secret = self.secret.as_ref()?.expose_secret();
        // What lies on another host is none of the credential's business.
        if request.absolute.is_some() || request.auth == Auth::None {
            return None;
        }
        match (request.auth, self.scheme) {
            (Auth::Basic, _) | (_, Scheme::Basic) => Some(format!("Basic {}", basic(self.user.as_deref(), secret))),
            (_, Scheme::BasicOrBearer) if self.user.as_ref().is_some_and(|user| !user.is_empty()) => {
                Some(format!("Basic {}", basic(self.user.as_deref(), secret)))
            }
            (_, Scheme::Bearer | Scheme::BasicOrBearer) => Some(format!("Bearer {secret}")),
            (_, Scheme::Token) => Some(format!("token {secret}")),
            (_, Scheme::OnDemand) => None,
        }
    }

    fn once(&self, address: &Url, request: &Request, begun: Instant) -> Result<Reply, Fault> {
        self.check_cancel()?;
        let builder = self.build(address, request).map_err(Fault::Final)?;
        let response = builder.send().map_err(|error| self.no_answer(error, address, request))?;
        let status = response.status().as_u16();
        let is_fine = response.status().is_success() || request.fine.contains(&status);
        let host = || self.host.clone();
        let path = || request.path.clone();
        if response.status().is_redirection() && status != 304 && !is_fine {
            let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or("an unnamed place");
            let to = self.redact.text(without_query(to));
            // After an act this says where to see what came of it: it was carried out.
            if status == 303 && request.method != Method::Get {
                let (host, path) = (host(), request.path.clone());
                let body = format!("see {to}");
                return Err(Fault::Final(RemoteError::Refused { host, path, status, body }));
            }
            return Err(Fault::Final(RemoteError::Moved { host: host(), to }));
        }
        let pause = pause_asked_for(status, response.headers(), jiff::Timestamp::now());
        if let Some(pause) = pause {
            self.gate.close_for(pause);
        }
        let is_page = has_type(&response, "text/html");
        let headers = response.headers().clone();
        self.note_clock(&headers);
        let (body, is_cut) = self.read_capped(response, request, begun)?;
        let pause = pause.or_else(|| pause_in_words(status, &body).inspect(|pause| self.gate.close_for(*pause)));
        if is_fine && status != 203 && (!is_page || request.may_be_page || !(200..300).contains(&status)) {
            return Ok(Reply { status, headers: headers_of(&headers), body, is_cut });
        }
        if status == 304 {
            return Ok(Reply { status, headers: headers_of(&headers), body: Vec::new(), is_cut: false });
        }
        if is_fine || status == 203 {
            return Err(Fault::Final(RemoteError::WebPage { host: host(), path: path() }));
        }
        Err(self.refusal(request, status, &headers, words_of(&body, is_page), pause))
    }

    /// What a status that is no answer means.
    fn refusal(
        &self,
        request: &Request,
        status: u16,
        headers: &HeaderMap,
        words: String,
        pause: Option<Duration>,
    ) -> Fault {
        let (host, path) = (self.host.clone(), request.path.clone());
        let words = self.redact.text(words);
        match status {
            401 => Fault::Final(RemoteError::NotAllowed { host, status, body: words }),
            403 if pause.is_none() => Fault::Final(RemoteError::NotAllowed {
                host,
                status,
                body: match headers.get("x-accepted-github-permissions").and_then(|value| value.to_str().ok()) {
                    Some(missing) => format!("{words} (it would need {missing})"),
                    None => words,
                },
            }),
            404 | 410 => Fault::Final(RemoteError::NotFound { host, path, said: words }),
            _ => {
                let body = match pause {
                    Some(pause) => format!("{words} (it may be asked again in {} s)", pause.as_secs().max(1)),
                    None => words,
                };
                let error = RemoteError::Refused { host, path, status, body };
                let passes = pause.is_some() || status == 429 || status >= 500;
                if passes { Fault::Passing(error, pause) } else { Fault::Final(error) }
            }
        }
    }

    /// Reads a body as it comes. Nothing is asked twice: what was written already cannot be taken back.
    fn download_once(
        &self,
        address: &Url,
        request: &Request,
        begun: Instant,
        into: &mut dyn FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<Downloaded, Fault> {
        self.check_cancel()?;
        let permit = self.gate.enter(false);
        let builder = self.build(address, request).map_err(Fault::Final)?;
        let mut response = builder.send().map_err(|error| self.no_answer(error, address, request))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let pause = pause_asked_for(status, &headers, jiff::Timestamp::now());
        if let Some(pause) = pause {
            self.gate.close_for(pause);
        }
        if response.status().is_redirection() {
            let to = headers.get(LOCATION).and_then(|to| to.to_str().ok());
            let to = to.and_then(|to| address.join(to).ok()).map(|to| to.to_string());
            let unnamed = || RemoteError::Moved { host: self.host.clone(), to: "an unnamed place".to_owned() };
            return to.map(Downloaded::Elsewhere).ok_or_else(|| Fault::Final(unnamed()));
        }
        let is_page = has_type(&response, "text/html");
        if !response.status().is_success() || (is_page && !request.may_be_page) {
            let (body, _) = self.read_capped(response, request, begun)?;
            if status == 203 || (200..300).contains(&status) {
                let (host, path) = (self.host.clone(), request.path.clone());
                return Err(Fault::Final(RemoteError::WebPage { host, path }));
            }
            return Err(self.refusal(request, status, &headers, words_of(&body, is_page), pause));
        }
        // A large file does not keep others from asking.
        drop(permit);
        let mut chunk = vec![0; 64 * 1024];
        let mut whole = 0u64;
        loop {
            self.check_cancel()?;
            // A large file takes its time, as long as it comes.
            let wanted = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX) * SLOWEST / 1000;
            if begun.elapsed() > self.patience.deadline && whole < wanted {
                let limit = self.patience.deadline;
                let (host, path) = (self.host.clone(), request.path.clone());
                return Err(Fault::Final(RemoteError::TooSlow { host, path, limit }));
            }
            let read = response.read(&mut chunk).map_err(|error| {
                let why = self.redact.text(innermost(&error));
                Fault::Final(RemoteError::BrokenOff { host: self.host.clone(), path: request.path.clone(), why })
            })?;
            if read == 0 {
                return Ok(Downloaded::Whole(whole));
            }
            whole += read as u64;
            if whole > MOST_DOWNLOADED {
                let megabytes = (MOST_DOWNLOADED / (1024 * 1024)) as usize;
                let (host, path) = (self.host.clone(), request.path.clone());
                return Err(Fault::Final(RemoteError::TooLarge { host, path, megabytes }));
            }
            into(&chunk[..read]).map_err(|error| Fault::Final(RemoteError::NotKept(error.to_string())))?;
        }
    }

    fn check_cancel(&self) -> Result<(), Fault> {
        if self.cancel.load(Ordering::Relaxed) { Err(Fault::Final(RemoteError::Cancelled)) } else { Ok(()) }
    }

    fn read_capped(&self, mut response: Response, request: &Request, begun: Instant) -> Result<(Vec<u8>, bool), Fault> {
        let mut body = Vec::new();
        let mut chunk = vec![0; 64 * 1024];
        loop {
            self.check_cancel()?;
            if begun.elapsed() > self.patience.deadline {
                let limit = self.patience.deadline;
                let error = RemoteError::TooSlow { host: self.host.clone(), path: request.path.clone(), limit };
                return Err(Fault::Final(error));
            }
            let read = response.read(&mut chunk).map_err(|error| {
                let why = self.redact.text(innermost(&error));
                Fault::Passing(
                    RemoteError::BrokenOff { host: self.host.clone(), path: request.path.clone(), why },
                    None,
                )
            })?;
            if read == 0 {
                return Ok((body, false));
            }
            body.extend_from_slice(&chunk[..read]);
            if body.len() > MOST_BYTES && request.may_be_cut {
                body.truncate(MOST_BYTES);
                return Ok((body, true));
            }
            if body.len() > MOST_BYTES {
                let megabytes = MOST_BYTES / (1024 * 1024);
                let error = RemoteError::TooLarge { host: self.host.clone(), path: request.path.clone(), megabytes };
                return Err(Fault::Final(error));
            }
        }
    }

    fn no_answer(&self, error: reqwest::Error, address: &Url, request: &Request) -> Fault {
        let host = address.host_str().unwrap_or_default().to_owned();
        let was_sent = !error.is_connect() && !error.is_builder();
        if error.is_timeout() && was_sent {
            let limit = self.patience.silence;
            return Fault::Passing(RemoteError::TooSlow { host, path: request.path.clone(), limit }, None);
        }
        let error = error.without_url();
        if let Some(why) = distrust::of(&error) {
            return Fault::Final(RemoteError::Untrusted { host, why });
        }
        let why = self.redact.text(innermost(&error));
        // In hyper's words: a proxy was asked to let us through.
        if why.contains("tunnel error") {
            let proxy = self.proxy.as_deref().unwrap_or("the proxy that this machine is set to").to_owned();
            return Fault::Final(RemoteError::NotLetThrough { host, proxy, why });
        }
        let through = self.proxy.as_ref().map(|proxy| format!("through the proxy {proxy}: "));
        let why = format!("{}{why}", through.unwrap_or_default());
        Fault::Passing(RemoteError::NoAnswer { host, why, was_sent }, None)
    }

    fn note(&self, address: &Url, request: &Request, asked: &Result<Reply, Fault>, begun: Instant) {
        let (outcome, bytes) = match asked {
            Ok(reply) => (reply.status.to_string(), reply.body.len()),
            Err(Fault::Final(error) | Fault::Passing(error, _)) => (error.to_string(), 0),
        };
        self.note_exchange(address, request, (outcome, bytes), begun);
    }

    fn note_exchange(&self, address: &Url, request: &Request, outcome: (String, usize), begun: Instant) {
        // An address elsewhere is signed: its query is a key.
        let address = if request.absolute.is_some() { without_query(address.as_str()) } else { address.to_string() };
        self.trace.add(Exchange {
            at: crate::model::Time::now(),
            method: request.method.as_str(),
            address: self.redact.text(address),
            outcome: self.redact.text(outcome.0),
            millis: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            bytes: outcome.1,
        });
    }

    fn wait(&self, pause: Duration) -> Result<(), RemoteError> {
        let until = Instant::now() + pause;
        while Instant::now() < until {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(RemoteError::Cancelled);
            }
            std::thread::sleep(Duration::from_millis(50).min(until.saturating_duration_since(Instant::now())));
        }
        Ok(())
    }
}

impl Http for Transport {
    /// Sends until there is an answer or no hope; what changes something is sent once.
    fn send(&self, request: &Request) -> Result<Reply, RemoteError> {
        let address = self.address(request)?;
        let most = if request.is_act { 1 } else { TRIES };
        let mut attempt = 0;
        loop {
            attempt += 1;
            let closed = self.gate.closed_for();
            if closed > MOST_PATIENCE {
                return Err(RemoteError::Throttled { host: self.host.clone(), seconds: closed.as_secs() });
            }
            self.wait(closed)?;
            let begun = Instant::now();
            let asked = {
                let _permit = self.gate.enter(request.is_act);
                self.once(&address, request, begun)
            };
            self.note(&address, request, &asked, begun);
            let (error, pause) = match asked {
                Ok(reply) if request.is_log => return Ok(reply),
                Ok(reply) => return Ok(Reply { body: self.redact.body(reply.body), ..reply }),
                Err(Fault::Final(error)) => return Err(error),
                Err(Fault::Passing(error, pause)) => (error, pause),
            };
            if attempt >= most {
                return Err(error);
            }
            let pause = pause.unwrap_or_else(|| self.back_off(attempt));
            if pause > MOST_PATIENCE {
                return Err(RemoteError::Throttled { host: self.host.clone(), seconds: pause.as_secs() });
            }
            self.wait(pause)?;
        }
    }

    fn download(
        &self,
        request: &Request,
        into: &mut dyn FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<u64, RemoteError> {
        let mut request = request.clone();
        for _ in 0..=MOST_HOPS {
            let closed = self.gate.closed_for();
            if closed > MOST_PATIENCE {
                return Err(RemoteError::Throttled { host: self.host.clone(), seconds: closed.as_secs() });
            }
            self.wait(closed)?;
            let address = self.address(&request)?;
            let begun = Instant::now();
            let done = self.download_once(&address, &request, begun, into);
            let outcome = match &done {
                Ok(Downloaded::Whole(bytes)) => ("200".to_owned(), *bytes as usize),
                Ok(Downloaded::Elsewhere(_)) => ("elsewhere".to_owned(), 0),
                Err(Fault::Final(error) | Fault::Passing(error, _)) => (error.to_string(), 0),
            };
            self.note_exchange(&address, &request, outcome, begun);
            match done {
                Ok(Downloaded::Whole(bytes)) => return Ok(bytes),
                // A file lies where its signed address says, without the credential.
                Ok(Downloaded::Elsewhere(to)) => {
                    request = Request { may_be_page: request.may_be_page, ..Request::elsewhere(to) };
                }
                Err(Fault::Final(error) | Fault::Passing(error, _)) => return Err(error),
            }
        }
        Err(RemoteError::Moved { host: self.host.clone(), to: "place after place".to_owned() })
    }

    fn has_credential(&self) -> bool {
        self.secret.is_some()
    }

    fn signature(&self, body: &[u8]) -> Option<String> {
        use hmac::{KeyInit as _, Mac as _};
        let secret = self.secret.as_ref()?.expose_secret();
        let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).ok()?;
        mac.update(body);
        Some(mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn wait_a_little(&self, pause: Duration) -> Result<(), RemoteError> {
        self.wait(pause)
    }
}

impl Transport {
    /// Doubled with each try, spread by a half so that many do not come back at once.
    fn back_off(&self, attempt: u32) -> Duration {
        let base = u64::try_from(self.patience.back_off.as_millis()).unwrap_or(500);
        let base = (base * 2u64.pow(attempt.saturating_sub(1).min(6))).max(2);
        Duration::from_millis(rand::rng().random_range(base / 2..=base * 3 / 2))
    }
}

/// What came of a download.
enum Downloaded {
    Whole(u64),
    /// It lies at this address.
    Elsewhere(String),
}

/// Whether a fault may pass, and when the server wants to be asked again.
enum Fault {
    Final(RemoteError),
    Passing(RemoteError, Option<Duration>),
}

fn client(options: &TransportOptions, base: &Url) -> Result<Client, RemoteError> {
    let mut builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .user_agent(concat!("gemba/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(options.patience.connect)
        .timeout(options.patience.silence);
    match &options.proxy {
        Proxy::OfTheMachine if !is_loopback(base) => {}
        Proxy::OfTheMachine | Proxy::Off => builder = builder.no_proxy(),
        Proxy::At { url, password } => {
            let mut bare = url.clone();
            if bare.set_username("").is_err() {
                return Err(RemoteError::Setup("the proxy's address cannot hold a user".to_owned()));
            }
            let mut proxy = reqwest::Proxy::all(bare)
                .map_err(|error| RemoteError::Setup(format!("the proxy cannot be used: {error}")))?;
            if !url.username().is_empty() {
                let user = percent_encoding::percent_decode_str(url.username()).decode_utf8_lossy();
                let password = password.as_ref().map(|password| password.expose_secret()).unwrap_or_default();
                proxy = proxy.basic_auth(&user, password);
            }
            builder = builder.proxy(proxy);
        }
    }
    if let Some(file) = &options.ca_file {
        builder = builder.tls_backend_preconfigured(trust::with_file(file)?);
    }
    builder.build().map_err(|error| RemoteError::Setup(innermost(&error.without_url())))
}

fn basic(user: Option<&str>, secret: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(format!("{}:{secret}", user.unwrap_or_default()))
}

/// A text as one word of the shell; a token that is to be put in stays open to it.
fn quoted(text: &str) -> String {
    if text.contains("$TOKEN") { format!("\"{text}\"") } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// The cause says more than the chain's head.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

fn words_of(body: &[u8], is_page: bool) -> String {
    if is_page {
        return "a web page".to_owned();
    }
    String::from_utf8_lossy(body).trim().chars().take(300).collect()
}

fn headers_of(headers: &HeaderMap) -> Vec<(String, String)> {
    let pairs =
        headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
    pairs.collect()
}

fn has_type(response: &Response, wanted: &str) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with(wanted))
}
