/* How a trace is read, and importers that hand the log's text to a function. */
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/fail.h"
#include "base/suggest.h"
#include "import/importer.h"
#include "import/mapping.h"

/* ── Opening ── */

static enum evd_status refuse_format(const char *name, struct evd_error *error)
{
    const char *names[32], *known;
    char list[256];
    size_t count = 0;
    while (count < sizeof names / sizeof *names && (known = evd_import_format_name(count)) != NULL)
        names[count++] = known;
    const char *meant = evd_suggest_name(name, strlen(name), names, count);
    if (meant != NULL)
        return evd_fail(error, EVD_E_ARGUMENT, "\"%s\" is no format of traces; did you mean \"%s\"?", name, meant);
    evd_suggest_list(list, sizeof list, names, count);
    return evd_fail(error, EVD_E_ARGUMENT, "\"%s\" is no format of traces; there are %s", name, list);
}

/* All that the log depends on but the trace. */
static uint64_t hash_import(const struct evd_import *import)
{
    const unsigned char flags[3] = {(unsigned char)import->format->version, import->has_places,
                                    /* 2: what is skipped is part of the log; 1 was of indexes without it */
                                    import->is_tolerant ? 2 : 0};
    uint64_t hash = XXH3_64bits(flags, sizeof flags);
    if (import->mapping != NULL)
        hash ^= import->mapping->hash;
    hash = XXH3_64bits_withSeed(import->format->name, strlen(import->format->name), hash);
    return XXH3_64bits_withSeed(import->engine, strlen(import->engine), hash);
}

enum evd_status evd_import_open(const char *format, const struct evd_import_options *options,
                                struct evd_import **import, struct evd_error *error)
{
    static const struct evd_import_options DEFAULTS = {0};
    const struct evd_import_format *found = evd_import_format_named(format);
    *import = NULL;
    if (options == NULL)
        options = &DEFAULTS;
    if (found == NULL)
        return refuse_format(format, error);
    const char *engine = options->engine == NULL ? found->name : options->engine;
    if (evd_utf8_length(engine, strlen(engine)) != strlen(engine))
        return evd_fail(error, EVD_E_ARGUMENT, "the engine's name is no UTF-8");
    if (found->needs_mapping != (options->mapping != NULL))
        return evd_fail(error, EVD_E_ARGUMENT,
                        found->needs_mapping ? "the format %s needs a mapping, which says what its members mean"
                                             : "the format %s takes no mapping",
                        found->name);
    struct evd_import *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return evd_fail_memory(error);
    opened->format = found;
    opened->has_places = options->has_places;
    opened->is_tolerant = options->is_tolerant;
    opened->memory_bytes = options->memory_bytes > 0 ? options->memory_bytes : EVD_IMPORT_MEMORY_BYTES;
    opened->engine = strdup(engine);
    enum evd_status status = opened->engine == NULL ? evd_fail_memory(error) : EVD_OK;
    if (status == EVD_OK && found->needs_mapping)
        status = evd_mapping_load(options->mapping, &opened->mapping, error);
    if (status != EVD_OK) {
        evd_import_free(opened);
        return status;
    }
    opened->hash = hash_import(opened);
    *import = opened;
    return EVD_OK;
}

void evd_import_free(struct evd_import *import)
{
    if (import == NULL)
        return;
    evd_mapping_free(import->mapping);
    free(import->engine);
    free(import);
}

const char *evd_import_format(const struct evd_import *import)
{
    return import->format->name;
}

/* ── Importers that write ── */

enum { ROOM_BYTES = 256 << 10 };

static enum evd_status make_room(struct evd_import_sink *sink, size_t size)
{
    struct evd_importer *importer = sink->context;
    struct evd_buffer *room = &importer->room;
    if (sink->at != NULL && sink->at > room->data &&
        !importer->write(importer->write_context, room->data, (size_t)(sink->at - room->data)))
        return EVD_E_IO;
    if (size > 0 && !evd_buffer_reserve(room, size < ROOM_BYTES ? ROOM_BYTES : size))
        return EVD_E_NO_MEMORY;
    sink->at = room->data;
    sink->end = room->data == NULL ? NULL : room->data + room->capacity;
    return EVD_OK;
}

enum evd_status evd_importer_open_text(const struct evd_import *import, const char *path, const char *text,
                                       size_t length, evd_import_write *write, void *context,
                                       struct evd_importer **importer, struct evd_error *error)
{
    const struct evd_import_memory memory = {.text = text, .text_length = length};
    const enum evd_status status = evd_importer_create(import, path, NULL, &memory, importer, error);
    if (status != EVD_OK)
        return status;
    (*importer)->own_sink = (struct evd_import_sink){.context = *importer, .make_room = make_room};
    (*importer)->write = write;
    (*importer)->write_context = context;
    return EVD_OK;
}

enum evd_status evd_importer_open(const struct evd_import *import, const char *path, evd_import_write *write,
                                  void *context, struct evd_importer **importer, struct evd_error *error)
{
    return evd_importer_open_text(import, path, NULL, 0, write, context, importer, error);
}
