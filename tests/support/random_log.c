#include "random_log.h"

#include <stdio.h>

#include "memory_log.h"

enum { CANARY, OURS };

struct writer {
    struct evd_buffer *log;
    unsigned tid, idx;
};

static void write_event(struct writer *writer, const char *kind, const char *payload)
{
    evd_buffer_format(writer->log, "{\"kind\":\"%s\",\"tid\":%u,\"tid_event_idx\":%u,\"payload\":%s}\n", kind,
                      writer->tid, writer->idx++, payload);
}

/* A block as nested critical sections have it: three events of one name. */
static void write_block(struct writer *writer, const char *name)
{
    char payload[128];
    snprintf(payload, sizeof payload, "{\"name\":\"%s\"}", name);
    write_event(writer, "import.call", payload);
    write_event(writer, "kernel.call", payload);
    write_event(writer, "kernel.return", payload);
}

/* One step of a program, with `value` in it. */
static void write_step(struct writer *writer, unsigned step, unsigned value)
{
    char payload[256];
    switch (step) {
    case 0:
        snprintf(payload, sizeof payload, "{\"name\":\"RtlAllocateHeap\",\"return_value\":\"0x%x\"}", value * 16);
        write_event(writer, "kernel.return", payload);
        break;
    case 1:
        snprintf(payload, sizeof payload,
                 "{\"handle_semantic_id\":\"s%u\",\"object_type\":1,\"raw_handle_id\":\"0x%x\"}", value % 3, value);
        write_event(writer, "handle.create", payload);
        break;
    case 2:
        snprintf(payload, sizeof payload, "{\"handles_semantic_ids\":[\"s%u\"],\"alertable\":false}", value % 3);
        write_event(writer, "wait.begin", payload);
        break;
    case 3: write_event(writer, "wait.end", "{\"wait_duration_cycles\":7,\"status\":0}"); break;
    case 4:
        snprintf(payload, sizeof payload, "{\"entry\":\"0x10\",\"ctx_ptr\":\"0x%x\"}", value);
        write_event(writer, "thread.create", payload);
        break;
    case 5:
        write_block(writer, "RtlEnterCriticalSection");
        write_block(writer, "RtlLeaveCriticalSection");
        break;
    default:
        snprintf(payload, sizeof payload, "{\"name\":\"f%u\",\"args\":{\"a0\":%u,\"a1\":[%u,null]}}", step, value % 4,
                 value);
        write_event(writer, "kernel.call", payload);
    }
}

enum { STEPS = 9, VALUES = 12 };

static void write_engine_local(struct writer *writer, struct random *random)
{
    static const char *const KINDS[] = {"contention.observed", "sema.release", "signal.match", "wake.requested"};
    if (random_below(random, 5) == 0)
        write_event(writer, KINDS[random_below(random, 4)], "{}");
}

/* One thread of both logs, which ends somewhere on either side. */
static void write_threads(struct random *random, unsigned steps_max, struct writer writers[2])
{
    const unsigned length = random_below(random, steps_max);
    unsigned end[2];
    for (int side = 0; side < 2; side++)
        end[side] = random_below(random, 3) ? length : random_below(random, length + 1);
    const unsigned odds = random_below(random, 2) ? 1000 : 10 + random_below(random, 60);
    for (unsigned i = 0; i < length; i++) {
        const unsigned step = random_below(random, STEPS), value = random_below(random, VALUES);
        const unsigned fate = random_below(random, odds);
        for (int side = 0; side < 2; side++) {
            if (i >= end[side] || (fate == (unsigned)side && side == CANARY))
                continue;
            write_engine_local(&writers[side], random);
            if (side == OURS && fate == 1)
                continue;
            write_step(&writers[side], step, value + (side == OURS && fate == 2));
            /* What absorbers are for: shared handles, waits for them, nested critical sections. */
            if (side == OURS && (fate == 3 || fate == 4))
                write_step(&writers[side], 1 + random_below(random, 2), value);
            if (side == CANARY && (fate == 5 || fate == 6))
                write_block(&writers[side], fate == 5 ? "RtlEnterCriticalSection" : "RtlLeaveCriticalSection");
            if (side == OURS && fate == 7)
                write_step(&writers[side], random_below(random, STEPS), value);
        }
    }
    for (int side = 0; side < 2; side++)
        write_engine_local(&writers[side], random);
}

void random_log_pair(struct random *random, unsigned steps_max, struct evd_buffer logs[2])
{
    const unsigned threads = 1 + random_below(random, 4);
    for (int side = 0; side < 2; side++)
        evd_buffer_string(&logs[side], LOG_HEADER);
    for (unsigned thread = 0; thread < threads; thread++) {
        struct writer writers[2];
        for (int side = 0; side < 2; side++) {
            char payload[64];
            /* Now and then a first call that the other log does not have; the first thread is shared. */
            const bool is_alone = thread > 0 && random_below(random, 5) == 0;
            writers[side] = (struct writer){&logs[side], 10 * (thread + 1) + (unsigned)side, 0};
            snprintf(payload, sizeof payload, "{\"name\":\"Start%u%s\"}", thread,
                     !is_alone        ? ""
                     : side == CANARY ? "canary"
                                      : "ours");
            write_event(&writers[side], "kernel.call", payload);
        }
        write_threads(random, steps_max, writers);
    }
}
