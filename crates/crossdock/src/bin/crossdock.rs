//! The `crossdock` command. Everything it does is in the library beside it, so that tests and fuzz targets reach it too.

/// Orders are thousands of short strings, made on one thread and dropped on another; glibc's allocator takes a fifth of the
/// time of a busy hub for them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    crossdock::main()
}
