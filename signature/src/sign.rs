//! Signing whole images, and saying who signed one. For host tools: the device never does either.

use core::fmt;

use d1_image::crc::{self, seal};
use d1_image::header::OuterView;
use d1_image::manifest::{self, KeyId, ManifestView};
use ed25519_dalek::{Signer, SigningKey};

use crate::{Digest, PublicKey, MESSAGE_LEN};

/// The secret half of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// The secret half of [`crate::DEVELOPMENT`], which is no secret.
    pub const DEVELOPMENT: SecretKey = SecretKey(*b"d1-ota development key (public!)");

    /// The key of that seed, as RFC 8032 calls it.
    pub const fn new(seed: [u8; 32]) -> SecretKey {
        SecretKey(seed)
    }

    /// The seed.
    pub const fn seed(&self) -> &[u8; 32] {
        &self.0
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey::new(SigningKey::from_bytes(&self.0).verifying_key().to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    /// Names the key without giving it away.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.public().id())
    }
}

/// There is no manifest, thus no place for a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotSignable;

/// Signs a whole, composed image in place: key, signature and CRC word.
///
/// # Errors
/// [`NotSignable`].
pub fn sign(image: &mut [u8], key: &SecretKey) -> Result<(), NotSignable> {
    let (end, place) = parts(image).ok_or(NotSignable)?;
    let manifest = &mut image[place as usize..];
    ManifestView::new_unchecked(&mut *manifest).set_key(Some(key.public().id()));
    let message = digest(&image[..end], place).message();
    let signature = SigningKey::from_bytes(&key.0).sign(&message).to_bytes();
    let manifest = &mut image[place as usize..];
    ManifestView::new_unchecked(&mut *manifest).set_signature(&signature);
    seal(image);
    Ok(())
}

/// The message that a whole image's signature is on, for signers and judges elsewhere.
///
/// # Errors
/// [`NotSignable`].
pub fn message(image: &[u8]) -> Result<[u8; MESSAGE_LEN], NotSignable> {
    let (end, place) = parts(image).ok_or(NotSignable)?;
    Ok(digest(&image[..end], place).message())
}

/// Who signed an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// No manifest, no signature.
    NoManifest,
    /// Nobody did.
    Unsigned,
    /// The key in question did.
    Truly,
    /// The key in question is named, but did not sign this.
    Falsely,
    /// Another key is named; whether truly, only its public half could tell.
    ByAnother(KeyId),
}

/// Looks at a whole image's signature with `key`.
pub fn examine(image: &[u8], key: &PublicKey) -> Signed {
    let Some((end, place)) = parts(image) else {
        return Signed::NoManifest;
    };
    let manifest = ManifestView::new_unchecked(&image[place as usize..]);
    match manifest.key() {
        None => Signed::Unsigned,
        Some(id) if id != key.id() => Signed::ByAnother(id),
        Some(_) => match digest(&image[..end], place).verify(key, &manifest.signature()) {
            true => Signed::Truly,
            false => Signed::Falsely,
        },
    }
}

/// Where the CRC word and the manifest are.
fn parts(image: &[u8]) -> Option<(usize, u32)> {
    let outer = OuterView::new_checked(image).ok()?;
    let (place, _) = manifest::find(&mut &*image, outer.irom_len()).ok()??;
    let end = image.len().checked_sub(crc::TRAILER_LEN)?;
    (place as usize + manifest::LEN <= end).then_some((end, place))
}

fn digest(covered: &[u8], manifest: u32) -> Digest {
    let mut digest = Digest::new(manifest);
    digest.update(covered);
    digest
}
