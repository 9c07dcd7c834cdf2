#include "diff/new_fields.h"

#include "base/fail.h"
#include "diff/sided_fields.h"
#include "explain/failed.h"
#include "outcome/text.h"

/* What is looked at of a run. */
struct look {
    struct evd_diff_run *diff;
    struct evd_noise *noise;
    unsigned control; /* that is learnt from */
    enum evd_side side;
    struct evd_value_pairs values; /* in the outcome's arena */
    struct evd_arena arena;        /* of one divergence's texts */
    struct evd_buffer scratch;
};

typedef enum evd_status visit(struct look *look, struct evd_pair_work *work, size_t index, struct evd_error *error);

/* Lists all fields in which the events of a divergence differ, as far as they alone tell, first the one that it tells. Of an object
 * that is told as a whole its members are listed, too. */
static enum evd_status list_fields(struct look *look, const struct evd_pair_work *work, size_t index,
                                   struct evd_field_list *list, struct evd_error *error)
{
    struct evd_event_view views[EVD_SIDES];
    bool are_told = true;
    struct evd_walker *walker = &look->diff->session->workers[0].walker;
    const struct evd_text told = evd_nature_of(&work->finds->divergences.natures, index)->field;
    const enum evd_status status = evd_read_differing_events(walker, &work->outcome->divergences[index], views, error);
    if (status != EVD_OK)
        return status;
    const struct evd_differing_field first = {.path = told};
    const struct evd_text call = {"", 0};
    return evd_field_list_begin(list, EVD_NEW_FIELDS_MAX, first, &look->arena) &&
                   evd_find_differing_fields(views, call, walker->rules, &look->scratch, &look->arena, list) &&
                   evd_find_sided_fields(views, &look->scratch, &look->arena, list, &are_told)
               ? EVD_OK
               : evd_fail_memory(error);
}

static uint64_t call_of(const struct evd_pair_work *work, size_t index)
{
    const struct evd_nature_list *natures = &work->finds->divergences.natures;
    return natures->calls[evd_nature_of(natures, index)->call].hash;
}

/* What its family would be if a divergence told another field. */
static struct evd_noise_field tell_as(const struct evd_pair_work *work, size_t index,
                                      const struct evd_differing_field *field)
{
    const struct evd_nature_list *natures = &work->finds->divergences.natures;
    struct evd_divergence_nature nature = *evd_nature_of(natures, index);
    nature.field = field->path;
    evd_nature_sign(natures, &nature);
    return (struct evd_noise_field){
        .tid = work->outcome->tid[EVD_CANARY],
        .call = natures->calls[nature.call].hash,
        .path = field->path,
        .signature = {nature.signature, nature.mirrored},
        .values = field->value};
}

static enum evd_status learn(struct look *look, struct evd_pair_work *work, size_t index, struct evd_error *error)
{
    struct evd_field_list list;
    enum evd_status status = list_fields(look, work, index, &list, error);
    for (size_t i = 0; status == EVD_OK && i < list.count; i++) {
        const struct evd_noise_field field = tell_as(work, index, &list.fields[i]);
        if (!evd_noise_learn_field(look->noise, look->control, look->side, &field, i > 0))
            status = evd_fail_memory(error);
    }
    return status;
}

/* True where a control run took another path: whatever differs there is noise. */
static bool is_off_the_path(const struct evd_noise *noise, const struct evd_pair_outcome *pair,
                            const struct evd_divergence *divergence)
{
    bool is_off = false;
    for (int side = 0; side < EVD_SIDES; side++)
        is_off |= evd_is_noisy_place(
            &noise->places, (enum evd_side)side, pair->tid[side], evd_run_of(divergence, side), true);
    return is_off;
}

static enum evd_status tell_new(struct look *look, struct evd_pair_work *work, size_t index, struct evd_error *error)
{
    struct evd_divergence *divergence = &work->outcome->divergences[index];
    struct evd_field_list list;
    size_t found = 1;
    if (divergence->news != EVD_NEWS_NONE || divergence->has_notes ||
        is_off_the_path(look->noise, work->outcome, divergence))
        return EVD_OK;
    const enum evd_status status = list_fields(look, work, index, &list, error);
    while (status == EVD_OK && found < list.count &&
           evd_noise_has_field(look->noise, call_of(work, index), list.fields[found].path))
        found++;
    if (status != EVD_OK || found == list.count)
        return status;
    struct evd_arena *arena = &look->diff->owned->arena;
    const struct evd_field_value *values = evd_value_pairs_keep(&look->values, arena, list.fields[found].value);
    struct evd_text field;
    if (values == NULL || !evd_copy_text(arena, list.fields[found].path, &field) ||
        !evd_divergences_tell_field(&work->finds->divergences, index, field))
        return evd_fail_memory(error);
    divergence->value = values;
    return EVD_OK;
}

/* Visits all value divergences. */
static enum evd_status visit_all(struct look *look, visit *see, struct evd_error *error)
{
    struct evd_diff_run *diff = look->diff;
    enum evd_status status = EVD_OK;
    for (size_t i = 0; status == EVD_OK && i < diff->outcome->pair_count; i++) {
        struct evd_pair_work *work = &diff->works[i];
        if (work->outcome->divergence_count > 0)
            evd_walker_aim(&diff->session->workers[0].walker, diff->plan.log, work->stream);
        for (size_t j = 0; status == EVD_OK && j < work->outcome->divergence_count; j++) {
            evd_arena_reset(&look->arena);
            if (work->outcome->divergences[j].class_ == EVD_CLASS_VALUE)
                status = see(look, work, j, error);
        }
    }
    evd_arena_release(&look->arena);
    evd_buffer_release(&look->scratch);
    return evd_run_check_logs(diff, status, error);
}

enum evd_status evd_learn_fields(struct evd_diff_run *learning, struct evd_noise *noise, unsigned control,
                                 enum evd_side side, struct evd_error *error)
{
    struct look look = {.diff = learning, .noise = noise, .control = control, .side = side};
    return visit_all(&look, learn, error);
}

enum evd_status evd_phase_tell_new_fields(struct evd_diff_run *diff, struct evd_error *error)
{
    struct look look = {.diff = diff, .noise = &diff->noise};
    if (!diff->plan.has_resync || diff->options->control_count == 0)
        return EVD_OK;
    const struct evd_nature_list *natures = evd_run_natures(diff);
    if (natures == NULL || !evd_tell_failed(diff->outcome, natures, diff->session->rules) ||
        !evd_noise_tell(&diff->noise, diff->outcome, natures, &diff->scratch))
        return evd_fail_memory(error);
    return visit_all(&look, tell_new, error);
}
