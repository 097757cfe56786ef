//! A server on loopback that misbehaves on purpose, byte by byte.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What happens to one request.
#[derive(Clone)]
pub enum Act {
    /// The line is cut before a word is said.
    Reset,
    /// These bytes, then the line is cut.
    Raw(Vec<u8>),
    /// The request is heard and nothing is said.
    Stall,
    /// An answer that comes a byte at a time, without end.
    Drip,
    /// An answer without end.
    Endless,
}

impl Act {
    pub fn answer(status: u16, body: &str) -> Self {
        Self::typed(status, "application/json", body)
    }

    pub fn typed(status: u16, kind: &str, body: &str) -> Self {
        Self::with(status, &format!("content-type: {kind}\r\n"), body)
    }

    pub fn moved(to: &str) -> Self {
        Self::with(302, &format!("location: {to}\r\n"), "")
    }

    pub fn later(status: u16, after: &str) -> Self {
        Self::with(status, &format!("retry-after: {after}\r\n"), "")
    }

    /// A small answer that unpacks to a large one.
    pub fn bomb() -> Self {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let chunk = vec![b' '; 1 << 20];
        for _ in 0..100 {
            packed.write_all(&chunk).unwrap();
        }
        let packed = packed.finish().unwrap();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", packed.len());
        Self::Raw([head.as_bytes(), &packed].concat())
    }

    fn with(status: u16, headers: &str, body: &str) -> Self {
        let head =
            format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
        Self::Raw([head.as_bytes(), body.as_bytes()].concat())
    }
}

type Answering = dyn Fn(&str) -> Act + Send + Sync;

pub struct FaultServer {
    scheme: &'static str,
    port: u16,
    asked: Arc<AtomicUsize>,
    broken: Arc<AtomicUsize>,
    heard: Arc<Mutex<String>>,
    is_over: Arc<AtomicBool>,
}

impl FaultServer {
    pub fn always(act: Act) -> Self {
        Self::answering(move |_| act.clone())
    }

    /// One after another; the last stays.
    pub fn in_turn(acts: Vec<Act>) -> Self {
        let next = AtomicUsize::new(0);
        Self::answering(move |_| acts[next.fetch_add(1, Ordering::SeqCst).min(acts.len() - 1)].clone())
    }

    pub fn answering(answer: impl Fn(&str) -> Act + Send + Sync + 'static) -> Self {
        let answer: Arc<Answering> = Arc::new(answer);
        Self::serve("http", move |server, mut stream| {
            let Some(head) = hear(&mut stream) else { return };
            server.note(&head);
            act_on(&answer(&head), &mut stream);
        })
    }

    /// With a certificate of its own making; its PEM is what a client must trust.
    pub fn with_tls(act: Act, is_expired: bool) -> (Self, String) {
        Self::with_certificate(act, "127.0.0.1", |params| {
            if is_expired {
                params.not_after = rcgen::date_time_ymd(2020, 1, 1);
            }
        })
    }

    pub fn with_certificate(
        act: Act,
        name: &str,
        change: impl FnOnce(&mut rcgen::CertificateParams),
    ) -> (Self, String) {
        let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let pem = certificate.pem();
        let config =
            rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(
                    vec![certificate.der().clone()],
                    rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
                )
                .unwrap();
        let config = Arc::new(config);
        let server = Self::serve("https", move |server, stream| {
            let connection = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut stream = rustls::StreamOwned::new(connection, stream);
            let Some(head) = hear(&mut stream) else { return };
            server.note(&head);
            act_on(&act, &mut stream);
        });
        (server, pem)
    }

    /// Hands on to a real server, and loses a share of what is said, in either direction.
    pub fn proxy(target: &str) -> Self {
        let target = target.split_once("://").unwrap().1.trim_end_matches('/').to_owned();
        Self::serve("http", move |server, mut stream| {
            let Some(request) = hear_whole(&mut stream) else { return };
            let is_post = request.starts_with(b"POST");
            let dice = rand::random_range(0..100u32);
            let lost_before = if is_post { dice < 15 } else { dice < 5 };
            if lost_before {
                server.broken.fetch_add(1, Ordering::SeqCst);
                // Either silence or the word of a gateway that did not reach the server.
                if is_post && dice < 5 {
                    act_on(&Act::answer(502, "gateway"), &mut stream);
                }
                return;
            }
            let answer = hand_on(&target, &request);
            match (is_post, dice) {
                (true, 15..30) => {
                    server.broken.fetch_add(1, Ordering::SeqCst);
                }
                (true, 30..38) => {
                    server.broken.fetch_add(1, Ordering::SeqCst);
                    let cut = rand::random_range(0..answer.len());
                    stream.write_all(&answer[..cut]).ok();
                }
                (true, 38..45) => {
                    server.broken.fetch_add(1, Ordering::SeqCst);
                    act_on(&Act::answer(504, "gateway timeout"), &mut stream);
                }
                _ => {
                    stream.write_all(&answer).ok();
                }
            }
        })
    }

    fn serve(scheme: &'static str, handle: impl Fn(&Heard, TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            scheme,
            port: listener.local_addr().unwrap().port(),
            asked: Arc::default(),
            broken: Arc::default(),
            heard: Arc::default(),
            is_over: Arc::default(),
        };
        let heard = Heard { asked: server.asked.clone(), broken: server.broken.clone(), heard: server.heard.clone() };
        let is_over = server.is_over.clone();
        let (handle, heard) = (Arc::new(handle), Arc::new(heard));
        let listening = move || {
            for stream in listener.incoming().flatten() {
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
                stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
                let (handle, heard) = (handle.clone(), heard.clone());
                let name = "fault server's line".to_owned();
                std::thread::Builder::new().name(name).spawn(move || handle(&heard, stream)).unwrap();
            }
        };
        std::thread::Builder::new().name("fault server".to_owned()).spawn(listening).unwrap();
        server
    }

    pub fn url(&self) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.port)
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub fn broken(&self) -> usize {
        self.broken.load(Ordering::SeqCst)
    }

    /// Everything that was said, heads and all.
    pub fn heard(&self) -> String {
        self.heard.lock().unwrap().clone()
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        TcpStream::connect(("127.0.0.1", self.port)).ok();
    }
}

pub struct Heard {
    asked: Arc<AtomicUsize>,
    broken: Arc<AtomicUsize>,
    heard: Arc<Mutex<String>>,
}

impl Heard {
    fn note(&self, head: &str) {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.heard.lock().unwrap().push_str(head);
    }
}

/// A request, with its body.
fn hear(stream: &mut impl std::io::Read) -> Option<String> {
    let head = hear_head(stream)?;
    let mut body = vec![0; body_length(&head)];
    stream.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8_lossy(&body))
}

fn body_length(head: &str) -> usize {
    let length = |line: &str| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok();
    head.lines().find_map(length).unwrap_or(0)
}

fn hear_head(stream: &mut impl std::io::Read) -> Option<String> {
    let mut bytes = Vec::new();
    let mut byte = [0u8; 1];
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        bytes.push(byte[0]);
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn hear_whole(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let head = hear_head(stream)?;
    let mut body = vec![0; body_length(&head)];
    stream.read_exact(&mut body).ok()?;
    Some([head.as_bytes(), &body].concat())
}

fn hand_on(target: &str, request: &[u8]) -> Vec<u8> {
    let mut there = TcpStream::connect(target).unwrap();
    let text = String::from_utf8_lossy(request);
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let head: Vec<&str> = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:")).collect();
    there.write_all(format!("{}\r\nconnection: close\r\n\r\n{body}", head.join("\r\n")).as_bytes()).unwrap();
    let mut answer = Vec::new();
    there.read_to_end(&mut answer).unwrap();
    answer
}

/// The body of an answer, whole.
pub fn plain_get(url: &str) -> String {
    let rest = url.split_once("://").unwrap().1;
    let (host, path) = rest.split_once('/').unwrap();
    let answer = hand_on(host, format!("GET /{path} HTTP/1.0\r\nhost: {host}\r\n\r\n").as_bytes());
    String::from_utf8_lossy(&answer).into_owned()
}

fn act_on(act: &Act, stream: &mut (impl std::io::Write + ShutDown)) {
    match act {
        Act::Reset => {}
        Act::Raw(bytes) => {
            stream.write_all(bytes).ok();
            stream.flush().ok();
        }
        Act::Stall => std::thread::sleep(Duration::from_secs(3)),
        Act::Drip => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n").ok();
            for _ in 0..200 {
                if stream.write_all(b" ").and_then(|()| stream.flush()).is_err() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(30));
            }
        }
        Act::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n").ok();
            let chunk = vec![b' '; 1 << 20];
            for _ in 0..100 {
                if stream.write_all(&chunk).is_err() {
                    return;
                }
            }
        }
    }
    stream.shut_down();
}

pub trait ShutDown {
    fn shut_down(&mut self);
}

impl ShutDown for TcpStream {
    fn shut_down(&mut self) {
        self.shutdown(Shutdown::Write).ok();
    }
}

impl ShutDown for rustls::StreamOwned<rustls::ServerConnection, TcpStream> {
    fn shut_down(&mut self) {
        self.conn.send_close_notify();
        self.flush().ok();
    }
}
