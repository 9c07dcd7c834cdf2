#include "history/order.h"

#include <string.h>

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

int evd_compare_labels(const char *left, const char *right)
{
    const unsigned char *a = (const unsigned char *)left, *b = (const unsigned char *)right;
    while (*a != '\0' && *b != '\0') {
        const char *number_a = (const char *)a + strspn((const char *)a, "0");
        const char *number_b = (const char *)b + strspn((const char *)b, "0");
        const size_t whole_a = digits((const char *)a), whole_b = digits((const char *)b);
        if (whole_a == 0 || whole_b == 0) {
            if (*a != *b)
                return *a < *b ? -1 : 1;
            a++, b++;
            continue;
        }
        const size_t length_a = digits(number_a), length_b = digits(number_b);
        if (length_a != length_b)
            return length_a < length_b ? -1 : 1;
        const int order = memcmp(number_a, number_b, length_a);
        if (order != 0)
            return order < 0 ? -1 : 1;
        a += whole_a, b += whole_b;
    }
    return *a != *b ? (*a < *b ? -1 : 1) : strcmp(left, right);
}
