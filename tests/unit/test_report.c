/* Reports of random outcomes: what holds for every format. What the formats say is held by tests/report. */
#include <criterion/criterion.h>
#include <string.h>

#include <evdiff/report.h>

#include "base/buffer.h"
#include "random_outcome.h"
#include "report/describe.h"

enum {
    SEEDS = 200,
    WRITE_MAX = 256 * 1024, /* a report is handed on long before it is larger */
    MANY = 1000000,
};

/* An outcome with a single pair, which has most of the divergences. */
static void make_one_pair(struct random_outcome *made, unsigned divergences)
{
    for (uint64_t seed = 0;; seed++) {
        random_outcome_make(made, seed, 100);
        const bool is_one = made->outcome.pair_count == 1 && made->outcome.pairs[0].divergence_count > 50;
        random_outcome_release(made);
        if (is_one) {
            random_outcome_make(made, seed, divergences);
            return;
        }
    }
}

/* Where a report goes, and how. */
struct sink {
    struct evd_buffer text; /* kept only when `keeps` */
    bool keeps;
    size_t writes, largest;
    uint64_t bytes;
    size_t stop_at; /* the write that says no; 0: none */
};

static bool take(void *context, const char *bytes, size_t length)
{
    struct sink *sink = context;
    sink->writes++;
    sink->bytes += length;
    sink->largest = length > sink->largest ? length : sink->largest;
    if (sink->keeps)
        evd_buffer_append(&sink->text, bytes, length);
    return sink->stop_at == 0 || sink->writes < sink->stop_at;
}

static bool is_utf8(const struct evd_buffer *text)
{
    const unsigned char *p = (const unsigned char *)text->data, *end = p + text->length;
    while (p < end) {
        const int more = *p < 0x80 ? 0 : *p < 0xc2 ? -1 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : *p < 0xf5 ? 3 : -1;
        if (more < 0 || end - p <= more || (*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
            (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
            return false;
        for (int i = 1; i <= more; i++)
            if ((p[i] & 0xc0) != 0x80)
                return false;
        p += 1 + more;
    }
    return true;
}

static bool has_control(const struct evd_buffer *text)
{
    for (size_t i = 0; i < text->length; i++)
        if (((unsigned char)text->data[i] < ' ' && text->data[i] != '\n') || text->data[i] == 0x7f)
            return true;
    return false;
}

Test(report, formats_are_listed)
{
    size_t count = 0;
    for (; evd_report_format_name(count) != NULL; count++) {
        cr_expect(strlen(evd_report_format_summary(count)) > 0);
        for (size_t i = 0; i < count; i++)
            cr_expect_str_neq(evd_report_format_name(i), evd_report_format_name(count));
    }
    cr_expect_gt(count, 2);
    cr_expect_null(evd_report_format_summary(count));
    cr_expect_not(evd_report_needs_resync("markdown"));
    cr_expect(evd_report_needs_resync("json"));
    cr_expect_not(evd_report_needs_resync("no such format"));
}

/* A suffix tells the format only at the end of a path, whole and as it is spelled. */
Test(report, formats_are_told_by_the_names_of_files)
{
    static const struct {
        const char *path, *format;
    } CASES[] = {
        {"out.md", "markdown"},
        {"out.xml", "junit"},
        {"out.txt", "text"},
        {"out.json", "json"},
        {"/a.md/b.json", "json"},
        {"out.json.md", "markdown"},
        {".md", "markdown"},
        {"", NULL},
        {"md", NULL},
        {"out", NULL},
        {"out.MD", NULL},
        {"out.md ", NULL},
        {"out.md/", NULL},
        {"out.m", NULL},
        {"out.jsonl", NULL},
        {"out.mdx", NULL},
        {"out. ", NULL},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const char *format = evd_report_format_of_path(CASES[i].path);
        cr_expect(
            format == NULL ? CASES[i].format == NULL : CASES[i].format != NULL && strcmp(format, CASES[i].format) == 0,
            "%s: %s", CASES[i].path, format);
    }
}

Test(report, unknown_format)
{
    struct random_outcome made;
    struct sink sink = {0};
    struct evd_error error;
    random_outcome_make(&made, 1, 3);
    cr_expect_eq(evd_report_write(&made.outcome, "html5", NULL, take, &sink, &error), EVD_E_ARGUMENT);
    cr_expect_eq(sink.writes, 0);
    random_outcome_release(&made);
}

/* Whatever the logs held, a report that is text is UTF-8, and none but the reference's own has control characters. */
Test(report, is_safe_to_show, .timeout = 300)
{
    for (size_t i = 0; evd_report_format_name(i) != NULL; i++) {
        const char *format = evd_report_format_name(i);
        if (strcmp(format, "markdown") == 0 || strcmp(format, "perfetto") == 0)
            continue;
        for (unsigned seed = 0; seed < SEEDS; seed++) {
            struct random_outcome made;
            struct sink sink = {.keeps = true};
            random_outcome_make(&made, seed, seed % 3 * 10);
            cr_assert_eq(evd_report_write(&made.outcome, format, NULL, take, &sink, NULL), EVD_OK);
            cr_expect_gt(sink.text.length, 0);
            cr_expect(is_utf8(&sink.text), "%s, seed %u", format, seed);
            cr_expect_not(has_control(&sink.text), "%s, seed %u", format, seed);
            evd_buffer_release(&sink.text);
            random_outcome_release(&made);
        }
    }
}

/* A million divergences: no format holds its report in memory, and none takes time that grows with their
 * square, which would not end within the time limit. */
Test(report, is_handed_on, .timeout = 300)
{
    struct random_outcome made;
    make_one_pair(&made, MANY);
    size_t most = 0;
    for (size_t i = 0; i < made.outcome.pair_count; i++)
        if (made.outcome.pairs[i].divergence_count > most)
            most = made.outcome.pairs[i].divergence_count;
    cr_assert_gt(most, MANY / 2);
    for (size_t i = 0; evd_report_format_name(i) != NULL; i++) {
        struct sink sink = {0};
        cr_assert_eq(evd_report_write(&made.outcome, evd_report_format_name(i), NULL, take, &sink, NULL), EVD_OK);
        cr_expect_lt(sink.largest, WRITE_MAX, "%s: %zu bytes at once", evd_report_format_name(i), sink.largest);
        if (strcmp(evd_report_format_name(i), "json") == 0)
            cr_expect_gt(sink.bytes, (uint64_t)most * 100);
    }
    random_outcome_release(&made);
}

/* After the first refused write no more are tried. */
Test(report, stops, .timeout = 300)
{
    struct random_outcome made;
    make_one_pair(&made, MANY / 100);
    for (size_t i = 0; evd_report_format_name(i) != NULL; i++)
        for (size_t stop_at = 1; stop_at < 4; stop_at++) {
            struct sink all = {0}, sink = {.stop_at = stop_at};
            struct evd_error error;
            const char *format = evd_report_format_name(i);
            cr_assert_eq(evd_report_write(&made.outcome, format, NULL, take, &all, NULL), EVD_OK);
            if (all.writes < stop_at)
                continue;
            cr_expect_eq(evd_report_write(&made.outcome, format, NULL, take, &sink, &error), EVD_E_IO);
            cr_expect_eq(sink.writes, stop_at, "%s", format);
        }
    random_outcome_release(&made);
}

/* As Python's json.dumps has it, whatever an absorber is called. */
Test(report, absorbed_events_are_lines_of_ascii)
{
    struct evd_absorber absorber = {.name = {"\"\\/\b\f\n\r\t\x01\x7f\xc3\xa9\xf0\x9f\x98\x80\xed\xa0\x80", 19}};
    struct evd_absorbed_event events[] = {
        {.side = EVD_OURS, .matched = 5, .event = {.json = {"{\"tid\": 1}", 10}}},
        {.side = EVD_CANARY, .matched = 6, .blocks = 2, .offset = 3, .event = {.json = {"{}", 2}}},
    };
    struct evd_pair_outcome pair = {.tid = {-1, 7}, .absorbed_events = events, .absorbed_event_count = 2};
    const struct evd_outcome outcome = {.pairs = &pair, .pair_count = 1, .absorbers = &absorber, .absorber_count = 1};
    struct sink sink = {.keeps = true}, stopped = {.stop_at = 1};
    uint64_t count;
#define ABSORBER \
    "{\"absorber\": \"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u007f\\u00e9\\ud83d\\ude00\\ud800\", \"canary_tid\": -1, "
    static const char EXPECTED[] = ABSORBER
        "\"event\": {\"tid\": 1}, \"matched_at\": 5, \"ours_tid\": 7, \"side\": \"ours\"}\n" ABSORBER
        "\"event\": {}, \"matched_at\": 6, \"ours_tid\": 7, \"pairs_consumed\": 2, \"side\": \"canary\", "
        "\"window_offset\": 3}\n";
    cr_assert_eq(evd_report_absorbed_events(&outcome, take, &sink, &count, NULL), EVD_OK);
    cr_expect_eq(count, 2);
    cr_expect(sink.text.length == sizeof EXPECTED - 1 && memcmp(sink.text.data, EXPECTED, sink.text.length) == 0,
              "%.*s", (int)sink.text.length, sink.text.data);
    cr_expect_eq(evd_report_absorbed_events(&outcome, take, &stopped, &count, NULL), EVD_E_IO);
    evd_buffer_release(&sink.text);
}

/* What a root is told as beside one that surely is no noise, and alone. */
static void expect_verdict(struct evd_family root, const char *beside, const char *alone)
{
    struct evd_family families[] = {{.is_root = true, .has_suspicion = true}, root};
    struct evd_outcome outcome = {
        .verdict = EVD_VERDICT_DIVERGED,
        .control_count = 1,
        .families = families,
        .family_count = 2,
        .root_family_count = 2};
    struct evd_buffer out = {0};
    evd_describe_verdict(&out, &outcome);
    evd_buffer_byte(&out, '\0');
    cr_expect_str_eq(out.data, beside);
    evd_buffer_clear(&out);
    outcome.families = &families[1];
    outcome.family_count = outcome.root_family_count = 1;
    evd_describe_verdict(&out, &outcome);
    evd_buffer_byte(&out, '\0');
    cr_expect_str_eq(out.data, alone);
    evd_buffer_release(&out);
}

Test(report, verdict_tells_roots_that_look_like_noise)
{
    static const char TWO[] = "Diverged: 2 new roots that the control run does not explain";
    static const char ONE[] = "Diverged: 1 new root that the control run does not explain";
    static const char NOISE_TOO[] =
        "Diverged: 1 new root that the control run does not explain, and 1 more that looks like noise";
    static const char NOISE[] = "Diverged: 1 new root that the control run does not explain, but looks like noise";
    struct evd_family root = {.is_root = true, .has_suspicion = true, .class_ = EVD_CLASS_VALUE};
    root.suspicion.total = 0;
    expect_verdict(root, TWO, ONE);
    root.suspicion.total = -1;
    expect_verdict(root, NOISE_TOO, NOISE);
    root.class_ = EVD_CLASS_TRUNCATED;
    expect_verdict(root, TWO, ONE);
    root.events[EVD_OURS] = 1; /* ours goes on */
    expect_verdict(root, NOISE_TOO, NOISE);
    root.events[EVD_OURS] = 0;
    root.suspicion.points[EVD_EVIDENCE_LOG_END] = -1;
    expect_verdict(root, NOISE_TOO, NOISE);
    root.suspicion.points[EVD_EVIDENCE_LOG_END] = 0;
    root.suspicion.points[EVD_EVIDENCE_ORDINARY] = -1;
    expect_verdict(root, NOISE_TOO, NOISE);
    root.class_ = EVD_CLASS_MISSING;
    root.suspicion.points[EVD_EVIDENCE_LOST_THREAD] = 1;
    expect_verdict(root, TWO, ONE);
    root.suspicion.points[EVD_EVIDENCE_LOST_THREAD] = 0;
    root.suspicion.points[EVD_EVIDENCE_FAILURE] = 1;
    expect_verdict(root, NOISE_TOO, NOISE);
    root.suspicion.points[EVD_EVIDENCE_ORDINARY] = 0;
    expect_verdict(root, TWO, ONE);
}
