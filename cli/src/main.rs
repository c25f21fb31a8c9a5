//! The command `d1ota`: see [`d1ota::command`].

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    d1ota::command::main()
}
