/* Hash digits: a hash of 64 bits as files spell it. */
#ifndef EVD_BASE_HASH_DIGITS_H
#define EVD_BASE_HASH_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EVD_HASH64_DIGITS = 16 };

/* Reads EVD_HASH64_DIGITS hexadecimal digits, of 0 to 9 and a to f; false when there are more, fewer or others. */
bool evd_hash_digits_read(const char *digits, size_t length, uint64_t *hash);

#endif
