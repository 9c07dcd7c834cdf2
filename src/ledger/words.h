/* Words: what an entry that a program makes must keep to, beyond its texts. */
#ifndef EVD_LEDGER_WORDS_H
#define EVD_LEDGER_WORDS_H

#include "evdiff/ledger.h"

/* EVD_E_ARGUMENT when the state, the class, the number of events before or a day is none. Cost: constant. */
enum evd_status evd_ledger_check_entry(const struct evd_ledger_entry *entry, struct evd_error *error);

#endif
