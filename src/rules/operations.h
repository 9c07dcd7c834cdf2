/* Operations: reading "as" of a compare rule, the operators that are applied one after the other (rules/compare.h).
 *
 * Ownership: what is read is in the reader's arena. Threads: one reader, one thread. */
#ifndef EVD_RULES_OPERATIONS_H
#define EVD_RULES_OPERATIONS_H

#include "rules/compare.h"
#include "rules/reader.h"

struct evd_read_operations {
    struct evd_operation *operations;
    size_t count;
    size_t own_count;      /* those of one value, which come first */
    uint32_t called_token; /* of the one that gives a name, the first; 0: there is none */
};

/* Reads "as" into a struct evd_read_operations. */
evd_member_function evd_read_operations;

#endif
