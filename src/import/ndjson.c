/* JSON lines of any program, with a mapping: which members are the thread, the index, the kind, the name and the time.
 *
 *     {"pid":1,"tid":7,"type":"call","call":"open","args":{"path":"/etc"}}
 *
 * A line is an event; what has no meaning of its own is the payload. */
#include <stdlib.h>

#include "import/json_line.h"
#include "import/mapping.h"

static const char *const KINDS[] = {"event", NULL};

static const char NO_THREAD[] = "lines without the member that is the thread";
static const char NO_KIND[] = "lines without the member that is the kind";
static const char NO_INDEX[] = "lines without the member that is the index";

enum threads { THREADS_UNKNOWN, THREADS_NUMBERED, THREADS_NAMED };

struct ndjson {
    const struct evd_mapping *mapping;
    struct evd_json_lines lines;
    struct evd_scratch members; /* of the payload, but for its name and braces */
    struct evd_arena arena;     /* for names that are spelled with escapes */
    struct evd_buffer thread;   /* what the trace calls the line's thread */
    enum threads threads;
    uint32_t found[EVD_MAPPING_USES]; /* tokens of the line's values; 0: there is none */
    uint32_t other_name;              /* a key that would be another name of the payload; 0: none */
};

/* ── Members ── */

static bool has_value(const struct evd_json_tape *tape, uint32_t token)
{
    return token != 0 && tape->tokens[token].type != EVD_JSON_NULL;
}

static bool is_scalar(const struct evd_json_tape *tape, uint32_t token)
{
    return tape->tokens[token].type != EVD_JSON_ARRAY && tape->tokens[token].type != EVD_JSON_OBJECT;
}

/* What the mapping says of a key; *node is NULL when it says nothing. */
static bool find_node(struct ndjson *ndjson, const struct evd_json_tape *tape, uint32_t key,
                      const struct evd_mapping_node *parent, const struct evd_mapping_node **node)
{
    const struct evd_json_token *token = &tape->tokens[key];
    *node = NULL;
    if (parent == NULL || parent->children == NULL)
        return true;
    if (!token->escaped) {
        *node = evd_mapping_find(parent, tape->text + token->start, token->length);
        return true;
    }
    struct evd_string name;
    if (!evd_value_string(&ndjson->arena, tape, key, &name))
        return false;
    *node = evd_mapping_find(parent, name.bytes, name.length);
    return true;
}

static enum evd_status put_members(struct evd_importer *importer, const struct evd_json_tape *tape, uint32_t object,
                                   const struct evd_mapping_node *parent, bool is_shown, unsigned depth);

/* A value of which some members have a meaning or are left out. */
static enum evd_status put_within(struct evd_importer *importer, const struct evd_json_tape *tape, uint32_t key,
                                  const struct evd_mapping_node *node, bool is_shown, unsigned depth)
{
    struct ndjson *ndjson = importer->state;
    struct evd_import_sink *sink = &ndjson->members.sink;
    const size_t before = evd_scratch_length(&ndjson->members);
    if (evd_json_line_put_key(sink, tape, key) != EVD_OK || evd_room(sink, 1) != EVD_OK)
        return evd_import_no_memory(importer);
    evd_put_byte(sink, '{');
    const size_t empty = evd_scratch_length(&ndjson->members);
    enum evd_status status = put_members(importer, tape, key + 1, node, is_shown, depth + 1);
    if (status != EVD_OK)
        return status;
    if (evd_room(sink, 1) != EVD_OK)
        return evd_import_no_memory(importer);
    if (!is_shown && evd_scratch_length(&ndjson->members) == empty)
        evd_scratch_cut(&ndjson->members, before);
    else
        evd_put_byte(sink, '}');
    return EVD_OK;
}

static enum evd_status put_members(struct evd_importer *importer, const struct evd_json_tape *tape, uint32_t object,
                                   const struct evd_mapping_node *parent, bool is_shown, unsigned depth)
{
    struct ndjson *ndjson = importer->state;
    struct evd_import_sink *sink = &ndjson->members.sink;
    enum evd_status status = EVD_OK;
    for (uint32_t key = object + 1; status == EVD_OK && key < tape->tokens[object].next;
         key = tape->tokens[key + 1].next) {
        const struct evd_mapping_node *node;
        if (!find_node(ndjson, tape, key, parent, &node))
            return evd_import_no_memory(importer);
        const unsigned use = node == NULL ? EVD_MAPPING_OTHER : node->use;
        if (use >= EVD_MAPPING_INDEX) {
            ndjson->found[use] = key + 1;
            continue;
        }
        const bool is_part = use == EVD_MAPPING_OTHER ? is_shown : use == EVD_MAPPING_KEPT;
        const bool is_within = node != NULL && node->children != NULL && tape->tokens[key + 1].type == EVD_JSON_OBJECT;
        if (is_part && depth == 1 && evd_json_token_is(tape, key, "name"))
            ndjson->other_name = key;
        if (is_within) {
            status = put_within(importer, tape, key, node, is_part, depth);
        } else if (is_part) {
            if (evd_json_line_put_key(sink, tape, key) != EVD_OK)
                return evd_import_no_memory(importer);
            status = evd_json_line_put_at(importer, sink, tape, key + 1, depth);
        }
    }
    return status;
}

/* ── The thread ── */

static enum evd_status find_thread(struct evd_importer *importer, const struct evd_json_tape *tape,
                                   struct evd_import_thread **thread)
{
    struct ndjson *ndjson = importer->state;
    const uint32_t first = ndjson->found[EVD_MAPPING_THREAD];
    const unsigned count = ndjson->mapping->part_count;
    int64_t number = 0;
    const bool is_number = count == 0 || (count == 1 && tape->tokens[first].type == EVD_JSON_INTEGER &&
                                          evd_json_token_signed(tape, first, &number) && number >= 0);
    const enum threads threads = is_number ? THREADS_NUMBERED : THREADS_NAMED;
    if (ndjson->threads != THREADS_UNKNOWN && ndjson->threads != threads)
        return evd_json_line_fault(importer, tape, first,
                                   is_number ? "is a number, and threads before it have names"
                                             : "is no number from 0 on, as those of threads before it are");
    evd_buffer_clear(&ndjson->thread);
    enum evd_status status = EVD_OK;
    for (unsigned i = 0; !is_number && status == EVD_OK && i < count; i++)
        status = evd_json_line_append_name(importer, &ndjson->arena, tape, ndjson->found[EVD_MAPPING_THREAD + i],
                                           count > 1 ? (int)i : -1, &ndjson->thread);
    if (status != EVD_OK)
        return status;
    /* An empty text is a name, too. */
    if (!is_number && !evd_buffer_reserve(&ndjson->thread, 1))
        return evd_import_no_memory(importer);
    *thread = is_number ? evd_import_thread(importer, (uint64_t)number, number, NULL, 0)
                        : evd_import_thread_named(importer, ndjson->thread.data, ndjson->thread.length);
    if (*thread == NULL)
        return evd_import_no_memory(importer);
    ndjson->threads = threads;
    return EVD_OK;
}

/* ── Time and index ── */

static enum evd_status set_place(struct evd_importer *importer, const struct evd_json_tape *tape,
                                 struct evd_import_thread *thread)
{
    const struct ndjson *ndjson = importer->state;
    const uint32_t time = ndjson->found[EVD_MAPPING_TIME], index = ndjson->found[EVD_MAPPING_INDEX];
    int64_t ns;
    importer->clock_length = 0;
    if (has_value(tape, time)) {
        if (!evd_json_token_time(tape, time, ndjson->mapping->time_unit_ns, &ns))
            return evd_json_line_fault(importer, tape, time,
                                       "is no time: digits, with a fraction or without, would be, up to "
                                       "9223372036854775807 nanoseconds");
        evd_import_clock(importer, ns);
    }
    if (ndjson->mapping->has_index && (!evd_json_token_signed(tape, index, &thread->next_idx) || thread->next_idx < 0 ||
                                       thread->next_idx == INT64_MAX))
        return evd_json_line_fault(importer, tape, index, "is no index: a whole number from 0 on would be");
    return EVD_OK;
}

/* ── Lines ── */

static void put_scalar(struct evd_import_sink *sink, const struct evd_json_tape *tape, uint32_t token)
{
    const struct evd_json_token *value = &tape->tokens[token];
    const bool is_string = value->type == EVD_JSON_STRING;
    if (is_string)
        evd_put_byte(sink, '"');
    evd_put(sink, tape->text + value->start, value->length);
    if (is_string)
        evd_put_byte(sink, '"');
}

static enum evd_status write_event(struct evd_importer *importer, const struct evd_json_tape *tape,
                                   struct evd_import_thread *thread)
{
    static const char NAME[] = "\"name\":";
    struct ndjson *ndjson = importer->state;
    const uint32_t kind = ndjson->found[EVD_MAPPING_KIND], name = ndjson->found[EVD_MAPPING_NAME];
    const struct evd_json_token *kind_token = &tape->tokens[kind];
    const size_t length = evd_scratch_length(&ndjson->members);
    const size_t size = length + sizeof NAME + 8 + (name == 0 ? 0 : tape->tokens[name].length);
    const enum evd_status status =
        kind == 0 ? evd_event_begin(importer, 0, thread, size)
                  : evd_event_begin_as(importer, tape->text + kind_token->start, kind_token->length, thread, size);
    if (status != EVD_OK)
        return status;
    struct evd_import_sink *sink = importer->sink;
    evd_put_byte(sink, '{');
    if (has_value(tape, name)) {
        EVD_PUT(sink, NAME);
        put_scalar(sink, tape, name);
        if (length > 1)
            evd_put_byte(sink, ',');
    }
    /* The first byte is the brace that keeps commas away. */
    evd_put(sink, ndjson->members.buffer.data + 1, length - 1);
    evd_put_byte(sink, '}');
    evd_event_end(importer);
    return EVD_OK;
}

/* Why a line is no event; NULL when it is one. */
static const char *what_lacks(const struct ndjson *ndjson, const struct evd_json_tape *tape)
{
    const struct evd_mapping *mapping = ndjson->mapping;
    for (unsigned i = 0; i < mapping->part_count; i++)
        if (!has_value(tape, ndjson->found[EVD_MAPPING_THREAD + i]))
            return NO_THREAD;
    if (mapping->has_kind && !has_value(tape, ndjson->found[EVD_MAPPING_KIND]))
        return NO_KIND;
    return mapping->has_index && !has_value(tape, ndjson->found[EVD_MAPPING_INDEX]) ? NO_INDEX : NULL;
}

static enum evd_status take_line(struct evd_importer *importer, const char *line, size_t length)
{
    struct ndjson *ndjson = importer->state;
    const struct evd_mapping *mapping = ndjson->mapping;
    const struct evd_json_tape *tape;
    struct evd_import_thread *thread;
    enum evd_status status = evd_json_line_parse(importer, &ndjson->lines, line, length, &tape);
    if (status != EVD_OK)
        return status;
    memset(ndjson->found, 0, sizeof ndjson->found);
    ndjson->other_name = 0;
    evd_arena_reset(&ndjson->arena);
    evd_scratch_cut(&ndjson->members, 0);
    if (evd_room(&ndjson->members.sink, 1) != EVD_OK)
        return evd_import_no_memory(importer);
    evd_put_byte(&ndjson->members.sink, '{');
    status = put_members(importer, tape, 0, &mapping->root, !mapping->is_kept_only, 1);
    if (status != EVD_OK)
        return status;
    const char *lack = what_lacks(ndjson, tape);
    if (lack != NULL)
        return evd_import_skip(importer, lack);
    const uint32_t name = ndjson->found[EVD_MAPPING_NAME], kind = ndjson->found[EVD_MAPPING_KIND];
    if (name != 0 && !is_scalar(tape, name))
        return evd_json_line_fault(importer, tape, name, "is no name: a text or a number would be");
    if (name != 0 && ndjson->other_name != 0)
        return evd_json_line_fault(
            importer, tape, ndjson->other_name, "is a second name beside the mapping's; \"left_out\" can leave it out");
    if (kind != 0 && tape->tokens[kind].type != EVD_JSON_STRING && tape->tokens[kind].type != EVD_JSON_INTEGER)
        return evd_json_line_fault(importer, tape, kind, "is no kind: a text or a whole number would be");
    status = find_thread(importer, tape, &thread);
    if (status == EVD_OK)
        status = set_place(importer, tape, thread);
    return status == EVD_OK ? write_event(importer, tape, thread) : status;
}

static enum evd_status open_ndjson(struct evd_importer *importer)
{
    struct ndjson *ndjson = calloc(1, sizeof *ndjson);
    if (ndjson == NULL)
        return EVD_E_NO_MEMORY;
    importer->state = ndjson;
    ndjson->mapping = importer->import->mapping;
    evd_scratch_init(&ndjson->members);
    ndjson->lines.parser = evd_json_parser_create();
    return ndjson->lines.parser == NULL ? EVD_E_NO_MEMORY : EVD_OK;
}

static void close_ndjson(struct evd_importer *importer)
{
    struct ndjson *ndjson = importer->state;
    if (ndjson == NULL)
        return;
    evd_json_parser_destroy(ndjson->lines.parser);
    evd_buffer_release(&ndjson->members.buffer);
    evd_buffer_release(&ndjson->thread);
    evd_arena_release(&ndjson->arena);
    free(ndjson);
}

const struct evd_import_format evd_format_ndjson = {
    .name = "ndjson",
    .summary = "JSON lines of any program, by a mapping",
    .rules = "ndjson",
    .kinds = KINDS,
    .needs_mapping = true,
    .version = 1,
    .open = open_ndjson,
    .take_line = take_line,
    .close = close_ndjson,
};
