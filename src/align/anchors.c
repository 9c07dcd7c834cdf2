#include "align/anchors.h"

#include "align/align.h"

void evd_mark_anchors(const int32_t *const symbols[2], const int32_t count[2], const uint64_t *times, int32_t *place,
                      bool *is_anchor)
{
    int32_t once = 0, last = -1, next = INT32_MAX;
    for (int32_t j = 0; j < count[1]; j++)
        place[symbols[1][j]] = j;
    for (int32_t i = 0; i < count[0]; i++) {
        const int32_t at = place[symbols[0][i]];
        if (times[symbols[0][i]] != 2)
            continue;
        once++;
        is_anchor[i] = at > last;
        last = at > last ? at : last;
    }
    for (int32_t i = count[0]; i-- > 0;) {
        const int32_t at = place[symbols[0][i]];
        if (times[symbols[0][i]] != 2)
            continue;
        is_anchor[i] = is_anchor[i] && at < next && once > EVD_ALIGN_ANCHORS_MIN;
        next = at < next ? at : next;
    }
}
