/* Chrome event: which members of an event of a trace mean something, and what its phase makes of it. */
#ifndef EVD_IMPORT_CHROME_EVENT_H
#define EVD_IMPORT_CHROME_EVENT_H

#include "import/chrome_thread.h"
#include "json/json.h"

/* The members that mean something; each is a token of its value, or 0. */
struct evd_chrome_members {
    struct evd_chrome_owner owner;
    uint32_t phase, time, duration, name, category, id, id2, scope, arguments;
};

struct evd_chrome_members evd_chrome_find_members(const struct evd_json_tape *tape);

/* What an event of a phase becomes: an enum evd_chrome_kind, or -1 and why it is skipped. */
int evd_chrome_kind_of(const struct evd_json_tape *tape, uint32_t phase, const char **skip);

/* Why events that name threads and processes are skipped. */
extern const char evd_chrome_metadata[];

#endif
