/* How long lists in reports may be: each limit has a case at it and one beyond. */
#include <string.h>

#include <evdiff/report.h>

#include "diff_case.h"

/* How often a text occurs in a report with a limit. */
static size_t count_with(const struct case_ *c, const char *format, struct evd_report_filter filter, const char *text)
{
    const struct evd_report_options options = {.filter = filter};
    struct evd_buffer report = {0};
    struct evd_error error;
    size_t count = 0;
    cr_assert_eq(evd_report_write(c->outcome, format, &options, append_bytes, &report, &error), EVD_OK);
    evd_buffer_byte(&report, '\0');
    for (const char *at = report.data; (at = strstr(at, text)) != NULL; at += strlen(text))
        count++;
    evd_buffer_release(&report);
    return count;
}

static size_t count_in(const struct case_ *c, const char *format, const char *text)
{
    return count_with(c, format, (struct evd_report_filter){.has_limit = false}, text);
}

static const struct evd_report_filter ALL = {.has_limit = true, .limit = 0};

static void families(struct case_ *c, unsigned count)
{
    char name[16], ours[16];
    begin(c);
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "f%u", i);
        snprintf(ours, sizeof ours, "%u", 1000 + i);
        differing(c, name, "1", ours);
        same(c, 'a', 4);
    }
    diff(c);
    cr_assert_eq(c->outcome->family_count, count);
    cr_assert_eq(c->outcome->root_family_count, count);
}

Test(report_limits, full_has_40_roots)
{
    for (unsigned count = 40; count <= 42; count++) {
        struct case_ c;
        families(&c, count);
        cr_expect_eq(count_in(&c, "full", "\n### "), 40);
        cr_expect_eq(count_in(&c, "full", "*1 more root: `--limit 0` tells it.*"), count == 41);
        cr_expect_eq(count_in(&c, "full", "*2 more roots: `--limit 0` tells them all.*"), count == 42);
        cr_expect_eq(count_with(&c, "full", ALL, "\n### "), count);
        cr_expect_eq(count_with(&c, "full", ALL, "--limit"), 0);
        cr_expect_eq(count_with(&c, "full", (struct evd_report_filter){.has_limit = true, .limit = 7}, "\n### "), 7);
        end(&c);
    }
}

static void threads(struct case_ *c, unsigned count, bool are_equal)
{
    begin(c);
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            begin_thread(c);
        differing(c, "f", "1", are_equal ? "1" : "2");
    }
    diff(c);
}

Test(report_limits, full_has_40_threads_and_counts_of_40)
{
    for (unsigned count = 40; count <= 42; count++) {
        struct case_ c;
        threads(&c, count, false);
        cr_expect_eq(count_in(&c, "full", " | `[1] kernel.return f return_value: canary=1 ours=2` |\n"), 40);
        cr_expect_eq(count_in(&c, "full", "*1 more thread: "), count == 41);
        cr_expect_eq(count_in(&c, "full", "*2 more threads: "), count == 42);
        cr_expect_eq(count_with(&c, "full", ALL, " | `[1] kernel.return f return_value: canary=1 ours=2` |\n"), count);
        end(&c);
        threads(&c, count, true);
        cr_expect_eq(count_in(&c, "full", " | 2 | 2 | 0 | 0 | 0 | 0 |  |\n"), 40);
        cr_expect_eq(count_in(&c, "full", "*1 more pair: "), count == 41);
        cr_expect_eq(count_in(&c, "full", "*2 more pairs: "), count == 42);
        cr_expect_eq(count_with(&c, "full", ALL, " | 2 | 2 | 0 | 0 | 0 | 0 |  |\n"), count);
        end(&c);
    }
}

/* One divergence, and others to which its values are handed on. */
Test(report_limits, full_has_10_rows_of_what_follows)
{
    for (unsigned count = 10; count <= 11; count++) {
        struct case_ c;
        char name[16];
        begin(&c);
        differing(&c, "f", "100", "200");
        same(&c, 'a', 4);
        for (unsigned i = 0; i < count; i++) {
            snprintf(name, sizeof name, "g%u", i);
            differing(&c, name, "100", "200");
            same(&c, 'a', 4);
        }
        diff(&c);
        cr_expect_eq(count_in(&c, "full", " | 1/1 | value | "), 10);
        cr_expect_eq(count_in(&c, "full", "*1 more divergence: "), count == 11);
        cr_expect_eq(count_with(&c, "full", ALL, " | 1/1 | value | "), count);
        end(&c);
    }
}

/* Threads of canary alone. */
static void strangers(struct case_ *c, unsigned count)
{
    char payload[64];
    begin(c);
    for (unsigned i = 0; i < count; i++) {
        snprintf(payload, sizeof payload, "{\"name\":\"alone%u\"}", i);
        append_event(&c->text[EVD_CANARY], "kernel.call", 1000 + (int)i, 0, payload);
    }
    diff(c);
    cr_assert_eq(c->outcome->unpaired_count[EVD_CANARY], count);
}

Test(report_limits, full_has_40_threads_without_a_counterpart_and_text_8)
{
    static const unsigned COUNTS[] = {8, 9, 40, 41, 42};
    for (size_t i = 0; i < sizeof COUNTS / sizeof COUNTS[0]; i++) {
        struct case_ c;
        const unsigned count = COUNTS[i];
        strangers(&c, count);
        cr_expect_eq(count_in(&c, "full", " | 1 |  |\n"), count < 40 ? count : 40);
        cr_expect_eq(count_in(&c, "full", "*1 more thread: "), count == 41);
        cr_expect_eq(count_in(&c, "full", "*2 more threads: "), count == 42);
        cr_expect_eq(count_in(&c, "text", " (1 event)"), 8);
        cr_expect_eq(count_in(&c, "text", " and 1 more"), count == 9);
        cr_expect_eq(count_in(&c, "text", ") and "), count > 8);
        end(&c);
    }
}

Test(report_limits, text_has_10_threads)
{
    for (unsigned count = 10; count <= 11; count++) {
        struct case_ c;
        threads(&c, count, false);
        cr_expect_eq(count_in(&c, "text", " [1] kernel.return f return_value: canary=1 ours=2\n"), 10);
        cr_expect_eq(count_in(&c, "text", "\n1 more thread; "), count == 11);
        end(&c);
    }
}

/* Of events on one side only 4, and 3 matching ones around them. */
Test(report_limits, text_has_4_events_of_a_run_and_3_around_it)
{
    for (unsigned count = 4; count <= 5; count++) {
        struct case_ c;
        begin(&c);
        same(&c, 'a', 4);
        fresh(&c, EVD_CANARY, "lone", count);
        same(&c, 'e', 4);
        diff(&c);
        cr_expect_eq(count_in(&c, "text", "\n   - ["), 4);
        cr_expect_eq(count_in(&c, "text", "\n   - … 1 more event\n"), count == 5);
        cr_expect_eq(count_in(&c, "text", "\n     ["), 6);
        end(&c);
    }
}

/* Both sides stand beside each other from 120 columns on. */
Test(report_limits, text_has_both_sides_in_120_columns)
{
    struct case_ c;
    begin(&c);
    differing(&c, "f", "1", "2");
    same(&c, 'a', 4);
    diff(&c);
    for (unsigned width = 119; width <= 120; width++) {
        struct evd_buffer text = {0};
        const struct evd_report_options options = {.width = width};
        cr_assert_eq(evd_report_write(c.outcome, "text", &options, append_bytes, &text, NULL), EVD_OK);
        evd_buffer_byte(&text, '\0');
        cr_expect_eq(strstr(text.data, "\n   -   return_value=1\n") != NULL, width == 119, "%s", text.data);
        cr_expect_eq(strstr(text.data, " |   return_value=2\n") != NULL, width == 120, "%s", text.data);
        evd_buffer_release(&text);
    }
    end(&c);
}

/* The bytes of the text of JUnit's failure, and whether it says that something is left out. */
static size_t junit_text(const struct case_ *c, bool *is_cut)
{
    struct evd_buffer report = {0};
    cr_assert_eq(evd_report_write(c->outcome, "junit", NULL, append_bytes, &report, NULL), EVD_OK);
    evd_buffer_byte(&report, '\0');
    const char *begin = strstr(report.data, ">Diverged: "), *end = strstr(report.data, "</failure>");
    cr_assert(begin != NULL && end != NULL);
    size_t length = 0; /* an entity is one byte of the text */
    for (const char *at = begin + 1; at < end; at++) {
        length++;
        if (*at == '&')
            at = strchr(at, ';');
    }
    *is_cut = strstr(begin, " more famil") != NULL;
    evd_buffer_release(&report);
    return length;
}

/* A family takes 100 to 200 bytes, and 100 are kept for what says that more is left out. */
Test(report_limits, junit_has_texts_of_16_kib)
{
    bool was_cut = false, is_cut = false;
    for (unsigned count = 90; count <= 160; count++) {
        struct case_ c;
        families(&c, count);
        const size_t length = junit_text(&c, &is_cut);
        cr_expect_leq(length, 16 * 1024, "%u families: %zu bytes", count, length);
        if (is_cut)
            cr_expect_gt(length, 16 * 1024 - 300, "%u families: %zu bytes", count, length);
        cr_expect(is_cut || !was_cut);
        was_cut = is_cut;
        end(&c);
    }
    cr_expect(is_cut);
}

Test(report_limits, github_has_10_annotations)
{
    for (unsigned count = 9; count <= 10; count++) {
        struct case_ c;
        families(&c, count);
        cr_expect_eq(count_in(&c, "github-annotations", "\n"), 10);
        cr_expect_eq(count_in(&c, "github-annotations", "; 9 of 10 families are annotated"), count > 9);
        end(&c);
    }
}
