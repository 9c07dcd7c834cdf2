#include "explain/vary.h"

#include <string.h>

#include "explain/relation.h"
#include "explain/value_pair.h"

/* True for texts that are the same but for hexadecimal digits, as far as they are shown: ids, counts, times. */
static bool are_equal_but_for_digits(struct evd_text a, struct evd_text b)
{
    static const char DIGITS[] = "0123456789abcdefABCDEF";
    for (size_t i = 0, j = 0;; i++, j++) {
        while (i < a.length && memchr(DIGITS, a.bytes[i], sizeof DIGITS - 1) != NULL)
            i++;
        while (j < b.length && memchr(DIGITS, b.bytes[j], sizeof DIGITS - 1) != NULL)
            j++;
        if (i == a.length || j == b.length)
            return i == a.length && j == b.length;
        if (a.bytes[i] != b.bytes[j])
            return false;
    }
}

bool evd_may_values_vary(const struct evd_divergence *divergence)
{
    if (divergence->value == NULL || divergence->fails[EVD_CANARY] || divergence->fails[EVD_OURS])
        return false;
    const struct evd_field_value *canary = &divergence->value[EVD_CANARY], *ours = &divergence->value[EVD_OURS];
    if (!evd_are_numbers(divergence->value))
        return canary->type == EVD_TYPE_STRING && ours->type == EVD_TYPE_STRING &&
               are_equal_but_for_digits(canary->shown, ours->shown);
    return evd_may_be_address(canary->number) && evd_may_be_address(ours->number);
}

bool evd_do_values_vary(const struct evd_divergence *divergence)
{
    return !evd_breaks_a_renaming(divergence) && evd_may_values_vary(divergence);
}
