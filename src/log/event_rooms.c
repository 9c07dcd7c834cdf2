#include "log/event_rooms.h"

#include "base/pages.h"

/* What a free room begins with. */
struct evd_free_room {
    struct evd_free_room *next;
};

bool evd_event_rooms_init(struct evd_event_rooms *rooms, uint64_t stretch_bytes)
{
    rooms->free = NULL;
    rooms->event_count = (size_t)stretch_bytes / EVD_EVENT_BYTES_MIN + 2;
    if (pthread_mutex_init(&rooms->mutex, NULL) == 0)
        return true;
    rooms->event_count = 0;
    return false;
}

struct evd_chunk_event *evd_event_rooms_take(struct evd_event_rooms *rooms)
{
    pthread_mutex_lock(&rooms->mutex);
    struct evd_free_room *room = rooms->free;
    if (room != NULL)
        rooms->free = room->next;
    pthread_mutex_unlock(&rooms->mutex);
    return room != NULL ? (void *)room : evd_pages_alloc(rooms->event_count * sizeof(struct evd_chunk_event));
}

void evd_event_rooms_give(struct evd_event_rooms *rooms, struct evd_chunk_event *events)
{
    struct evd_free_room *room = (void *)events;
    pthread_mutex_lock(&rooms->mutex);
    room->next = rooms->free;
    rooms->free = room;
    pthread_mutex_unlock(&rooms->mutex);
}

void evd_event_rooms_release(struct evd_event_rooms *rooms)
{
    while (rooms->free != NULL) {
        struct evd_free_room *room = rooms->free;
        rooms->free = room->next;
        evd_pages_free(room, rooms->event_count * sizeof(struct evd_chunk_event));
    }
    if (rooms->event_count > 0)
        pthread_mutex_destroy(&rooms->mutex);
    *rooms = (struct evd_event_rooms){.event_count = 0};
}
