//! The program as rustc calls it, with scripts in the place of GNU's tools.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const BITCODE: &[u8] = b"BC\xC0\xDE....";
const OBJECT: &[u8] = b"\x7FELF....";
const ASSEMBLY: &str = "\t.literal .LCPI0_0, 7\n\t.section\t.text.f,\"ax\",@progbits\nf:\n\tl32r\ta2, .LCPI0_0\n\tret\n";

/// What rustc leaves for the linker, in a directory of the test's own.
struct Scene(PathBuf);

impl Scene {
    fn new(name: &str) -> Scene {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        let scene = Scene(directory);
        // The assembler: `-o <object> <source>` are its last arguments, and it counts its runs.
        scene.tool(
            "as",
            r#"while [ "$1" != -o ]; do shift; done; cp "$3" "$2"; echo run >> assembled"#,
        );
        scene.tool("gcc", r#"for a in "$@"; do echo "$a"; done > linked"#);
        scene
    }

    fn tool(&self, name: &str, script: &str) {
        let path = self.0.join(name);
        fs::write(
            &path,
            format!("#!/bin/sh\ncd \"{}\"\n{script}\n", self.0.display()),
        )
        .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        fs::write(&path, contents).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn link(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_xlink"))
            .args(arguments)
            .env("XLINK_AS", self.0.join("as"))
            .env("XLINK_GCC", self.0.join("gcc"))
            .output()
            .unwrap()
    }

    /// What a failed link said.
    fn complaint(&self, arguments: &[&str]) -> String {
        let output = self.link(arguments);
        assert!(!output.status.success(), "it linked");
        assert!(
            !self.0.join("linked").exists(),
            "the linker ran all the same"
        );
        String::from_utf8(output.stderr).unwrap()
    }
}

/// An archive of one member.
fn archive(name: &str, contents: &[u8]) -> Vec<u8> {
    let header = format!(
        "!<arch>\n{:<48}{:<10}`\n",
        format!("{name}/"),
        contents.len()
    );
    [header.as_bytes(), contents].concat()
}

#[test]
fn bitcode_gives_way_to_assembled_code_and_the_rest_stays() {
    let scene = Scene::new("replace");
    let program = scene.file("program.rcgu.o", BITCODE);
    let native = scene.file("native.o", OBJECT);
    let leaves = scene.file("libleaves.rlib", archive("leaves.o", OBJECT));
    let builtins = scene.file("libbuiltins-1.rlib", archive("builtins.o", BITCODE));
    scene.file("builtins-1.s", ASSEMBLY);
    let output = scene.path("program");
    scene.file("program.s", ASSEMBLY);

    let result = scene.link(&[
        &program,
        &native,
        &leaves,
        &builtins,
        "-o",
        &output,
        "-Wl,--gc-sections",
    ]);
    assert!(result.status.success(), "{result:?}");

    let linked = fs::read_to_string(scene.path("linked")).unwrap();
    let linked: Vec<_> = linked.lines().collect();
    assert_eq!(linked[..3], [&scene.path("program.s.o"), &native, &leaves]);
    assert!(
        linked[3].starts_with(&scene.path("builtins-1.s.")) && linked[3].ends_with(".o"),
        "{}",
        linked[3]
    );
    let rest = ["-o", &output, "-Wl,--gc-sections", "-Wl,--size-opt"];
    assert_eq!(linked[4..], rest);
    // The script copied its input: what was assembled is the mended text.
    let assembled = fs::read_to_string(scene.path("program.s.o")).unwrap();
    assert!(
        assembled.find("f,\"ax\"").unwrap() < assembled.find(".literal").unwrap(),
        "{assembled}"
    );
}

#[test]
fn a_library_is_assembled_once_for_the_same_text() {
    let scene = Scene::new("once");
    let program = scene.file("program.rcgu.o", BITCODE);
    let builtins = scene.file("libbuiltins-1.rlib", archive("builtins.o", BITCODE));
    scene.file("program.s", ASSEMBLY);
    let output = scene.path("program");
    let runs = || {
        fs::read_to_string(scene.path("assembled"))
            .unwrap()
            .lines()
            .count()
    };
    for (text, expected) in [("f:\n", 2), ("f:\n", 3), ("g:\n", 5)] {
        scene.file("builtins-1.s", text);
        assert!(scene
            .link(&[&program, &builtins, "-o", &output])
            .status
            .success());
        assert_eq!(runs(), expected, "{text}");
    }
}

#[test]
fn response_files_are_read() {
    let scene = Scene::new("response");
    let program = scene.file("program.rcgu.o", BITCODE);
    scene.file("program.s", ASSEMBLY);
    let response = scene.file(
        "arguments",
        format!("{program}\n-o\n{}\n", scene.path("program")),
    );
    assert!(scene.link(&[&format!("@{response}")]).status.success());
}

#[test]
fn missing_assembly_is_named_with_its_remedy() {
    let scene = Scene::new("missing");
    let program = scene.file("program.rcgu.o", BITCODE);
    let complaint = scene.complaint(&[&program, "-o", &scene.path("program")]);
    assert!(
        complaint.contains("program.s") && complaint.contains("--emit=asm"),
        "{complaint}"
    );
}

#[test]
fn a_library_outside_lto_without_assembly_is_named() {
    let scene = Scene::new("library");
    let program = scene.file("program.rcgu.o", BITCODE);
    scene.file("program.s", ASSEMBLY);
    let library = scene.file("libother-2.rlib", archive("other.o", BITCODE));
    let complaint = scene.complaint(&[&program, &library, "-o", &scene.path("program")]);
    assert!(
        complaint.contains("libother-2.rlib") && complaint.contains("other-2.s"),
        "{complaint}"
    );
}

#[test]
fn objects_instead_of_bitcode_are_refused() {
    let scene = Scene::new("objects");
    let program = scene.file("program.rcgu.o", OBJECT);
    let complaint = scene.complaint(&[&program, "-o", &scene.path("program")]);
    assert!(complaint.contains("obj-is-bitcode"), "{complaint}");
}

#[test]
fn several_pieces_of_bitcode_are_refused() {
    let scene = Scene::new("several");
    let one = scene.file("one.rcgu.o", BITCODE);
    let two = scene.file("two.rcgu.o", BITCODE);
    scene.file("program.s", ASSEMBLY);
    let complaint = scene.complaint(&[&one, &two, "-o", &scene.path("program")]);
    assert!(complaint.contains("codegen-units = 1"), "{complaint}");
}

#[test]
fn assembly_of_another_shape_is_refused_with_its_line() {
    let scene = Scene::new("shape");
    let program = scene.file("program.rcgu.o", BITCODE);
    scene.file("program.s", "\t.text\n\t.literal .LCPI0_0, 7\n\tret\n");
    let complaint = scene.complaint(&[&program, "-o", &scene.path("program")]);
    assert!(
        complaint.contains("program.s:3: `ret` stands between"),
        "{complaint}"
    );
}

#[test]
fn a_tool_that_is_not_there_is_named() {
    let scene = Scene::new("tool");
    let program = scene.file("program.rcgu.o", BITCODE);
    scene.file("program.s", ASSEMBLY);
    fs::remove_file(scene.0.join("as")).unwrap();
    let complaint = scene.complaint(&[&program, "-o", &scene.path("program")]);
    assert!(
        complaint.contains("cannot run") && complaint.contains("cargo xtask setup"),
        "{complaint}"
    );
}
