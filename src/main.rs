use std::process::ExitCode;

fn main() -> ExitCode {
    gemba::cli::main()
}
