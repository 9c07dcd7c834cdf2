/* What changes a file of the ledger: lines put in and taken out, new signatures, merges. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/buffer.h"
#include "ledger_lines.h"
#include "random.h"

/* Entries that are put in one after the other are those of a file that is looked at after each. */
Test(ledger_file, what_is_put_in_is_sorted_once)
{
    struct random random = {11};
    for (int round = 0; round < 50; round++) {
        struct evd_ledger_file *file = read_file(HEADER "\n" TICKS "\n" READ "\n"),
                               *twin = read_file(HEADER "\n" TICKS "\n" READ "\n");
        size_t count, twin_count;
        for (unsigned left = random_below(&random, 60); left > 0; left--) {
            char call[8];
            snprintf(call, sizeof call, "c%u", random_below(&random, 40));
            const struct evd_ledger_entry entry = {
                .key = {.kind = text("k"), .call = text(call), .field = text("f")},
                .state = (enum evd_ledger_state)random_below(&random, 4),
                .job = text("*"),
                .bug = {"", 0},
                .owner = {"", 0},
                .reason = {"", 0}};
            cr_assert_eq(evd_ledger_file_put(file, &entry, NULL, NULL), EVD_OK);
            cr_assert_eq(evd_ledger_file_put(twin, &entry, NULL, NULL), EVD_OK);
            cr_assert_not_null(evd_ledger_file_entries(twin, &twin_count));
            const struct evd_ledger_entry *found = evd_ledger_file_find_entry(file, &entry.key, entry.job);
            cr_assert(found != NULL && found->state == entry.state);
            if (random_below(&random, 8) == 0)
                evd_ledger_file_remove(twin, 0), evd_ledger_file_entries(file, &count), evd_ledger_file_remove(file, 0);
        }
        const struct evd_ledger_entry *entries = evd_ledger_file_entries(file, &count);
        const struct evd_ledger_entry *twins = evd_ledger_file_entries(twin, &twin_count);
        cr_assert_eq(count, twin_count);
        for (size_t i = 0; i < count; i++)
            cr_assert(entries[i].signature == twins[i].signature && entries[i].state == twins[i].state);
        evd_ledger_file_free(file);
        evd_ledger_file_free(twin);
    }
}

Test(ledger_file, a_new_line_comes_in_by_its_signature_and_comments_stay)
{
    struct evd_ledger_file *file = read_file(HEADER "# clocks\n" TICKS "\n# reads\n" READ "\n# the end\n");
    struct evd_ledger_file *other = read_file(HEADER STRDUP "\n");
    size_t count;
    bool changed;
    const struct evd_ledger_entry *entries = evd_ledger_file_entries(other, &count);
    cr_assert_eq(evd_ledger_file_put(file, &entries[0], &changed, NULL), EVD_OK);
    cr_assert(changed);
    cr_assert_eq(evd_ledger_file_put(file, &entries[0], &changed, NULL), EVD_OK);
    cr_assert(!changed);
    expect_text(file, HEADER "# clocks\n" TICKS "\n# reads\n" STRDUP "\n" READ "\n# the end\n");
    expect_changes(file, "--- a.known\n+++ a.known\n@@ -4,0 +5 @@\n+" STRDUP "\n");
    evd_ledger_file_entries(file, &count);
    cr_assert_eq(count, 3);
    evd_ledger_file_remove(file, 0);
    expect_text(file, HEADER "# clocks\n# reads\n" STRDUP "\n" READ "\n# the end\n");
    expect_changes(file, "--- a.known\n+++ a.known\n@@ -3 +2,0 @@\n-" TICKS "\n@@ -4,0 +4 @@\n+" STRDUP "\n");
    struct evd_ledger_entry bad = entries[0];
    bad.reason = text("two\nlines");
    cr_assert_eq(evd_ledger_file_put(file, &bad, NULL, NULL), EVD_E_ARGUMENT);
    evd_ledger_file_free(other);
    evd_ledger_file_free(file);
}

/* Entries are taken out by their indexes in the list as it was asked for. */
Test(ledger_file, several_entries_are_taken_out_of_one_list)
{
    struct evd_ledger_file *file = read_file(HEADER TICKS "\n" STRDUP "\n" READ "\n");
    size_t count;
    cr_assert_not_null(evd_ledger_file_entries(file, &count));
    cr_assert_eq(count, 3);
    evd_ledger_file_remove(file, 0);
    evd_ledger_file_remove(file, 2);
    expect_text(file, HEADER STRDUP "\n");
    cr_assert_not_null(evd_ledger_file_entries(file, &count));
    cr_assert_eq(count, 1);
    evd_ledger_file_free(file);
}

Test(ledger_file, rekey_puts_the_signature_of_the_words_in)
{
    struct evd_ledger_file *file =
        read_file(HEADER "0000000000000000 noise value kernel.return NtGetTickCount return_value "
                         "after=import.call,kernel.call # clock\n");
    size_t count;
    evd_ledger_file_problems(file, &count);
    cr_assert_eq(count, 1);
    cr_assert_eq(evd_ledger_file_rekey(file, &count, NULL), EVD_OK);
    cr_assert_eq(count, 1);
    expect_text(file, HEADER TICKS "\n");
    evd_ledger_file_free(file);
}

/* Of a random base, two versions with a change each to other lines merge to one with both changes, whatever the order of the
 * lines; a change to the same attribute of the same line is a conflict, and to different attributes is none. */
Test(ledger_file, merges_bring_both_sides_changes_in)
{
    struct random random = {17};
    for (int round = 0; round < 300; round++) {
        struct evd_ledger_file *files[3];
        struct evd_ledger_file *expected;
        for (int i = 0; i < 3; i++)
            files[i] = read_file(HEADER);
        expected = read_file(HEADER);
        struct evd_text bug[] = {text("b1"), text("b2")}, owner = text("me");
        for (int i = 0; i < 12; i++) {
            char call[16];
            snprintf(call, sizeof call, "call%d", i);
            const struct evd_ledger_entry base = {
                .key = {.kind = text("k"), .call = text(call), .field = text("f")},
                .job = text("*"),
                .bug = text("b0"),
                .owner = {"", 0},
                .reason = {"", 0}};
            struct evd_ledger_entry ours = base, theirs = base, both = base;
            bool is_in[4] = {true, true, true, true};
            switch (random_below(&random, 8)) {
            case 0: ours.bug = both.bug = bug[0]; break;
            case 1: theirs.bug = both.bug = bug[1]; break;
            case 2: ours.bug = theirs.bug = both.bug = bug[0]; break;
            case 3:
                ours.bug = both.bug = bug[0];
                theirs.owner = both.owner = owner;
                break;
            case 4: is_in[1] = is_in[3] = false; break;
            case 5: is_in[2] = is_in[3] = false; break;
            case 6: is_in[0] = is_in[random_below(&random, 2) + 1] = false; break;
            default: break;
            }
            const struct evd_ledger_entry *const versions[] = {&base, &ours, &theirs, &both};
            struct evd_ledger_file *const all[] = {files[0], files[1], files[2], expected};
            for (int j = 0; j < 4; j++)
                if (is_in[j])
                    cr_assert_eq(evd_ledger_file_put(all[j], versions[j], NULL, NULL), EVD_OK);
        }
        struct evd_buffer out = {0};
        size_t conflicts;
        cr_assert_eq(evd_ledger_file_merge(files[1], files[0], files[2], &conflicts, NULL), EVD_OK);
        cr_assert_eq(conflicts, 0, "round %d", round);
        cr_assert_eq(evd_ledger_file_write(expected, append_bytes, &out, NULL), EVD_OK);
        evd_buffer_byte(&out, '\0');
        expect_text(files[1], out.data);
        evd_buffer_release(&out);
        for (int i = 0; i < 3; i++)
            evd_ledger_file_free(files[i]);
        evd_ledger_file_free(expected);
    }
}

enum { COMMENTS_MAX = 12 };

struct comment_lines {
    int texts[2 * COMMENTS_MAX];
    size_t count;
};

static bool has_text(const struct comment_lines *lines, int text_number)
{
    for (size_t i = 0; i < lines->count; i++)
        if (lines->texts[i] == text_number)
            return true;
    return false;
}

static void spell_comments(const struct comment_lines *lines, struct evd_buffer *out)
{
    evd_buffer_string(out, HEADER);
    for (size_t i = 0; i < lines->count; i++)
        evd_buffer_format(out, "# %d\n", lines->texts[i]);
    evd_buffer_byte(out, '\0');
}

/* What theirs added comes in once, and of what it took out each line takes one out, the first: as a look at all lines says. */
Test(ledger_file, comments_merge_as_a_look_at_all_of_them_says)
{
    struct random random = {23};
    for (int round = 0; round < 1000; round++) {
        struct comment_lines lines[3], expected;
        struct evd_buffer texts[3] = {{0}, {0}, {0}}, out = {0};
        struct evd_ledger_file *files[3];
        for (int i = 0; i < 3; i++) {
            lines[i].count = random_below(&random, COMMENTS_MAX);
            for (size_t j = 0; j < lines[i].count; j++)
                lines[i].texts[j] = (int)random_below(&random, 8);
            spell_comments(&lines[i], &texts[i]);
            files[i] = read_file(texts[i].data);
        }
        expected = lines[1];
        for (size_t i = 0; i < lines[2].count; i++)
            if (!has_text(&lines[0], lines[2].texts[i]) && !has_text(&expected, lines[2].texts[i]))
                expected.texts[expected.count++] = lines[2].texts[i];
        for (size_t i = 0; i < lines[0].count; i++) {
            size_t at = 0;
            while (at < expected.count && expected.texts[at] != lines[0].texts[i])
                at++;
            if (has_text(&lines[2], lines[0].texts[i]) || at == expected.count)
                continue;
            expected.count--;
            memmove(&expected.texts[at], &expected.texts[at + 1], (expected.count - at) * sizeof *expected.texts);
        }
        size_t conflicts;
        cr_assert_eq(evd_ledger_file_merge(files[1], files[0], files[2], &conflicts, NULL), EVD_OK);
        spell_comments(&expected, &out);
        expect_text(files[1], out.data);
        evd_buffer_release(&out);
        for (int i = 0; i < 3; i++) {
            evd_ledger_file_free(files[i]);
            evd_buffer_release(&texts[i]);
        }
    }
}

Test(ledger_file, what_both_changed_differently_is_a_conflict)
{
    struct evd_ledger_file *base = read_file(HEADER READ "\n# old\n");
    struct evd_ledger_file *ours = read_file(HEADER READ " and more\n# old\n# ours\n");
    struct evd_ledger_file *theirs = read_file(HEADER "# theirs\n" READ " and less\n");
    size_t conflicts, problems;
    cr_assert_eq(evd_ledger_file_merge(ours, base, theirs, &conflicts, NULL), EVD_OK);
    cr_assert_eq(conflicts, 1);
    expect_text(ours, HEADER
                "# theirs\n<<<<<<< ours\n" READ " and more\n=======\n" READ " and less\n>>>>>>> theirs\n# ours\n");
    struct evd_buffer out = {0};
    cr_assert_eq(evd_ledger_file_write(ours, append_bytes, &out, NULL), EVD_OK);
    evd_buffer_byte(&out, '\0');
    struct evd_ledger_file *again = read_file(out.data);
    evd_ledger_file_problems(again, &problems);
    cr_assert_eq(problems, 4); /* three marks, and the line that is there twice */
    evd_ledger_file_free(again);
    evd_buffer_release(&out);
    evd_ledger_file_free(base);
    evd_ledger_file_free(ours);
    evd_ledger_file_free(theirs);
}
