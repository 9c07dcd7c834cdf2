/* Guard: the condition of a compare rule that leaves values that say that a call failed compared as they are.
 *
 * It is about one field, and one range or one list. Where the rules tell failures by several, one range that holds all of
 * them does as well, when none of the values that were seen to differ lies in it: what it holds too is compared as ever.
 *
 * Ownership: borrows nothing. Threads: any. */
#ifndef EVD_LEARN_GUARD_H
#define EVD_LEARN_GUARD_H

#include "base/buffer.h"
#include "learn/book.h"

/* Appends the condition for a field, as {"not": {"at_least": "0xc0000000", "at_most": "0xcfffffff"}}. False where one
 * condition can't say it; then nothing is appended. `out` may be NULL. */
bool evd_append_guard(const struct evd_book *book, const struct evd_field_facts *field, struct evd_buffer *out);

#endif
