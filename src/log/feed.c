#include "log/feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compress.h"
#include "base/fail.h"
#include "base/file.h"
#include "import/importer.h"
#include "log/source.h"
#include "json/value.h"

enum { PIECE_BYTES = 256 << 10, DETECT_BYTES = 64 << 10 };

struct feed {
    struct evd_importer *importer;
    struct evd_unpacker *unpacker; /* NULL: the trace is not packed */
    char *piece;                   /* PIECE_BYTES, with an unpacker */
    const char *path;
    struct evd_import_summary summary; /* once the importer is freed */
};

static void release(struct feed *feed)
{
    evd_unpacker_destroy(feed->unpacker);
    free(feed->piece);
}

static enum evd_status prepare(struct feed *feed, enum evd_compression compression, struct evd_error *error)
{
    if (compression == EVD_COMPRESSION_NONE)
        return EVD_OK;
    feed->unpacker = evd_unpacker_create(compression);
    feed->piece = malloc(PIECE_BYTES);
    return feed->unpacker == NULL || feed->piece == NULL ? evd_fail_memory(error) : EVD_OK;
}

/* An error of unpacking, which has no path. */
static enum evd_status tell(const struct feed *feed, enum evd_status status, const struct evd_error *fault,
                            struct evd_error *error)
{
    return status == EVD_E_NO_MEMORY ? evd_fail_memory(error)
                                     : evd_fail_at(error, status, feed->path, 0, 0, "%s", fault->message);
}

static enum evd_status push(struct feed *feed, const char *bytes, size_t length, struct evd_error *error)
{
    if (feed->unpacker == NULL)
        return evd_importer_push(feed->importer, bytes, length, error);
    struct evd_unpack_step step = {
        .input = bytes, .input_length = length, .room = feed->piece, .room_size = PIECE_BYTES};
    enum evd_status status = EVD_OK;
    while (status == EVD_OK && (step.input_length > 0 || evd_unpacker_has_more(feed->unpacker))) {
        struct evd_error fault;
        const enum evd_status unpacked = evd_unpack_step(feed->unpacker, &step, &fault);
        if (step.made > 0)
            status = evd_importer_push(feed->importer, feed->piece, step.made, error);
        if (status == EVD_OK && unpacked != EVD_OK)
            status = tell(feed, unpacked, &fault, error);
    }
    return status;
}

static enum evd_status finish(struct feed *feed, struct evd_error *error)
{
    struct evd_error fault;
    if (feed->unpacker != NULL && evd_unpacker_finish(feed->unpacker, &fault) != EVD_OK)
        return tell(feed, EVD_E_IO, &fault, error);
    return evd_importer_finish(feed->importer, error);
}

/* ── Into memory ── */

static enum evd_status make_room(struct evd_import_sink *sink, size_t size)
{
    struct evd_text_memory *memory = sink->context;
    if (sink->at != NULL && !evd_text_memory_add(memory, (size_t)(sink->at - (memory->pages + memory->length))))
        return EVD_E_LIMIT;
    if (!evd_text_memory_reserve(memory, size < PIECE_BYTES ? PIECE_BYTES : size))
        return EVD_E_NO_MEMORY;
    sink->at = memory->pages + memory->length;
    sink->end = memory->pages + memory->size;
    return EVD_OK;
}

enum evd_status evd_feed_memory(const struct evd_import *import, const char *path, enum evd_compression compression,
                                const char *bytes, size_t length, struct evd_text_memory *memory,
                                struct evd_import_summary *summary, struct evd_error *error)
{
    struct evd_import_sink sink = {.context = memory, .make_room = make_room};
    struct evd_import_memory kept = {.spill = memory->limit != NULL ? memory->limit->spill : NULL};
    struct feed feed = {.path = path};
    *summary = (struct evd_import_summary){0};
    if (compression == EVD_COMPRESSION_NONE) {
        kept.text = bytes;
        kept.text_length = length;
    }
    enum evd_status status = evd_importer_create(import, path, &sink, &kept, &feed.importer, error);
    if (status == EVD_OK)
        status = prepare(&feed, compression, error);
    if (status == EVD_OK)
        status = push(&feed, bytes, length, error);
    if (status == EVD_OK)
        status = finish(&feed, error);
    if (feed.importer != NULL)
        *summary = *evd_importer_summary(feed.importer);
    evd_importer_free(feed.importer);
    release(&feed);
    return status;
}

/* ── From a file to a function ── */

/* Reads up to `size` bytes, less only at the end; -1 with errno. */
static ssize_t read_piece(int fd, char *bytes, size_t size)
{
    size_t length = 0;
    while (length < size) {
        const ssize_t count = read(fd, bytes + length, size - length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        if (count == 0)
            break;
        length += (size_t)count;
    }
    return (ssize_t)length;
}

/* What the first bytes tell of how the trace is packed. */
static enum evd_status settle_compression(struct feed *feed, const char *bytes, size_t length, struct evd_error *error)
{
    const struct evd_foreign_compression *foreign = evd_foreign_compression(bytes, length);
    return foreign != NULL ? evd_refuse_compression(feed->path, foreign, error)
                           : prepare(feed, evd_compression_of(bytes, length), error);
}

static enum evd_status feed_file(struct feed *feed, int fd, struct evd_error *error)
{
    char *bytes = malloc(PIECE_BYTES);
    enum evd_status status = bytes == NULL ? evd_fail_memory(error) : EVD_OK;
    bool is_first = true;
    while (status == EVD_OK) {
        const ssize_t count = read_piece(fd, bytes, PIECE_BYTES);
        if (count < 0)
            status = evd_fail_errno(error, feed->path);
        if (count <= 0)
            break;
        if (is_first)
            status = settle_compression(feed, bytes, (size_t)count, error);
        if (status == EVD_OK)
            status = push(feed, bytes, (size_t)count, error);
        is_first = false;
    }
    free(bytes);
    return status == EVD_OK ? finish(feed, error) : status;
}

/* Of a file whose text stays, mapped, until the trace is written. */
static enum evd_status import_source(struct feed *feed, const struct evd_import *import,
                                     const struct evd_source *source, evd_import_write *write, void *context,
                                     struct evd_error *error)
{
    const char *text = source->compression == EVD_COMPRESSION_NONE ? source->bytes : NULL;
    enum evd_status status = evd_importer_open_text(
        import, feed->path, text, text != NULL ? source->length : 0, write, context, &feed->importer, error);
    if (status == EVD_OK)
        status = prepare(feed, source->compression, error);
    evd_source_read_ahead(source);
    if (status == EVD_OK)
        status = push(feed, source->bytes, source->length, error);
    if (status == EVD_OK)
        status = finish(feed, error);
    /* What was read of a file that became shorter meanwhile means nothing. */
    return evd_source_check(source, error) == EVD_OK ? status : EVD_E_IO;
}

/* Of what can only be read once, or need not be read again. */
static enum evd_status import_stream(struct feed *feed, const struct evd_import *import, int fd,
                                     evd_import_write *write, void *context, struct evd_error *error)
{
    enum evd_status status = evd_importer_open(import, feed->path, write, context, &feed->importer, error);
    if (status == EVD_OK)
        status = evd_source_refuse_device(feed->path, fd, error);
    return status == EVD_OK ? feed_file(feed, fd, error) : status;
}

/* Whether a trace is a file that is worth to be mapped. Those of /proc and the like claim to be empty, but are not. */
static bool is_mappable(const struct evd_import *import, int fd)
{
    struct stat file;
    return import->format->writes_from_text && fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && file.st_size > 0;
}

static enum evd_status import_file(struct feed *feed, const struct evd_import *import, evd_import_write *write,
                                   void *context, struct evd_error *error)
{
    struct evd_source source = {0};
    const int fd = evd_file_open(feed->path);
    if (fd < 0)
        return evd_fail_errno(error, feed->path);
    enum evd_status status;
    if (!is_mappable(import, fd)) {
        status = import_stream(feed, import, fd, write, context, error);
    } else {
        status = evd_source_open_stored(&source, feed->path, NULL, error);
        if (status == EVD_OK)
            status = import_source(feed, import, &source, write, context, error);
    }
    if (feed->importer != NULL)
        feed->summary = *evd_importer_summary(feed->importer);
    /* Before the text that it writes from. */
    evd_importer_free(feed->importer);
    evd_source_close(&source);
    close(fd);
    return status;
}

enum evd_status evd_import_file(const struct evd_import *import, const char *path, bool is_packed,
                                evd_import_write *write, void *context, struct evd_import_summary *summary,
                                struct evd_error *error)
{
    struct feed feed = {.path = path};
    struct evd_packer *packer = is_packed ? evd_packer_create(write, context) : NULL;
    enum evd_status status = is_packed && packer == NULL ? evd_fail_memory(error) : EVD_OK;
    if (status == EVD_OK)
        status = import_file(&feed, import, is_packed ? evd_packer_write : write, is_packed ? packer : context, error);
    if (status == EVD_OK && is_packed && !evd_packer_finish(packer))
        status = evd_fail_at(error, EVD_E_IO, path, 0, 0, "what it becomes could not be written");
    if (summary != NULL)
        *summary = feed.summary;
    release(&feed);
    evd_packer_destroy(packer);
    return status;
}

/* ── Which format ── */

/* What is asked of the first bytes of a file. */
typedef enum evd_status detector(const char *text, size_t length, const char **format, struct evd_error *error);

static enum evd_status detect_trace(const char *text, size_t length, const char **format, struct evd_error *error)
{
    const struct evd_import_format *found = evd_import_format_of(text, length);
    (void)error;
    *format = found == NULL ? NULL : found->name;
    return EVD_OK;
}

enum { FORMATS_MAX = 64 };

/* What a log's header names as the engine, if it is one of `count` names, else NULL; what is wrong with a header is told when the
 * log is read. */
static enum evd_status find_engine(const char *text, size_t length, const char *const *names, size_t count,
                                   const char **found, struct evd_error *error)
{
    const char *end = memchr(text, '\n', length);
    const size_t size = end == NULL ? 0 : (size_t)(end - text);
    struct evd_json_parser *parser = evd_json_parser_create();
    struct evd_buffer line = {0};
    struct evd_arena arena = {0};
    struct evd_json_fault fault;
    struct evd_value header;
    *found = NULL;
    evd_buffer_append(&line, text, size);
    bool is_done = parser != NULL && evd_buffer_reserve(&line, EVD_JSON_PADDING);
    if (is_done && size > 0) {
        memset(line.data + size, 0, EVD_JSON_PADDING);
        const struct evd_json_tape *tape = evd_json_parse(parser, line.data, size, &fault);
        is_done = tape == NULL ? fault.reason != NULL : evd_value_build(&arena, tape, 0, &header);
        const struct evd_value *engine =
            is_done && tape != NULL ? evd_value_get(&header, evd_string_of("engine")) : NULL;
        for (size_t i = 0; engine != NULL && engine->type == EVD_JSON_STRING && i < count; i++)
            if (evd_string_equal(engine->string, evd_string_of(names[i])))
                *found = names[i];
    }
    evd_arena_release(&arena);
    evd_buffer_release(&line);
    evd_json_parser_destroy(parser);
    return is_done ? EVD_OK : evd_fail_memory(error);
}

static enum evd_status detect_made(const char *text, size_t length, const char **format, struct evd_error *error)
{
    const char *names[FORMATS_MAX];
    size_t count = 0;
    while (count < FORMATS_MAX && evd_import_formats[count] != NULL) {
        names[count] = evd_import_formats[count]->name;
        count++;
    }
    return find_engine(text, length, names, count, format, error);
}

static enum evd_status detect_side(const char *text, size_t length, const char **side, struct evd_error *error)
{
    static const char *const NAMES[] = {"canary", "ours"};
    return find_engine(text, length, NAMES, sizeof NAMES / sizeof *NAMES, side, error);
}

static enum evd_status detect(const char *path, int fd, detector *ask, const char **format, struct evd_error *error)
{
    struct evd_error fault;
    char *stored = malloc(DETECT_BYTES), *text = malloc(DETECT_BYTES);
    struct evd_unpacker *unpacker = NULL;
    enum evd_status status = EVD_OK;
    const ssize_t count = stored == NULL || text == NULL ? 0 : read_piece(fd, stored, DETECT_BYTES);
    if (stored == NULL || text == NULL)
        status = evd_fail_memory(error);
    else if (count < 0)
        status = evd_fail_errno(error, path);
    if (status != EVD_OK || count <= 0)
        goto out;
    struct evd_unpack_step step = {
        .input = stored, .input_length = (size_t)count, .room = text, .room_size = DETECT_BYTES, .made = (size_t)count};
    const enum evd_compression compression = evd_compression_of(stored, (size_t)count);
    if (compression != EVD_COMPRESSION_NONE) {
        unpacker = evd_unpacker_create(compression);
        if (unpacker == NULL) {
            status = evd_fail_memory(error);
            goto out;
        }
        /* What is damaged is told when the trace is read. */
        (void)evd_unpack_step(unpacker, &step, &fault);
    }
    status = ask(compression == EVD_COMPRESSION_NONE ? stored : text, step.made, format, error);
out:
    evd_unpacker_destroy(unpacker);
    free(stored);
    free(text);
    return status;
}

static enum evd_status detect_file(const char *path, detector *ask, const char **format, struct evd_error *error)
{
    struct stat file;
    *format = NULL;
    /* Opening what is no file may wait for somebody. */
    if (stat(path, &file) != 0 || !S_ISREG(file.st_mode))
        return EVD_OK;
    const int fd = evd_file_open(path);
    if (fd < 0)
        return evd_fail_errno(error, path);
    const enum evd_status status = detect(path, fd, ask, format, error);
    close(fd);
    return status;
}

enum evd_status evd_import_detect(const char *path, const char **format, struct evd_error *error)
{
    return detect_file(path, detect_trace, format, error);
}

enum evd_status evd_import_detect_made(const char *path, const char **format, struct evd_error *error)
{
    return detect_file(path, detect_made, format, error);
}

enum evd_status evd_import_detect_side(const char *path, const char **side, struct evd_error *error)
{
    return detect_file(path, detect_side, side, error);
}
