//! Where secrets are: an environment variable, the keychain of the desktop, or a file that a passphrase opens. Never
//! plain, never in the workspace.
//!
//! The file stands beside the workspace. Its key is made of the passphrase by Argon2id; each secret is sealed by itself
//! with XChaCha20-Poly1305, bound to its name. The keychain is asked on a thread of its own, for at most three seconds: a
//! locked one waits for a person who may not be there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::RngExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::EngineError;

const SERVICE: &str = "gemba";
const KEYCHAIN_PATIENCE: Duration = Duration::from_secs(3);
/// The variable with the passphrase, where no person can be asked.
pub const PASSPHRASE: &str = "GEMBA_PASSPHRASE";
/// Memory in KiB, passes and lanes of Argon2id.
const COST: (u32, u32, u32) = (64 * 1024, 3, 1);

/// Where a connection's secret is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keep {
    Variable(String),
    Keychain,
    File,
}

impl Keep {
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(' ') {
            Some(("env", name)) => Some(Self::Variable(name.to_owned())),
            None if text == "keychain" => Some(Self::Keychain),
            None if text == "file" => Some(Self::File),
            _ => None,
        }
    }

    pub fn as_text(&self) -> String {
        match self {
            Self::Variable(name) => format!("env {name}"),
            Self::Keychain => "keychain".to_owned(),
            Self::File => "file".to_owned(),
        }
    }
}

/// The secrets of one workspace.
pub struct Vault {
    file: PathBuf,
    workspace: String,
}

fn refused(why: impl Into<String>) -> EngineError {
    EngineError::Other(why.into())
}

/// The variable that is looked at first, whatever was chosen.
pub fn variable_of(connection: &str) -> String {
    let name: String =
        connection.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    format!("GEMBA_TOKEN_{name}")
}

/// The variable with the password of the user of a connection's proxy.
pub fn proxy_variable_of(connection: &str) -> String {
    variable_of(connection).replacen("TOKEN", "PROXY_PASSWORD", 1)
}

/// The name under which the password of a connection's proxy is kept.
fn of_proxy(connection: &str) -> String {
    format!("the proxy of {connection}")
}

fn variable(name: &str) -> Option<SecretString> {
    std::env::var(name).ok().filter(|text| !text.is_empty()).map(SecretString::from)
}

impl Vault {
    pub fn beside(workspace: &Path) -> Self {
        let mut name = workspace.file_name().unwrap_or_default().to_owned();
        name.push(".secrets");
        Self { file: workspace.with_file_name(name), workspace: workspace.display().to_string() }
    }

    /// The secret of a connection; `None` where it has none.
    pub fn get(&self, connection: &str, keep: Option<&str>) -> Result<Option<SecretString>, EngineError> {
        match variable(&variable_of(connection)) {
            Some(secret) => Ok(Some(secret)),
            None => self.kept(connection, keep),
        }
    }

    /// The password of a connection's proxy; `None` where it has none.
    pub fn get_of_proxy(&self, connection: &str, keep: Option<&str>) -> Result<Option<SecretString>, EngineError> {
        match variable(&proxy_variable_of(connection)) {
            Some(secret) => Ok(Some(secret)),
            None => self.kept(&of_proxy(connection), keep),
        }
    }

    pub fn put_of_proxy(&self, connection: &str, secret: &SecretString) -> Result<Keep, EngineError> {
        self.put(&of_proxy(connection), secret)
    }

    pub fn forget_of_proxy(&self, connection: &str, keep: Option<&str>) -> Result<(), EngineError> {
        self.forget(&of_proxy(connection), keep)
    }

    fn kept(&self, connection: &str, keep: Option<&str>) -> Result<Option<SecretString>, EngineError> {
        let Some(keep) = keep else { return Ok(None) };
        match Keep::parse(keep) {
            Some(Keep::Variable(name)) => variable(&name).map(Some).ok_or_else(|| {
                refused(format!("the secret of \"{connection}\" is not there: set the environment variable {name}"))
            }),
            Some(Keep::Keychain) => self.in_keychain(connection).map(Some),
            Some(Keep::File) => self.in_file(connection).map(Some),
            None => Err(refused(format!("where the secret of \"{connection}\" is kept does not read back: {keep}"))),
        }
    }

    /// Keeps a secret: in the keychain where there is one that works, else in the file. Tells where.
    pub fn put(&self, connection: &str, secret: &SecretString) -> Result<Keep, EngineError> {
        if keychain_works() {
            let (account, secret) = (self.account(connection), secret.clone());
            let put = on_keychain(move || entry(&account)?.set_password(secret.expose_secret()));
            if put.is_ok() {
                return Ok(Keep::Keychain);
            }
        }
        self.put_in_file(connection, secret)?;
        Ok(Keep::File)
    }

    pub fn forget(&self, connection: &str, keep: Option<&str>) -> Result<(), EngineError> {
        match keep.and_then(Keep::parse) {
            Some(Keep::Keychain) => {
                let account = self.account(connection);
                on_keychain(move || entry(&account)?.delete_credential()).ok(); // gone is gone
            }
            Some(Keep::File) => {
                let mut sealed = self.read()?;
                sealed.secrets.remove(connection);
                self.write(&sealed)?;
            }
            Some(Keep::Variable(_)) | None => {}
        }
        Ok(())
    }

    fn account(&self, connection: &str) -> String {
        format!("{connection} in {}", self.workspace)
    }

    fn in_keychain(&self, connection: &str) -> Result<SecretString, EngineError> {
        let account = self.account(connection);
        let read = on_keychain(move || entry(&account)?.get_password());
        read.map(SecretString::from).map_err(|why| {
            refused(format!(
                "the secret of \"{connection}\" cannot be read from the keychain ({why}): unlock it, or set {}",
                variable_of(connection)
            ))
        })
    }

    fn in_file(&self, connection: &str) -> Result<SecretString, EngineError> {
        let sealed = self.read()?;
        let Some(secret) = sealed.secrets.get(connection) else {
            return Err(refused(format!("there is no secret of \"{connection}\" in {}", self.file.display())));
        };
        let opened = open(&sealed.cipher(&passphrase()?)?, connection, secret);
        if opened.is_err() {
            super::vault_passphrase::was_wrong();
        }
        opened
    }

    fn put_in_file(&self, connection: &str, secret: &SecretString) -> Result<(), EngineError> {
        let passphrase = passphrase()?;
        check_passphrase(&passphrase)?;
        let mut sealed = if self.file.exists() { self.read()? } else { Sealed::new() };
        let cipher = sealed.cipher(&passphrase)?;
        // One file has one passphrase: another would lock some of its secrets away.
        if let Some((name, other)) = sealed.secrets.iter().next() {
            open(&cipher, name, other)?;
        }
        sealed.secrets.insert(connection.to_owned(), seal(&cipher, connection, secret)?);
        self.write(&sealed)
    }

    /// Seals every secret of the file anew; how many. One that the old passphrase does not open leaves the file as it is.
    pub fn change_passphrase(&self, old: Option<SecretString>, new: &SecretString) -> Result<usize, EngineError> {
        check_passphrase(new)?;
        if !self.file.exists() {
            let why = "no secret is kept in a file here: the first one that is kept asks for its passphrase";
            return Err(refused(why.to_owned()));
        }
        let sealed = self.read()?;
        let cipher = sealed.cipher(&old.map_or_else(passphrase, Ok)?)?;
        let mut fresh = Sealed::new();
        let fresh_cipher = fresh.cipher(new)?;
        for (name, secret) in &sealed.secrets {
            fresh.secrets.insert(name.clone(), seal(&fresh_cipher, name, &open(&cipher, name, secret)?)?);
        }
        self.write(&fresh)?;
        Ok(fresh.secrets.len())
    }

    fn read(&self) -> Result<Sealed, EngineError> {
        const HELP: &str = "put the file back from a backup, or take it away and give each connection its secret again";
        let fault = |why: &dyn std::fmt::Display| {
            refused(format!("the secrets cannot be read ({why}): {}; {HELP}", self.file.display()))
        };
        let text = std::fs::read_to_string(&self.file).map_err(|error| fault(&error))?;
        serde_json::from_str(&text).map_err(|error| fault(&error))
    }

    fn write(&self, sealed: &Sealed) -> Result<(), EngineError> {
        let io = |error| EngineError::Io { what: "the secrets cannot be written", error, path: self.file.clone() };
        let text = serde_json::to_string_pretty(sealed).map_err(|error| refused(error.to_string()))?;
        let mut fresh = self.file.clone().into_os_string();
        fresh.push(".new");
        let fresh = PathBuf::from(fresh);
        write_private(&fresh, text.as_bytes()).map_err(io)?;
        std::fs::rename(&fresh, &self.file).map_err(io)
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

pub(super) fn has_passphrase() -> bool {
    let is_given = super::vault_passphrase::get().is_some() || variable(PASSPHRASE).is_some();
    is_given && !super::vault_passphrase::is_wrong()
}

fn check_passphrase(passphrase: &SecretString) -> Result<(), EngineError> {
    match passphrase.expose_secret().chars().count() {
        0..8 => Err(refused("the passphrase needs at least 8 characters")),
        _ => Ok(()),
    }
}

fn passphrase() -> Result<SecretString, EngineError> {
    super::vault_passphrase::get().or_else(|| variable(PASSPHRASE)).ok_or_else(|| {
        refused(format!(
            "this machine has no keychain that works, so secrets are kept in a file that a passphrase opens: \
             give it in the window or in the environment variable {PASSPHRASE}"
        ))
    })
}

/// The file as it is written.
#[derive(Serialize, Deserialize)]
struct Sealed {
    version: u32,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    secrets: BTreeMap<String, SealedSecret>,
}

#[derive(Serialize, Deserialize)]
struct SealedSecret {
    nonce: String,
    sealed: String,
}

impl Sealed {
    fn new() -> Self {
        let salt: [u8; 16] = rand::rng().random();
        let (memory_kib, passes, lanes) = COST;
        Self { version: 1, memory_kib, passes, lanes, salt: STANDARD.encode(salt), secrets: BTreeMap::new() }
    }

    fn cipher(&self, passphrase: &SecretString) -> Result<XChaCha20Poly1305, EngineError> {
        let damaged = || refused("the file of secrets is damaged: its costs or its salt do not read back");
        // A file that asks for more than any of ours would is not ours.
        if self.memory_kib > 1024 * 1024 || self.passes > 50 {
            return Err(damaged());
        }
        let salt = STANDARD.decode(&self.salt).map_err(|_error| damaged())?;
        let params =
            argon2::Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).map_err(|_error| damaged())?;
        let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
        let mut key = [0u8; 32];
        argon
            .hash_password_into(passphrase.expose_secret().as_bytes(), &salt, &mut key)
            .map_err(|error| refused(format!("the passphrase cannot be used: {error}")))?;
        Ok(XChaCha20Poly1305::new(&key.into()))
    }
}

fn seal(cipher: &XChaCha20Poly1305, name: &str, secret: &SecretString) -> Result<SealedSecret, EngineError> {
    let nonce: [u8; 24] = rand::rng().random();
    let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: name.as_bytes() };
    let sealed =
        cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_error| refused("the secret cannot be sealed"))?;
    Ok(SealedSecret { nonce: STANDARD.encode(nonce), sealed: STANDARD.encode(sealed) })
}

fn open(cipher: &XChaCha20Poly1305, name: &str, secret: &SealedSecret) -> Result<SecretString, EngineError> {
    let wrong = || refused("the passphrase does not open the file of secrets");
    let nonce: [u8; 24] =
        STANDARD.decode(&secret.nonce).ok().and_then(|nonce| nonce.try_into().ok()).ok_or_else(wrong)?;
    let sealed = STANDARD.decode(&secret.sealed).map_err(|_error| wrong())?;
    let payload = Payload { msg: &sealed, aad: name.as_bytes() };
    let bare = cipher.decrypt(&XNonce::from(nonce), payload).map_err(|_error| wrong())?;
    String::from_utf8(bare).map(SecretString::from).map_err(|_error| wrong())
}

fn entry(account: &str) -> keyring::Result<keyring::Entry> {
    keyring::Entry::new(SERVICE, account)
}

/// Asks the keychain, for a while.
fn on_keychain<T: Send + 'static>(ask: impl FnOnce() -> keyring::Result<T> + Send + 'static) -> Result<T, String> {
    let (send, receive) = crossbeam_channel::bounded(1);
    let asking = std::thread::Builder::new().name("keychain".to_owned()).spawn(move || {
        send.send(ask().map_err(|error| error.to_string())).ok(); // nobody waits any more
    });
    asking.map_err(|error| error.to_string())?;
    receive.recv_timeout(KEYCHAIN_PATIENCE).unwrap_or_else(|_timeout| Err("it does not answer".to_owned()))
}

/// Writes, reads back and deletes a word.
fn keychain_works() -> bool {
    // Tests and servers have no desktop to ask.
    if std::env::var_os("GEMBA_NO_KEYCHAIN").is_some() {
        return false;
    }
    let word = uuid::Uuid::now_v7().to_string();
    on_keychain(move || {
        let probe = entry(&format!("self-test {word}"))?;
        probe.set_password(&word)?;
        let is_same = probe.get_password()? == word;
        probe.delete_credential()?;
        Ok(is_same)
    })
    .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_with_its_passphrase_and_name_only() {
        let mut sealed = Sealed::new();
        (sealed.memory_kib, sealed.passes) = (64, 1);
        let cipher = sealed.cipher(&SecretString::from("correct horse")).unwrap();
        let secret = seal(&cipher, "ci", &SecretString::from("s3cret-value")).unwrap();
        assert!(!serde_json::to_string(&secret).unwrap().contains("s3cret"));
        assert_eq!(open(&cipher, "ci", &secret).unwrap().expose_secret(), "s3cret-value");
        assert!(open(&cipher, "other", &secret).is_err());
        let wrong = sealed.cipher(&SecretString::from("wrong horse!")).unwrap();
        assert!(open(&wrong, "ci", &secret).unwrap_err().to_string().contains("does not open"));
    }

    #[test]
    fn another_passphrase_opens_what_the_old_one_opened_and_the_old_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::beside(&folder.path().join("g.db"));
        let old = SecretString::from("correct horse");
        let mut sealed = Sealed::new();
        let cipher = sealed.cipher(&old).unwrap();
        for (name, secret) in [("ci", "s3cret-value"), ("gh", "another")] {
            sealed.secrets.insert(name.to_owned(), seal(&cipher, name, &SecretString::from(secret)).unwrap());
        }
        vault.write(&sealed).unwrap();
        let before = std::fs::read(&vault.file).unwrap();
        let new = SecretString::from("battery staple");
        let wrong = Some(SecretString::from("wrong horse!"));
        assert!(vault.change_passphrase(wrong, &new).unwrap_err().to_string().contains("does not open"));
        assert!(vault.change_passphrase(Some(old.clone()), &SecretString::from("short")).is_err());
        assert_eq!(std::fs::read(&vault.file).unwrap(), before);
        assert_eq!(vault.change_passphrase(Some(old.clone()), &new).unwrap(), 2);
        let sealed = vault.read().unwrap();
        let cipher = sealed.cipher(&new).unwrap();
        assert_eq!(open(&cipher, "ci", &sealed.secrets["ci"]).unwrap().expose_secret(), "s3cret-value");
        assert!(open(&sealed.cipher(&old).unwrap(), "ci", &sealed.secrets["ci"]).is_err());
    }

    #[test]
    fn the_variable_of_a_connection() {
        assert_eq!(variable_of("My CI-2"), "GEMBA_TOKEN_MY_CI_2");
    }
}
