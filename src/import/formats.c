#include "import/formats.h"

#include <string.h>

const struct evd_import_format *const evd_import_formats[] = {
    &evd_format_strace, &evd_format_eip3155,      &evd_format_wine_relay, &evd_format_spike,
    &evd_format_gem5,   &evd_format_chrome_trace, &evd_format_ndjson,     NULL,
};

enum { LINES_LOOKED_AT = 100 };

const struct evd_import_format *evd_import_format_named(const char *name)
{
    for (const struct evd_import_format *const *format = evd_import_formats; *format != NULL; format++)
        if (strcmp((*format)->name, name) == 0)
            return *format;
    return NULL;
}

/* A log says what it is in its first line, and the lines of other formats may be events of it. */
static bool is_log(const char *text, size_t length)
{
    static const char KIND[] = "\"schema_version\"";
    const char *end = memchr(text, '\n', length);
    return memmem(text, end != NULL ? (size_t)(end - text) : length, KIND, sizeof KIND - 1) != NULL;
}

static bool has_line_of(const struct evd_import_format *format, const char *text, size_t length)
{
    const char *end = text + length;
    for (unsigned count = 0; text < end && count < LINES_LOOKED_AT; count++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        const size_t size = (size_t)((stop != NULL ? stop : end) - text);
        const bool has_return = size > 0 && text[size - 1] == '\r';
        if (format->is_like(text, size - has_return))
            return true;
        text += size + 1;
    }
    return false;
}

const struct evd_import_format *evd_import_format_of(const char *text, size_t length)
{
    const struct evd_import_format *found = NULL;
    if (is_log(text, length))
        return NULL;
    for (const struct evd_import_format *const *format = evd_import_formats; *format != NULL; format++) {
        if ((*format)->is_like == NULL || !has_line_of(*format, text, length))
            continue;
        if (found != NULL)
            return NULL;
        found = *format;
    }
    return found;
}

const char *evd_import_format_name(size_t index)
{
    const size_t count = sizeof evd_import_formats / sizeof *evd_import_formats - 1;
    return index < count ? evd_import_formats[index]->name : NULL;
}

const char *evd_import_format_summary(size_t index)
{
    const size_t count = sizeof evd_import_formats / sizeof *evd_import_formats - 1;
    return index < count ? evd_import_formats[index]->summary : NULL;
}

const char *evd_import_format_rules(const char *format)
{
    const struct evd_import_format *found = evd_import_format_named(format);
    return found == NULL ? NULL : found->rules;
}
