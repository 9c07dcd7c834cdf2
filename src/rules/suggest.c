#include "rules/suggest.h"

#include <stdio.h>
#include <string.h>

/* One edit can only be at the first difference; what follows it must be equal. */
static bool is_one_edit_away(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t i = 0;
    while (i < a_length && i < b_length && a[i] == b[i])
        i++;
    a += i;
    b += i;
    a_length -= i;
    b_length -= i;
    if (a_length == b_length + 1)
        return memcmp(a + 1, b, b_length) == 0;
    if (b_length == a_length + 1)
        return memcmp(b + 1, a, a_length) == 0;
    if (a_length != b_length || a_length == 0)
        return false;
    if (memcmp(a + 1, b + 1, a_length - 1) == 0)
        return true;
    return a_length >= 2 && a[0] == b[1] && a[1] == b[0] && memcmp(a + 2, b + 2, a_length - 2) == 0;
}

const char *evd_suggest_name(struct evd_string name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_one_edit_away(name.bytes, name.length, names[i], strlen(names[i])))
            return names[i];
    return NULL;
}

void evd_suggest_list(char *out, size_t size, const char *const *names, size_t count)
{
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count && length < size; i++) {
        const char *separator = i == 0 ? "" : i + 1 < count ? ", " : " or ";
        const int written = snprintf(out + length, size - length, "%s\"%s\"", separator, names[i]);
        if (written < 0)
            return;
        length += (size_t)written;
    }
}
