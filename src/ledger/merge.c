/* Merging three versions of a file by entries: what a line is about is its key and its jobs, so that lines that moved, or that
 * stand beside others that changed, are no conflict. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/fail.h"
#include "base/stable_hash.h"
#include "base/table.h"
#include "ledger/file.h"
#include "ledger/line.h"
#include "outcome/text.h"

struct merge {
    struct evd_ledger_file *ours;
    const struct evd_ledger_file *base, *theirs;
    size_t conflicts;
};

/* Which of two versions a third one's descendants agree on: 'o' ours, 't' theirs, 'x' neither. */
static char choose(bool ours_as_base, bool theirs_as_base, bool are_same)
{
    return are_same || theirs_as_base ? 'o' : ours_as_base ? 't' : 'x';
}

/* One attribute; false when both changed it differently. */
static bool merge_text(struct evd_text base, struct evd_text *ours, struct evd_text theirs)
{
    const char choice =
        choose(evd_text_equal(*ours, base), evd_text_equal(theirs, base), evd_text_equal(*ours, theirs));
    *ours = choice == 't' ? theirs : *ours;
    return choice != 'x';
}

static bool merge_number(unsigned base, unsigned *ours, unsigned theirs)
{
    const char choice = choose(*ours == base, theirs == base, *ours == theirs);
    *ours = choice == 't' ? theirs : *ours;
    return choice != 'x';
}

/* Brings theirs into ours; false when they contradict each other. Of what both added, `base` is NULL. */
static bool merge_entry(const struct evd_ledger_entry *base, struct evd_ledger_entry *ours,
                        const struct evd_ledger_entry *theirs)
{
    static const struct evd_ledger_entry EMPTY = {.bug = {"", 0}, .owner = {"", 0}, .reason = {"", 0}};
    const struct evd_ledger_entry *from = base != NULL ? base : &EMPTY;
    unsigned state = ours->state;
    bool fits = base != NULL ? merge_number(base->state, &state, theirs->state) : ours->state == theirs->state;
    ours->state = (enum evd_ledger_state)state;
    fits &= merge_text(from->bug, &ours->bug, theirs->bug);
    fits &= merge_text(from->owner, &ours->owner, theirs->owner);
    fits &= merge_text(from->reason, &ours->reason, theirs->reason);
    fits &= merge_number(from->since, &ours->since, theirs->since);
    fits &= merge_number(from->until, &ours->until, theirs->until);
    for (int side = 0; side < EVD_SIDES; side++) {
        /* Of two values one is always the base's. */
        const bool is_ours = ours->fails[side] != from->fails[side];
        ours->fails[side] = is_ours ? ours->fails[side] : theirs->fails[side];
    }
    return fits;
}

static bool say_the_same(const struct evd_ledger_entry *a, const struct evd_ledger_entry *b)
{
    struct evd_buffer left = {0}, right = {0};
    const bool is_same = evd_ledger_append(&left, a) && evd_ledger_append(&right, b) && !left.failed && !right.failed &&
                         left.length == right.length && memcmp(left.data, right.data, left.length) == 0;
    evd_buffer_release(&left);
    evd_buffer_release(&right);
    return is_same;
}

/* Leaves both versions of a line between marks; an absent one has none. False when memory runs out. */
static bool leave_conflict(struct merge *merge, size_t line, const struct evd_ledger_entry *ours,
                           const struct evd_ledger_entry *theirs)
{
    struct evd_buffer text = {0};
    bool is_done = true;
    evd_buffer_string(&text, "<<<<<<< ours\n");
    if (ours != NULL) {
        is_done = evd_ledger_append(&text, ours);
        evd_buffer_byte(&text, '\n');
    }
    evd_buffer_string(&text, "=======\n");
    if (theirs != NULL) {
        is_done = is_done && evd_ledger_append(&text, theirs);
        evd_buffer_byte(&text, '\n');
    }
    evd_buffer_string(&text, ">>>>>>> theirs");
    is_done =
        is_done && !text.failed &&
        evd_copy_text(&merge->ours->arena, (struct evd_text){text.data, text.length}, &merge->ours->lines[line].text);
    merge->ours->lines[line].is_changed = true;
    merge->ours->lines[line].is_gone = false;
    merge->conflicts++;
    evd_buffer_release(&text);
    return is_done;
}

/* A line that ours has not: it comes in, unless ours took it out. */
static bool bring_in(struct merge *merge, const struct evd_ledger_entry *base, const struct evd_ledger_entry *theirs)
{
    struct evd_ledger_entry own = *theirs;
    if (base != NULL && say_the_same(base, theirs))
        return true;
    if (evd_ledger_file_put(merge->ours, &own, NULL, NULL) != EVD_OK)
        return false;
    return base == NULL || leave_conflict(merge, evd_ledger_file_find(merge->ours, &own.key, own.job), NULL, theirs);
}

static bool merge_theirs(struct merge *merge)
{
    for (size_t i = 0; i < merge->theirs->entry_count; i++) {
        const struct evd_ledger_entry *theirs = &merge->theirs->entries[i],
                                      *base = evd_ledger_file_find_entry(merge->base, &theirs->key, theirs->job);
        const size_t line = evd_ledger_file_find(merge->ours, &theirs->key, theirs->job);
        if (line == SIZE_MAX) {
            if (!bring_in(merge, base, theirs))
                return false;
            continue;
        }
        const struct evd_ledger_entry ours = merge->ours->lines[line].entry;
        struct evd_ledger_entry merged = ours;
        if (!merge_entry(base, &merged, theirs)) {
            if (!leave_conflict(merge, line, &ours, theirs))
                return false;
        } else if (!say_the_same(&ours, &merged) && evd_ledger_file_put(merge->ours, &merged, NULL, NULL) != EVD_OK) {
            return false;
        }
    }
    return true;
}

/* Lines that theirs took out go, unless ours changed them. */
static bool take_out(struct merge *merge)
{
    for (size_t i = 0; i < merge->base->entry_count; i++) {
        const struct evd_ledger_entry *base = &merge->base->entries[i];
        const size_t line = evd_ledger_file_find(merge->ours, &base->key, base->job);
        if (line == SIZE_MAX || evd_ledger_file_find_entry(merge->theirs, &base->key, base->job) != NULL)
            continue;
        const struct evd_ledger_entry ours = merge->ours->lines[line].entry;
        if (say_the_same(base, &ours))
            merge->ours->lines[line].is_gone = true;
        else if (!leave_conflict(merge, line, &ours, NULL))
            return false;
    }
    return true;
}

/* A line with words that is no entry, or the header. */
static bool is_comment(const struct evd_ledger_file_line *line)
{
    bool has_words = false;
    for (size_t i = 0; i < line->text.length; i++)
        has_words |= line->text.bytes[i] != ' ' && line->text.bytes[i] != '\t';
    return !line->is_entry && !line->is_gone && has_words;
}

/* The comments of a file by their texts, in file order. */
struct comments {
    const struct evd_ledger_file *file;
    struct evd_table heads; /* hash of a text → the first line that has it, + 1 */
    size_t *nexts;          /* by index of a line: of the next one in its chain, + 1; 0: none */
};

static uint64_t hash_of_text(struct evd_text text)
{
    return evd_stable_hash(text.bytes, text.length);
}

/* False when memory runs out; to be released in either case. */
static bool list_comments(struct comments *comments, const struct evd_ledger_file *file)
{
    *comments = (struct comments){.file = file, .nexts = calloc(file->count + 1, sizeof *comments->nexts)};
    if (comments->nexts == NULL)
        return false;
    for (size_t i = file->count; i-- > 0;) {
        if (!is_comment(&file->lines[i]))
            continue;
        uint64_t *head = evd_table_put(&comments->heads, hash_of_text(file->lines[i].text), 0, NULL);
        if (head == NULL)
            return false;
        comments->nexts[i] = (size_t)*head;
        *head = i + 1;
    }
    return true;
}

static void release_comments(struct comments *comments)
{
    evd_table_release(&comments->heads);
    free(comments->nexts);
}

static bool has_comment(const struct comments *comments, struct evd_text text)
{
    const uint64_t *head = evd_table_get(&comments->heads, hash_of_text(text));
    for (size_t at = head != NULL ? (size_t)*head : 0; at != 0; at = comments->nexts[at - 1])
        if (evd_text_equal(comments->file->lines[at - 1].text, text))
            return true;
    return false;
}

/* The first line with a text, which is no longer listed then; SIZE_MAX: there is none. */
static size_t take_comment(struct comments *comments, struct evd_text text)
{
    uint64_t *head = evd_table_get(&comments->heads, hash_of_text(text));
    size_t before = 0;
    for (size_t at = head != NULL ? (size_t)*head : 0; at != 0; before = at, at = comments->nexts[at - 1]) {
        if (!evd_text_equal(comments->file->lines[at - 1].text, text))
            continue;
        if (before != 0)
            comments->nexts[before - 1] = comments->nexts[at - 1];
        else
            *head = comments->nexts[at - 1];
        return at - 1;
    }
    return SIZE_MAX;
}

/* Where in ours a comment of theirs goes: before the next entry of theirs that ours has. Of each line of theirs; NULL when
 * memory runs out. */
static size_t *list_anchors(const struct merge *merge)
{
    const struct evd_ledger_file *theirs = merge->theirs;
    size_t *anchors = malloc((theirs->count + 1) * sizeof *anchors), anchor = SIZE_MAX;
    for (size_t i = theirs->count; anchors != NULL && i-- > 0;) {
        const struct evd_ledger_file_line *line = &theirs->lines[i];
        anchors[i] = anchor;
        const size_t there =
            line->is_entry ? evd_ledger_file_find(merge->ours, &line->entry.key, line->entry.job) : SIZE_MAX;
        anchor = there != SIZE_MAX ? there : anchor;
    }
    return anchors;
}

/* The comments of the three, and where those of theirs go. */
struct all_comments {
    struct comments base, ours, theirs;
    size_t *anchors;
};

/* Comments that theirs added come in. One that theirs has twice comes in once. */
static bool bring_comments_in(struct merge *merge, struct all_comments *all)
{
    struct evd_table added = {0}; /* hash of a text → the line that came in with it */
    bool is_done = true;
    for (size_t i = 0; is_done && i < merge->theirs->count; i++) {
        const struct evd_ledger_file_line *line = &merge->theirs->lines[i];
        if (!is_comment(line) || has_comment(&all->base, line->text) || has_comment(&all->ours, line->text))
            continue;
        bool is_new;
        const uint64_t *same = evd_table_put(&added, hash_of_text(line->text), merge->ours->count, &is_new);
        if (same != NULL && !is_new && evd_text_equal(merge->ours->lines[*same].text, line->text))
            continue;
        const size_t index = same == NULL ? SIZE_MAX : evd_ledger_file_add_line(merge->ours);
        is_done = index != SIZE_MAX && evd_copy_text(&merge->ours->arena, line->text, &merge->ours->lines[index].text);
        if (is_done)
            merge->ours->lines[index].anchor = all->anchors[i];
    }
    evd_table_release(&added);
    return is_done;
}

static bool merge_comments(struct merge *merge)
{
    struct all_comments all = {.anchors = list_anchors(merge)};
    const bool is_listed = list_comments(&all.base, merge->base), are_both = list_comments(&all.ours, merge->ours),
               are_all = list_comments(&all.theirs, merge->theirs);
    const bool is_done = all.anchors != NULL && is_listed && are_both && are_all && bring_comments_in(merge, &all);
    for (size_t i = 0; is_done && i < merge->base->count; i++) {
        const struct evd_ledger_file_line *line = &merge->base->lines[i];
        const size_t there =
            is_comment(line) && !has_comment(&all.theirs, line->text) ? take_comment(&all.ours, line->text) : SIZE_MAX;
        if (there != SIZE_MAX)
            merge->ours->lines[there].is_gone = true;
    }
    release_comments(&all.base);
    release_comments(&all.ours);
    release_comments(&all.theirs);
    free(all.anchors);
    return is_done;
}

enum evd_status evd_ledger_file_merge(struct evd_ledger_file *ours, struct evd_ledger_file *base,
                                      struct evd_ledger_file *theirs, size_t *conflicts, struct evd_error *error)
{
    struct merge merge = {.ours = ours, .base = base, .theirs = theirs};
    if ((base->is_unsettled && !evd_ledger_file_settle(base)) ||
        (theirs->is_unsettled && !evd_ledger_file_settle(theirs)))
        return evd_fail_memory(error);
    const bool is_done = merge_theirs(&merge) && take_out(&merge) && merge_comments(&merge);
    *conflicts = merge.conflicts;
    return is_done && evd_ledger_file_settle(ours) ? EVD_OK : evd_fail_memory(error);
}
