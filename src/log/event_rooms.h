/* Event rooms: memory for the events and the segments of a chunk while it is scanned, used again for the next chunk. The system clears memory
 * before it gives it, which costs more than all that is done with an event then; what has been used is in the caches too.
 *
 * Ownership: a room is the caller's from evd_event_rooms_take on, until it is given back, or freed with evd_pages_free.
 * Threads: any number may share rooms. */
#ifndef EVD_LOG_EVENT_ROOMS_H
#define EVD_LOG_EVENT_ROOMS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "log/event_runs.h"

/* {"kind":"","tid":0,"tid_event_idx":0} and a line feed are 38. */
enum { EVD_EVENT_BYTES_MIN = 38 };

/* An event of a chunk in as many bytes as it has in the index. */
struct evd_chunk_event {
    uint64_t key;
    uint64_t place; /* segment << EVD_CHUNK_SEGMENT_SHIFT | what evd_event::place would be if the stretch began at 0 */
};

/* The events of one tid in one chunk; once the chunk has its place, where they go instead. */
union evd_segment {
    struct {
        int64_t tid;
        int64_t first_idx; /* tid_event_idx of its first event; where chunks are kept, then its place in its stream */
        int64_t last_idx;
        uint32_t number;   /* of the tid, as the worker that scanned the chunk has it: evd_log_facts::tids */
        uint32_t rank : 8; /* the least evd_kind_rule::pairing of an event that was looked at for it; 0: none */
        uint32_t count : 24;
    };
    struct evd_event_room to;
};

/* What a room is for. */
enum evd_room { EVD_ROOM_EVENTS, EVD_ROOM_SEGMENTS, EVD_ROOMS };

struct evd_event_rooms {
    pthread_mutex_t mutex;
    struct evd_free_room *free[EVD_ROOMS]; /* the last one first: it is the most likely in a cache */
    size_t event_count;                    /* that one has room for; or for as many segments */
    size_t to_come[EVD_ROOMS];             /* so many will yet be taken; then those that are given back are freed */
};

/* Rooms for the events of so many stretches of up to so many bytes. Release with evd_event_rooms_release; false when the system
 * refuses. */
bool evd_event_rooms_init(struct evd_event_rooms *rooms, size_t stretches, uint64_t stretch_bytes);

/* A room, which costs nothing until it is used: of struct evd_chunk_event or of union evd_segment. NULL when memory runs out. */
void *evd_event_rooms_take(struct evd_event_rooms *rooms, enum evd_room which);

/* Gives a room back. */
void evd_event_rooms_give(struct evd_event_rooms *rooms, enum evd_room which, void *room);

/* Frees what was given back. Rooms that are all zero have nothing. */
void evd_event_rooms_release(struct evd_event_rooms *rooms);

#endif
