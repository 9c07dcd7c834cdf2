/* The events of two threads around one of them, aligned (evd_beside_make, evdiff/diff.h).
 *
 * Ownership: it borrows nothing; the caller frees it with evd_beside_free. */
#ifndef EVDIFF_BESIDE_H
#define EVDIFF_BESIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evdiff/family.h"

#ifdef __cplusplus
extern "C" {
#endif

enum evd_beside_kind {
    EVD_BESIDE_EQUAL,   /* two events that match, or differ in what the rules forgive */
    EVD_BESIDE_DIFFERS, /* the same call on both sides, and fields differ */
    EVD_BESIDE_CANARY,  /* an event that only canary has here */
    EVD_BESIDE_OURS,
};

struct evd_beside_row {
    enum evd_beside_kind kind;
    bool is_place;                               /* it has the event that was asked for */
    struct evd_event_quotation event[EVD_SIDES]; /* empty on the side that has none */
    struct evd_differing_field *fields;          /* EVD_BESIDE_DIFFERS */
    size_t field_count;
};

struct evd_beside {
    int64_t tid[EVD_SIDES];
    struct evd_beside_row
        *rows; /* in the order of the threads; where the rules let events come in any order, of canary's */
    size_t row_count;
};

/* Takes NULL too. */
void evd_beside_free(struct evd_beside *beside);

#ifdef __cplusplus
}
#endif

#endif
