//! Tests of the pass: on lines as LLVM 22 prints them, and on made-up programs.

use super::*;
use proptest::prelude::*;

const FUNCTION: &str = "\
\t.literal_position
\t.literal .LCPI1_0, memcpy
\t.literal .LCPI1_1, 65280
\t.section\t.text.first,\"ax\",@progbits
\t.section\t.text.second,\"ax\",@progbits
\t.p2align\t2
\t.type\tsecond,@function
second:
.Lfunc_begin1:
\t.cfi_startproc
\tl32r\ta8, .LCPI1_0
\t.cfi_def_cfa_offset 32
\tcallx0\ta8
.LBB1_1:
\tret
\t.cfi_endproc
";

#[test]
fn literals_move_to_their_function() {
    let expected = "\
\t.section\t.text.first,\"ax\",@progbits
\t.section\t.text.second,\"ax\",@progbits
\t.p2align\t2
\t.type\tsecond,@function
\t.literal_position
\t.literal .LCPI1_0, memcpy
\t.literal .LCPI1_1, 65280
\t.p2align\t2
second:
.Lfunc_begin1:
\tl32r\ta8, .LCPI1_0
\tcallx0\ta8
.LBB1_1:
\tret
";
    assert_eq!(mend(FUNCTION).unwrap(), expected);
}

#[test]
fn file_directives_get_one_name() {
    let mend_line = |line: &str| mend(line).unwrap();
    assert_eq!(
        mend_line("\t.file\t1 \"/core/src\" \"num.rs\""),
        "\t.file\t1 \"/core/src/num.rs\"\n"
    );
    assert_eq!(
        mend_line("\t.file\t7 \"/crate\" \"/abs/lib.rs\""),
        "\t.file\t7 \"/abs/lib.rs\"\n"
    );
    assert_eq!(
        mend_line("\t.file\t\"user1.cgu.0\""),
        "\t.file\t\"user1.cgu.0\"\n"
    );
}

#[test]
fn names_of_files_between_literals_and_function_are_mended_too() {
    let text = FUNCTION.replace("\t.type", "\t.file\t3 \"a\" \"b.rs\"\n\t.type");
    assert!(mend(&text).unwrap().contains("\t.file\t3 \"a/b.rs\"\n"));
}

#[test]
fn a_function_without_literals_stays_as_it_is() {
    let text = "\t.text\nfirst:\n\tmovi\ta2, 1\n\tret\n";
    assert_eq!(mend(text).unwrap(), text);
}

#[test]
fn literals_without_a_function_are_refused() {
    let text = format!("{FUNCTION}\t.literal_position\n\t.literal .LCPI2_0, 1\n");
    let broken = mend(&text).unwrap_err();
    assert_eq!(
        broken,
        Broken {
            line: 17,
            reason: "no function follows these literals".into()
        }
    );
}

#[test]
fn literals_before_an_instruction_are_refused() {
    let broken = mend("\t.literal .LCPI2_0, 1\n\tret\nnext:\n").unwrap_err();
    assert_eq!(broken.line, 2);
    assert!(
        broken
            .reason
            .contains("`ret` stands between the literals of line 1"),
        "{}",
        broken.reason
    );
}

#[test]
fn literals_before_a_variable_are_refused() {
    let text = "\t.literal .LCPI2_0, 1\n\t.section\t.rodata.x,\"a\",@progbits\nx:\n\t.long\t1\n";
    let broken = mend(text).unwrap_err();
    assert!(
        broken.reason.contains("not in a code section"),
        "{}",
        broken.reason
    );
}

/// One made-up function: how many literals, instructions, frame directives.
fn functions() -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
    prop::collection::vec((0..5usize, 0..6usize, 0..3usize), 0..12)
}

/// A program of such functions, printed as LLVM does.
fn print(functions: &[(usize, usize, usize)]) -> String {
    let mut text = String::from("\t.file\t\"program\"\n");
    for (number, (literals, instructions, frame)) in functions.iter().enumerate() {
        if *literals > 0 {
            text += "\t.literal_position\n";
        }
        for literal in 0..*literals {
            text += &format!("\t.literal .LCPI{number}_{literal}, {literal}\n");
        }
        text +=
            &format!("\t.section\t.text.f{number},\"ax\",@progbits\n\t.p2align\t2\nf{number}:\n");
        text += &"\t.cfi_offset a0, -4\n".repeat(*frame);
        for instruction in 0..*instructions {
            text += &format!(".LBB{number}_{instruction}:\n\taddi\ta2, a2, {instruction}\n");
        }
        text += "\tret\n\n";
    }
    text
}

proptest! {
    /// Every literal ends up in its own function's section, between the section's start and the label, and
    /// nothing else changes place.
    #[test]
    fn every_literal_finds_its_function(functions in functions()) {
        let mended = mend(&print(&functions)).unwrap();
        let mut section = None;
        let mut at_label = None;
        let mut seen = vec![0; functions.len()];
        let mut others = Vec::new();
        for line in mended.lines() {
            if let Some(name) = line.strip_prefix("\t.section\t.text.f") {
                section = Some(name.split(',').next().unwrap().parse::<usize>().unwrap());
                at_label = None;
            }
            if is_function_label(line) {
                at_label = section;
            }
            if let Some(literal) = line.strip_prefix("\t.literal .LCPI") {
                let function: usize = literal.split('_').next().unwrap().parse().unwrap();
                prop_assert_eq!(section, Some(function));
                prop_assert_eq!(at_label, None, "behind the label");
                seen[function] += 1;
            } else if !line.contains(".literal_position") && line != "\t.p2align\t2" {
                others.push(line.to_owned());
            }
        }
        prop_assert_eq!(seen, functions.iter().map(|function| function.0).collect::<Vec<_>>());
        let untouched = print(&functions);
        let untouched = untouched.lines().filter(|line| {
            !line.contains(".literal") && !line.contains(".cfi_") && *line != "\t.p2align\t2"
        });
        prop_assert_eq!(others, untouched.collect::<Vec<_>>());
    }

    /// Mending is done once: a second pass would find runs directly before their labels and keep them.
    #[test]
    fn mended_text_is_accepted_again(functions in functions()) {
        let once = mend(&print(&functions)).unwrap();
        prop_assert!(mend(&once).is_ok());
    }
}
