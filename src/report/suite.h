/* Suites of tests, as JUnit writes them in XML: what the reports of a diff and of a night share. A test has one result; texts are as short as servers want them. */
#ifndef EVD_REPORT_SUITE_H
#define EVD_REPORT_SUITE_H

#include "base/buffer.h"
#include "evdiff/text.h"

enum { EVD_TEST_TEXT_MAX = 16 * 1024 }; /* bytes of the text of a failure */

enum evd_test_result { EVD_TEST_PASSED, EVD_TEST_FAILED, EVD_TEST_BROKEN, EVD_TEST_SKIPPED, EVD_TEST_RESULTS };

/* A test as a server shows it. Texts are borrowed; the owner releases the buffers. */
struct evd_test_case {
    const char *name;
    const char *file; /* where it is asked for, and its line there; NULL: nowhere */
    uint64_t line;
    enum evd_test_result result;
    const char *type;          /* unless passed or skipped */
    struct evd_buffer message; /* unless passed: one line */
    struct evd_buffer text;    /* lines, at most EVD_TEST_TEXT_MAX bytes; may be empty */
};

/* Adds a line to a text; false when there is no room for it and for what says that more is left out. */
bool evd_test_add_line(struct evd_buffer *text, const struct evd_buffer *line);

/* Says how much is left out; nothing when `count` is 0. */
void evd_test_say_rest(struct evd_buffer *text, size_t count, const char *one, const char *many);

void evd_test_write(struct evd_buffer *out, const struct evd_test_case *test, struct evd_text class_name);

/* Begin the document and a suite; "</testsuites>" and "</testsuite>" are to follow. */
void evd_suites_begin(struct evd_buffer *out, const size_t counts[EVD_TEST_RESULTS]);
void evd_suite_begin(struct evd_buffer *out, struct evd_text name, const size_t counts[EVD_TEST_RESULTS],
                     size_t number);

/* A property "evdiff.NAME". */
void evd_property_write(struct evd_buffer *out, const char *name, struct evd_text value);

#endif
