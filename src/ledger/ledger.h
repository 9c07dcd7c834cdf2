/* Ledger: the entries of several files and what finds them, inside. */
#ifndef EVD_LEDGER_LEDGER_H
#define EVD_LEDGER_LEDGER_H

#include "evdiff/ledger.h"
#include "ledger/table.h"

struct evd_owned_ledger {
    struct evd_ledger ledger; /* first, so that a pointer to it is one to the whole */
    struct evd_ledger_file **files;
    struct evd_ledger_table table; /* entries by their words */
};

#endif
