/* A trace: the first byte chooses the format and whether it is cut, the rest is the trace. Whatever it holds it becomes a
 * log that reads without a fault, the same however it is cut, and whether it stays, or it is refused at a place. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "demand.h"
#include "evdiff/evdiff.h"
#include "import/importer.h"
#include "log/log.h"
#include "target.h"

enum { CUT_BIT = 0x80, TOLERANT_BIT = 0x40, FORMAT_BITS = 0x3f };

static bool keep(void *context, const char *bytes, size_t length)
{
    evd_buffer_append(context, bytes, length);
    return true;
}

static enum evd_status run(const struct evd_import *import, const char *text, size_t length, size_t step, bool is_kept,
                           struct evd_buffer *out, struct evd_error *error)
{
    struct evd_importer *importer;
    demand(evd_importer_open_text(
               import, "trace", is_kept ? text : NULL, is_kept ? length : 0, keep, out, &importer, error) == EVD_OK);
    enum evd_status status = EVD_OK;
    for (size_t done = 0; status == EVD_OK && done < length; done += step)
        status = evd_importer_push(importer, text + done, length - done < step ? length - done : step, error);
    if (status == EVD_OK)
        status = evd_importer_finish(importer, error);
    evd_importer_free(importer);
    return status;
}

static bool is_equal(const struct evd_buffer *a, const struct evd_buffer *b)
{
    return a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

static void read_log(const struct evd_buffer *text)
{
    static struct evd_rules *rules;
    const struct evd_read_options options = {.threads = 1};
    const struct evd_string string = {text->data, text->length};
    struct evd_log *log;
    struct evd_error error;
    if (rules == NULL)
        demand(evd_rules_load(NULL, NULL, &rules, NULL) == EVD_OK);
    demand(evd_logs_open_texts(&string, 1, rules, &options, &log, &error) == EVD_OK);
    evd_log_free(log);
}

static char mapping_path[] = "/tmp/evdiff-fuzz-mapping-XXXXXX";

static void remove_mapping(void)
{
    unlink(mapping_path);
}

/* For the format that needs one: a mapping with every key. */
static const char *mapping(void)
{
    static const char TEXT[] =
        "{\"mapping\":\"evdiff.mapping/1\",\"thread\":[\"p\",\"c.t\"],\"kind\":\"k\",\"name\":\"f\","
        "\"index\":\"i\",\"time\":\"s\",\"unit\":\"ms\",\"left_out\":[\"c\"]}";
    static bool is_written;
    if (!is_written) {
        const int fd = mkstemp(mapping_path);
        demand(fd >= 0 && write(fd, TEXT, sizeof TEXT - 1) == (ssize_t)(sizeof TEXT - 1));
        close(fd);
        atexit(remove_mapping);
        is_written = true;
    }
    return mapping_path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct evd_import *import;
    struct evd_error error;
    struct evd_buffer whole = {0}, pieces = {0};
    if (size == 0)
        return 0;
    const char *format = evd_import_format_name(data[0] & FORMAT_BITS);
    struct evd_import_options options = {
        .is_tolerant = (data[0] & TOLERANT_BIT) != 0, .has_places = (data[0] & CUT_BIT) != 0, .memory_bytes = 1};
    if (format != NULL && strcmp(format, "ndjson") == 0)
        options.mapping = mapping();
    if (format == NULL || evd_import_open(format, &options, &import, &error) != EVD_OK)
        return 0;
    const enum evd_status status = run(import, (const char *)data + 1, size - 1, size, false, &whole, &error);
    demand(status == EVD_OK || status == EVD_E_INPUT);
    if (status == EVD_OK)
        read_log(&whole);
    if ((data[0] & CUT_BIT) != 0) {
        demand(run(import, (const char *)data + 1, size - 1, 7, false, &pieces, &error) == status);
        demand(status != EVD_OK || is_equal(&whole, &pieces));
    }
    evd_buffer_clear(&pieces);
    demand(run(import, (const char *)data + 1, size - 1, size, true, &pieces, &error) == status);
    demand(status != EVD_OK || is_equal(&whole, &pieces));
    evd_buffer_release(&whole);
    evd_buffer_release(&pieces);
    evd_import_free(import);
    return 0;
}
