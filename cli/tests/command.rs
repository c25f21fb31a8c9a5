//! The binary: exit codes, messages, and what it writes.

#[path = "../src/sample.rs"]
mod sample;

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use d1_image::{FlashMap, Slot};
use sample::Sample;
use serde_json::Value;
use tempfile::TempDir;

struct Room(TempDir);

impl Room {
    fn new() -> Room {
        Room(tempfile::tempdir().unwrap())
    }

    fn with(self, name: &str, content: &[u8]) -> Room {
        std::fs::write(self.path().join(name), content).unwrap();
        self
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).unwrap()
    }

    /// Runs `d1ota` in the room; a space ends an argument.
    fn run(&self, arguments: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_d1ota"))
            .args(arguments.split(' '))
            .current_dir(self.path())
            .output()
            .unwrap()
    }

    fn succeeds(&self, arguments: &str) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs to exit code `code`; what was said on standard error has all `words`.
    fn fails(&self, code: i32, arguments: &str, words: &[&str]) {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{errors}");
        for word in words {
            assert!(errors.contains(word), "{word:?} is missing in: {errors}");
        }
    }
}

fn elf(slot: Slot) -> Vec<u8> {
    Sample::for_slot(FlashMap::M1, slot).emit()
}

#[test]
fn image_then_inspect_then_merge() {
    let room = Room::new()
        .with("boot.elf", &Sample::boot().emit())
        .with("one.elf", &elf(Slot::One))
        .with("two.elf", &elf(Slot::Two));
    let said = room.succeeds("image one.elf -o user1.bin --flash-size 1M");
    assert!(said.contains("user1, build 1, 1M map"), "{said}");
    room.succeeds("image boot.elf -o boot.bin --boot --flash-size 1M");
    assert!(room
        .succeeds("inspect user1.bin")
        .contains("verdict   good"));
    assert!(room.succeeds("inspect boot.bin").contains("verdict   good"));
    room.succeeds("merge boot.bin user1.bin two.elf -o flash.bin --chip-size 2M");
    let flash = room.read("flash.bin");
    assert_eq!(flash.len(), 0x20_0000);
    assert!(flash[0x1000..].starts_with(&room.read("user1.bin")));
    assert!(room
        .succeeds("inspect flash.bin")
        .contains("user2 @ 0x81000"));
}

#[test]
fn inspect_of_a_damaged_image_explains_and_fails() {
    let room = Room::new().with("one.elf", &elf(Slot::One));
    room.succeeds("image one.elf -o user1.bin");
    let mut image = room.read("user1.bin");
    image[20] ^= 4;
    let room = room.with("user1.bin", &image);
    room.fails(
        1,
        "inspect user1.bin",
        &["user1.bin", "the device would refuse it: CRC"],
    );
    let output = room.run("inspect user1.bin");
    assert!(String::from_utf8_lossy(&output.stdout).contains("build number"));
}

#[test]
fn image_names_the_file_what_was_seen_and_what_to_do() {
    let room = Room::new()
        .with("two.elf", &elf(Slot::Two))
        .with("page.html", b"<!DOCTYPE html><title>Not Found</title>")
        .with(
            "small.elf",
            &Sample::for_slot(FlashMap::K512, Slot::One).emit(),
        );
    room.fails(
        1,
        "image two.elf -o x.bin --slot 1",
        &[
            "two.elf",
            "linked for user2 (at 0x40281010), not for user1",
            "memory-app1.x",
        ],
    );
    room.fails(
        1,
        "image small.elf -o x.bin --flash-size 1M",
        &[
            "small.elf",
            "built for the 512K flash map, not for 1M",
            "--flash-size 512K",
        ],
    );
    room.fails(
        1,
        "image page.html -o x.bin",
        &["page.html", "HTML", "help:"],
    );
    room.fails(
        1,
        "image missing.elf -o x.bin",
        &["missing.elf", "cargo xtask build"],
    );
    assert!(!room.path().join("x.bin").exists());
}

#[test]
fn flash_access_options_reach_the_header() {
    let room = Room::new().with("one.elf", &elf(Slot::One));
    room.succeeds("image one.elf -o user1.bin --flash-mode qio --flash-freq 80m");
    let said = room.succeeds("inspect user1.bin");
    assert!(said.contains("QIO") && said.contains("80 MHz"), "{said}");
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let room = Room::new();
    room.fails(
        2,
        "image a.elf -o b.bin --flash-size 2M",
        &["512K, 1M and 4M"],
    );
    room.fails(
        2,
        "emulate --flash f.bin --chip-size 3M",
        &["512K, 1M, 2M, 4M, 8M and 16M"],
    );
    room.fails(2, "emulate --flash f.bin --uart 5555", &["tcp:PORT"]);
    room.fails(2, "emulate --flash f.bin --uart udp:1", &["rfc2217:PORT"]);
    room.fails(
        2,
        "emulate --flash f.bin --server localhost",
        &["HOST:PORT"],
    );
    room.fails(
        2,
        "emulate --flash f.bin --cut-power-at 0",
        &["--cut-power-at"],
    );
    room.fails(2, "serve", &["ELF"]);
    room.fails(2, "srve", &["serve"]);
}

#[test]
fn serve_tells_programs_a_line_of_json_for_each_event() {
    let room = Room::new()
        .with("a.elf", &elf(Slot::One))
        .with("b.elf", &elf(Slot::Two));
    let mut server = Command::new(env!("CARGO_BIN_EXE_d1ota"))
        .args("serve --json --bind 127.0.0.1 --port 0 a.elf b.elf".split(' '))
        .current_dir(room.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let events: Vec<Value> = lines
        .take(3)
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(events[0]["event"], "loaded");
    assert_eq!(events[0]["image"]["slot"], "user1");
    assert_eq!(events[1]["image"]["build"], 1);
    assert_eq!(events[2]["event"], "interface");
    assert_eq!(events[2]["interface"]["answers"], true);
}

#[test]
fn inspect_tells_programs_the_verdict_and_each_field() {
    let room = Room::new().with("one.elf", &elf(Slot::One));
    room.succeeds("image one.elf -o user1.bin");
    let told: Value = serde_json::from_str(&room.succeeds("inspect --json user1.bin")).unwrap();
    assert_eq!(told["verdict"], "good");
    let fields = told["fields"].as_array().unwrap();
    let build = fields.iter().find(|field| field["name"] == "build number");
    let build = build.unwrap();
    assert_eq!(
        (&build["part"], &build["value"]),
        (&"user1".into(), &"1".into())
    );
}

#[test]
fn completions_are_written_for_every_shell() {
    let room = Room::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = room.succeeds(&format!("completions {shell}"));
        assert!(script.contains("monitor"), "{shell}");
    }
    room.fails(2, "completions tcsh", &["bash"]);
}

#[test]
fn serve_refuses_two_elfs_for_one_slot() {
    let room = Room::new()
        .with("a.elf", &elf(Slot::One))
        .with("b.elf", &elf(Slot::One));
    room.fails(
        1,
        "serve --port 0 a.elf b.elf",
        &["a.elf and b.elf are both for user1"],
    );
}

#[test]
fn serve_names_a_taken_port_and_its_option() {
    let room = Room::new().with("a.elf", &elf(Slot::One));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let arguments = format!("serve --bind 127.0.0.1 --port {port} a.elf");
    room.fails(1, &arguments, &[&port.to_string(), "--port"]);
}

#[test]
fn emulate_names_a_taken_port_and_its_option() {
    let room = Room::new().with("flash.bin", b"");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    room.fails(
        1,
        &format!("emulate --flash flash.bin --uart tcp:{port}"),
        &[&port.to_string(), "--uart"],
    );
    room.fails(
        1,
        &format!("emulate --flash flash.bin --listen {port}"),
        &[&port.to_string(), "--listen"],
    );
    // The trigger's port, 8 above the page's.
    let below = port - 8;
    room.fails(
        1,
        &format!("emulate --flash flash.bin --listen {below}"),
        &[&port.to_string(), "--listen"],
    );
    room.fails(
        1,
        "emulate --flash flash.bin --listen 65530",
        &["65530", "--listen"],
    );
}

#[test]
fn emulate_without_its_flash_file_says_where_one_comes_from() {
    Room::new().fails(
        1,
        "emulate --flash nothing.bin",
        &["nothing.bin", "cargo xtask build"],
    );
}

#[test]
fn emulate_takes_no_other_file_for_a_mask_rom() {
    let room = Room::new()
        .with("flash.bin", b"")
        .with("short.bin", &[0; 1000])
        .with("other.bin", &[0; 0x1_0000]);
    room.fails(
        1,
        "emulate --flash flash.bin --rom short.bin",
        &["short.bin", "65536 bytes, this has 1000", "dump_mem"],
    );
    room.fails(
        1,
        "emulate --flash flash.bin --rom other.bin",
        &["other.bin", "not the ESP8266's mask ROM"],
    );
    room.fails(
        1,
        "emulate --flash flash.bin --rom nothing.bin",
        &["cannot read nothing.bin"],
    );
}

#[test]
fn erased_chip_shows_the_boot_rom_banner_and_ends_after_its_cycles() {
    let room = Room::new().with("flash.bin", b"");
    let said = room.succeeds("emulate --flash flash.bin --max-cycles 20000000");
    assert!(said.contains("rst cause:1, boot mode:(3,"), "{said:?}");
    assert_eq!(room.read("flash.bin"), vec![0xFF; 0x40_0000]);
}

#[test]
fn a_new_key_is_its_owners_alone_and_never_overwrites() {
    let room = Room::new();
    let said = room.succeeds("key new my.pem");
    let id = said.split("key ").nth(1).unwrap()[..8].to_owned();
    assert!(said.contains("cargo xtask build --key my.pem"), "{said}");
    let key = room.read("my.pem");
    assert!(key.starts_with(b"-----BEGIN PRIVATE KEY-----\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(room.path().join("my.pem")).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    }
    room.fails(
        1,
        "key new my.pem",
        &["my.pem exists already", "never overwritten"],
    );
    assert!(room.read("my.pem") == key, "the key was touched");
    let shown = room.succeeds("key show my.pem");
    assert!(shown.contains(&format!("key {id}\n")), "{shown}");
    let room = room.with("other.txt", b"no key");
    room.fails(
        1,
        "key show other.txt",
        &["other.txt holds no Ed25519 key", "key new"],
    );
    room.fails(1, "key show none.pem", &["cannot read none.pem"]);
}

#[test]
fn without_a_key_the_development_key_signs_and_is_called_that() {
    let room = Room::new().with("one.elf", &elf(Slot::One));
    let said = room.succeeds("image one.elf -o user1.bin");
    assert!(
        said.contains("signed by development key 47409e86"),
        "{said}"
    );
    let said = room.succeeds("inspect user1.bin");
    assert!(
        said.contains("signed by development key 47409e86, rightly"),
        "{said}"
    );
    let said = room.succeeds("key show");
    assert!(said.contains("for trying out only"), "{said}");
}

#[test]
fn images_are_signed_and_signed_again_with_the_key_that_was_given() {
    let room = Room::new().with("one.elf", &elf(Slot::One));
    let said = room.succeeds("key new my.pem");
    let id = said.split("key ").nth(1).unwrap()[..8].to_owned();
    let said = room.succeeds("image one.elf -o user1.bin --key my.pem");
    assert!(said.contains(&format!("signed by key {id}")), "{said}");
    let said = room.succeeds("inspect user1.bin");
    assert!(
        said.contains(&format!("says it is signed by key {id}, which --key FILE")),
        "{said}"
    );
    // The public half is enough to look.
    let shown = room.succeeds("key show my.pem");
    let pem = &shown[shown.find("-----").unwrap()..];
    let room = room.with("public.pem", pem.as_bytes());
    for key in ["my.pem", "public.pem"] {
        let said = room.succeeds(&format!("inspect user1.bin --key {key}"));
        assert!(
            said.contains(&format!("signed by key {id}, rightly")),
            "{said}"
        );
    }
    room.fails(
        1,
        "image one.elf -o x.bin --key public.pem",
        &["holds a public key only"],
    );

    room.succeeds("image one.elf -o development.bin");
    room.succeeds("image development.bin -o again.bin --key my.pem");
    assert!(
        room.read("again.bin") == room.read("user1.bin"),
        "signing is deterministic"
    );
    // Without a key, an image stays what it is.
    room.succeeds("image user1.bin -o same.bin");
    assert!(room.read("same.bin") == room.read("user1.bin"));
}

#[test]
fn a_false_signature_is_seen() {
    let room = Room::new().with("one.elf", &elf(Slot::One));
    room.succeeds("image one.elf -o user1.bin");
    let mut image = room.read("user1.bin");
    image[20] ^= 4;
    let end = image.len() - 4;
    let mut crc = d1_image::crc::Crc32::new();
    crc.update(&image[..end]);
    image[end..].copy_from_slice(&crc.image_word().to_le_bytes());
    let room = room.with("user1.bin", &image);
    room.fails(
        1,
        "inspect user1.bin",
        &["the device would refuse it: bad signature"],
    );
}
