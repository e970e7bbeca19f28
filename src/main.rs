//! The program: see [`bsmtop::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    bsmtop::cli::run(std::env::args_os())
}
