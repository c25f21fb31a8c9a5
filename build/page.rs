//! Packs the page's files (`src/page`) into a Rust source file that `src/page/asset.rs` includes.
//!
//! What is the same in every answer, style and script with it, is minified and compressed: the beginning of a gzip
//! stream that the device goes on with. The rest is filled in by the device, so it stays text: `{name}` is a blank, `{?name}` ... `{/}` a section; each becomes one byte that is no
//! ASCII, and a variant of an enum, so that the compiler finds a blank that nobody fills.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use d1_image::crc::Crc32;

/// Codes of blanks, of sections, and of a section's end.
const BLANK_FIRST: u8 = 0x80;
const SECTION_FIRST: u8 = 0xE0;
const SECTION_END: u8 = 0xFF;

/// Writes `page.rs` into `OUT_DIR`.
pub fn pack() {
    let directory = Path::new(&variable("CARGO_MANIFEST_DIR")).join("src/page");
    println!("cargo:rerun-if-changed={}", directory.display());
    let read = |name: &str| {
        let path = directory.join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let (style, script) = (read("page.css"), read("page.js"));
    let style = minifier::css::minify(&style).expect("page.css is well-formed");
    let script = minifier::js::minify(&script).expect("page.js is well-formed");
    let template = Template::parse(&read("index.html"));

    let mut source = format!(
        "const BLANK_FIRST: usize = {BLANK_FIRST};\nconst SECTION_FIRST: usize = {SECTION_FIRST};\n\
         const SECTION_END: usize = {SECTION_END};\n"
    );
    source += &variants("Blank", "A blank in the page.", &template.blanks);
    source += &variants(
        "Section",
        "A part that is not always there.",
        &template.sections,
    );
    let head: String = read("head.html").lines().collect();
    let head = head
        .replace("{style}", &style.to_string())
        .replace("{script}", &script.to_string());
    let what = "The beginning of the page, compressed, up to a byte's end.";
    source += &asset("HEAD", what, &deflate(&head));
    let mut crc = Crc32::new();
    crc.update(head.as_bytes());
    let (len, crc) = (head.len(), crc.zlib());
    let _ = writeln!(
        source,
        "/// Bytes of that when it is unpacked, and their CRC.\n\
         pub const HEAD_SUM: Sum = Sum {{ len: {len}, crc: Crc32::continuing({crc:#x}) }};"
    );
    source += &asset("INDEX_BYTES", "The page.", &template.bytes);
    source += "/// The page.\npub const INDEX: Template = Template(INDEX_BYTES);\n";
    let path = Path::new(&variable("OUT_DIR")).join("page.rs");
    fs::write(&path, source).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

/// Compresses, and ends at a byte's end without ending the stream.
fn deflate(text: &str) -> Vec<u8> {
    let mut packed = Vec::with_capacity(text.len() + 64);
    let mut compress = flate2::Compress::new(flate2::Compression::best(), false);
    let sync = flate2::FlushCompress::Sync;
    let status = compress.compress_vec(text.as_bytes(), &mut packed, sync);
    assert!(status.is_ok() && compress.total_in() == text.len() as u64);
    packed
}

/// A text whose blanks and sections are single bytes.
struct Template {
    bytes: Vec<u8>,
    blanks: Vec<String>,
    sections: Vec<String>,
}

impl Template {
    fn parse(text: &str) -> Template {
        let mut template = Template {
            bytes: Vec::new(),
            blanks: Vec::new(),
            sections: Vec::new(),
        };
        // Indentation is for whoever edits the file.
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            template.line(line);
        }
        template
    }

    fn line(&mut self, line: &str) {
        assert!(line.is_ascii(), "index.html: not ASCII: {line}");
        let is_section = line.starts_with("{?") || line == "{/}";
        let mut rest = line;
        while let Some((text, (name, behind))) = rest
            .split_once('{')
            .and_then(|(text, rest)| Some((text, rest.split_once('}')?)))
        {
            self.bytes.extend(text.as_bytes());
            let code = match name.strip_prefix('?') {
                _ if name == "/" => SECTION_END,
                Some(section) => SECTION_FIRST + place(&mut self.sections, section),
                None => BLANK_FIRST + place(&mut self.blanks, name),
            };
            self.bytes.push(code);
            rest = behind;
        }
        self.bytes.extend(rest.as_bytes());
        if !is_section {
            self.bytes.push(b'\n');
        }
    }
}

/// Where `name` stands among `names`, at the end if it is new.
fn place(names: &mut Vec<String>, name: &str) -> u8 {
    let place = names.iter().position(|known| known == name);
    let place = place.unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    });
    u8::try_from(place).expect("few names")
}

/// An enum with `names` as its variants.
fn variants(name: &str, what: &str, names: &[String]) -> String {
    let mut source = format!(
        "/// {what}\n#[allow(missing_docs)] // the page says it\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]\n\
         pub enum {name} {{\n"
    );
    let names: Vec<String> = names.iter().map(|name| camel_case(name)).collect();
    for name in &names {
        let _ = writeln!(source, "    {name},");
    }
    let all: Vec<String> = names
        .iter()
        .map(|variant| format!("{name}::{variant}"))
        .collect();
    let _ = writeln!(
        source,
        "}}\nimpl {name} {{\n    const ALL: [{name}; {}] = [{}];\n}}",
        all.len(),
        all.join(", ")
    );
    source
}

fn camel_case(name: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('_').map(capital).collect()
}

/// Bytes as words, in the part of flash whose owner reads it so.
fn asset(name: &str, what: &str, bytes: &[u8]) -> String {
    let words: Vec<String> = bytes
        .chunks(4)
        .map(|chunk| {
            let mut word = [0; 4];
            word[..chunk.len()].copy_from_slice(chunk);
            format!("{:#x}", u32::from_le_bytes(word))
        })
        .collect();
    let (count, len) = (words.len(), bytes.len());
    format!(
        "#[cfg_attr(target_arch = \"xtensa\", link_section = \".irom.rodata.page\")]\n\
         static {name}_WORDS: [u32; {count}] = [{}];\n\
         /// {what}\npub const {name}: Asset = Asset {{ words: &{name}_WORDS, len: {len} }};\n",
        words.join(", ")
    )
}
