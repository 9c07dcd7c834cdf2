#include "base/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/held.h"

enum { FOLDER_BYTES = 4096 };

const char *evd_spill_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder != NULL && *folder != '\0' ? folder : "/var/tmp";
}

uint64_t evd_spill_free(void)
{
    struct statvfs system;
    if (statvfs(evd_spill_folder(), &system) != 0 || system.f_frsize == 0)
        return 0;
    const uint64_t blocks = system.f_bavail;
    return blocks > UINT64_MAX / system.f_frsize ? UINT64_MAX : blocks * system.f_frsize;
}

bool evd_spill_hold(struct evd_spill *spill, uint64_t size)
{
    return spill == NULL || evd_held_add(&spill->held, spill->most, size);
}

void evd_spill_give_back(struct evd_spill *spill, uint64_t size)
{
    if (spill != NULL)
        atomic_fetch_sub(&spill->held, size);
}

enum evd_status evd_spill_tell(const struct evd_spill *spill, enum evd_status status, struct evd_error *error)
{
    const int fault = spill == NULL ? 0 : atomic_load(&spill->fault);
    if (status != EVD_E_NO_MEMORY || fault == 0)
        return status;
    return evd_fail_at(
        error, EVD_E_IO, evd_spill_folder(), 0, 0,
        "%s; what memory_bytes (--memory SIZE) leaves no memory for goes to a file there, and TMPDIR names "
        "another folder",
        strerror(fault));
}

/* Memory, and room for addresses, that run out are no fault of the folder's: another one would not help. */
static void *fail(struct evd_spill *spill, int fault)
{
    int none = 0;
    if (spill != NULL && fault != ENOMEM)
        atomic_compare_exchange_strong(&spill->fault, &none, fault);
    return NULL;
}

void evd_spill_note(struct evd_spill *spill, int fault)
{
    fail(spill, fault);
}

/* A file without a name, also where the file system has none that never had one. */
static int open_file(void)
{
    const char *folder = evd_spill_folder();
    const int fd = open(folder, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    char path[FOLDER_BYTES];
    const int length = snprintf(path, sizeof path, "%s/evdiff-XXXXXX", folder);
    if (length < 0 || (size_t)length >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    const int named = mkostemp(path, O_CLOEXEC);
    if (named >= 0)
        unlink(path);
    return named;
}

int evd_spill_open(struct evd_spill *spill)
{
    const int file = open_file();
    if (file < 0)
        fail(spill, errno);
    return file;
}

/* Takes room for bytes from `from` to `to`; an errno. */
static int take_room(int fd, size_t from, size_t to)
{
    int fault;
    do
        fault = posix_fallocate(fd, (off_t)from, (off_t)(to - from));
    while (fault == EINTR);
    return fault;
}

void *evd_spill_map_file(struct evd_spill *spill, size_t size, int *fd)
{
    const size_t length = size ? size : 1;
    const int file = open_file();
    if (file < 0)
        return fail(spill, errno);
    const int fault = take_room(file, 0, length);
    void *pages = fault != 0 ? MAP_FAILED : mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (pages == MAP_FAILED) {
        fail(spill, fault != 0 ? fault : errno);
        close(file);
        return NULL;
    }
    if (fd != NULL)
        *fd = file;
    else
        close(file);
    return pages;
}

void *evd_spill_resize_file(struct evd_spill *spill, int fd, void *pages, size_t size, size_t new_size)
{
    const size_t length = new_size ? new_size : 1;
    const int fault = length > size ? take_room(fd, size, length) : 0;
    if (fault != 0)
        return fail(spill, fault);
    void *moved = mremap(pages, size ? size : 1, length, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED)
        return fail(spill, errno);
    /* What a shorter file gives back is no loss if it stays. */
    if (length < size && ftruncate(fd, (off_t)length) != 0)
        return moved;
    return moved;
}
