/* Writing a file: its lines in their order, what came in among them; or what changed. */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/output.h"
#include "ledger/file.h"

/* One that came in, to be sorted. */
struct newcomer {
    uint64_t signature;
    size_t line;
};

static int by_signature(const void *a, const void *b)
{
    const struct newcomer *left = a, *right = b;
    if (left->signature != right->signature)
        return left->signature < right->signature ? -1 : 1;
    return (left->line > right->line) - (left->line < right->line);
}

/* An order that is being made. */
struct order {
    const struct evd_ledger_file *file;
    size_t *lines, count;
    size_t *first, *next; /* by index of a line: of what goes before it, + 1; of what goes there too, + 1 */
};

static void put(struct order *order, size_t line)
{
    for (size_t before = order->first[line]; before != 0; before = order->next[before - 1])
        order->lines[order->count++] = before - 1;
    order->lines[order->count++] = line;
}

/* Lists what is new and no entry with its anchors, each behind those that came in before it. */
static void list_anchored(struct order *order)
{
    for (size_t i = order->file->count; i > order->file->read_count; i--) {
        const struct evd_ledger_file_line *line = &order->file->lines[i - 1];
        if (line->is_entry || line->anchor == SIZE_MAX)
            continue;
        order->next[i - 1] = order->first[line->anchor];
        order->first[line->anchor] = i;
    }
}

static void put_all(struct order *order, struct newcomer *newcomers)
{
    const struct evd_ledger_file *file = order->file;
    size_t count = 0, taken = 0;
    for (size_t i = file->read_count; i < file->count; i++)
        if (file->lines[i].is_entry)
            newcomers[count++] = (struct newcomer){file->lines[i].entry.signature, i};
    qsort(newcomers, count, sizeof *newcomers, by_signature);
    if (file->is_new && file->count > 0)
        put(order, 0);
    for (size_t i = 0; i < file->read_count; i++) {
        const struct evd_ledger_file_line *line = &file->lines[i];
        while (line->is_entry && taken < count && newcomers[taken].signature < line->entry.signature)
            put(order, newcomers[taken++].line);
        put(order, i);
    }
    while (taken < count)
        put(order, newcomers[taken++].line);
    for (size_t i = file->read_count + file->is_new; i < file->count; i++)
        if (!file->lines[i].is_entry && file->lines[i].anchor == SIZE_MAX)
            put(order, i);
}

size_t *evd_ledger_file_order(const struct evd_ledger_file *file)
{
    struct order order = {.file = file,
                          .lines = malloc((file->count + 1) * sizeof *order.lines),
                          .first = calloc(file->count + 1, sizeof *order.first),
                          .next = calloc(file->count + 1, sizeof *order.next)};
    struct newcomer *newcomers = malloc((file->count + 1) * sizeof *newcomers);
    if (order.lines != NULL && order.first != NULL && order.next != NULL && newcomers != NULL) {
        list_anchored(&order);
        put_all(&order, newcomers);
    } else {
        free(order.lines);
        order.lines = NULL;
    }
    free(order.first);
    free(order.next);
    free(newcomers);
    return order.lines;
}

static const char UNWRITTEN[] = "the ledger was not written whole";

static void put_line(struct evd_output *out, const char *before, struct evd_text text)
{
    evd_buffer_string(&out->buffer, before);
    if (text.length > 0)
        evd_buffer_append(&out->buffer, text.bytes, text.length);
    evd_buffer_byte(&out->buffer, '\n');
    evd_output_flush_some(out);
}

enum evd_status evd_ledger_file_write(const struct evd_ledger_file *file, evd_write *write, void *context,
                                      struct evd_error *error)
{
    struct evd_output out = {.write = write, .context = context};
    size_t *order = evd_ledger_file_order(file);
    if (order == NULL)
        return evd_fail_memory(error);
    for (size_t i = 0; i < file->count; i++)
        if (!file->lines[order[i]].is_gone)
            put_line(&out, "", file->lines[order[i]].text);
    free(order);
    return evd_output_close(&out, UNWRITTEN, error);
}

/* A line that is not in the file that was read, or not as it was. */
static bool is_changed(const struct evd_ledger_file_line *line)
{
    const bool was_there = line->original.bytes != NULL;
    return !was_there ? !line->is_gone : line->is_gone || line->is_changed;
}

/* "-12,3": where, of how many lines. */
static void put_extent(struct evd_output *out, char sign, size_t before, size_t count)
{
    /* Of none at all, the line behind which they would be is named. */
    evd_buffer_format(&out->buffer, "%c%zu", sign, count > 0 ? before + 1 : before);
    if (count != 1)
        evd_buffer_format(&out->buffer, ",%zu", count);
}

static size_t line_ends(struct evd_text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += text.bytes[i] == '\n';
    return count;
}

/* A stretch of changed lines, as a hunk. */
static void put_hunk(struct evd_output *out, const struct evd_ledger_file *file, const size_t *order, size_t count,
                     size_t old_before, size_t new_before)
{
    size_t removed = 0, added = 0;
    for (size_t i = 0; i < count; i++) {
        const struct evd_ledger_file_line *line = &file->lines[order[i]];
        removed += line->original.bytes != NULL;
        added += line->is_gone ? 0 : 1 + line_ends(line->text);
    }
    evd_buffer_string(&out->buffer, "@@ ");
    put_extent(out, '-', old_before, removed);
    evd_buffer_byte(&out->buffer, ' ');
    put_extent(out, '+', new_before, added);
    evd_buffer_string(&out->buffer, " @@\n");
    for (size_t i = 0; i < count; i++)
        if (file->lines[order[i]].original.bytes != NULL)
            put_line(out, "-", file->lines[order[i]].original);
    for (size_t i = 0; i < count; i++) {
        const struct evd_ledger_file_line *line = &file->lines[order[i]];
        struct evd_text rest = line->text;
        for (size_t left = line->is_gone ? 0 : 1 + line_ends(rest); left > 0; left--) {
            const char *end = rest.length > 0 ? memchr(rest.bytes, '\n', rest.length) : NULL;
            const size_t length = end != NULL ? (size_t)(end - rest.bytes) : rest.length;
            put_line(out, "+", (struct evd_text){rest.bytes, length});
            rest.bytes += length + (end != NULL);
            rest.length -= length + (end != NULL);
        }
    }
}

enum evd_status evd_ledger_file_write_changes(const struct evd_ledger_file *file, evd_write *write, void *context,
                                              struct evd_error *error)
{
    struct evd_output out = {.write = write, .context = context};
    size_t *order = evd_ledger_file_order(file);
    size_t old_line = 0, new_line = 0;
    bool has_names = false;
    if (order == NULL)
        return evd_fail_memory(error);
    for (size_t i = 0; i < file->count;) {
        size_t end = i, removed = 0, added = 0;
        for (; end < file->count && is_changed(&file->lines[order[end]]); end++) {
            removed += file->lines[order[end]].original.bytes != NULL;
            added += file->lines[order[end]].is_gone ? 0 : 1 + line_ends(file->lines[order[end]].text);
        }
        if (removed + added > 0) {
            const struct evd_text name = file->is_new ? (struct evd_text){"/dev/null", 9} : file->path;
            if (!has_names) {
                put_line(&out, "--- ", name);
                put_line(&out, "+++ ", file->path);
            }
            has_names = true;
            put_hunk(&out, file, order + i, end - i, old_line, new_line);
        }
        old_line += removed;
        new_line += added;
        if (end == i) {
            const bool was_there = file->lines[order[i]].original.bytes != NULL;
            old_line += was_there;
            new_line += was_there;
            end++;
        }
        i = end;
    }
    free(order);
    return evd_output_close(&out, UNWRITTEN, error);
}
