/* A disk that is slow or broken while a test says so: loaded in front of libc (LD_PRELOAD).

   $FAULTY_DISK names a folder. While it holds a file of that name,
     slow      every sync takes 100 ms longer,
     readonly  positioned writes and syncs fail with EROFS,
     broken    they fail with EIO,
     noted     each sync and renaming is written into that file, a line each.
   SQLite writes with pwrite64 and syncs with fdatasync or fsync. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static int has(const char *name) {
    char path[4096];
    const char *folder = getenv("FAULTY_DISK");
    if (!folder) return 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

static int failing(void) {
    if (has("readonly")) return EROFS;
    if (has("broken")) return EIO;
    return 0;
}

static ssize_t write_at(const char *name, int file, const void *data, size_t size, off64_t at) {
    ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, name);
    if ((errno = failing())) return -1;
    return real(file, data, size, at);
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t at) {
    return write_at("pwrite64", file, data, size, at);
}

ssize_t pwrite(int file, const void *data, size_t size, off_t at) {
    return write_at("pwrite64", file, data, size, at);
}

static void note(const char *what, const char *path) {
    char place[4096], line[8192];
    const char *folder = getenv("FAULTY_DISK");
    if (!has("noted")) return;
    snprintf(place, sizeof place, "%s/noted", folder);
    int size = snprintf(line, sizeof line, "%s %s\n", what, path);
    int file = open(place, O_WRONLY | O_APPEND);
    if (file < 0 || write(file, line, size) != size) abort();
    close(file);
}

static void note_sync(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, path, sizeof path - 1);
    path[size < 0 ? 0 : size] = 0;
    note("sync", path);
}

int rename(const char *old, const char *new) {
    int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
    int failed = real(old, new);
    if (!failed) note("rename", new);
    return failed;
}

int link(const char *old, const char *new) {
    int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "link");
    int failed = real(old, new);
    if (!failed) note("rename", new);
    return failed;
}

static int sync_file(const char *name, int file) {
    int (*real)(int) = dlsym(RTLD_NEXT, name);
    const struct timespec tenth = {0, 100000000};
    if (has("slow")) nanosleep(&tenth, NULL);
    note_sync(file);
    if ((errno = failing())) return -1;
    return real(file);
}

int fsync(int file) { return sync_file("fsync", file); }

int fdatasync(int file) { return sync_file("fdatasync", file); }
