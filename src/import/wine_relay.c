/* Wine's +relay traces, with +timestamp and +pid or without.
 *
 *     6044.068:0020:002c:Call ntdll.NtClose(000000a4) ret=7b05ac70
 *     6044.068:0020:002c:Ret  ntdll.NtClose() retval=00000000 ret=7b05ac70
 *
 * A call becomes import.call and kernel.call, a return kernel.return. The first wait on a handle becomes handle.create, by
 * whichever thread came first; waits become wait.begin and wait.end, threads that are created thread.create. The text is
 * Latin-1: Wine writes bytes as they are.
 *
 * With +pid, threads are numbered in the order of their first lines, since Wine gives a thread's number to another thread
 * once it is free. */
#include <stdlib.h>

#include "import/importer.h"
#include "import/relay_line.h"

enum kind { IMPORT_CALL, KERNEL_CALL, KERNEL_RETURN, HANDLE_CREATE, WAIT_BEGIN, WAIT_END, THREAD_CREATE };
static const char *const KINDS[] = {
    "import.call", "kernel.call", "kernel.return", "handle.create", "wait.begin", "wait.end", "thread.create", NULL,
};

static const char OTHER[] = "lines that are no calls and no returns";
static const char MIXED[] = "calls with a process where the first has none, or the other way round";
static const char BAD_WAIT[] = "waits whose handle is no number";

/* Marks the SID of a handle that threads share: docs/rules.md. */
static const uint32_t SHARED_GLOBAL = 0xC01AB005u;

enum {
    OBJECT_THREAD = 7,
    OBJECT_WAITABLE = 1,
    ARGUMENT_BYTES = 32, /* that an argument takes beside its text: `,"a123456":"0x"` */
    PAYLOAD_BYTES = 512, /* that a payload has beside what the line holds */
    NS_PER_CYCLE = 10,
    WAIT_CYCLES = 9973,
};

struct relay {
    struct evd_relay_known known[EVD_RELAY_KNOWN];
    struct evd_table waited; /* handles, each with any value */
    int64_t ns;              /* of the clock, when has_time */
    bool has_time;
    bool has_begun, has_pid; /* the first call has a process, so all must: threads are numbered in another way then */
};

/* ── SIDs ── */

static uint64_t fnv_number(uint64_t hash, uint64_t number, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        hash = (hash ^ (number >> (8 * i) & 0xff)) * EVD_RELAY_FNV_PRIME;
    return hash;
}

static uint64_t sid(uint32_t site, uint32_t tid, uint64_t index, uint32_t type)
{
    return fnv_number(fnv_number(fnv_number(fnv_number(EVD_RELAY_FNV_BASIS, site, 4), tid, 4), index, 8), type, 4);
}

static bool is_like(const char *text, size_t length)
{
    struct evd_relay_line line;
    struct evd_relay_function function;
    return evd_relay_read(text, length, &line) && evd_relay_function_of(line.function, &function);
}

/* ── Writing ── */

static void put_clock(struct evd_importer *importer, const struct evd_relay_line *line)
{
    struct relay *relay = importer->state;
    if (relay->has_time == line->has_time && relay->ns == line->ns)
        return;
    relay->has_time = line->has_time;
    relay->ns = line->ns;
    struct evd_import_sink clock = {.at = importer->clock, .end = importer->clock + sizeof importer->clock};
    if (line->has_time) {
        EVD_PUT(&clock, ",\"guest_cycle\":");
        evd_put_signed(&clock, line->ns / NS_PER_CYCLE);
        EVD_PUT(&clock, ",\"host_ns\":");
        evd_put_signed(&clock, line->ns);
    }
    EVD_PUT(&clock, ",\"deterministic\":true");
    importer->clock_length = (size_t)(clock.at - importer->clock);
}

static void put_text(struct evd_import_sink *sink, struct evd_relay_text text)
{
    evd_put(sink, text.bytes, text.length);
}

static enum evd_status put_import_call(struct evd_importer *importer, struct evd_import_thread *thread,
                                       const struct evd_relay_line *line, const struct evd_relay_function *function)
{
    const size_t size = PAYLOAD_BYTES + line->function.length + line->caller.length;
    const enum evd_status status = evd_event_begin(importer, IMPORT_CALL, thread, size);
    if (status != EVD_OK)
        return status;
    struct evd_import_sink *sink = importer->sink;
    EVD_PUT(sink, "{\"name\":\"");
    put_text(sink, function->name);
    EVD_PUT(sink, "\",\"module\":\"");
    put_text(sink, function->module);
    EVD_PUT(sink, "\",\"ord\":");
    evd_put_unsigned(sink, function->ordinal);
    EVD_PUT(sink, ",\"lr\":\"0x");
    put_text(sink, line->caller);
    EVD_PUT(sink, "\"}");
    evd_event_end(importer);
    return EVD_OK;
}

/* The argument at the beginning of `rest`, which becomes what is behind it and its comma. Commas in quotes are part of
 * it; a backslash in them is part of the byte behind it. */
static struct evd_relay_text next_argument(struct evd_relay_text *rest, bool *has_quote)
{
    bool is_quoted = false;
    size_t i = 0;
    *has_quote = false;
    /* Most are a few digits. */
    while (i < rest->length && evd_relay_is_hex(rest->bytes[i]))
        i++;
    for (; i < rest->length; i++) {
        const char c = rest->bytes[i];
        if (c == '"') {
            *has_quote = true;
            is_quoted = !is_quoted;
        } else if (c == ',' && !is_quoted) {
            break;
        } else if (c == '\\' && is_quoted && i + 1 < rest->length) {
            *has_quote |= rest->bytes[++i] == '"';
        }
    }
    const struct evd_relay_text argument = {rest->bytes, i};
    i += i < rest->length;
    *rest = (struct evd_relay_text){rest->bytes + i, rest->length - i};
    return argument;
}

static void put_argument_name(struct evd_import_sink *sink, unsigned index)
{
    if (index > 0)
        evd_put_byte(sink, ',');
    EVD_PUT(sink, "\"a");
    evd_put_unsigned(sink, index);
    EVD_PUT(sink, "\":\"");
}

/* An argument's number: all of it, or what stands before the text that it points to. */
static void put_number(struct evd_import_sink *sink, struct evd_relay_text argument, bool has_quote)
{
    EVD_PUT(sink, "0x");
    if (!has_quote) {
        evd_put_latin1(sink, argument.bytes, argument.length);
        return;
    }
    const char *space = memchr(argument.bytes, ' ', argument.length);
    if (space == NULL)
        evd_put_byte(sink, '0');
    else
        evd_put_latin1(sink, argument.bytes, (size_t)(space - argument.bytes));
}

/* What stands between the first quote of an argument and the last. */
static void put_resolved(struct evd_import_sink *sink, struct evd_relay_text argument)
{
    const char *first = memchr(argument.bytes, '"', argument.length);
    const char *last = memrchr(argument.bytes, '"', argument.length);
    if (last > first)
        evd_put_latin1(sink, first + 1, (size_t)(last - first - 1));
}

static enum evd_status put_kernel_call(struct evd_importer *importer, struct evd_import_thread *thread,
                                       const struct evd_relay_line *line, const struct evd_relay_function *function)
{
    size_t arguments = 1;
    for (size_t i = 0; i < line->arguments.length; i++)
        arguments += line->arguments.bytes[i] == ',';
    const size_t size = PAYLOAD_BYTES + line->function.length +
                        2 * (line->arguments.length * EVD_ESCAPED_MAX + arguments * ARGUMENT_BYTES);
    const enum evd_status status = evd_event_begin(importer, KERNEL_CALL, thread, size);
    if (status != EVD_OK)
        return status;
    struct evd_import_sink *sink = importer->sink;
    EVD_PUT(sink, "{\"name\":\"");
    put_text(sink, function->name);
    EVD_PUT(sink, "\",\"ord\":");
    evd_put_unsigned(sink, function->ordinal);
    EVD_PUT(sink, ",\"args\":{");
    struct evd_relay_text rest = line->arguments;
    bool has_quote, has_resolved = false;
    for (unsigned i = 0; rest.length > 0; i++) {
        const struct evd_relay_text argument = next_argument(&rest, &has_quote);
        has_resolved |= has_quote;
        put_argument_name(sink, i);
        put_number(sink, argument, has_quote);
        evd_put_byte(sink, '"');
    }
    evd_put_byte(sink, '}');
    if (has_resolved) {
        EVD_PUT(sink, ",\"args_resolved\":{");
        rest = line->arguments;
        bool is_first = true;
        for (unsigned i = 0; rest.length > 0; i++) {
            const struct evd_relay_text argument = next_argument(&rest, &has_quote);
            if (!has_quote)
                continue;
            if (!is_first)
                evd_put_byte(sink, ',');
            is_first = false;
            EVD_PUT(sink, "\"a");
            evd_put_unsigned(sink, i);
            EVD_PUT(sink, "\":\"");
            put_resolved(sink, argument);
            evd_put_byte(sink, '"');
        }
        evd_put_byte(sink, '}');
    }
    evd_put_byte(sink, '}');
    evd_event_end(importer);
    return EVD_OK;
}

/* The first thread that waits on a handle creates it, as far as the log goes. */
static enum evd_status put_wait_begin(struct evd_importer *importer, struct evd_import_thread *thread,
                                      const struct evd_relay_line *line)
{
    struct relay *relay = importer->state;
    struct evd_import_sink *sink = importer->sink;
    struct evd_relay_text rest = line->arguments;
    bool has_quote, is_new;
    uint64_t handle;
    if (!evd_relay_hex(next_argument(&rest, &has_quote), &handle))
        return evd_import_skip(importer, BAD_WAIT);
    if (evd_table_put(&relay->waited, handle, 0, &is_new) == NULL)
        return evd_import_no_memory(importer);
    const uint64_t semantic_id = sid(SHARED_GLOBAL, 0, handle, OBJECT_WAITABLE);
    enum evd_status status;
    if (is_new) {
        status = evd_event_begin(importer, HANDLE_CREATE, thread, PAYLOAD_BYTES);
        if (status != EVD_OK)
            return status;
        EVD_PUT(sink, "{\"handle_semantic_id\":\"");
        evd_put_hex(sink, semantic_id, 16);
        EVD_PUT(sink, "\",\"raw_handle_id\":\"0x");
        evd_put_hex(sink, handle, 8);
        EVD_PUT(sink, "\",\"object_type\":");
        evd_put_unsigned(sink, OBJECT_WAITABLE);
        evd_put_byte(sink, '}');
        evd_event_end(importer);
    }
    status = evd_event_begin(importer, WAIT_BEGIN, thread, PAYLOAD_BYTES);
    if (status != EVD_OK)
        return status;
    EVD_PUT(sink, "{\"handles_semantic_ids\":[\"");
    evd_put_hex(sink, semantic_id, 16);
    EVD_PUT(sink, "\"],\"wait_type\":\"any\",\"alertable\":false}");
    evd_event_end(importer);
    return EVD_OK;
}

static enum evd_status put_wait_end(struct evd_importer *importer, struct evd_import_thread *thread,
                                    const struct evd_relay_line *line)
{
    const enum evd_status status = evd_event_begin(importer, WAIT_END, thread, PAYLOAD_BYTES);
    if (status != EVD_OK)
        return status;
    struct evd_import_sink *sink = importer->sink;
    EVD_PUT(sink, "{\"result\":");
    evd_put_unsigned(sink, line->result);
    if (line->has_time) {
        EVD_PUT(sink, ",\"wait_duration_cycles\":");
        evd_put_signed(sink, line->ns % WAIT_CYCLES);
    }
    EVD_PUT(sink, ",\"woken_by_semantic_id\":null}");
    evd_event_end(importer);
    return EVD_OK;
}

static enum evd_status put_kernel_return(struct evd_importer *importer, struct evd_import_thread *thread,
                                         const struct evd_relay_line *line, const struct evd_relay_function *function)
{
    const enum evd_status status =
        evd_event_begin(importer, KERNEL_RETURN, thread, PAYLOAD_BYTES + line->function.length);
    if (status != EVD_OK)
        return status;
    struct evd_import_sink *sink = importer->sink;
    EVD_PUT(sink, "{\"name\":\"");
    put_text(sink, function->name);
    EVD_PUT(sink, "\",\"return_value\":");
    evd_put_unsigned(sink, line->result);
    EVD_PUT(sink, ",\"status\":\"0x");
    evd_put_hex(sink, line->result, 8);
    EVD_PUT(sink, "\"}");
    evd_event_end(importer);
    return EVD_OK;
}

static enum evd_status put_thread_create(struct evd_importer *importer, struct evd_import_thread *thread,
                                         const struct evd_relay_line *line)
{
    const uint64_t semantic_id =
        sid((uint32_t)line->result, (uint32_t)thread->tid, (uint64_t)thread->next_idx, OBJECT_THREAD);
    const enum evd_status status =
        evd_event_begin(importer, THREAD_CREATE, thread, PAYLOAD_BYTES + line->caller.length);
    if (status != EVD_OK)
        return status;
    struct evd_import_sink *sink = importer->sink;
    EVD_PUT(sink, "{\"handle_semantic_id\":\"");
    evd_put_hex(sink, semantic_id, 16);
    EVD_PUT(sink, "\",\"parent_tid\":");
    evd_put_signed(sink, thread->tid);
    EVD_PUT(sink, ",\"entry_pc\":\"0x");
    put_text(sink, line->caller);
    if (line->has_time) {
        EVD_PUT(sink, "\",\"ctx_ptr\":\"0x");
        evd_put_hex(sink, (uint32_t)line->ns, 8);
    }
    EVD_PUT(sink, "\",\"priority\":0,\"affinity\":1,\"stack_size\":65536,\"suspended\":false}");
    evd_event_end(importer);
    return EVD_OK;
}

/* ── A line ── */

static enum evd_status take_call(struct evd_importer *importer, struct evd_import_thread *thread,
                                 const struct evd_relay_line *line, const struct evd_relay_function *function)
{
    enum evd_status status = put_import_call(importer, thread, line, function);
    if (status == EVD_OK)
        status = put_kernel_call(importer, thread, line, function);
    if (status == EVD_OK && function->is_wait && line->arguments.length > 0)
        status = put_wait_begin(importer, thread, line);
    return status;
}

static enum evd_status take_return(struct evd_importer *importer, struct evd_import_thread *thread,
                                   const struct evd_relay_line *line, const struct evd_relay_function *function)
{
    enum evd_status status = function->is_wait ? put_wait_end(importer, thread, line) : EVD_OK;
    if (status == EVD_OK)
        status = put_kernel_return(importer, thread, line, function);
    if (status == EVD_OK && function->is_creator)
        status = put_thread_create(importer, thread, line);
    return status;
}

/* The thread of a line: with +pid by both numbers, which are its name then. */
static struct evd_import_thread *thread_of(struct evd_importer *importer, const struct evd_relay_line *line)
{
    if (!line->has_pid)
        return evd_import_thread(importer, line->tid, (int64_t)line->tid, NULL, 0);
    char name[16];
    struct evd_import_sink text = {.at = name, .end = name + sizeof name};
    evd_put_hex(&text, line->pid, 4);
    evd_put_byte(&text, ':');
    evd_put_hex(&text, line->tid, 4);
    return evd_import_thread(importer, (line->pid + 1) << 16 | line->tid, -1, name, (size_t)(text.at - name));
}

static enum evd_status take_line(struct evd_importer *importer, const char *text, size_t length)
{
    struct relay *relay = importer->state;
    struct evd_relay_line line;
    struct evd_relay_function function;
    if (!evd_relay_read(text, length, &line) || !evd_relay_find(relay->known, line.function, &function))
        return evd_import_skip(importer, OTHER);
    if (relay->has_begun && relay->has_pid != line.has_pid)
        return evd_import_skip(importer, MIXED);
    relay->has_begun = true;
    relay->has_pid = line.has_pid;
    struct evd_import_thread *thread = thread_of(importer, &line);
    if (thread == NULL)
        return evd_import_no_memory(importer);
    put_clock(importer, &line);
    return line.is_call ? take_call(importer, thread, &line, &function)
                        : take_return(importer, thread, &line, &function);
}

static enum evd_status open_relay(struct evd_importer *importer)
{
    struct relay *relay = calloc(1, sizeof *relay);
    if (relay == NULL)
        return EVD_E_NO_MEMORY;
    relay->ns = -1;
    importer->state = relay;
    return EVD_OK;
}

static void close_relay(struct evd_importer *importer)
{
    struct relay *relay = importer->state;
    if (relay != NULL)
        evd_table_release(&relay->waited);
    free(relay);
}

const struct evd_import_format evd_format_wine_relay = {
    .name = "wine-relay",
    .summary = "Wine's +relay, with +timestamp and +pid or without",
    .rules = "wine-relay",
    .kinds = KINDS,
    .version = 1,
    .is_like = is_like,
    .open = open_relay,
    .take_line = take_line,
    .close = close_relay,
};
