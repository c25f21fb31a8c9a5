use super::*;

/// The instructions of a program with one function, shrunk.
fn shrunk(body: &str) -> String {
    let text = format!(
        "{}f:\n.Lfunc_begin0:\n{body}.Lfunc_end0:\n\t.size\tf, 1\n",
        head("f", &[])
    );
    instructions(&shrink(&text))
}

/// What LLVM prints before a function.
fn head(name: &str, literals: &[&str]) -> String {
    let mut text =
        format!("\t.section\t.text.{name},\"ax\",@progbits\n\t.type\t{name},@function\n");
    for literal in literals {
        text += &format!("\t.literal {literal}\n");
    }
    text
}

fn instructions(text: &str) -> String {
    let is_code = |line: &&str| {
        let is_within = line.starts_with(".LBB") || line.starts_with(".Lend_");
        is_within || crate::instruction::instruction(line).is_some()
    };
    text.lines()
        .filter(is_code)
        .map(|line| line.trim().replace('\t', " ") + "\n")
        .collect()
}

/// Nothing in it is to be had for less.
#[track_caller]
fn assert_stays(body: &str) {
    assert_eq!(shrunk(body), instructions(body));
}

/// A branch over one instruction, which is all that it decides.
fn branch(decision: &str) -> String {
    format!("\t{decision}, .LBB0_1\n\tmovi\ta2, 0\n.LBB0_1:\n\tret\n")
}

/// That, shrunk.
fn short_branch(decision: &str) -> String {
    format!("{decision}, .LBB0_1\nmovi a2, 0\n.LBB0_1:\nret\n")
}

#[test]
fn a_constant_kept_in_the_frame_is_made_again_instead() {
    let body = "\tmovi\ta9, 240\n\ts32i\ta9, a1, 8 # 4-byte Folded Spill\n\tcall0\tg\n\tl32i\ta8, a1, 8 # 4-byte Folded Reload\n\
                \ts32i\ta8, a2, 0\n\tret\n";
    assert_eq!(shrunk(body), "call0 g\nmovi a8, 240\ns32i a8, a2, 0\nret\n");
}

#[test]
fn a_place_that_others_may_write_is_read() {
    // No word of LLVM's that this is a save.
    let body = "\tmovi\ta12, 240\n\ts32i\ta12, a1, 8\n\tcall0\tg\n\tl32i\ta8, a1, 8\n\ts32i\ta8, a2, 0\n\tret\n";
    assert_stays(body);
}

#[test]
fn what_differs_between_ways_here_is_not_known() {
    let body = "\tmovi\ta8, 1\n\tbeqz\ta2, .LBB0_2\n\tmovi\ta8, 2\n.LBB0_2:\n\ts32i\ta8, a3, 0\n\tmovi\ta8, 2\n\ts32i\ta8, a3, 4\n\tret\n";
    assert_stays(body);
}

#[test]
fn what_a_loop_changes_is_not_known_in_it() {
    let body = "\tmovi\ta8, 0\n\tor\ta9, a8, a8\n.LBB0_1:\n\ts32i\ta9, a2, 0\n\tor\ta9, a8, a8\n\taddi\ta8, a8, 1\n\
                \tbne\ta8, a3, .LBB0_1\n\tret\n";
    let loop_body = "s32i a9, a2, 0\nor a9, a8, a8\naddi a8, a8, 1\nbne a8, a3, .LBB0_1\nret\n";
    let shrunk = shrunk(body);
    assert!(shrunk.ends_with(loop_body), "{shrunk}");
    assert!(shrunk.starts_with("movi a8, 0\nmovi a9, 0\n"), "{shrunk}");
}

#[test]
fn calls_leave_nothing_in_scratch_registers() {
    let body = "\tmovi\ta8, 7\n\tmovi\ta12, 7\n\ts32i\ta8, a2, 0\n\tcall0\tg\n\tmovi\ta8, 7\n\tmovi\ta12, 7\n\ts32i\ta8, a12, 0\n\tret\n";
    let kept =
        "movi a8, 7\nmovi a12, 7\ns32i a8, a2, 0\ncall0 g\nmovi a8, 7\ns32i a8, a12, 0\nret\n";
    assert_eq!(shrunk(body), kept);
}

#[test]
fn constants_go_into_instructions_that_take_them() {
    let body = branch("movi\ta9, 255\n\tand\ta2, a2, a9\n\tmovi\ta9, 6\n\tbeq\ta2, a9");
    let short = short_branch("extui a2, a2, 0, 8\nbeqi a2, 6");
    assert_eq!(shrunk(&body), short);
    // Nine is none of the constants that branches know.
    assert_stays(&branch("movi\ta9, 9\n\tbeq\ta2, a9"));
}

#[test]
fn copies_go_where_the_other_register_can_be_named() {
    let body = "\tor\ta8, a3, a3\n\taddi\ta8, a8, 40\n\ts32i\ta8, a2, 0\n\tret\n";
    assert_eq!(shrunk(body), "addi a8, a3, 40\ns32i a8, a2, 0\nret\n");
    let body = "\tl32i\ta8, a3, 0\n\tor\ta2, a8, a8\n\tret\n";
    assert_eq!(shrunk(body), "l32i a2, a3, 0\nret\n");
    // An argument is not named where it is read; a3 changes before a8 is read.
    for body in [
        "\tor\ta2, a12, a12\n\tcall0\tg\n\tret\n",
        "\tor\ta8, a3, a3\n\taddi\ta3, a3, 40\n\ts32i\ta8, a2, 0\n\ts32i\ta3, a2, 4\n\tret\n",
    ] {
        assert_stays(body);
    }
}

#[test]
fn branches_turn_and_jumps_go() {
    let body = "\tbeqz\ta2, .LBB0_1\n\tj\t.LBB0_2\n.LBB0_1:\n\tmovi\ta2, 5\n\tj\t.LBB0_3\n.LBB0_2:\n\tmovi\ta2, 6\n.LBB0_3:\n\tret\n";
    let short = "bnez a2, .LBB0_2\nmovi a2, 5\nj .LBB0_3\n.LBB0_2:\nmovi a2, 6\n.LBB0_3:\nret\n";
    assert_eq!(shrunk(body), short);
}

#[test]
fn places_of_tables_stay() {
    let text = format!(
        "{}f:\n\tl32r\ta8, .LCPI0_0\n\tjx\ta8\n.LBB0_1:\n\tmovi\ta2, 5\n\tret\n.LBB0_2:\n\tmovi\ta2, 6\n\tret\n.Lfunc_end0:\n\
         \t.section\t.rodata.f,\"a\",@progbits\n.LJTI0_0:\n\t.long\t.LBB0_1\n\t.long\t.LBB0_2\n",
        head("f", &[".LCPI0_0, .LJTI0_0"])
    );
    assert_eq!(instructions(&shrink(&text)), instructions(&text));
}

#[test]
fn places_used_most_come_first() {
    let save = |at: u32| format!("\ts32i\ta2, a1, {at} # 4-byte Folded Spill\n");
    let load = |at: u32| {
        format!("\tl32i\ta2, a1, {at} # 4-byte Folded Reload\n\ts32i\ta2, a3, 0\n\tcall0\tg\n")
    };
    let body = save(4) + &save(80) + "\tcall0\tg\n" + &load(4) + &load(80) + &load(80) + "\tret\n";
    let sorted = shrunk(&body);
    assert_eq!(sorted.matches("a1, 4").count(), 3, "{sorted}");
    assert_eq!(sorted.matches("a1, 80").count(), 2, "{sorted}");
}

#[test]
fn ends_are_shared_by_what_main_leads_to() {
    let function = |name: &str, number: u32, calls: &str| {
        format!(
            "{}{name}:\n\tmovi\ta3, {number}\n{calls}\tl32i\ta0, a1, 64\n\tl32i\ta12, a1, 68\n\taddi\ta1, a1, 80\n\tret\n.Lfunc_end{number}:\n\
             \t.size\t{name}, 1\n",
            head(name, &[])
        )
    };
    let text = function("main", 0, "\tcall0\tf\n")
        + &function("f", 1, "\tcall0\tx\n")
        + &function("lost", 2, "\tcall0\tx\n");
    let shrunk = shrink(&text);
    assert_eq!(shrunk.matches("\tret\n").count(), 2, "{shrunk}");
    assert_eq!(shrunk.matches("\tj\t.Lend_1\n").count(), 1, "{shrunk}");
    assert_eq!(shrunk.matches(program::SECTION).count(), 2, "{shrunk}");
    assert!(shrunk.contains(".text.lost"), "{shrunk}");
}

#[test]
fn unknown_instructions_leave_a_function_as_it_is() {
    let body = "\tmovi\ta8, 7\n\twhatever\ta8, 1\n\tmovi\ta8, 7\n\tret\n";
    assert_stays(body);
}

#[test]
fn sums_go_into_what_takes_them() {
    let far = "\tmovi\ta8, 735\n\tadd\ta8, a2, a8\n\tl8ui\ta3, a8, 0\n\ts8i\ta3, a8, 2\n\tret\n";
    let short = "addmi a8, a2, 512\nl8ui a3, a8, 223\ns8i a3, a8, 225\nret\n";
    assert_eq!(shrunk(far), short);
    let near = "\taddi\ta8, a3, 12\n\tl32i\ta2, a8, 4\n\tret\n";
    assert_eq!(shrunk(near), "l32i a2, a3, 16\nret\n");
    let equal = branch("xor\ta8, a2, a3\n\tbeqz\ta8");
    assert_eq!(shrunk(&equal), short_branch("beq a2, a3"));
}

#[test]
fn bits_are_looked_at_by_branches() {
    for (decision, short) in [
        ("and\ta8, a2, a3\n\tbeqz\ta8", "bnone a2, a3"),
        ("and\ta8, a2, a3\n\tbnez\ta8", "bany a2, a3"),
        ("extui\ta8, a2, 5, 1\n\tbeqz\ta8", "bbci a2, 5"),
        ("extui\ta8, a2, 31, 1\n\tbnez\ta8", "bbsi a2, 31"),
    ] {
        assert_eq!(shrunk(&branch(decision)), short_branch(short));
    }
    // Looked at again; more than a bit.
    for decision in [
        "extui\ta2, a2, 5, 1\n\tbeqz\ta2",
        "extui\ta8, a2, 5, 2\n\tbeqz\ta8",
    ] {
        assert_stays(&branch(decision));
    }
}

#[test]
fn products_of_words_are_called_as_such() {
    let factor = |high: &str| format!("\tmovi\ta3, 0\n{high}\tcall0\t__muldi3\n\tret\n");
    let words = factor("\tmovi\ta5, 0\n");
    assert_eq!(shrunk(&words), "call0 __multiply_words\nret\n");
    // An upper word that is something, or that nobody knows.
    for high in ["\tmovi\ta5, 1\n", "\tl32i\ta5, a6, 0\n", ""] {
        let body = factor(high);
        assert_stays(&body);
    }
}

#[test]
fn large_sums_take_the_shorter_way() {
    let sum = |to: u32, low: i32| {
        format!("\taddmi\ta{to}, a1, 1024\n\taddi\ta{to}, a{to}, {low}\n\tcall0\tg\n\tret\n")
    };
    let short = "movi a2, 1048\nadd a2, a2, a1\ncall0 g\nret\n";
    assert_eq!(shrunk(&sum(2, 24)), short);
    // Short as it is; beyond what a constant takes; needs the register it comes from.
    let far = sum(2, 24).replace("1024", "2048");
    let same = "\taddmi\ta2, a2, 1024\n\taddi\ta2, a2, 24\n\tcall0\tg\n\tret\n".to_owned();
    for body in [sum(2, 4), far, same] {
        assert_stays(&body);
    }
}

#[test]
fn sums_that_are_looked_at_stay() {
    for body in [
        // Stored, passed on, out of reach of the access, not aligned for it; the other term changes.
        "\taddi\ta8, a3, 12\n\ts32i\ta8, a8, 4\n\tret\n",
        "\taddi\ta3, a2, 12\n\tl32i\ta8, a3, 4\n\tcall0\tg\n\ts32i\ta8, a12, 0\n\tret\n",
        "\taddi\ta8, a3, 100\n\tl8ui\ta2, a8, 200\n\tret\n",
        "\taddi\ta8, a3, 2\n\tl32i\ta2, a8, 4\n\tret\n",
        "\taddi\ta8, a3, 12\n\tmovi\ta3, 0\n\tl32i\ta2, a8, 4\n\ts32i\ta2, a3, 0\n\tret\n",
    ] {
        assert_stays(body);
    }
    assert_stays(&branch("xor\ta2, a2, a3\n\tbeqz\ta2"));
}

#[test]
fn calls_into_instruction_ram_share_one_long_call() {
    let calls = "\tcall0\tmemcpy\n".repeat(4);
    let text = format!("{}main:\n{calls}\tret\n.Lfunc_end0:\n", head("main", &[]));
    let shrunk = shrink(&text);
    assert_eq!(shrunk.matches("call0\tfar.memcpy").count(), 4, "{shrunk}");
    assert_eq!(
        shrunk
            .matches("\tl32r\ta8, .LCPI_far_memcpy\n\tjx\ta8\n")
            .count(),
        1,
        "{shrunk}"
    );
}
