#include "log/event_rooms.h"

#include "base/pages.h"

/* What a free room begins with. */
struct evd_free_room {
    struct evd_free_room *next;
};

static size_t bytes_of(const struct evd_event_rooms *rooms, enum evd_room which)
{
    return rooms->event_count * (which == EVD_ROOM_EVENTS ? sizeof(struct evd_chunk_event) : sizeof(union evd_segment));
}

bool evd_event_rooms_init(struct evd_event_rooms *rooms, size_t stretches, uint64_t stretch_bytes)
{
    *rooms = (struct evd_event_rooms){
        .event_count = (size_t)stretch_bytes / EVD_EVENT_BYTES_MIN + 2, .to_come = {stretches, stretches}};
    if (pthread_mutex_init(&rooms->mutex, NULL) == 0)
        return true;
    rooms->event_count = 0;
    return false;
}

void *evd_event_rooms_take(struct evd_event_rooms *rooms, enum evd_room which)
{
    pthread_mutex_lock(&rooms->mutex);
    struct evd_free_room *room = rooms->free[which];
    if (room != NULL)
        rooms->free[which] = room->next;
    rooms->to_come[which] -= rooms->to_come[which] > 0;
    pthread_mutex_unlock(&rooms->mutex);
    /* In small pages, since most of a room is not used; those that are, are used again and again. */
    return room != NULL ? (void *)room : evd_pages_alloc_small(bytes_of(rooms, which));
}

void evd_event_rooms_give(struct evd_event_rooms *rooms, enum evd_room which, void *given)
{
    struct evd_free_room *room = given;
    pthread_mutex_lock(&rooms->mutex);
    const bool is_last = rooms->to_come[which] == 0;
    if (!is_last) {
        room->next = rooms->free[which];
        rooms->free[which] = room;
    }
    pthread_mutex_unlock(&rooms->mutex);
    if (is_last)
        evd_pages_free(room, bytes_of(rooms, which));
}

void evd_event_rooms_release(struct evd_event_rooms *rooms)
{
    for (enum evd_room which = 0; which < EVD_ROOMS; which++)
        while (rooms->free[which] != NULL) {
            struct evd_free_room *room = rooms->free[which];
            rooms->free[which] = room->next;
            evd_pages_free(room, bytes_of(rooms, which));
        }
    if (rooms->event_count > 0)
        pthread_mutex_destroy(&rooms->mutex);
    *rooms = (struct evd_event_rooms){.event_count = 0};
}
