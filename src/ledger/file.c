/* A file keeps its lines as they were read and says beside each what became of it, so that comments and order stay, and what
 * changed can be shown without looking for it. */
#include "ledger/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/fail.h"
#include "base/grow.h"
#include "base/stable_hash.h"
#include "ledger/line.h"
#include "ledger/words.h"
#include "outcome/text.h"

enum { READ_BYTES = 1 << 16 };

static const char HEADER[] = "#evdiff known ";

static bool add_problem(struct evd_ledger_file *file, uint64_t line, size_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static bool add_problem(struct evd_ledger_file *file, uint64_t line, size_t column, const char *format, ...)
{
    char message[256];
    struct evd_text kept;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    void *problems = evd_grow(file->problems, file->problem_count, &file->problem_capacity, sizeof *file->problems);
    if (problems == NULL)
        return false;
    file->problems = problems;
    if (!evd_copy_text(&file->arena, (struct evd_text){message, strlen(message) + 1}, &kept))
        return false;
    file->problems[file->problem_count++] = (struct evd_ledger_problem){line, column, kept.bytes};
    return true;
}

size_t evd_ledger_file_add_line(struct evd_ledger_file *file)
{
    void *lines = evd_grow(file->lines, file->count, &file->capacity, sizeof *file->lines);
    if (lines == NULL)
        return SIZE_MAX;
    file->lines = lines;
    file->lines[file->count] =
        (struct evd_ledger_file_line){.text = {"", 0}, .original = {NULL, 0}, .anchor = SIZE_MAX};
    return file->count++;
}

/* The job is part of it: a family may have a line for each of many jobs. */
static uint64_t hash_of(const struct evd_ledger_key *key, struct evd_text job)
{
    return evd_stable_hash_pair(evd_ledger_signature(key), evd_stable_hash(job.bytes, job.length));
}

size_t evd_ledger_file_find(const struct evd_ledger_file *file, const struct evd_ledger_key *key, struct evd_text job)
{
    size_t index;
    for (size_t cursor = evd_ledger_table_begin_hash(&file->table, hash_of(key, job));
         evd_ledger_table_next(&file->table, &cursor, &index);) {
        const struct evd_ledger_file_line *line = &file->lines[file->table_lines[index]];
        if (!line->is_gone && evd_ledger_keys_equal(&line->entry.key, key) && evd_text_equal(line->entry.job, job))
            return file->table_lines[index];
    }
    return SIZE_MAX;
}

/* Lets evd_ledger_file_find know the entry of a line. */
static bool enter(struct evd_ledger_file *file, size_t line)
{
    void *lines = evd_grow(file->table_lines, file->table_count, &file->table_capacity, sizeof *file->table_lines);
    if (lines == NULL)
        return false;
    file->table_lines = lines;
    const struct evd_ledger_entry *entry = &file->lines[line].entry;
    if (!evd_ledger_table_add_hash(&file->table, hash_of(&entry->key, entry->job), file->table_count))
        return false;
    file->table_lines[file->table_count++] = line;
    return true;
}

/* Takes in what a line says; false when memory runs out. */
static bool take_entry(struct evd_ledger_file *file, size_t index)
{
    struct evd_ledger_file_line *line = &file->lines[index];
    const uint64_t right = evd_ledger_signature(&line->entry.key);
    const size_t same = evd_ledger_file_find(file, &line->entry.key, line->entry.job);
    line->is_entry = true;
    line->entry.line = index + 1;
    if (line->entry.signature != right &&
        !add_problem(file, index + 1, 1,
                     "the signature is not that of the line's words, which is %016llx; where the words are right, "
                     "'evdiff known rekey' puts it in",
                     (unsigned long long)right))
        return false;
    if (same != SIZE_MAX)
        return add_problem(file, index + 1, 1, "says the same family for the same jobs as line %zu", same + 1);
    return enter(file, index);
}

static bool take_line(struct evd_ledger_file *file, struct evd_text text)
{
    struct evd_ledger_fault fault;
    const size_t index = evd_ledger_file_add_line(file);
    if (index == SIZE_MAX)
        return false;
    struct evd_ledger_file_line *line = &file->lines[index];
    line->text = line->original = text;
    switch (evd_ledger_parse(&file->arena, text, &line->entry, &fault)) {
    case EVD_LINE_ENTRY: return take_entry(file, index);
    case EVD_LINE_BAD: return add_problem(file, index + 1, fault.column, "%s", fault.message);
    case EVD_LINE_NO_MEMORY: return false;
    default: return true;
    }
}

/* The file says what it is, and by which recipe its signatures are. */
static enum evd_status check_header(const char *path, struct evd_text text, struct evd_error *error)
{
    const char *end = memchr(text.bytes, '\n', text.length);
    const struct evd_text line = {text.bytes, end != NULL ? (size_t)(end - text.bytes) : text.length};
    char right[32];
    snprintf(right, sizeof right, "%s%d", HEADER, EVD_SIGNATURE_RECIPE);
    if (line.length == strlen(right) && memcmp(line.bytes, right, line.length) == 0)
        return EVD_OK;
    if (line.length > strlen(HEADER) && memcmp(line.bytes, HEADER, strlen(HEADER)) == 0)
        return evd_fail_at(error, EVD_E_INPUT, path, 1, strlen(HEADER) + 1,
                           "this evdiff reads ledgers of version %d, and this one is of another", EVD_SIGNATURE_RECIPE);
    return evd_fail_at(error, EVD_E_INPUT, path, 1, 1, "is no ledger: its first line is not '%s'", right);
}

static enum evd_status take_text(struct evd_ledger_file *file, struct evd_text text, struct evd_error *error)
{
    for (struct evd_text rest = text; rest.length > 0;) {
        const char *end = memchr(rest.bytes, '\n', rest.length);
        const struct evd_text line = {rest.bytes, end != NULL ? (size_t)(end - rest.bytes) : rest.length};
        if (!take_line(file, line))
            return evd_fail_memory(error);
        file->has_no_end = end == NULL;
        rest.bytes += line.length + (end != NULL);
        rest.length -= line.length + (end != NULL);
    }
    file->read_count = file->count;
    return evd_ledger_file_settle(file) ? EVD_OK : evd_fail_memory(error);
}

static enum evd_status begin(const char *path, struct evd_ledger_file **file, struct evd_error *error)
{
    *file = calloc(1, sizeof **file);
    if (*file == NULL)
        return evd_fail_memory(error);
    if (!evd_copy_text(&(*file)->arena, (struct evd_text){path, strlen(path)}, &(*file)->path)) {
        evd_ledger_file_free(*file);
        *file = NULL;
        return evd_fail_memory(error);
    }
    return EVD_OK;
}

enum evd_status evd_ledger_file_read_text(const char *path, const char *text, size_t length,
                                          struct evd_ledger_file **file, struct evd_error *error)
{
    struct evd_text kept;
    *file = NULL;
    if (length > EVD_LEDGER_FILE_BYTES_MAX)
        return evd_fail_at(error, EVD_E_LIMIT, path, 0, 0, "has more than %d bytes, which no ledger may have",
                           EVD_LEDGER_FILE_BYTES_MAX);
    enum evd_status status = check_header(path, (struct evd_text){length > 0 ? text : "", length}, error);
    if (status == EVD_OK)
        status = begin(path, file, error);
    if (status != EVD_OK)
        return status;
    if (evd_copy_text(&(*file)->arena, (struct evd_text){text, length}, &kept))
        status = take_text(*file, kept, error);
    else
        status = evd_fail_memory(error);
    if (status != EVD_OK) {
        evd_ledger_file_free(*file);
        *file = NULL;
    }
    return status;
}

/* A file that is not there yet has a header when it is written. */
static enum evd_status begin_new(const char *path, struct evd_ledger_file **file, struct evd_error *error)
{
    enum evd_status status = begin(path, file, error);
    if (status != EVD_OK)
        return status;
    char header[32];
    struct evd_text kept;
    const size_t length = (size_t)snprintf(header, sizeof header, "%s%d", HEADER, EVD_SIGNATURE_RECIPE);
    const size_t index = evd_ledger_file_add_line(*file);
    if (index == SIZE_MAX || !evd_copy_text(&(*file)->arena, (struct evd_text){header, length}, &kept) ||
        !evd_ledger_file_settle(*file)) {
        evd_ledger_file_free(*file);
        *file = NULL;
        return evd_fail_memory(error);
    }
    (*file)->lines[index].text = kept;
    (*file)->is_new = true;
    return EVD_OK;
}

static enum evd_status read_all(const char *path, int fd, struct evd_buffer *text, struct evd_error *error)
{
    for (;;) {
        if (!evd_buffer_reserve(text, READ_BYTES))
            return evd_fail_memory(error);
        const ssize_t count = read(fd, text->data + text->length, READ_BYTES);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return evd_fail_errno(error, path);
        if (count == 0)
            return EVD_OK;
        text->length += (size_t)count;
        if (text->length > EVD_LEDGER_FILE_BYTES_MAX)
            return EVD_OK; /* evd_ledger_file_read_text refuses it */
    }
}

enum evd_status evd_ledger_file_read(const char *path, bool may_be_new, struct evd_ledger_file **file,
                                     struct evd_error *error)
{
    struct evd_buffer text = {0};
    int fd;
    *file = NULL;
    do
        fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd < 0 && errno == EINTR);
    if (fd < 0 && errno == ENOENT && may_be_new)
        return begin_new(path, file, error);
    if (fd < 0)
        return evd_fail_errno(error, path);
    enum evd_status status = read_all(path, fd, &text, error);
    close(fd);
    if (status == EVD_OK)
        status = evd_ledger_file_read_text(path, text.data, text.length, file, error);
    evd_buffer_release(&text);
    return status;
}

void evd_ledger_file_free(struct evd_ledger_file *file)
{
    if (file == NULL)
        return;
    evd_arena_release(&file->arena);
    evd_ledger_table_release(&file->table);
    free(file->lines);
    free(file->table_lines);
    free(file->problems);
    free(file->entries);
    free(file->entry_lines);
    free(file);
}

const struct evd_ledger_problem *evd_ledger_file_problems(const struct evd_ledger_file *file, size_t *count)
{
    *count = file->problem_count;
    return file->problems;
}

const struct evd_ledger_entry *evd_ledger_file_entries(struct evd_ledger_file *file, size_t *count)
{
    const bool is_settled = !file->is_unsettled || evd_ledger_file_settle(file);
    *count = is_settled ? file->entry_count : 0;
    return is_settled ? file->entries : NULL;
}

const struct evd_ledger_entry *evd_ledger_file_find_entry(const struct evd_ledger_file *file,
                                                          const struct evd_ledger_key *key, struct evd_text job)
{
    const size_t line = evd_ledger_file_find(file, key, job);
    return line == SIZE_MAX ? NULL : &file->lines[line].entry;
}

bool evd_ledger_file_settle(struct evd_ledger_file *file)
{
    struct evd_ledger_entry *entries = malloc((file->count + 1) * sizeof *entries);
    size_t *lines = malloc((file->count + 1) * sizeof *lines), *order = evd_ledger_file_order(file);
    size_t count = 0;
    if (entries == NULL || lines == NULL || order == NULL) {
        free(entries);
        free(lines);
        free(order);
        return false;
    }
    for (size_t i = 0; i < file->count; i++) {
        const struct evd_ledger_file_line *line = &file->lines[order[i]];
        if (!line->is_entry || line->is_gone)
            continue;
        lines[count] = order[i];
        entries[count++] = line->entry;
    }
    free(order);
    free(file->entries);
    free(file->entry_lines);
    file->entries = entries;
    file->entry_lines = lines;
    file->entry_count = count;
    file->is_unsettled = false;
    return true;
}

bool evd_ledger_file_own(struct evd_ledger_file *file, struct evd_ledger_entry *entry)
{
    struct evd_text *const texts[] = {
        &entry->key.kind, &entry->key.call, &entry->key.field, &entry->job, &entry->bug, &entry->owner, &entry->reason};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (!evd_copy_text(&file->arena, *texts[i], texts[i]))
            return false;
    for (size_t i = 0; i < entry->key.after_count; i++)
        if (!evd_copy_text(&file->arena, entry->key.after[i], &entry->key.after[i]))
            return false;
    return true;
}

bool evd_ledger_file_say(struct evd_ledger_file *file, size_t line, const struct evd_ledger_entry *entry)
{
    struct evd_buffer text = {0};
    struct evd_text kept;
    const bool is_said = evd_ledger_append(&text, entry) && !text.failed &&
                         evd_copy_text(&file->arena, (struct evd_text){text.data, text.length}, &kept);
    evd_buffer_release(&text);
    if (!is_said)
        return false;
    const uint64_t number = file->lines[line].entry.line;
    file->lines[line].text = kept;
    file->lines[line].entry = *entry;
    file->lines[line].entry.line = number;
    file->lines[line].is_entry = true;
    file->lines[line].is_changed = true;
    return true;
}

static bool say_alike(const struct evd_ledger_entry *a, const struct evd_ledger_entry *b)
{
    return a->state == b->state && a->signature == b->signature && evd_text_equal(a->bug, b->bug) &&
           evd_text_equal(a->owner, b->owner) && evd_text_equal(a->reason, b->reason) && a->since == b->since &&
           a->until == b->until && a->fails[EVD_CANARY] == b->fails[EVD_CANARY] &&
           a->fails[EVD_OURS] == b->fails[EVD_OURS];
}

enum evd_status evd_ledger_file_put(struct evd_ledger_file *file, const struct evd_ledger_entry *entry, bool *changed,
                                    struct evd_error *error)
{
    struct evd_ledger_entry own = *entry;
    struct evd_buffer text = {0};
    const enum evd_status status = evd_ledger_check_entry(entry, error);
    if (status != EVD_OK)
        return status;
    own.signature = evd_ledger_signature(&entry->key);
    const bool is_sayable = evd_ledger_append(&text, &own);
    const bool has_failed = text.failed;
    evd_buffer_release(&text);
    if (has_failed)
        return evd_fail_memory(error);
    if (!is_sayable || entry->job.length == 0)
        return evd_fail(
            error, EVD_E_ARGUMENT,
            "no line of a ledger can hold that: texts are UTF-8 without line ends, a line has at most %d bytes",
            EVD_LEDGER_LINE_BYTES_MAX);
    size_t line = evd_ledger_file_find(file, &entry->key, entry->job);
    const bool is_there = line != SIZE_MAX;
    const bool is_same = is_there && say_alike(&file->lines[line].entry, &own);
    if (changed != NULL)
        *changed = !is_same;
    if (is_same)
        return EVD_OK;
    if (!evd_ledger_file_own(file, &own))
        return evd_fail_memory(error);
    if (!is_there)
        line = evd_ledger_file_add_line(file);
    if (line == SIZE_MAX || !evd_ledger_file_say(file, line, &own) || (!is_there && !enter(file, line)))
        return evd_fail_memory(error);
    /* Many are put in one after the other. */
    file->is_unsettled = true;
    return EVD_OK;
}

void evd_ledger_file_remove(struct evd_ledger_file *file, size_t index)
{
    file->lines[file->entry_lines[index]].is_gone = true;
    /* Many are taken out one after the other. */
    file->is_unsettled = true;
}

enum evd_status evd_ledger_file_rekey(struct evd_ledger_file *file, size_t *count, struct evd_error *error)
{
    *count = 0;
    for (size_t i = 0; i < file->count; i++) {
        struct evd_ledger_file_line *line = &file->lines[i];
        struct evd_ledger_entry entry = line->entry;
        if (!line->is_entry || line->is_gone)
            continue;
        entry.signature = evd_ledger_signature(&entry.key);
        if (entry.signature == line->entry.signature)
            continue;
        if (!evd_ledger_file_say(file, i, &entry))
            return evd_fail_memory(error);
        ++*count;
    }
    return evd_ledger_file_settle(file) ? EVD_OK : evd_fail_memory(error);
}
