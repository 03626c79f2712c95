/* A disk that is slow or broken while a test says so: loaded in front of libc (LD_PRELOAD).

   $FAULTY_DISK names a folder. While it holds a file of that name,
     slow      every sync takes 100 ms longer,
     readonly  positioned writes and syncs fail with EROFS,
     broken    they fail with EIO.
   SQLite writes with pwrite64 and syncs with fdatasync or fsync. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
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

static int sync_file(const char *name, int file) {
    int (*real)(int) = dlsym(RTLD_NEXT, name);
    const struct timespec tenth = {0, 100000000};
    if (has("slow")) nanosleep(&tenth, NULL);
    if ((errno = failing())) return -1;
    return real(file);
}

int fsync(int file) { return sync_file("fsync", file); }

int fdatasync(int file) { return sync_file("fdatasync", file); }
