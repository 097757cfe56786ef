//! Answers that were recorded, for the tests of connectors.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use super::{Http, RemoteError, Reply, Request};

/// Gives the answers of a path one after another; the last stays.
pub struct Recorded {
    answers: Mutex<Vec<(String, VecDeque<Reply>)>>,
    pub asked: Mutex<Vec<Request>>,
}

impl Recorded {
    pub fn new(answers: &[(&str, &str)]) -> Self {
        Self::with(answers.iter().map(|(path, body)| (*path, 200, &[][..], *body)))
    }

    pub fn with<'a>(answers: impl IntoIterator<Item = (&'a str, u16, &'a [(&'a str, &'a str)], &'a str)>) -> Self {
        let mut known: Vec<(String, VecDeque<Reply>)> = Vec::new();
        for (path, status, headers, body) in answers {
            let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let reply = Reply { status, headers, body: body.as_bytes().to_vec(), is_cut: false };
            match known.iter_mut().find(|(known, _)| known == path) {
                Some((_, replies)) => replies.push_back(reply),
                None => known.push((path.to_owned(), VecDeque::from([reply]))),
            }
        }
        Self { answers: Mutex::new(known), asked: Mutex::default() }
    }
}

impl Http for Recorded {
    fn send(&self, request: &Request) -> Result<Reply, RemoteError> {
        self.asked.lock().unwrap().push(request.clone());
        let path = request.absolute.as_ref().unwrap_or(&request.path);
        let mut answers = self.answers.lock().unwrap();
        let Some((_, replies)) = answers.iter_mut().find(|(known, _)| known == path) else {
            panic!("nothing was recorded for {path}");
        };
        let reply = if replies.len() > 1 { replies.pop_front().unwrap() } else { replies[0].clone() };
        let is_fine = (200..300).contains(&reply.status) || request.fine.contains(&reply.status) || reply.status == 304;
        if is_fine {
            return Ok(reply);
        }
        let (host, path) = ("recorded".to_owned(), path.clone());
        Err(match reply.status {
            404 => RemoteError::NotFound { host, path, said: String::new() },
            401 | 403 => RemoteError::NotAllowed { host, status: reply.status, body: reply.text() },
            status => RemoteError::Refused { host, path, status, body: reply.text() },
        })
    }

    fn download(
        &self,
        request: &Request,
        into: &mut dyn FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<u64, RemoteError> {
        let body = self.send(request)?.body;
        into(&body).map_err(|error| RemoteError::NotKept(error.to_string()))?;
        Ok(body.len() as u64)
    }

    fn has_credential(&self) -> bool {
        true
    }

    fn signature(&self, _body: &[u8]) -> Option<String> {
        None
    }

    fn wait_a_little(&self, _pause: Duration) -> Result<(), RemoteError> {
        Ok(())
    }
}
