#include "import/chrome_event.h"

#include <string.h>

#include "import/chrome_held.h"

const char evd_chrome_metadata[] = "metadata";
static const char OBJECTS[] = "objects, samples, marks and memory dumps";
static const char NO_PHASE[] = "events without a phase that is known";

struct evd_chrome_members evd_chrome_find_members(const struct evd_json_tape *tape)
{
    struct evd_chrome_members members = {0};
    /* By their lengths, which are at hand. */
    for (uint32_t key = 1; key < tape->count; key = tape->tokens[key + 1].next) {
        const char *name = tape->text + tape->tokens[key].start;
        uint32_t *token = NULL;
        switch (tape->tokens[key].length) {
        case 2:
            token = memcmp(name, "ph", 2) == 0   ? &members.phase
                    : memcmp(name, "ts", 2) == 0 ? &members.time
                    : memcmp(name, "id", 2) == 0 ? &members.id
                                                 : NULL;
            break;
        case 3:
            token = memcmp(name, "pid", 3) == 0   ? &members.owner.pid
                    : memcmp(name, "tid", 3) == 0 ? &members.owner.tid
                    : memcmp(name, "dur", 3) == 0 ? &members.duration
                    : memcmp(name, "cat", 3) == 0 ? &members.category
                    : memcmp(name, "id2", 3) == 0 ? &members.id2
                                                  : NULL;
            break;
        case 4:
            token = memcmp(name, "name", 4) == 0   ? &members.name
                    : memcmp(name, "args", 4) == 0 ? &members.arguments
                                                   : NULL;
            break;
        case 5: token = memcmp(name, "scope", 5) == 0 ? &members.scope : NULL; break;
        default: break;
        }
        if (token != NULL)
            *token = key + 1;
    }
    return members;
}

int evd_chrome_kind_of(const struct evd_json_tape *tape, uint32_t phase, const char **skip)
{
    *skip = NO_PHASE;
    if (phase == 0 || tape->tokens[phase].type != EVD_JSON_STRING || tape->tokens[phase].length != 1)
        return -1;
    switch (tape->text[tape->tokens[phase].start]) {
    case 'B':
    case 'X': return EVD_CHROME_BEGIN;
    case 'E': return EVD_CHROME_END;
    case 'i':
    case 'I': return EVD_CHROME_INSTANT;
    case 'C': return EVD_CHROME_COUNTER;
    case 's':
    case 't':
    case 'f': return EVD_CHROME_FLOW;
    case 'b':
    case 'n':
    case 'e':
    case 'S':
    case 'T':
    case 'p':
    case 'F': return EVD_CHROME_ASYNC;
    case 'M': *skip = evd_chrome_metadata; return -1;
    case 'N':
    case 'O':
    case 'D':
    case 'P':
    case 'R':
    case 'c':
    case 'v':
    case 'V':
    case '(':
    case ')': *skip = OBJECTS; return -1;
    default: return -1;
    }
}
