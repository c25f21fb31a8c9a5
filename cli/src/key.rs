//! Key files: PKCS#8 in PEM, as OpenSSL's `genpkey -algorithm ed25519` writes them too.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use d1_signature::{PublicKey, SecretKey};
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, KeypairBytes,
};
use ed25519_dalek::{SigningKey, VerifyingKey};

use crate::problem::Problem;

/// Makes a key and writes it to a new file that only its owner may read.
///
/// # Errors
///
/// [`Problem`] when there is a file of that name already, or it cannot be written.
pub fn create(path: &Path) -> Result<SecretKey, Problem> {
    let key = random()?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Problem::new(format!("{} exists already", path.display()))
                .with_help("a key is never overwritten: devices may trust it; choose another name")
        }
        _ => Problem::new(format!("cannot write {}: {error}", path.display())),
    })?;
    file.write_all(encode(&key).as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|error| Problem::file("write", path, &error))?;
    Ok(key)
}

/// Reads the secret key in a file.
///
/// # Errors
///
/// [`Problem`] when the file cannot be read or holds none.
pub fn read(path: &Path) -> Result<SecretKey, Problem> {
    let text = text(path)?;
    match SigningKey::from_pkcs8_pem(&text) {
        Ok(key) => Ok(SecretKey::new(key.to_bytes())),
        Err(_) if VerifyingKey::from_public_key_pem(&text).is_ok() => Err(Problem::new(format!(
            "{} holds a public key only, and signing takes the secret one",
            path.display()
        ))),
        Err(error) => Err(Problem::new(format!(
            "{} holds no Ed25519 key: {error}",
            path.display()
        ))
        .with_help("make one with `d1ota key new FILE`")),
    }
}

/// Reads the public key in a file, or the public half of the secret one.
///
/// # Errors
///
/// As [`read`].
pub fn read_public(path: &Path) -> Result<PublicKey, Problem> {
    match VerifyingKey::from_public_key_pem(&text(path)?) {
        Ok(key) => Ok(PublicKey::new(key.to_bytes())),
        Err(_) => read(path).map(|key| key.public()),
    }
}

/// A public key as others want it: SubjectPublicKeyInfo in PEM.
///
/// # Errors
///
/// [`Problem`] when the bytes are no key.
pub fn public_pem(key: &PublicKey) -> Result<String, Problem> {
    let broken = |_| Problem::new(format!("{key} is no Ed25519 key"));
    let key = VerifyingKey::from_bytes(key.bytes()).map_err(broken)?;
    Ok(key
        .to_public_key_pem(LineEnding::LF)
        .expect("every key has a PEM form"))
}

fn text(path: &Path) -> Result<String, Problem> {
    fs::read_to_string(path)
        .map_err(|error| Problem::new(format!("cannot read {}: {error}", path.display())))
}

fn encode(key: &SecretKey) -> String {
    // Without the public half: OpenSSL up to 3.0 does not read files that have it.
    let pair = KeypairBytes {
        secret_key: *key.seed(),
        public_key: None,
    };
    let pem = pair
        .to_pkcs8_pem(LineEnding::LF)
        .expect("every key has a PEM form");
    pem.to_string()
}

fn random() -> Result<SecretKey, Problem> {
    loop {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)
            .map_err(|error| Problem::new(format!("no random numbers to be had: {error}")))?;
        let key = SecretKey::new(seed);
        // In a manifest, the name of all zeros means that nobody signed.
        if key.public().id().0 != [0; 4] {
            return Ok(key);
        }
    }
}
