//! What an image says about itself beyond Espressif's headers, and the place of its signature.
//!
//! 128 bytes of irom, the part of an image that nobody but us interprets: its first ones if the program was
//! linked with room for them, so that a downloader sees them before it erases anything, else its last ones. It
//! knows where the signature lies; what one is worth is `d1-signature`'s business.

use core::fmt;

use crate::header::{word, Malformed, Outer};
use crate::source::{ReadError, Source};

/// Bytes of a manifest.
pub const LEN: usize = field::SIGNATURE.end;
/// Bytes of a signature.
pub const SIGNATURE_LEN: usize = field::SIGNATURE.end - field::SIGNATURE.start;
/// Where the signature lies in a manifest.
pub const SIGNATURE_OFFSET: usize = field::SIGNATURE.start;
/// Bytes that tell whether there is a manifest, and the build number.
pub const START_LEN: usize = field::IMAGE_LEN.end;

const MAGIC: [u8; 4] = *b"D1M2";

mod field {
    use core::ops::Range;
    pub const MAGIC: Range<usize> = 0..4;
    pub const BUILD: Range<usize> = 4..8;
    pub const RELEASE: Range<usize> = 8..12;
    pub const IMAGE_LEN: Range<usize> = 12..16;
    pub const PROJECT: Range<usize> = 16..32;
    pub const BOARD: usize = 32;
    pub const KEY: Range<usize> = 36..40;
    pub const SIGNATURE: Range<usize> = 64..128;
}

/// Whether an irom of that many bytes can hold a manifest.
pub const fn has_room(irom_len: u32) -> bool {
    irom_len >= LEN as u32
}

/// Where the manifest of an image whose irom has room for one may lie, from the image's first byte: in front of
/// irom, or at its end.
pub const fn places(irom_len: u32) -> [u32; 2] {
    let front = Outer::LEN as u32;
    [front, (front + irom_len).wrapping_sub(LEN as u32)]
}

/// The build number, if a manifest starts with these bytes.
pub fn build_of(start: &[u8; START_LEN]) -> Option<u32> {
    (start[field::MAGIC] == MAGIC).then(|| word(&start[field::BUILD]))
}

/// Finds the manifest of an image whose irom has `irom_len` bytes: its offset and its bytes.
///
/// # Errors
/// [`ReadError`] from the source.
pub fn find<S: Source>(
    source: &mut S,
    irom_len: u32,
) -> Result<Option<(u32, [u8; LEN])>, ReadError> {
    if !has_room(irom_len) {
        return Ok(None);
    }
    let mut bytes = [0; LEN];
    for place in places(irom_len) {
        source.read(place, &mut bytes)?;
        if ManifestView::new_checked(&bytes).is_ok() {
            return Ok(Some((place, bytes)));
        }
    }
    Ok(None)
}

/// The name of what an image is a firmware of: up to 16 characters of ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Project([u8; field::PROJECT.end - field::PROJECT.start]);

impl Project {
    /// This project, and the default for programs that do not say.
    pub const D1_OTA: Project = Project::new("d1-ota");

    /// A project of that name.
    ///
    /// # Panics
    /// If the name is empty, too long, or not of printable ASCII.
    pub const fn new(name: &str) -> Project {
        let mut bytes = [0; field::PROJECT.end - field::PROJECT.start];
        assert!(
            !name.is_empty() && name.len() <= bytes.len(),
            "1 to 16 characters"
        );
        let mut at = 0;
        while at < name.len() {
            bytes[at] = name.as_bytes()[at];
            assert!(bytes[at].is_ascii_graphic(), "printable ASCII");
            at += 1;
        }
        Project(bytes)
    }
}

impl fmt::Display for Project {
    /// Bytes from a stranger's image are shown as far as they can be.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.into_iter().take_while(|byte| *byte != 0) {
            let shown = if byte.is_ascii_graphic() { byte } else { b'?' };
            write!(f, "{}", char::from(shown))?;
        }
        Ok(())
    }
}

/// Which key signed an image: the first four bytes of the public key. A name, no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyId(pub [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// View of a manifest.
#[derive(Clone, Copy, Debug)]
pub struct ManifestView<T>(T);

impl<T: AsRef<[u8]>> ManifestView<T> {
    /// A view that trusts its bytes: accessors panic if there are fewer than [`LEN`].
    pub const fn new_unchecked(bytes: T) -> Self {
        ManifestView(bytes)
    }

    /// A view of enough bytes that start with the magic.
    ///
    /// # Errors
    /// [`Malformed`] otherwise: an image made by another tool, or before there were signatures.
    pub fn new_checked(bytes: T) -> Result<Self, Malformed> {
        if bytes.as_ref().len() < LEN || bytes.as_ref()[field::MAGIC] != MAGIC {
            return Err(Malformed);
        }
        Ok(ManifestView(bytes))
    }

    /// Build number.
    pub fn build(&self) -> u32 {
        word(&self.0.as_ref()[field::BUILD])
    }

    /// Release; 0 for a development build.
    pub fn release(&self) -> u32 {
        word(&self.0.as_ref()[field::RELEASE])
    }

    /// Bytes of the whole image.
    pub fn image_len(&self) -> u32 {
        word(&self.0.as_ref()[field::IMAGE_LEN])
    }

    /// What the image is a firmware of.
    pub fn project(&self) -> Project {
        let mut name = [0; field::PROJECT.end - field::PROJECT.start];
        name.copy_from_slice(&self.0.as_ref()[field::PROJECT]);
        Project(name)
    }

    /// The lowest board it runs on.
    pub fn board(&self) -> u8 {
        self.0.as_ref()[field::BOARD]
    }

    /// Who says to have signed the image; `None` if nobody does.
    pub fn key(&self) -> Option<KeyId> {
        let key = &self.0.as_ref()[field::KEY];
        let key = [key[0], key[1], key[2], key[3]];
        (key != [0; 4]).then_some(KeyId(key))
    }

    /// The signature; zeros if nobody signed.
    pub fn signature(&self) -> [u8; SIGNATURE_LEN] {
        let mut signature = [0; SIGNATURE_LEN];
        signature.copy_from_slice(&self.0.as_ref()[field::SIGNATURE]);
        signature
    }
}

impl<T: AsRef<[u8]> + AsMut<[u8]>> ManifestView<T> {
    /// Sets who signs; `None` takes back a signature's claim.
    pub fn set_key(&mut self, key: Option<KeyId>) {
        let bytes = key.map_or([0; 4], |key| key.0);
        self.0.as_mut()[field::KEY].copy_from_slice(&bytes);
    }

    /// Sets the signature.
    pub fn set_signature(&mut self, signature: &[u8; SIGNATURE_LEN]) {
        self.0.as_mut()[field::SIGNATURE].copy_from_slice(signature);
    }
}

/// Meaning of a manifest, but for the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Build number.
    pub build: u32,
    /// What age is told by: a firmware takes no image of a lower one unless it is forced to. 0: a development
    /// build.
    pub release: u32,
    /// Bytes of the whole image, CRC word included.
    pub image_len: u32,
    /// What the image is a firmware of.
    pub project: Project,
    /// The lowest board it runs on; a board can do what those of lower numbers can.
    pub board: u8,
    /// Who signed; `None` if nobody did.
    pub key: Option<KeyId>,
}

impl Manifest {
    /// The manifest of an unsigned development build of this project for any board.
    pub const fn new(build: u32) -> Manifest {
        Manifest {
            build,
            release: 0,
            image_len: 0,
            project: Project::D1_OTA,
            board: 0,
            key: None,
        }
    }

    /// Reads the meaning of a view.
    pub fn parse<T: AsRef<[u8]>>(view: &ManifestView<T>) -> Manifest {
        Manifest {
            build: view.build(),
            release: view.release(),
            image_len: view.image_len(),
            project: view.project(),
            board: view.board(),
            key: view.key(),
        }
    }

    /// The manifest's bytes, with zeros for a signature.
    pub const fn emit(&self) -> [u8; LEN] {
        let mut bytes = [0; LEN];
        put(&mut bytes, field::MAGIC.start, &MAGIC);
        put(&mut bytes, field::BUILD.start, &self.build.to_le_bytes());
        put(
            &mut bytes,
            field::RELEASE.start,
            &self.release.to_le_bytes(),
        );
        put(
            &mut bytes,
            field::IMAGE_LEN.start,
            &self.image_len.to_le_bytes(),
        );
        put(&mut bytes, field::PROJECT.start, &self.project.0);
        bytes[field::BOARD] = self.board;
        if let Some(key) = &self.key {
            put(&mut bytes, field::KEY.start, &key.0);
        }
        bytes
    }
}

/// Copies, at compile time too: a firmware reserves its manifest's room with a static.
const fn put(bytes: &mut [u8; LEN], at: usize, value: &[u8]) {
    let mut index = 0;
    while index < value.len() {
        bytes[at + index] = value[index];
        index += 1;
    }
}
