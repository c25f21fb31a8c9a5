//! Lines of assembly as the passes see them.

/// Registers that hold neither an argument nor anything the callee keeps: dead after a call, and at a return.
pub const SCRATCH: [&str; 4] = ["a8", "a9", "a10", "a11"];

/// Mnemonic and operands, if the line is an instruction.
pub fn instruction(line: &str) -> Option<(&str, &str)> {
    if !line.starts_with(char::is_whitespace) {
        return None;
    }
    let code = line.split('#').next()?.trim();
    if code.is_empty() || code.starts_with('.') {
        return None;
    }
    let (mnemonic, operands) = code.split_once(char::is_whitespace).unwrap_or((code, ""));
    Some((mnemonic, operands.trim()))
}

/// Whether control may come to this line from elsewhere than the line before, or leave here for elsewhere and not
/// return behind it.
pub fn ends_run(line: &str) -> bool {
    if let Some((mnemonic, _)) = instruction(line) {
        return matches!(mnemonic, "j" | "jx" | "ret") || mnemonic.starts_with('b');
    }
    let is_label = !line.starts_with(char::is_whitespace) && line.contains(':');
    is_label && !is_debug_label(line)
}

/// Whether a label is for debug information only: nothing jumps there.
pub fn is_debug_label(line: &str) -> bool {
    line.starts_with(".Ltmp") || line.starts_with(".Lfunc")
}

/// Whether a register is one of the operands.
pub fn mentions(operands: &str, register: &str) -> bool {
    operands
        .split(|character: char| !character.is_alphanumeric() && character != '.')
        .any(|operand| operand == register)
}
