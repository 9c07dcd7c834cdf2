#include "import/chrome_thread.h"

#include "import/json_line.h"

/* ── Labels ── */

/* Appends a part of a label; a token of 0 is an empty one. */
static enum evd_status append_part(struct evd_importer *importer, struct evd_chrome_threads *threads,
                                   const struct evd_json_tape *tape, uint32_t token, int part)
{
    if (token != 0)
        return evd_json_line_append_name(importer, &threads->arena, tape, token, part, &threads->label);
    evd_buffer_string(&threads->label, part == 0 ? "" : ":");
    return EVD_OK;
}

static enum evd_status find_label(struct evd_importer *importer, struct evd_chrome_threads *threads,
                                  struct evd_chrome_labels *labels, uint32_t *label)
{
    return !threads->label.failed && evd_chrome_label(labels, threads->label.data, threads->label.length, label)
               ? EVD_OK
               : evd_import_no_memory(importer);
}

static void clear(struct evd_chrome_threads *threads)
{
    evd_buffer_clear(&threads->label);
    evd_arena_reset(&threads->arena);
    /* An empty label is somewhere, too. */
    (void)evd_buffer_reserve(&threads->label, 1);
}

static enum evd_status read_label(struct evd_importer *importer, struct evd_chrome_threads *threads,
                                  struct evd_chrome_labels *labels, const struct evd_json_tape *tape,
                                  const struct evd_chrome_owner *owner, uint32_t *label, uint32_t *wrong)
{
    const uint32_t tokens[2] = {owner->pid, owner->tid};
    clear(threads);
    for (int part = 0; part < 2; part++) {
        const enum evd_status status = append_part(importer, threads, tape, tokens[part], part);
        *wrong = tokens[part];
        if (status != EVD_OK)
            return status;
    }
    return find_label(importer, threads, labels, label);
}

/* The digits of a whole number as a word, not 0; 0 where it is none, or has more than a word holds. */
static uint64_t spelling_of(const struct evd_json_tape *tape, uint32_t token)
{
    const struct evd_json_token *number = &tape->tokens[token];
    uint64_t word;
    if (token == 0 || number->type != EVD_JSON_INTEGER || number->length > sizeof word)
        return 0;
    /* What follows is read, too, and left out. */
    memcpy(&word, tape->text + number->start, sizeof word);
    const unsigned others = 8 * (unsigned)(sizeof word - number->length);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return word << others >> others;
#else
    return word >> others << others;
#endif
}

enum evd_status evd_chrome_thread_of(struct evd_importer *importer, struct evd_chrome_threads *threads,
                                     struct evd_chrome_labels *labels, const struct evd_json_tape *tape,
                                     const struct evd_chrome_owner *owner, uint32_t *label, uint32_t *wrong)
{
    const uint64_t pid = spelling_of(tape, owner->pid), tid = spelling_of(tape, owner->tid);
    if (pid == 0 || tid == 0)
        return read_label(importer, threads, labels, tape, owner, label, wrong);
    struct evd_chrome_seen *seen =
        &threads->seen[((pid ^ tid << 1) * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - EVD_CHROME_SEEN_BITS)];
    if (seen->pid != pid || seen->tid != tid) {
        const enum evd_status status = read_label(importer, threads, labels, tape, owner, &seen->label, wrong);
        if (status != EVD_OK)
            return status;
        seen->pid = pid;
        seen->tid = tid;
    }
    *label = seen->label;
    return EVD_OK;
}

/* ── Names ── */

/* The text that the arguments have as their name; a token of 0 is none. */
static uint32_t find_name(const struct evd_json_tape *tape, uint32_t arguments)
{
    uint32_t found = 0;
    if (arguments == 0 || tape->tokens[arguments].type != EVD_JSON_OBJECT)
        return 0;
    for (uint32_t key = arguments + 1; key < tape->tokens[arguments].next; key = tape->tokens[key + 1].next)
        if (evd_json_token_is(tape, key, "name"))
            found = key + 1;
    return found != 0 && tape->tokens[found].type == EVD_JSON_STRING ? found : 0;
}

/* How much of a name is kept: whole letters. */
static size_t kept_length(struct evd_string name)
{
    size_t length = name.length < EVD_CHROME_NAME_MAX ? name.length : EVD_CHROME_NAME_MAX;
    while (length < name.length && length > 0 && ((unsigned char)name.bytes[length] & 0xc0) == 0x80)
        length--;
    return length;
}

enum evd_status evd_chrome_thread_name(struct evd_importer *importer, struct evd_chrome_threads *threads,
                                       struct evd_chrome_labels *labels, const struct evd_json_tape *tape,
                                       const struct evd_chrome_owner *owner, uint32_t name, uint32_t arguments)
{
    const bool is_process = name != 0 && evd_json_token_is(tape, name, "process_name");
    const uint32_t token = find_name(tape, arguments);
    if (token == 0 || (!is_process && (name == 0 || !evd_json_token_is(tape, name, "thread_name"))))
        return EVD_OK;
    uint32_t label, wrong;
    enum evd_status status;
    if (is_process) {
        clear(threads);
        status = append_part(importer, threads, tape, owner->pid, 0);
        if (status == EVD_OK)
            status = find_label(importer, threads, labels, &label);
    } else {
        status = evd_chrome_thread_of(importer, threads, labels, tape, owner, &label, &wrong);
    }
    /* What is the name of nothing is of no use. */
    if (status != EVD_OK)
        return status == EVD_E_INPUT ? EVD_OK : status;
    struct evd_string text;
    if (!evd_value_string(&threads->arena, tape, token, &text))
        return evd_import_no_memory(importer);
    /* Half a surrogate pair is no letter. */
    if (evd_utf8_length(text.bytes, text.length) != text.length)
        return EVD_OK;
    const size_t length = kept_length(text);
    labels->list[label].name_start = labels->names.length;
    labels->list[label].name_length = length;
    evd_buffer_append(&labels->names, text.bytes, length);
    return labels->names.failed ? evd_import_no_memory(importer) : EVD_OK;
}

/* Where the process ends in a label: at the first colon that is not part of it. */
static size_t process_length(const char *label, size_t length)
{
    size_t i = 0;
    while (i < length && label[i] != ':')
        i += label[i] == '\\' ? 2 : 1;
    return i;
}

/* Appends a part of the names to them. */
static void append_again(struct evd_buffer *names, uint64_t start, size_t length)
{
    if (evd_buffer_reserve(names, length + 1))
        evd_buffer_append(names, names->data + start, length);
}

bool evd_chrome_threads_finish(struct evd_chrome_labels *labels)
{
    struct evd_buffer *names = &labels->names;
    const size_t count = labels->count;
    for (size_t i = 0; i < count; i++) {
        const struct evd_chrome_label thread = labels->list[i];
        const size_t process_end = process_length(names->data + thread.start, thread.length);
        uint32_t number;
        /* A process is no thread. */
        if (process_end >= thread.length)
            continue;
        /* The label is among the names, which may move. */
        if (!evd_buffer_reserve(names, process_end + 1) ||
            !evd_chrome_label(labels, names->data + thread.start, process_end, &number))
            return false;
        const struct evd_chrome_label process = labels->list[number];
        if (thread.name_length == 0 && process.name_length == 0)
            continue;
        const size_t start = names->length;
        append_again(names, thread.start, thread.length);
        if (thread.name_length > 0) {
            evd_buffer_byte(names, ' ');
            append_again(names, thread.name_start, thread.name_length);
        }
        if (process.name_length > 0) {
            evd_buffer_string(names, " (");
            append_again(names, process.name_start, process.name_length);
            evd_buffer_byte(names, ')');
        }
        labels->list[i].start = start;
        labels->list[i].length = names->length - start;
    }
    return !names->failed;
}

void evd_chrome_threads_release(struct evd_chrome_threads *threads)
{
    evd_arena_release(&threads->arena);
    evd_buffer_release(&threads->label);
}
