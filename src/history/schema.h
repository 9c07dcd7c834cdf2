/* Schema: the tables of a history, and the steps from each version of them to the next. docs/history.md says what the columns mean. */
#ifndef EVD_HISTORY_SCHEMA_H
#define EVD_HISTORY_SCHEMA_H

#include "history/database.h"

enum { EVD_HISTORY_APPLICATION = 0x45564446 }; /* "EVDF" */

/* Sees that a file is a history of a version that is known, and brings it up to the newest, in one transaction; an empty file becomes
 * one where `is_made` says so. Errors: as evd_history_open. */
enum evd_status evd_schema_settle(struct evd_history *history, bool is_made, struct evd_error *error);

#endif
