//! Which file is for which slot, as of now.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use d1_image::{FlashMap, Slot};

use super::event::{Event, Watcher};
use super::Options;
use crate::convert::{file_name, ConvertError, Image, Wish};
use crate::problem::Problem;

/// All files the server was given.
pub(super) struct Catalogue {
    wish: Wish,
    entries: Mutex<Vec<Entry>>,
}

/// One file and what it was when last looked at.
struct Entry {
    path: PathBuf,
    /// The bytes that `made` was made from.
    source: Vec<u8>,
    made: Result<Vec<Arc<Image>>, Problem>,
    /// The file's time and length when it was last read, and when it was last looked at.
    read: Option<Stamp>,
    seen: Option<Stamp>,
}

/// What a look at a file's directory entry tells.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    len: u64,
}

impl Stamp {
    fn of(path: &Path) -> Option<Stamp> {
        let data = fs::metadata(path).ok()?;
        Some(Stamp {
            modified: data.modified().ok(),
            len: data.len(),
        })
    }
}

/// Why there is no image for a slot.
#[derive(Debug)]
pub(super) enum Missing {
    /// No file is for this slot.
    NotGiven,
    /// A file that should be, or might be, is unusable now.
    Unusable(Problem),
}

impl Catalogue {
    /// Reads all files.
    pub(super) fn open(options: &Options, watcher: &dyn Watcher) -> Result<Catalogue, Problem> {
        let wish = Wish {
            map: options.map,
            slot: None,
            access: options.access,
            key: options.key,
        };
        let mut entries = Vec::new();
        for path in &options.files {
            let mut entry = Entry {
                path: path.clone(),
                source: Vec::new(),
                made: Ok(Vec::new()),
                read: None,
                seen: None,
            };
            entry.refresh(wish);
            if let Err(problem) = &entry.made {
                return Err(problem.clone());
            }
            entries.push(entry);
        }
        for slot in Slot::ALL {
            if let Err(Missing::Unusable(problem)) = find(&entries, slot) {
                return Err(problem);
            }
        }
        entries.iter().for_each(|entry| entry.tell(watcher));
        Ok(Catalogue {
            wish,
            entries: Mutex::new(entries),
        })
    }

    /// The image for a slot, from the files as they are now.
    pub(super) fn image(&self, slot: Slot, watcher: &dyn Watcher) -> Result<Arc<Image>, Missing> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries.iter_mut() {
            if entry.refresh(self.wish) {
                entry.tell(watcher);
            }
        }
        find(&entries, slot)
    }

    /// Reads the files that seem to have changed; a file being written is left in peace until the next look.
    pub(super) fn look(&self, watcher: &dyn Watcher) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries.iter_mut() {
            let stamp = Stamp::of(&entry.path);
            let is_settled = stamp == entry.seen;
            if is_settled && stamp != entry.read && entry.refresh(self.wish) {
                entry.tell(watcher);
            }
            entry.seen = stamp;
        }
    }

    /// The flash map of the images there are.
    pub(super) fn map(&self) -> Option<FlashMap> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let images = entries.iter().filter_map(|entry| entry.made.as_ref().ok());
        images.flatten().map(|image| image.map).next()
    }

    /// What there is, a line per file, for people who asked for something else.
    pub(super) fn describe(&self) -> String {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        for entry in entries.iter() {
            let file = name_of(&entry.path);
            match &entry.made {
                Ok(images) => text.extend(images.iter().map(|image| {
                    let (name, build, len) = (image.file_name(), image.build, image.bytes.len());
                    format!("  /{name}  build {build}, {len} bytes, from {file}\n")
                })),
                Err(problem) => text.push_str(&format!("  unusable now: {}\n", problem.message())),
            }
        }
        text
    }
}

impl Entry {
    /// Looks at the file again; returns whether there is something new to tell. Comparing its
    /// bytes costs less than trusting time stamps.
    fn refresh(&mut self, wish: Wish) -> bool {
        self.read = Stamp::of(&self.path);
        let read = fs::read(&self.path).map_err(|error| Problem::file("read", &self.path, &error));
        let made = match read {
            Ok(source) if source == self.source && !source.is_empty() => return false,
            Ok(source) => {
                let made = convert(&source, wish);
                self.source = source;
                made.map_err(|error| Problem::image(&self.path, &error))
            }
            Err(problem) => {
                self.source.clear();
                Err(problem)
            }
        };
        let same_problem = made.is_err() && made == self.made;
        self.made = made;
        !same_problem
    }

    fn tell(&self, watcher: &dyn Watcher) {
        match &self.made {
            Ok(images) => images.iter().for_each(|image| {
                watcher.notice(&Event::Loaded {
                    file: &self.path,
                    image,
                });
            }),
            Err(problem) => watcher.notice(&Event::Unusable { problem }),
        }
    }
}

/// The images a file makes: two when it runs in either slot and does not say.
fn convert(source: &[u8], wish: Wish) -> Result<Vec<Arc<Image>>, ConvertError> {
    match Image::from_file(source, wish) {
        Ok(image) => Ok(vec![Arc::new(image)]),
        Err(ConvertError::EitherSlot) => Slot::ALL
            .into_iter()
            .map(|slot| {
                Image::from_file(
                    source,
                    Wish {
                        slot: Some(slot),
                        ..wish
                    },
                )
                .map(Arc::new)
            })
            .collect(),
        Err(error) => Err(error),
    }
}

/// The one image for a slot.
fn find(entries: &[Entry], slot: Slot) -> Result<Arc<Image>, Missing> {
    let mut found: Option<(&Entry, &Arc<Image>)> = None;
    let mut other_map: Option<(&Entry, FlashMap)> = None;
    let mut unusable = None;
    for entry in entries {
        let images = match &entry.made {
            Ok(images) => images,
            Err(problem) => {
                unusable = Some(problem.clone());
                continue;
            }
        };
        for image in images {
            match other_map {
                Some((first, map)) if map != image.map => {
                    return Err(Missing::Unusable(two_maps(first, map, entry, image.map)));
                }
                _ => other_map = Some((entry, image.map)),
            }
            if image.slot == slot {
                if let Some((first, _)) = found {
                    return Err(Missing::Unusable(two_files(slot, first, entry)));
                }
                found = Some((entry, image));
            }
        }
    }
    match (found, unusable) {
        (Some((_, image)), _) => Ok(image.clone()),
        (None, Some(problem)) => Err(Missing::Unusable(problem)),
        (None, None) => Err(Missing::NotGiven),
    }
}

fn two_files(slot: Slot, first: &Entry, second: &Entry) -> Problem {
    Problem::new(format!(
        "{} and {} are both for {}",
        first.path.display(),
        second.path.display(),
        slot.name()
    ))
    .with_help(format!(
        "one of them has to be for {}: linked with memory-app{}.x",
        slot.other().name(),
        slot.other().number()
    ))
}

fn two_maps(first: &Entry, map: FlashMap, second: &Entry, other: FlashMap) -> Problem {
    Problem::new(format!(
        "{} is for the {} flash map and {} for {}",
        first.path.display(),
        map.name(),
        second.path.display(),
        other.name()
    ))
    .with_help("build both for the same flash size")
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

/// The slot whose image has this URL path.
pub(super) fn slot_of(path: &str) -> Option<Slot> {
    Slot::ALL
        .into_iter()
        .find(|slot| path.strip_prefix('/') == Some(file_name(*slot).as_str()))
}
