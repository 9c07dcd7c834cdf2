#include "log/saved_index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/fail.h"
#include "base/file.h"
#include "base/pages.h"
#include "import/importer.h"
#include "log/shrink_guard.h"

uint64_t evd_saved_hash(const void *bytes, size_t size)
{
    return XXH3_64bits(bytes, size);
}

uint64_t evd_saved_rules_hash(const struct evd_log *log)
{
    uint64_t hash = log->rules->hash;
    if (log->source.import != NULL)
        hash = XXH3_64bits_withSeed(&hash, sizeof hash, evd_import_hash(log->source.import));
    /* The keys of the two sides differ. */
    return log->rules->compares_one_side ? XXH3_64bits_withSeed(&hash, sizeof hash, 1 + (uint64_t)log->side) : hash;
}

/* ---- mapping ---- */

/* What is wrong with an index; `saved` has its path. */
static enum evd_status refuse(const struct evd_saved_index *saved, struct evd_error *error, const char *reason)
{
    return evd_fail_at(error, EVD_E_INDEX, saved->path, 0, 0, "%s", reason);
}

/* Opens and maps the file; saved->fd is to be closed once the tables are read. */
static enum evd_status map(struct evd_saved_index *saved, struct evd_error *error)
{
    struct stat file;
    /* Opening a pipe would rob its reader. */
    if (stat(saved->path, &file) == 0 && !S_ISREG(file.st_mode))
        return refuse(saved, error, "is no index");
    const int fd = saved->fd = open(saved->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return refuse(saved, error, errno == ENOENT ? "there is no index; 'evdiff index' makes one" : strerror(errno));
    enum evd_status status = EVD_OK;
    if (fstat(fd, &file) != 0) {
        status = refuse(saved, error, strerror(errno));
    } else if (!S_ISREG(file.st_mode) || file.st_size < (off_t)sizeof(struct evd_saved_header) ||
               (uint64_t)file.st_size > SIZE_MAX / 2) {
        status = refuse(saved, error, "is no index");
    } else {
        const size_t page = (size_t)sysconf(_SC_PAGESIZE);
        void *pages = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (pages == MAP_FAILED) {
            status = errno == ENOMEM ? evd_fail_memory(error) : refuse(saved, error, strerror(errno));
        } else {
            saved->pages = pages;
            saved->size = (size_t)file.st_size;
            saved->guard = evd_shrink_guard_create(pages, (saved->size + page - 1) / page * page);
            if (saved->guard == NULL)
                status = evd_fail_memory(error);
        }
    }
    return status;
}

static void close_file(struct evd_saved_index *saved)
{
    if (saved->fd >= 0)
        close(saved->fd);
    saved->fd = -1;
}

void evd_saved_index_close(struct evd_saved_index *saved)
{
    if (saved == NULL)
        return;
    evd_shrink_guard_release(saved->guard);
    if (saved->pages != NULL)
        munmap((void *)saved->pages, saved->size);
    evd_pages_free(saved->tables, saved->tables_size);
    close_file(saved);
    free(saved->path);
    free(saved);
}

/* ---- checking ---- */

/* Where the sections begin, as offsets in the file. */
struct sections {
    uint64_t streams, counted, kind_uses, floating, creations, blocks, ordinals, events, end;
};

/* Puts a section of `count` records of `size` bytes after *end; false when that overflows. */
static bool place(uint64_t *end, uint64_t *start, uint64_t count, uint64_t size)
{
    uint64_t bytes;
    *start = *end;
    return !__builtin_mul_overflow(count, size, &bytes) && !__builtin_add_overflow(*end, bytes, end);
}

static bool place_sections(const struct evd_saved_header *header, struct sections *sections)
{
    uint64_t end = sizeof *header, counts, ordinals;
    const bool is_placed =
        !__builtin_mul_overflow(header->stream_count, header->counted_count, &counts) &&
        !__builtin_mul_overflow(header->block_count, evd_block_stride(header->slot_count), &ordinals) &&
        place(&end, &sections->streams, header->stream_count, sizeof(struct evd_saved_stream)) &&
        place(&end, &sections->counted, counts, sizeof(uint64_t)) &&
        place(&end, &sections->kind_uses, header->use_count, sizeof(struct evd_kind_use)) &&
        place(&end, &sections->floating, header->floating_count, sizeof(uint64_t)) &&
        place(&end, &sections->creations, header->creation_count, sizeof(struct evd_creation)) &&
        place(&end, &sections->blocks, header->block_count, sizeof(struct evd_block)) &&
        place(&end, &sections->ordinals, ordinals, sizeof(uint16_t)) &&
        place(&end, &sections->events, header->event_count, sizeof(struct evd_event));
    sections->end = end;
    return is_placed;
}

/* Checks a header: whether index and log fit each other. */
static enum evd_status check_header(const struct evd_saved_index *saved, const struct evd_log *log,
                                    const struct evd_saved_header *header, struct sections *sections,
                                    struct evd_error *error)
{
    const struct evd_rules *rules = log->rules;
    if (memcmp(header->magic, EVD_SAVED_MAGIC, sizeof header->magic) != 0)
        return refuse(saved, error, "is no index");
    if (header->byte_order != EVD_SAVED_BYTE_ORDER)
        return refuse(saved, error, "was made on a machine of another byte order");
    if (header->version != EVD_SAVED_VERSION)
        return refuse(saved, error, "was made by another version of evdiff; 'evdiff index' makes it anew");
    if (XXH3_64bits(header, offsetof(struct evd_saved_header, header_hash)) != header->header_hash)
        return refuse(saved, error, "is damaged");
    if (header->rules_hash != evd_saved_rules_hash(log) || header->counted_count != rules->counted_count ||
        header->use_count != evd_rules_use_count(rules) || header->slot_count != rules->slot_count)
        return refuse(saved, error, "was made with other rules");
    struct evd_fingerprint stored = log->stored;
    evd_fingerprint_sample(&stored, &log->source);
    if (!evd_fingerprint_is(&header->stored, &stored))
        return refuse(saved, error, "the log has changed since it was made");
    if (!place_sections(header, sections) || sections->end != saved->size)
        return refuse(saved, error, "is damaged: its size is not what it should be");
    return EVD_OK;
}

/* Reads what precedes the events, as the checked header says. */
static enum evd_status read_tables(struct evd_saved_index *saved, const struct evd_saved_header *header,
                                   const struct sections *sections, struct evd_error *error)
{
    saved->tables_size = sections->events;
    saved->tables = evd_pages_alloc_whole(saved->tables_size);
    if (saved->tables == NULL)
        return evd_fail_memory(error);
    if (evd_file_read(saved->fd, 0, saved->tables, saved->tables_size) != saved->tables_size ||
        memcmp(saved->tables, header, sizeof *header) != 0 ||
        XXH3_64bits(saved->tables + sections->streams, sections->events - sections->streams) != header->tables_hash)
        return refuse(saved, error, "is damaged");
    return EVD_OK;
}

/* True when hashes are in the order that they are searched by. */
static bool is_ascending(const struct evd_sid_set *set)
{
    for (size_t i = 1; i < set->count; i++)
        if (set->hashes[i] <= set->hashes[i - 1])
            return false;
    return true;
}

/* True when creations are in file order. */
static bool are_creations(const struct evd_creation *creations, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++)
        if (creations[i].offset <= creations[i - 1].offset)
            return false;
    return true;
}

/* True when the blocks of a stream cover it in order. */
static bool are_blocks(const struct evd_stream *stream, const struct evd_stream_blocks *saved)
{
    if (stream->count == 0 || saved->count == 0)
        return stream->count == 0 && saved->count == 0;
    const struct evd_block *blocks = saved->list;
    if (blocks[0].first != 0 || blocks[0].participating != 0)
        return false;
    for (uint64_t i = 1; i < saved->count; i++) {
        const uint64_t first = blocks[i].first, before = blocks[i].participating;
        if (first <= blocks[i - 1].first || before < blocks[i - 1].participating ||
            before - blocks[i - 1].participating < EVD_BLOCK_EVENTS_MIN ||
            before - blocks[i - 1].participating > first - blocks[i - 1].first)
            return false;
    }
    const struct evd_block *last = &blocks[saved->count - 1];
    return last->first < stream->count && saved->participating >= last->participating &&
           saved->participating - last->participating <= stream->count - last->first;
}

/* Makes the streams; *is_good is false when the sections contradict each other. False when memory
 * runs out. */
static bool make_streams(struct evd_log *log, const struct evd_saved_index *index, const struct sections *sections,
                         bool *is_good)
{
    const char *tables = index->tables;
    const struct evd_saved_header *header = (const void *)tables;
    const struct evd_saved_stream *saved = (const void *)(tables + sections->streams);
    const uint64_t *counted = (const void *)(tables + sections->counted);
    const struct evd_block *blocks = (const void *)(tables + sections->blocks);
    const uint16_t *ordinals = (const void *)(tables + sections->ordinals);
    const struct evd_event *events = (const void *)(index->pages + sections->events);
    uint64_t event = 0, block = 0;
    struct evd_stream *streams = evd_arena_array(&log->arena, header->stream_count, sizeof *streams);
    struct evd_stream_blocks *blocks_of = evd_arena_array(&log->arena, header->stream_count, sizeof *blocks_of);
    if (streams == NULL || blocks_of == NULL)
        return false;
    *is_good = true;
    for (uint64_t i = 0; i < header->stream_count && *is_good; i++) {
        if (saved[i].count > header->event_count - event || saved[i].block_count > header->block_count - block ||
            (i > 0 && saved[i].tid <= saved[i - 1].tid)) {
            *is_good = false;
            break;
        }
        blocks_of[i] = (struct evd_stream_blocks){
            .list = blocks + block,
            .count = saved[i].block_count,
            .ordinals = ordinals + block * evd_block_stride(header->slot_count),
            .participating = saved[i].participating,
        };
        streams[i] = (struct evd_stream){
            .tid = saved[i].tid,
            .records = events + event,
            .count = saved[i].count,
            .has_pairing_value = saved[i].has_pairing_value != 0,
            .pairing_value = saved[i].pairing_value,
            .counted = counted + i * header->counted_count,
            .saved = saved[i].block_count > 0 ? &blocks_of[i] : NULL,
        };
        *is_good = are_blocks(&streams[i], &blocks_of[i]);
        event += saved[i].count;
        block += saved[i].block_count;
    }
    *is_good = *is_good && event == header->event_count && block == header->block_count;
    if (*is_good) {
        log->streams = streams;
        log->stream_count = header->stream_count;
        log->event_count = header->event_count;
    }
    return true;
}

static enum evd_status use(struct evd_saved_index *saved, struct evd_log *log, const struct sections *sections,
                           struct evd_error *error)
{
    const struct evd_saved_header *header = (const void *)saved->tables;
    const struct evd_sid_set floating = {(const void *)(saved->tables + sections->floating), header->floating_count};
    bool is_good;
    const struct evd_creation *creations = (const void *)(saved->tables + sections->creations);
    if (!is_ascending(&floating) || !are_creations(creations, header->creation_count))
        return refuse(saved, error, "is damaged");
    if (!make_streams(log, saved, sections, &is_good))
        return evd_fail_memory(error);
    if (!is_good)
        return refuse(saved, error, "is damaged");
    log->floating = floating;
    log->creations = creations;
    log->creation_count = header->creation_count;
    log->kind_uses = (struct evd_kind_use *)(saved->tables + sections->kind_uses);
    saved->text_length = header->text_length;
    return EVD_OK;
}

static enum evd_status open_at(const char *path, struct evd_log *log, struct evd_error *error)
{
    struct evd_saved_index *saved = calloc(1, sizeof *saved);
    if (saved == NULL || (saved->path = strdup(path)) == NULL) {
        free(saved);
        return evd_fail_memory(error);
    }
    saved->fd = -1;
    struct sections sections = {0};
    struct evd_saved_header header;
    enum evd_status status = map(saved, error);
    if (status == EVD_OK) {
        status = evd_file_read(saved->fd, 0, &header, sizeof header) == sizeof header
                     ? check_header(saved, log, &header, &sections, error)
                     : refuse(saved, error, "is damaged");
    }
    if (status == EVD_OK)
        status = read_tables(saved, &header, &sections, error);
    close_file(saved);
    if (status == EVD_OK)
        status = use(saved, log, &sections, error);
    /* A text that is shorter than the index says would be read beyond its end. */
    if (status == EVD_OK && log->source.compression == EVD_COMPRESSION_NONE && log->source.import == NULL &&
        saved->text_length != log->source.length)
        status = refuse(saved, error, "is damaged");
    if (status == EVD_OK)
        status = evd_source_defer(&log->source, saved->text_length, error);
    if (status == EVD_OK) {
        log->saved = saved;
        return EVD_OK;
    }
    log->streams = NULL;
    log->stream_count = 0;
    log->event_count = 0;
    log->floating = (struct evd_sid_set){0};
    log->kind_uses = NULL;
    log->creations = NULL;
    log->creation_count = 0;
    evd_saved_index_close(saved);
    return status;
}

enum evd_status evd_saved_index_open(struct evd_log *log, const char *directory, struct evd_error *error)
{
    char path[EVD_PATH_MAX];
    if (log->source.stored == NULL)
        return evd_fail_at(error, EVD_E_INDEX, log->path, 0, 0, "only a regular file has an index");
    enum evd_status status = evd_fail_at(error, EVD_E_INDEX, log->path, 0, 0, "there is no place for an index");
    for (size_t which = 0; evd_index_place(log->path, directory, which, path); which++) {
        struct evd_error fault;
        const enum evd_status tried = open_at(path, log, &fault);
        /* Of two places that are no use the first one says why, unless it is merely empty. */
        if (tried != EVD_E_INDEX || which == 0 || access(path, F_OK) == 0) {
            status = tried;
            if (error != NULL)
                *error = fault;
        }
        if (tried != EVD_E_INDEX)
            break;
    }
    return status;
}
