/* Makes a disk fail on purpose, for tests: preloaded into a process, it fails chosen calls on chosen files.
 *
 *   DISK_FAULT_PATH  only files whose path contains this text
 *   DISK_FAULT_CALL  "write" (write, pwrite, ftruncate, fallocate) or "sync" (fsync, fdatasync)
 *   DISK_FAULT_ERRNO the error, as a number
 *   DISK_FAULT_AT    the first call that fails, from 1; calls on other files are not counted
 *   DISK_FAULT_TIMES how many calls fail from there on; 0 for all
 *   DISK_FAULT_SWITCH instead of counting: calls fail while this file exists
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;

static int concerns(int fd) {
    const char *wanted = getenv("DISK_FAULT_PATH");
    char link[64], path[4096];
    if (!wanted) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return strstr(path, wanted) != NULL;
}

/* Whether this call fails; sets errno. */
static int fails(const char *call, int fd) {
    const char *which = getenv("DISK_FAULT_CALL"), *toggle = getenv("DISK_FAULT_SWITCH");
    if (!which || strcmp(which, call) != 0 || !concerns(fd)) return 0;
    const char *number = getenv("DISK_FAULT_ERRNO");
    if (toggle) {
        if (access(toggle, F_OK) != 0) return 0;
    } else {
        const char *from = getenv("DISK_FAULT_AT"), *times = getenv("DISK_FAULT_TIMES");
        long first = from ? atol(from) : 1, count = times ? atol(times) : 0;
        long now = atomic_fetch_add(&calls, 1) + 1;
        if (now < first || (count > 0 && now >= first + count)) return 0;
    }
    errno = number ? atoi(number) : EIO;
    return 1;
}

#define REAL(name, result, ...) \
    static result (*real)(__VA_ARGS__); \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *from, size_t count) {
    REAL("write", ssize_t, int, const void *, size_t);
    return fails("write", fd) ? -1 : real(fd, from, count);
}

ssize_t pwrite(int fd, const void *from, size_t count, off_t at) {
    REAL("pwrite", ssize_t, int, const void *, size_t, off_t);
    return fails("write", fd) ? -1 : real(fd, from, count, at);
}

ssize_t pwrite64(int fd, const void *from, size_t count, off64_t at) {
    REAL("pwrite64", ssize_t, int, const void *, size_t, off64_t);
    return fails("write", fd) ? -1 : real(fd, from, count, at);
}

int ftruncate(int fd, off_t length) {
    REAL("ftruncate", int, int, off_t);
    return fails("write", fd) ? -1 : real(fd, length);
}

int ftruncate64(int fd, off64_t length) {
    REAL("ftruncate64", int, int, off64_t);
    return fails("write", fd) ? -1 : real(fd, length);
}

int posix_fallocate(int fd, off_t from, off_t length) {
    REAL("posix_fallocate", int, int, off_t, off_t);
    return fails("write", fd) ? errno : real(fd, from, length);
}

int fsync(int fd) {
    REAL("fsync", int, int);
    return fails("sync", fd) ? -1 : real(fd);
}

int fdatasync(int fd) {
    REAL("fdatasync", int, int);
    return fails("sync", fd) ? -1 : real(fd);
}
