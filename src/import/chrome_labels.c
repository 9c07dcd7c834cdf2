#include "import/chrome_labels.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/grow.h"
#include "base/seed.h"

static bool is_label(const struct evd_chrome_labels *labels, size_t number, const char *label, size_t length)
{
    const struct evd_chrome_label *known = &labels->list[number];
    return known->length == length && memcmp(labels->names.data + known->start, label, length) == 0;
}

static bool add_label(struct evd_chrome_labels *labels, const char *label, size_t length)
{
    if (labels->count >= UINT32_MAX || !EVD_MAKE_ROOM(labels->list, labels->count, labels->capacity) ||
        !evd_buffer_reserve(&labels->names, length + 1))
        return false;
    labels->list[labels->count++] = (struct evd_chrome_label){.start = labels->names.length, .length = length};
    evd_buffer_append(&labels->names, label, length);
    return true;
}

bool evd_chrome_label(struct evd_chrome_labels *labels, const char *label, size_t length, uint32_t *number)
{
    if (labels->count == 0 || !is_label(labels, labels->last, label, length)) {
        /* Another label may have the same hash. */
        for (uint64_t key = XXH3_64bits_withSeed(label, length, evd_seed_of_process().factor);; key++) {
            bool is_new;
            const uint64_t *place = evd_table_put(&labels->by_hash, key, labels->count, &is_new);
            if (place == NULL || (is_new && !add_label(labels, label, length)))
                return false;
            labels->last = *place;
            if (is_new || is_label(labels, *place, label, length))
                break;
        }
    }
    *number = (uint32_t)labels->last;
    return true;
}

void evd_chrome_labels_release(struct evd_chrome_labels *labels)
{
    evd_buffer_release(&labels->names);
    evd_table_release(&labels->by_hash);
    free(labels->list);
}
