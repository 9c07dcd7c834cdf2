/* Reader: an event's text, read again, as the exact comparison and the reports need it.
 *
 * Ownership: what an event read holds is good until the reader's next read. Threads: one reader, one
 * thread at a time. */
#ifndef EVD_WALK_EVENT_VIEW_H
#define EVD_WALK_EVENT_VIEW_H

#include "log/reread.h"

struct evd_canon;

struct evd_reader {
    struct evd_reread reread;
    struct evd_arena arena;
};

/* An event with its values decoded. */
struct evd_event_view {
    struct evd_event_fields fields;
    struct evd_event_summary summary;
    const struct evd_json_tape *tape;
    struct evd_reader *reader;       /* that read it */
    const struct evd_value *payload; /* canonical values in place; an empty object when absent or null */
    const struct evd_canon *canon;   /* how it was made; NULL where there are no compare rules */
    const struct evd_value *named; /* `payload`, its members called as they count; itself where none has another name */
    const struct evd_value *counted; /* what `payload` counts as by compare rules; itself where there are none */
};

/* False when memory runs out. */
bool evd_reader_init(struct evd_reader *reader);
void evd_reader_release(struct evd_reader *reader);

/* Reads an event of a log again. `ordinals` are the numbers that its canonical values take: indexed by
 * slot, what each slot stood at before the event; NULL leaves the values as they are. Errors and cost: as
 * evd_reread_event. */
enum evd_status evd_reader_read(struct evd_reader *reader, const struct evd_log *log, const struct evd_event *event,
                                const uint64_t *ordinals, struct evd_event_view *view, struct evd_error *error);

/* The same in two steps, where the fields may tell enough: then the payload. */
enum evd_status evd_reader_read_fields(struct evd_reader *reader, const struct evd_log *log,
                                       const struct evd_event *event, struct evd_event_view *view,
                                       struct evd_error *error);
enum evd_status evd_reader_read_payload(struct evd_reader *reader, const uint64_t *ordinals,
                                        struct evd_event_view *view, struct evd_error *error);

/* The token of the value of an event's own member, by its name; 0 when it is absent. */
uint32_t evd_event_view_member(const struct evd_event_view *view, struct evd_string name);

/* Decodes the payload as the log has it: its names are values. An empty object when it is absent or null. False when memory
 * runs out. */
bool evd_event_view_payload(const struct evd_event_view *view, struct evd_value *payload);

/* Decodes the whole event, its payload as the view has it. False when memory runs out. */
bool evd_event_view_whole(const struct evd_event_view *view, struct evd_value *whole);

#endif
