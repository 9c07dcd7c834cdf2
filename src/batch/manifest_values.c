#include "batch/manifest_values.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/fail.h"
#include "json/json.h"

bool evd_manifest_refuse(struct evd_manifest_reader *reader, uint64_t line, uint64_t column, const char *format, ...)
{
    char message[EVD_MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    const char *path = strcmp(reader->plan->manifest, "-") == 0 ? "standard input" : reader->plan->manifest;
    reader->status = evd_fail_at(reader->error, EVD_E_ARGUMENT, path, line, column, "%s", message);
    return false;
}

bool evd_manifest_refuse_memory(struct evd_manifest_reader *reader)
{
    reader->status = evd_fail_memory(reader->error);
    return false;
}

bool evd_manifest_refuse_type(struct evd_manifest_reader *reader, const char *name, const struct evd_setting *setting,
                              const char *wanted)
{
    return evd_manifest_refuse(reader, setting->line, setting->column, "\"%s\" is to be %s", name, wanted);
}

bool evd_manifest_string(struct evd_manifest_reader *reader, const char *name, const struct evd_setting *setting,
                         const char **text)
{
    if (setting->type != EVD_SETTING_STRING)
        return evd_manifest_refuse_type(reader, name, setting, "a text");
    if (setting->string.length == 0)
        return evd_manifest_refuse(reader, setting->line, setting->column, "\"%s\" is empty", name);
    *text = setting->string.text;
    return true;
}

/* A text, or an array of texts. */
bool evd_manifest_list(struct evd_manifest_reader *reader, const char *name, const struct evd_setting *setting,
                       struct evd_batch_list *list)
{
    const bool is_array = setting->type == EVD_SETTING_ARRAY;
    const size_t count = is_array ? setting->array.count : 1;
    if (!is_array && setting->type != EVD_SETTING_STRING)
        return evd_manifest_refuse_type(reader, name, setting, "a text or an array of texts");
    list->items = evd_arena_array(&reader->plan->arena, count, sizeof *list->items);
    if (list->items == NULL)
        return evd_manifest_refuse_memory(reader);
    list->count = count;
    for (size_t i = 0; i < count; i++)
        if (!evd_manifest_string(reader, name, is_array ? &setting->array.items[i] : setting, &list->items[i]))
            return false;
    return true;
}

bool evd_manifest_names(struct evd_manifest_reader *reader, const char *name, const struct evd_setting *setting,
                        const char **text)
{
    struct evd_batch_list list;
    struct evd_buffer joined = {0};
    if (!evd_manifest_list(reader, name, setting, &list))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        evd_buffer_string(&joined, i > 0 ? "," : "");
        evd_buffer_string(&joined, list.items[i]);
    }
    *text = joined.failed
                ? NULL
                : evd_keep_string(&reader->plan->arena, joined.data != NULL ? joined.data : "", joined.length);
    evd_buffer_release(&joined);
    return *text != NULL || evd_manifest_refuse_memory(reader);
}

static size_t count_digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* "1000", "95%" or "99.5%". */
static bool is_amount(const char *text)
{
    size_t length = count_digits(text);
    if (length == 0 || length > 18)
        return false;
    const bool has_fraction = text[length] == '.';
    if (has_fraction) {
        const size_t digits = count_digits(text + length + 1);
        if (digits == 0)
            return false;
        length += 1 + digits;
    }
    if (text[length] == '\0')
        return !has_fraction;
    return strcmp(text + length, "%") == 0 && evd_json_number_to_double(text, length) <= 100;
}

/* As the command line takes them: K, kB, KiB. */
static bool is_unit(const char *text)
{
    const bool has_power = *text != '\0' && strchr("kmgtKMGT", *text) != NULL;
    const char *rest = text + has_power;
    return *rest == '\0' || strcasecmp(rest, "b") == 0 || (has_power && strcasecmp(rest, "ib") == 0);
}

static bool is_size(const char *text)
{
    const size_t length = count_digits(text);
    return length > 0 && length <= 18 && text[strspn(text, "0")] >= '1' && is_unit(text + length);
}

/* A whole number stands for its digits. */
bool evd_manifest_amount(struct evd_manifest_reader *reader, const struct evd_setting_key *key,
                         const struct evd_setting *setting, const char **text)
{
    const bool is_of_bytes = key->kind == EVD_KIND_SIZE;
    if (setting->type == EVD_SETTING_INTEGER && setting->integer >= (is_of_bytes ? 1 : 0)) {
        char digits[24];
        const int length = snprintf(digits, sizeof digits, "%lld", (long long)setting->integer);
        *text = evd_keep_string(&reader->plan->arena, digits, (size_t)length);
        return *text != NULL || evd_manifest_refuse_memory(reader);
    }
    if (setting->type == EVD_SETTING_STRING) {
        *text = setting->string.text;
        if (is_of_bytes ? is_size(*text) : is_amount(*text))
            return true;
    }
    return evd_manifest_refuse_type(reader, key->name, setting,
                                    is_of_bytes ? "a number of bytes, such as \"4G\", \"512M\" or 1000000"
                                                : "a number of events, or a share such as \"95%\" from 0% to 100%");
}

bool evd_manifest_duration(struct evd_manifest_reader *reader, const char *name, const struct evd_setting *setting,
                           uint64_t *seconds)
{
    if (setting->type == EVD_SETTING_STRING) {
        const char *text = setting->string.text;
        const size_t length = count_digits(text);
        static const char UNITS[] = "smh";
        static const uint64_t SECONDS[] = {1, 60, 3600};
        const char *unit = text[length] == '\0' ? NULL : strchr(UNITS, text[length]);
        if (length > 0 && length <= 9 && unit != NULL && text[length + 1] == '\0') {
            *seconds = strtoull(text, NULL, 10) * SECONDS[unit - UNITS];
            if (*seconds > 0 && *seconds <= EVD_TIMEOUT_SECONDS_MAX)
                return true;
        }
    }
    return evd_manifest_refuse_type(
        reader, name, setting, "a time from \"1s\" to \"168h\", such as \"90s\", \"20m\" or \"2h\"");
}
