#include "base/suggest.h"

#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = 64, LONG_NAME_BYTES = 6 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits that make `a` of `b`: a character more, less or other, or two neighbours swapped; each character takes part in
 * one edit at most. Rows of the table of distances between the beginnings of both; costs the product of the lengths. */
static size_t count_edits(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][NAME_MAX_BYTES + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_length; j++)
        above[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *const free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[b_length];
}

const char *evd_suggest_name(const char *name, size_t length, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    /* A short name two edits away is another word. */
    size_t fewest = length < LONG_NAME_BYTES ? 2 : 3;
    for (size_t i = 0; i < count && length <= NAME_MAX_BYTES; i++) {
        const size_t other_length = strlen(names[i]);
        if (other_length > NAME_MAX_BYTES)
            continue;
        const size_t edits = count_edits(name, length, names[i], other_length);
        if (edits >= fewest)
            continue;
        fewest = edits;
        nearest = names[i];
    }
    return nearest;
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
