#include "base/hash_digits.h"

bool evd_hash_digits_read(const char *digits, size_t length, uint64_t *hash)
{
    *hash = 0;
    if (length != EVD_HASH64_DIGITS)
        return false;
    for (size_t i = 0; i < length; i++) {
        const char digit = digits[i];
        if (!((digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f')))
            return false;
        *hash = *hash << 4 | (uint64_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
    }
    return true;
}
