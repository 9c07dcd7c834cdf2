#include "base/unicode.h"

struct range {
    uint32_t first, last;
};

#include "base/unicode_tables.inc"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static const struct range *find(const struct range *table, size_t count, uint32_t code_point)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (code_point < table[middle].first)
            high = middle;
        else if (code_point > table[middle].last)
            low = middle + 1;
        else
            return &table[middle];
    }
    return NULL;
}

uint32_t evd_code_point_next(const char **p)
{
    const unsigned char *bytes = (const unsigned char *)*p;
    const uint32_t first = bytes[0];
    if (first < 0x80) {
        *p += 1;
        return first;
    }
    const int more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    uint32_t code_point = first & (0x3fu >> more);
    for (int i = 1; i <= more; i++)
        code_point = code_point << 6 | (bytes[i] & 0x3fu);
    *p += 1 + more;
    return code_point;
}

bool evd_is_printable(uint32_t code_point)
{
    return find(NOT_PRINTABLE, COUNT(NOT_PRINTABLE), code_point) == NULL;
}

bool evd_is_wide_space(uint32_t code_point)
{
    return find(SPACE, COUNT(SPACE), code_point) != NULL;
}

int evd_wide_digit(uint32_t code_point)
{
    const struct range *ten = find(DECIMAL, COUNT(DECIMAL), code_point);
    return ten == NULL ? -1 : (int)(code_point - ten->first);
}

unsigned evd_code_point_columns(uint32_t code_point)
{
    if (code_point < NO_COLUMN[0].first)
        return 1;
    return find(NO_COLUMN, COUNT(NO_COLUMN), code_point) != NULL ? 0
           : find(TWO_COLUMNS, COUNT(TWO_COLUMNS), code_point) != NULL
               ? 2
               : 1;
}
