//! The `crossdock` command. Everything it does is in the library beside it, so that tests and fuzz targets reach it too.

fn main() -> std::process::ExitCode {
    crossdock::main()
}
