#include "report/suite.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/letters.h"
#include "report/xml.h"

enum { TAIL_MAX = 100 }; /* bytes of a text, for what says how much is left out */

static const char *const ELEMENTS[] = {
    [EVD_TEST_FAILED] = "failure", [EVD_TEST_BROKEN] = "error", [EVD_TEST_SKIPPED] = "skipped"};

static struct evd_text text_of(const struct evd_buffer *buffer)
{
    return (struct evd_text){buffer->data, buffer->length};
}

bool evd_test_add_line(struct evd_buffer *text, const struct evd_buffer *line)
{
    text->failed |= line->failed;
    if (text->length + line->length > EVD_TEST_TEXT_MAX - TAIL_MAX)
        return false;
    evd_append_text(text, text_of(line));
    return true;
}

void evd_test_say_rest(struct evd_buffer *text, size_t count, const char *one, const char *many)
{
    if (count > 0)
        evd_buffer_format(text, "and %s more %s; the full report has %s\n", evd_grouped(count).text,
                          count == 1 ? one : many, count == 1 ? "it" : "them");
}

static void write_attribute(struct evd_buffer *out, const char *name, struct evd_text value)
{
    evd_buffer_format(out, " %s=\"", name);
    evd_append_xml(out, value, false);
    evd_buffer_byte(out, '"');
}

static void write_string(struct evd_buffer *out, const char *name, const char *value)
{
    write_attribute(out, name, (struct evd_text){value, strlen(value)});
}

void evd_test_write(struct evd_buffer *out, const struct evd_test_case *test, struct evd_text class_name)
{
    const char *element = ELEMENTS[test->result];
    out->failed |= test->message.failed || test->text.failed;
    evd_buffer_string(out, "<testcase");
    write_attribute(out, "classname", class_name);
    write_string(out, "name", test->name);
    evd_buffer_string(out, " time=\"0\"");
    if (test->file != NULL) {
        write_string(out, "file", test->file);
        evd_buffer_format(out, " line=\"%" PRIu64 "\"", test->line);
    }
    if (test->result == EVD_TEST_PASSED) {
        evd_buffer_string(out, "/>\n");
        return;
    }
    evd_buffer_format(out, ">\n<%s", element);
    if (test->type != NULL)
        write_string(out, "type", test->type);
    write_attribute(out, "message", text_of(&test->message));
    if (test->text.length > 0) {
        evd_buffer_byte(out, '>');
        evd_append_xml(out, text_of(&test->text), true);
        evd_buffer_format(out, "</%s>\n</testcase>\n", element);
    } else {
        evd_buffer_string(out, "/>\n</testcase>\n");
    }
}

static void write_counts(struct evd_buffer *out, const size_t counts[EVD_TEST_RESULTS])
{
    size_t all = 0;
    for (int i = 0; i < EVD_TEST_RESULTS; i++)
        all += counts[i];
    evd_buffer_format(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"0\"", all,
                      counts[EVD_TEST_FAILED], counts[EVD_TEST_BROKEN], counts[EVD_TEST_SKIPPED]);
}

void evd_suites_begin(struct evd_buffer *out, const size_t counts[EVD_TEST_RESULTS])
{
    evd_buffer_string(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"evdiff\"");
    write_counts(out, counts);
    evd_buffer_string(out, ">\n");
}

void evd_suite_begin(struct evd_buffer *out, struct evd_text name, const size_t counts[EVD_TEST_RESULTS], size_t number)
{
    evd_buffer_string(out, "<testsuite");
    write_attribute(out, "name", name);
    write_counts(out, counts);
    evd_buffer_format(out, " id=\"%zu\">\n", number);
}

void evd_property_write(struct evd_buffer *out, const char *name, struct evd_text value)
{
    evd_buffer_format(out, "<property name=\"evdiff.%s\"", name);
    write_attribute(out, "value", value);
    evd_buffer_string(out, "/>\n");
}
