#include "log/source.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/file.h"
#include "base/pages.h"
#include "log/feed.h"
#include "log/shrink_guard.h"

enum { PADDING = 64, READ_BYTES = 1 << 20 };

static const int64_t NS_PER_S = 1000000000;

/* The text of a compressed file, once someone has asked for it. */
struct evd_deferred_text {
    pthread_mutex_t lock;
    _Atomic(const char *) bytes; /* NULL until it is unpacked, and when that failed */
    atomic_bool has_failed;
    struct evd_error error;        /* with has_failed */
    struct evd_text_memory memory; /* holds `bytes` */
    bool is_refused;               /* there is no room for it */
    struct evd_text_limit limit;
    struct evd_spill spill; /* where it is unpacked */
};

enum evd_status evd_source_refuse_device(const char *path, int fd, struct evd_error *error)
{
    struct stat file;
    char byte;
    const bool is_device =
        fstat(fd, &file) == 0 && (S_ISBLK(file.st_mode) || (S_ISCHR(file.st_mode) && isatty(fd) == 0));
    /* /dev/null is an empty file to all who read it. */
    if (!is_device || read(fd, &byte, 1) <= 0)
        return EVD_OK;
    return evd_fail_at(error, EVD_E_IO, path, 0, 0, "is a device; what can be read is a file, a pipe or a terminal");
}

static void free_pages(struct evd_source *source)
{
    evd_shrink_guard_release(source->guard);
    evd_pages_free(source->pages, source->pages_size);
    source->guard = NULL;
    source->pages = NULL;
}

static void close_file(struct evd_source *source)
{
    if (source->fd >= 0)
        close(source->fd);
    source->fd = -1;
}

/* Reserves the length and a page of zeros after it, then puts the file over the start. When the
 * file can't be mapped at all, the source stays unmapped, without an error. */
static enum evd_status map_file(struct evd_source *source, uint64_t file_size, struct evd_error *error)
{
    if (file_size > SIZE_MAX / 2)
        return evd_fail_memory(error);
    const size_t length = (size_t)file_size;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    source->pages_size = (length + page - 1) / page * page + page;
    source->pages = mmap(NULL, source->pages_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (source->pages == MAP_FAILED) {
        source->pages = NULL;
        return evd_fail_errno(error, source->path);
    }
    if (mmap(source->pages, length, PROT_READ, MAP_PRIVATE | MAP_FIXED, source->fd, 0) == MAP_FAILED) {
        if (errno != ENODEV)
            return evd_fail_errno(error, source->path);
        free_pages(source);
        return EVD_OK;
    }
    source->guard = evd_shrink_guard_create(source->pages, source->pages_size - page);
    if (source->guard == NULL)
        return evd_fail_memory(error);
    /* Until it is loaded only samples and single lines are read: the system is not to fetch what surrounds
     * them, which would be all of the file. */
    madvise(source->pages, source->pages_size, MADV_RANDOM);
    source->bytes = source->stored = source->pages;
    source->length = length;
    source->is_mapped = true;
    return EVD_OK;
}

/* Hands the memory over to the source, padded. */
static enum evd_status keep_memory(struct evd_source *source, struct evd_text_memory *memory, struct evd_error *error)
{
    if (!evd_text_memory_finish(memory, PADDING))
        return evd_fail_memory(error);
    source->pages = memory->pages;
    source->pages_size = memory->size;
    source->bytes = memory->pages;
    source->length = memory->length;
    *memory = (struct evd_text_memory){0};
    return EVD_OK;
}

enum evd_status evd_source_open_text(struct evd_source *source, const char *path, const char *text, size_t length,
                                     struct evd_error *error)
{
    struct evd_text_memory memory = {0};
    enum evd_status status = EVD_E_NO_MEMORY;
    *source = (struct evd_source){.path = path, .fd = -1, .file_size = length};
    if (evd_text_memory_reserve(&memory, length)) {
        if (length > 0)
            memcpy(memory.pages, text, length);
        memory.length = length;
        status = keep_memory(source, &memory, error);
    } else {
        evd_fail_memory(error);
    }
    evd_text_memory_release(&memory);
    return status;
}

enum evd_status evd_source_refuse(const char *path, const struct evd_text_limit *limit, bool is_with_others,
                                  struct evd_error *error)
{
    static const char *const REASONS[] = {
        [EVD_LIMIT_ASKED] = "which is the limit; max_unpacked_bytes (--max-unpacked SIZE) sets another limit",
        [EVD_LIMIT_MEMORY] =
            "which is what free memory has room for; max_unpacked_bytes (--max-unpacked SIZE) sets another "
            "limit, and memory_bytes (--memory SIZE) puts what is more into files",
        [EVD_LIMIT_SPILL] =
            "which is what memory_bytes (--memory SIZE) and the disk for temporary files have room for; "
            "max_unpacked_bytes (--max-unpacked SIZE) sets another limit, and TMPDIR names another folder",
    };
    return evd_fail_at(
        error, EVD_E_LIMIT, path, 0, 0, "%s more than %llu bytes of text to unpack or to read from a pipe, %s",
        is_with_others ? "has, with the logs before it," : "has", (unsigned long long)limit->most,
        REASONS[limit->reason]);
}

static enum evd_status read_all(struct evd_source *source, struct evd_text_limit *limit, struct evd_error *error)
{
    struct evd_text_memory memory = {.limit = limit};
    enum evd_status status = EVD_OK;
    for (;;) {
        if (!evd_text_memory_reserve(&memory, READ_BYTES)) {
            status = evd_fail_memory(error);
            break;
        }
        const ssize_t count = read(source->fd, memory.pages + memory.length, READ_BYTES);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            status = evd_fail_errno(error, source->path);
        if (count == 0) {
            source->file_size = memory.length;
            source->added = memory.added;
            status = memory.added != memory.length ? evd_source_refuse(source->path, limit, false, error)
                                                   : keep_memory(source, &memory, error);
        }
        if (count <= 0)
            break;
        if (!evd_text_memory_add(&memory, (size_t)count)) {
            source->added = memory.added;
            status = evd_source_refuse(source->path, limit, false, error);
            break;
        }
    }
    evd_text_memory_release(&memory);
    return status;
}

/* True when what is stored is the log's text. */
static bool is_text(const struct evd_source *source)
{
    return source->compression == EVD_COMPRESSION_NONE && source->import == NULL;
}

enum evd_status evd_source_import(struct evd_source *source, const struct evd_import *import, struct evd_error *error)
{
    source->imported = calloc(1, sizeof *source->imported);
    if (source->imported == NULL)
        return evd_fail_memory(error);
    source->import = import;
    return EVD_OK;
}

void evd_source_read_ahead(const struct evd_source *source)
{
    if (source->is_mapped)
        madvise(source->pages, source->pages_size, MADV_SEQUENTIAL);
}

/* Unpacks, or imports, what is stored into `memory`, which is empty and to be released in either case. */
static enum evd_status unpack(const struct evd_source *source, struct evd_text_memory *memory, struct evd_error *error)
{
    struct evd_error fault;
    const char *stored = source->bytes ? source->bytes : source->stored;
    evd_source_read_ahead(source);
    enum evd_status status =
        source->import == NULL
            ? evd_decompress(source->compression, stored, source->file_size, source->threads > 0 ? source->threads : 1,
                             memory, &fault)
            : evd_feed_memory(source->import, source->path, source->compression, stored, source->file_size, memory,
                              source->imported, &fault);
    if (evd_source_check(source, error) != EVD_OK)
        return EVD_E_IO;
    if (status == EVD_E_NO_MEMORY)
        return evd_fail_memory(error);
    if (status == EVD_E_LIMIT || (status == EVD_OK && memory->added != memory->length))
        return evd_source_refuse(source->path, memory->limit, false, error);
    return status == EVD_OK ? EVD_OK
                            : evd_fail_at(error, status, source->path, fault.line, fault.column, "%s", fault.message);
}

enum evd_status evd_source_load(struct evd_source *source, struct evd_text_limit *limit, struct evd_error *error)
{
    if (is_text(source)) {
        evd_source_read_ahead(source);
        return EVD_OK;
    }
    struct evd_text_memory memory = {.limit = limit};
    enum evd_status status = unpack(source, &memory, error);
    source->added += memory.added;
    if (status == EVD_OK) {
        free_pages(source);
        source->is_mapped = false;
        source->stored = NULL;
        status = keep_memory(source, &memory, error);
    }
    evd_text_memory_release(&memory);
    return status;
}

enum evd_status evd_source_defer(struct evd_source *source, uint64_t length, struct evd_error *error)
{
    if (is_text(source))
        return EVD_OK;
    source->deferred = calloc(1, sizeof *source->deferred);
    if (source->deferred == NULL)
        return evd_fail_memory(error);
    pthread_mutex_init(&source->deferred->lock, NULL);
    source->deferred->spill.most = UINT64_MAX;
    source->bytes = NULL;
    source->length = length;
    return EVD_OK;
}

void evd_source_spill_deferred(struct evd_source *source)
{
    source->deferred->spill.most = 0;
}

void evd_source_refuse_deferred(struct evd_source *source, const struct evd_text_limit *limit)
{
    source->deferred->is_refused = true;
    source->deferred->limit.most = limit->most;
    source->deferred->limit.reason = limit->reason;
}

static void unpack_deferred(const struct evd_source *source, struct evd_deferred_text *deferred)
{
    /* No more than the index says, which there is room for. */
    struct evd_text_limit limit = {.most = source->length, .spill = &deferred->spill};
    deferred->memory.limit = &limit;
    enum evd_status status =
        deferred->is_refused
            ? evd_source_refuse(source->path, &deferred->limit, source->length <= deferred->limit.most,
                                &deferred->error)
            : unpack(source, &deferred->memory, &deferred->error);
    deferred->memory.limit = NULL;
    if ((status == EVD_OK && deferred->memory.length != source->length) ||
        (status == EVD_E_LIMIT && !deferred->is_refused))
        status = evd_fail_at(&deferred->error, EVD_E_INDEX, source->path, 0, 0,
                             "the unpacked text is not as long as its saved index says");
    if (status == EVD_OK && !evd_text_memory_finish(&deferred->memory, PADDING))
        status = evd_fail_memory(&deferred->error);
    status = evd_spill_tell(&deferred->spill, status, &deferred->error);
    if (status == EVD_OK)
        atomic_store(&deferred->bytes, deferred->memory.pages);
    else
        atomic_store(&deferred->has_failed, true);
}

const char *evd_source_text(const struct evd_source *source)
{
    struct evd_deferred_text *deferred = source->deferred;
    if (deferred == NULL)
        return source->bytes;
    if (atomic_load(&deferred->bytes) == NULL && !atomic_load(&deferred->has_failed)) {
        pthread_mutex_lock(&deferred->lock);
        if (atomic_load(&deferred->bytes) == NULL && !atomic_load(&deferred->has_failed))
            unpack_deferred(source, deferred);
        pthread_mutex_unlock(&deferred->lock);
    }
    return atomic_load(&deferred->bytes);
}

static enum evd_status open_stored(struct evd_source *source, const char *path, struct evd_text_limit *limit,
                                   struct evd_error *error)
{
    *source = (struct evd_source){.path = path};
    enum evd_status status = EVD_OK;
    struct stat file;
    source->fd = evd_file_open(path);
    if (source->fd < 0 || fstat(source->fd, &file) != 0)
        return evd_fail_errno(error, source->path);
    if (S_ISDIR(file.st_mode))
        return evd_fail_at(error, EVD_E_IO, path, 0, 0, "is a directory, not a log");
    status = evd_source_refuse_device(path, source->fd, error);
    if (status != EVD_OK)
        return status;
    if (S_ISREG(file.st_mode)) {
        source->file_size = (uint64_t)file.st_size;
        source->mtime_ns = file.st_mtim.tv_sec * NS_PER_S + file.st_mtim.tv_nsec;
        source->ctime_ns = file.st_ctim.tv_sec * NS_PER_S + file.st_ctim.tv_nsec;
        /* Files of /proc and the like claim to be empty, but are not. */
        if (file.st_size > 0)
            status = map_file(source, source->file_size, error);
    }
    if (status == EVD_OK && !source->is_mapped) {
        status = read_all(source, limit, error);
        close_file(source);
    }
    if (status != EVD_OK)
        return status;
    const struct evd_foreign_compression *foreign = evd_foreign_compression(source->bytes, source->length);
    if (foreign != NULL)
        return evd_refuse_compression(path, foreign, error);
    source->compression = evd_compression_of(source->bytes, source->length);
    return EVD_OK;
}

enum evd_status evd_source_open_stored(struct evd_source *source, const char *path, struct evd_text_limit *limit,
                                       struct evd_error *error)
{
    const enum evd_status status = open_stored(source, path, limit, error);
    if (status != EVD_OK) {
        const uint64_t added = source->added;
        evd_source_close(source);
        source->added = added;
    }
    return status;
}

enum evd_status evd_source_open(struct evd_source *source, const char *path, struct evd_error *error)
{
    enum evd_status status = evd_source_open_stored(source, path, NULL, error);
    if (status != EVD_OK)
        return status;
    status = evd_source_load(source, NULL, error);
    if (status != EVD_OK)
        evd_source_close(source);
    return status;
}

enum evd_status evd_source_check(const struct evd_source *source, struct evd_error *error)
{
    const struct evd_deferred_text *deferred = source->deferred;
    if (deferred != NULL && atomic_load(&deferred->has_failed)) {
        if (error != NULL)
            *error = deferred->error;
        return deferred->error.status;
    }
    if (source->guard == NULL)
        return EVD_OK;
    struct stat file;
    const bool is_short = fstat(source->fd, &file) == 0 && (uint64_t)file.st_size < source->file_size;
    if (!is_short && !evd_shrink_guard_has_fired(source->guard))
        return EVD_OK;
    /* A device that fails raises SIGBUS too; so does an end that moved and has moved back since. */
    return evd_fail_at(error, EVD_E_IO, source->path, 0, 0, "%s",
                       is_short ? "the file became shorter while it was read; "
                                  "wait until its writer is done"
                                : "a part of the file could not be read: "
                                  "it was cut for a while, or its device failed");
}

void evd_source_close(struct evd_source *source)
{
    if (source->path == NULL)
        return;
    free_pages(source);
    close_file(source);
    free(source->imported);
    if (source->deferred != NULL) {
        pthread_mutex_destroy(&source->deferred->lock);
        evd_text_memory_release(&source->deferred->memory);
        free(source->deferred);
    }
    *source = (struct evd_source){.fd = -1};
}
