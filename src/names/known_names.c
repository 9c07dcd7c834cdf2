#include "names/known_names.h"

#include <stdlib.h>

#include "base/grow.h"
#include "json/key.h"

struct evd_renaming *evd_known_renaming(struct evd_known_names *known, uint32_t class_index, size_t pair, size_t *index)
{
    const uint64_t scope = known->rules->name_classes[class_index].is_per_thread ? pair + 1 : 0;
    bool is_new;
    const uint64_t *place =
        evd_table_put(&known->renaming_indexes, evd_hash_pair(class_index, scope), known->renaming_count, &is_new);
    if (place == NULL)
        return NULL;
    if (is_new) {
        struct evd_renaming *renamings =
            evd_grow(known->renamings, known->renaming_count, &known->renaming_capacity, sizeof *renamings);
        if (renamings == NULL)
            return NULL;
        known->renamings = renamings;
        renamings[known->renaming_count++] = (struct evd_renaming){0};
    }
    if (index != NULL)
        *index = *place;
    return &known->renamings[*place];
}

struct evd_name_size *evd_known_size(struct evd_known_names *known, size_t pair, uint32_t size_index)
{
    bool is_new;
    const uint64_t *place =
        evd_table_put(&known->size_indexes, evd_hash_pair(pair, size_index), known->size_count, &is_new);
    if (place == NULL)
        return NULL;
    if (is_new) {
        struct evd_name_size *sizes = evd_grow(known->sizes, known->size_count, &known->size_capacity, sizeof *sizes);
        if (sizes == NULL)
            return NULL;
        known->sizes = sizes;
        sizes[known->size_count++] = (struct evd_name_size){{0, 0}};
    }
    return &known->sizes[*place];
}

void evd_known_names_release(struct evd_known_names *known)
{
    for (size_t i = 0; i < known->renaming_count; i++)
        evd_renaming_release(&known->renamings[i]);
    free(known->renamings);
    free(known->sizes);
    evd_table_release(&known->renaming_indexes);
    evd_table_release(&known->size_indexes);
    *known = (struct evd_known_names){0};
}
