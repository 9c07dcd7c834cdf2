/* strace, with -f, with -t, -tt, -ttt or none of them, with -y.
 *
 *     25531 1795917170.873885 openat(AT_FDCWD, "/etc/hosts", O_RDONLY) = -1 ENOENT (No such file or directory)
 *     25531 1795917170.914236 futex(0x1e932050, FUTEX_WAIT, 0, NULL <unfinished ...>
 *     25531 1795917170.919287 <... futex resumed>) = 0
 *     25531 1795917170.920000 --- SIGCHLD {si_signo=SIGCHLD, si_status=0} ---
 *     25531 1795917170.953556 +++ exited with 0 +++
 *
 * Arguments become members of `args`: a0, a1, …; what is in structures and lists has a path, a1/st_mode, a0/0/fd. A call
 * that was interrupted by another thread's line is one event, where it returns. */
#include <stdlib.h>

#include "import/importer.h"
#include "import/strace_beginning.h"
#include "import/strace_values.h"

enum kind { SYSCALL, SIGNAL, EXIT };
static const char *const KINDS[] = {"syscall", "signal", "exit", NULL};

static const char OWN[] = "messages of strace itself";
static const char OTHER[] = "lines that are no system calls";
static const char UNBEGUN[] = "ends of calls whose beginnings are not there";

/* A call that another thread's line interrupted. */
struct unfinished {
    struct evd_buffer text; /* `call(arguments`; empty: there is none */
};

struct strace {
    struct evd_strace_values values;
    struct evd_buffer joined;      /* a call and its end, from two lines */
    struct unfinished *unfinished; /* one a thread, in the importer's order */
    size_t unfinished_count;
};

/* ── Calls ── */

/* The word that a call begins with, before its bracket; empty when it is no call. */
static size_t call_length(const struct evd_strace_cursor *cursor)
{
    const char *p = cursor->at;
    while (p < cursor->end && evd_strace_is_word(*p))
        p++;
    return p < cursor->end && *p == '(' && !evd_strace_is_digit(*cursor->at) ? (size_t)(p - cursor->at) : 0;
}

/* Puts `call` and `args` of `call(a, b)`, and moves behind the bracket. */
static enum evd_status put_call(struct strace *strace, struct evd_strace_cursor *cursor)
{
    struct evd_import_sink *sink = &strace->values.payload.sink;
    const size_t length = call_length(cursor);
    enum evd_status status = evd_room(sink, length + EVD_STRACE_NUMBER_BYTES);
    if (status != EVD_OK)
        return status;
    EVD_PUT(sink, "{\"call\":\"");
    evd_put(sink, cursor->at, length);
    EVD_PUT(sink, "\",\"args\":{");
    cursor->at += length + 1;
    evd_strace_skip_spaces(cursor);
    for (unsigned index = 0; !evd_strace_take(cursor, ")"); index++) {
        if (index > 0 && !evd_strace_take(cursor, ","))
            return EVD_E_INPUT;
        evd_strace_skip_spaces(cursor);
        evd_buffer_clear(&strace->values.path);
        evd_buffer_byte(&strace->values.path, 'a');
        evd_strace_append_index(&strace->values.path, index);
        const size_t name = evd_strace_name_length(cursor);
        if (name > 0) {
            /* clone(child_stack=NULL, flags=…) names its arguments. */
            evd_buffer_byte(&strace->values.path, '/');
            evd_buffer_append(&strace->values.path, cursor->at, name);
            cursor->at += name + 1;
        }
        status = strace->values.path.failed ? EVD_E_NO_MEMORY : evd_strace_put_value(&strace->values, cursor, 0);
        if (status != EVD_OK)
            return status;
        if (cursor->at == cursor->end || (*cursor->at != ',' && *cursor->at != ')'))
            return EVD_E_INPUT;
    }
    status = evd_room(sink, EVD_STRACE_NUMBER_BYTES);
    if (status == EVD_OK)
        evd_put_byte(sink, '}');
    return status;
}

/* What stands before the values of members that a payload has behind its first one. */
static const char RESULT[] = ",\"result\":", ERRNO[] = ",\"errno\":", NOTE[] = ",\"note\":", CODE[] = ",\"code\":",
                  SIGNAL_NAME[] = ",\"signal\":";

static enum evd_status put_member(struct strace *strace, const char *key, size_t key_length, const char *text,
                                  size_t length, bool is_plain)
{
    struct evd_import_sink *sink = &strace->values.payload.sink;
    const enum evd_status status = evd_room(sink, key_length + EVD_STRACE_NUMBER_BYTES);
    if (status != EVD_OK)
        return status;
    evd_put(sink, key, key_length);
    return is_plain ? evd_strace_put_plain(&strace->values, text, length)
                    : evd_strace_put_string(&strace->values, text, length);
}

static size_t word_length(const struct evd_strace_cursor *cursor)
{
    const char *stop = memchr(cursor->at, ' ', (size_t)(cursor->end - cursor->at));
    return (size_t)((stop == NULL ? cursor->end : stop) - cursor->at);
}

/* Puts `= -1 ENOENT (No such file or directory) <0.000012>`: the result, the error's name, or what stands in brackets where
 * there is no error. The time is not the program's doing. */
static enum evd_status put_result(struct strace *strace, struct evd_strace_cursor *cursor)
{
    evd_strace_skip_spaces(cursor);
    if (!evd_strace_take(cursor, "="))
        return EVD_E_INPUT;
    evd_strace_skip_spaces(cursor);
    const char *last = cursor->end;
    while (last > cursor->at && last[-1] == ' ')
        last--;
    if (last > cursor->at && last[-1] == '>') {
        const char *time = memrchr(cursor->at, '<', (size_t)(last - cursor->at));
        if (time > cursor->at && time[-1] == ' ' && evd_strace_is_digit(time[1]))
            last = time;
    }
    while (last > cursor->at && last[-1] == ' ')
        last--;
    cursor->end = last;
    if (cursor->at == cursor->end)
        return EVD_E_INPUT;
    size_t length = word_length(cursor);
    const char *decoration = memchr(cursor->at, '<', length);
    if (decoration != NULL) {
        /* A path may have spaces. */
        struct evd_strace_cursor path = {decoration, cursor->end};
        if (evd_strace_skip_decoration(&path))
            length = (size_t)(path.at - cursor->at);
    }
    enum evd_status status = put_member(strace, RESULT, sizeof RESULT - 1, cursor->at, length, true);
    cursor->at += length;
    evd_strace_skip_spaces(cursor);
    if (status != EVD_OK || cursor->at == cursor->end)
        return status;
    if (*cursor->at != '(') {
        length = word_length(cursor);
        return put_member(strace, ERRNO, sizeof ERRNO - 1, cursor->at, length, false);
    }
    const size_t rest = (size_t)(cursor->end - cursor->at);
    return put_member(strace, NOTE, sizeof NOTE - 1, cursor->at + 1, rest - 1 - (cursor->end[-1] == ')'), false);
}

/* ── Lines ── */

/* Writes the payload in hand as an event of the kind, but for its last bracket. */
static enum evd_status write_event(struct evd_importer *importer, enum kind kind, struct evd_import_thread *thread)
{
    struct strace *strace = importer->state;
    const size_t length = evd_scratch_length(&strace->values.payload);
    const enum evd_status status = evd_event_begin(importer, kind, thread, length + 1);
    if (status != EVD_OK)
        return status;
    evd_put(importer->sink, strace->values.payload.buffer.data, length);
    evd_put_byte(importer->sink, '}');
    evd_event_end(importer);
    return EVD_OK;
}

/* Tells what the reader of a line found wrong at its cursor. */
static enum evd_status tell(struct evd_importer *importer, enum evd_status status, const char *line,
                            const struct evd_strace_cursor *cursor, const char *what)
{
    if (status == EVD_E_NO_MEMORY)
        return evd_import_no_memory(importer);
    return status != EVD_E_INPUT
               ? status
               : evd_import_fault(importer, line == NULL ? 1 : (uint64_t)(cursor->at - line) + 1, "%s", what);
}

static const char ENDS[] = "the call ends before its arguments and result do";

/* Takes a whole call. `line` is where columns count from; NULL: the call is of two lines. */
static enum evd_status take_call(struct evd_importer *importer, struct evd_import_thread *thread, const char *line,
                                 struct evd_strace_cursor cursor)
{
    struct strace *strace = importer->state;
    evd_scratch_cut(&strace->values.payload, 0);
    enum evd_status status = put_call(strace, &cursor);
    if (status == EVD_OK)
        status = put_result(strace, &cursor);
    return status == EVD_OK ? write_event(importer, SYSCALL, thread) : tell(importer, status, line, &cursor, ENDS);
}

/* A call that never returned: what is known of its arguments. */
static enum evd_status take_unfinished(struct evd_importer *importer, struct evd_import_thread *thread)
{
    struct strace *strace = importer->state;
    struct evd_buffer *text = &strace->unfinished[thread - importer->threads.list].text;
    if (text->length == 0)
        return EVD_OK;
    struct evd_strace_cursor cursor = {text->data, text->data + text->length};
    const char *end = cursor.end;
    /* Its last argument may be cut, or not there. */
    while (end > cursor.at && (end[-1] == ' ' || end[-1] == ','))
        end--;
    evd_buffer_clear(&strace->joined);
    evd_buffer_append(&strace->joined, cursor.at, (size_t)(end - cursor.at));
    evd_buffer_byte(&strace->joined, ')');
    evd_buffer_clear(text);
    if (strace->joined.failed)
        return evd_import_no_memory(importer);
    cursor = (struct evd_strace_cursor){strace->joined.data, strace->joined.data + strace->joined.length};
    evd_scratch_cut(&strace->values.payload, 0);
    enum evd_status status = put_call(strace, &cursor);
    if (status == EVD_OK)
        status = evd_room(&strace->values.payload.sink, EVD_STRACE_NUMBER_BYTES);
    if (status != EVD_OK)
        return tell(importer, status, NULL, &cursor, ENDS);
    EVD_PUT(&strace->values.payload.sink, ",\"unfinished\":true");
    return write_event(importer, SYSCALL, thread);
}

static const char UNFINISHED[] = "<unfinished ...>", RESUMED[] = " resumed>";

/* Keeps `call(arguments` until its end comes. */
static enum evd_status keep_unfinished(struct evd_importer *importer, const struct evd_import_thread *thread,
                                       struct evd_strace_cursor cursor)
{
    struct strace *strace = importer->state;
    struct evd_buffer *text = &strace->unfinished[thread - importer->threads.list].text;
    evd_buffer_clear(text);
    evd_buffer_append(text, cursor.at, (size_t)(cursor.end - cursor.at) - (sizeof UNFINISHED - 1));
    return text->failed ? evd_import_no_memory(importer) : EVD_OK;
}

/* Takes `<... futex resumed>) = 0` with its beginning. */
static enum evd_status take_resumed(struct evd_importer *importer, struct evd_import_thread *thread,
                                    struct evd_strace_cursor cursor)
{
    struct strace *strace = importer->state;
    struct evd_buffer *text = &strace->unfinished[thread - importer->threads.list].text;
    const char *rest = memmem(cursor.at, (size_t)(cursor.end - cursor.at), RESUMED, sizeof RESUMED - 1);
    const struct evd_strace_cursor name = {cursor.at + 5, rest};
    const size_t length = rest == NULL || rest < name.at ? 0 : (size_t)(rest - name.at);
    if (length == 0 || text->length <= length || memcmp(text->data, name.at, length) != 0 || text->data[length] != '(')
        return evd_import_skip(importer, UNBEGUN);
    rest += sizeof RESUMED - 1;
    if (text->length + (size_t)(cursor.end - rest) > EVD_IMPORT_LINE_MAX)
        return evd_import_fault(
            importer, 1, "the call has more than %d bytes, which is the limit", EVD_IMPORT_LINE_MAX);
    evd_buffer_clear(&strace->joined);
    evd_buffer_append(&strace->joined, text->data, text->length);
    evd_buffer_append(&strace->joined, rest, (size_t)(cursor.end - rest));
    evd_buffer_clear(text);
    if (strace->joined.failed)
        return evd_import_no_memory(importer);
    cursor = (struct evd_strace_cursor){strace->joined.data, strace->joined.data + strace->joined.length};
    return take_call(importer, thread, NULL, cursor);
}

/* Takes `--- SIGCHLD {si_signo=SIGCHLD} ---`. */
static enum evd_status take_signal(struct evd_importer *importer, struct evd_import_thread *thread, const char *line,
                                   struct evd_strace_cursor cursor)
{
    struct strace *strace = importer->state;
    struct evd_import_sink *sink = &strace->values.payload.sink;
    cursor.at += 4;
    cursor.end -= 4;
    const char *info = memmem(cursor.at, (size_t)(cursor.end - cursor.at), " {", 2);
    const size_t length = (size_t)((info == NULL ? cursor.end : info) - cursor.at);
    evd_scratch_cut(&strace->values.payload, 0);
    enum evd_status status = evd_room(sink, EVD_STRACE_NUMBER_BYTES);
    if (status == EVD_OK) {
        EVD_PUT(sink, "{\"signal\":");
        status = evd_strace_put_string(&strace->values, cursor.at, length);
    }
    if (status == EVD_OK && info != NULL) {
        status = evd_room(sink, EVD_STRACE_NUMBER_BYTES);
        if (status == EVD_OK)
            EVD_PUT(sink, ",\"args\":{");
        cursor.at += length + 1;
        /* The bracket behind is what ends an argument. */
        cursor.end++;
        evd_buffer_clear(&strace->joined);
        evd_buffer_append(&strace->joined, cursor.at, (size_t)(cursor.end - cursor.at) - 1);
        evd_buffer_byte(&strace->joined, ')');
        evd_buffer_clear(&strace->values.path);
        evd_buffer_string(&strace->values.path, "a0");
        struct evd_strace_cursor value = {strace->joined.data, strace->joined.data + strace->joined.length};
        if (status == EVD_OK)
            status = strace->joined.failed || strace->values.path.failed
                         ? EVD_E_NO_MEMORY
                         : evd_strace_put_value(&strace->values, &value, 0);
        if (status == EVD_OK)
            status = value.at + 1 != value.end ? EVD_E_INPUT : evd_room(sink, EVD_STRACE_NUMBER_BYTES);
        if (status == EVD_OK)
            evd_put_byte(sink, '}');
    }
    return status == EVD_OK ? write_event(importer, SIGNAL, thread)
                            : tell(importer, status, line, &cursor, "a signal's description does not end");
}

/* Takes `+++ exited with 0 +++` or `+++ killed by SIGKILL (core dumped) +++`. */
static enum evd_status take_exit(struct evd_importer *importer, struct evd_import_thread *thread,
                                 struct evd_strace_cursor cursor)
{
    static const char EXITED[] = "exited with ", KILLED[] = "killed by ";
    struct strace *strace = importer->state;
    struct evd_import_sink *sink = &strace->values.payload.sink;
    enum evd_status status = take_unfinished(importer, thread);
    if (status != EVD_OK)
        return status;
    cursor.at += 4;
    cursor.end -= 4;
    evd_scratch_cut(&strace->values.payload, 0);
    status = evd_room(sink, EVD_STRACE_NUMBER_BYTES);
    if (status == EVD_OK) {
        const bool is_exit = evd_strace_take(&cursor, EXITED), is_kill = !is_exit && evd_strace_take(&cursor, KILLED);
        const size_t length = (size_t)(cursor.end - cursor.at);
        EVD_PUT(sink, "{\"how\":");
        if (!is_exit && !is_kill) {
            status = evd_strace_put_string(&strace->values, cursor.at, length);
        } else {
            status = evd_strace_put_string(&strace->values, is_exit ? "exited" : "killed", 6);
            if (status == EVD_OK)
                status = is_exit ? put_member(strace, CODE, sizeof CODE - 1, cursor.at, length, true)
                                 : put_member(strace, SIGNAL_NAME, sizeof SIGNAL_NAME - 1, cursor.at, length, true);
        }
    }
    return status == EVD_OK ? write_event(importer, EXIT, thread) : tell(importer, status, NULL, &cursor, "");
}

static bool ends_with(const struct evd_strace_cursor *cursor, const char *text)
{
    const size_t length = strlen(text);
    return (size_t)(cursor->end - cursor->at) >= length && memcmp(cursor->end - length, text, length) == 0;
}

/* Room for the unfinished call of each thread. */
static bool know_thread(struct evd_importer *importer)
{
    struct strace *strace = importer->state;
    if (strace->unfinished_count >= importer->threads.count)
        return true;
    const size_t count = importer->threads.capacity;
    struct unfinished *grown = realloc(strace->unfinished, count * sizeof *grown);
    if (grown == NULL)
        return false;
    memset(grown + strace->unfinished_count, 0, (count - strace->unfinished_count) * sizeof *grown);
    strace->unfinished = grown;
    strace->unfinished_count = count;
    return true;
}

enum sort { SORT_CALL, SORT_UNFINISHED, SORT_RESUMED, SORT_SIGNAL, SORT_EXIT, SORT_OTHER };

static enum sort sort_of(const struct evd_strace_cursor *cursor)
{
    enum { MARKS = 8 };
    const size_t length = (size_t)(cursor->end - cursor->at);
    if (call_length(cursor) > 0)
        return ends_with(cursor, UNFINISHED) ? SORT_UNFINISHED : SORT_CALL;
    if (evd_strace_has(cursor, "<... ") && memmem(cursor->at, length, RESUMED, sizeof RESUMED - 1) != NULL)
        return SORT_RESUMED;
    if (length >= MARKS && evd_strace_has(cursor, "--- ") && ends_with(cursor, " ---"))
        return SORT_SIGNAL;
    return length >= MARKS && evd_strace_has(cursor, "+++ ") && ends_with(cursor, " +++") ? SORT_EXIT : SORT_OTHER;
}

static enum evd_status take_sorted(struct evd_importer *importer, struct evd_import_thread *thread, enum sort sort,
                                   const char *line, struct evd_strace_cursor cursor)
{
    enum evd_status status;
    switch (sort) {
    case SORT_UNFINISHED:
        status = take_unfinished(importer, thread);
        return status == EVD_OK ? keep_unfinished(importer, thread, cursor) : status;
    case SORT_CALL:
        status = take_unfinished(importer, thread);
        return status == EVD_OK ? take_call(importer, thread, line, cursor) : status;
    case SORT_RESUMED: return take_resumed(importer, thread, cursor);
    case SORT_SIGNAL: return take_signal(importer, thread, line, cursor);
    default: return take_exit(importer, thread, cursor);
    }
}

static enum evd_status take_line(struct evd_importer *importer, const char *line, size_t length)
{
    struct evd_strace_cursor cursor = {line, line + length};
    struct evd_strace_beginning beginning;
    const size_t good = evd_utf8_length(line, length);
    if (good < length)
        return evd_import_fault(importer, good + 1, "is no UTF-8");
    while (cursor.end > cursor.at && cursor.end[-1] == ' ')
        cursor.end--;
    if (evd_strace_has(&cursor, "strace: "))
        return evd_import_skip(importer, OWN);
    const bool is_begun = evd_strace_take_beginning(&cursor, &beginning);
    const enum sort sort = is_begun ? sort_of(&cursor) : SORT_OTHER;
    if (sort == SORT_OTHER)
        return evd_import_skip(importer, OTHER);
    struct evd_import_thread *thread = evd_import_thread(importer, (uint64_t)beginning.pid, beginning.pid, NULL, 0);
    if (thread == NULL || !know_thread(importer))
        return evd_import_no_memory(importer);
    importer->clock_length = 0;
    if (beginning.whole != NULL)
        evd_import_clock_digits(
            importer, beginning.whole, beginning.whole_length, beginning.fraction, beginning.fraction_length);
    else if (beginning.has_time)
        evd_import_clock(importer, beginning.ns);
    return take_sorted(importer, thread, sort, line, cursor);
}

/* Calls that never returned are the last events of their threads. */
static enum evd_status finish(struct evd_importer *importer)
{
    enum evd_status status = EVD_OK;
    for (size_t i = 0; status == EVD_OK && i < importer->threads.count; i++) {
        importer->clock_length = 0;
        status = take_unfinished(importer, &importer->threads.list[i]);
    }
    return status;
}

static bool is_like(const char *line, size_t length)
{
    struct evd_strace_cursor cursor = {line, line + length};
    struct evd_strace_beginning beginning;
    while (cursor.end > cursor.at && cursor.end[-1] == ' ')
        cursor.end--;
    if (!evd_strace_take_beginning(&cursor, &beginning))
        return false;
    const enum sort sort = sort_of(&cursor);
    return sort == SORT_RESUMED || sort == SORT_UNFINISHED ||
           (sort == SORT_CALL && memmem(cursor.at, (size_t)(cursor.end - cursor.at), ") = ", 4) != NULL);
}

static enum evd_status open_strace(struct evd_importer *importer)
{
    struct strace *strace = calloc(1, sizeof *strace);
    if (strace == NULL)
        return EVD_E_NO_MEMORY;
    evd_strace_values_init(&strace->values);
    importer->state = strace;
    return EVD_OK;
}

static void close_strace(struct evd_importer *importer)
{
    struct strace *strace = importer->state;
    if (strace == NULL)
        return;
    for (size_t i = 0; i < strace->unfinished_count; i++)
        evd_buffer_release(&strace->unfinished[i].text);
    free(strace->unfinished);
    evd_strace_values_release(&strace->values);
    evd_buffer_release(&strace->joined);
    free(strace);
}

const struct evd_import_format evd_format_strace = {
    .name = "strace",
    .summary = "strace, with -f, -t, -tt, -ttt and -y or without",
    .rules = "strace",
    .kinds = KINDS,
    .version = 1,
    .is_like = is_like,
    .open = open_strace,
    .take_line = take_line,
    .finish = finish,
    .close = close_strace,
};
