#include "rules/absorber.h"

#include <string.h>

const char *const evd_absorber_columns[] = {"none", "floating_create", "floating_wait", NULL};

const struct evd_section evd_absorbers_section = {.selector = "type", .variants = evd_absorber_types};

bool evd_absorber_add(struct evd_rules_reader *reader, const struct evd_absorber_type *type,
                      const struct evd_read_absorber *read, const struct evd_read_string *kind, const void *members)
{
    struct evd_builder *builder = reader->context;
    const struct evd_read_string name = read->name;
    for (size_t i = 0; i < builder->absorber_count; i++)
        if (evd_string_equal(builder->absorbers[i].rule.name, name.string))
            return evd_refuse(reader, name.token, "there are two absorbers named \"%s\", the first on line %llu",
                              evd_shown(name.string).text, evd_line_of(reader, builder->absorbers[i].place));
    if (!evd_build_name(reader, &name))
        return false;
    if (builder->absorber_count == EVD_ABSORBERS_MAX)
        return evd_refuse(reader, name.token, "there are more than %d absorbers", EVD_ABSORBERS_MAX);
    /* --disable-absorber could not name it. */
    if (memchr(name.string.bytes, '\0', name.string.length) != NULL ||
        memchr(name.string.bytes, ',', name.string.length) != NULL)
        return evd_refuse(reader, name.token, "an absorber's name must not hold a comma or a NUL character");
    char *text = evd_arena_alloc(reader->arena, name.string.length + 1);
    if (text == NULL)
        return evd_refuse_memory(reader);
    memcpy(text, name.string.bytes, name.string.length);
    text[name.string.length] = '\0';
    builder->absorbers[builder->absorber_count++] = (struct evd_build_absorber){
        .rule =
            {
                .name = name.string,
                .name_text = text,
                .column = (enum evd_absorbed_column)read->column.value,
                .type = type,
                .members = members,
            },
        .place = name.token,
        .kind = *kind,
    };
    return true;
}

bool evd_absorbers_check(struct evd_rules_reader *reader)
{
    const struct evd_builder *builder = reader->context;
    for (size_t i = 0; i < builder->absorber_count; i++) {
        const struct evd_build_absorber *absorber = &builder->absorbers[i];
        const struct evd_absorber_type *type = absorber->rule.type;
        const struct evd_build_kind *kind = evd_build_find(builder, absorber->kind.string);
        if (type->check != NULL && !type->check(reader, absorber, kind))
            return false;
        if (kind != NULL && kind->rule.engine_local)
            return evd_refuse(
                reader, absorber->kind.token,
                "kind \"%s\" is engine-local (line %llu), so there is nothing to "
                "absorb",
                evd_shown(absorber->kind.string).text, evd_line_of(reader, kind->places[EVD_CLAIM_ENGINE_LOCAL]));
    }
    return true;
}

static bool is_disabled(const struct evd_rules_options *options, const char *name)
{
    for (size_t i = 0; i < options->disabled_absorber_count; i++)
        if (strcmp(options->disabled_absorbers[i], name) == 0)
            return true;
    return false;
}

bool evd_absorbers_finish(struct evd_rules_reader *reader)
{
    const struct evd_builder *builder = reader->context;
    struct evd_rules *rules = builder->rules;
    struct evd_absorber_rule *absorbers = evd_arena_array(reader->arena, builder->absorber_count, sizeof *absorbers);
    if (absorbers == NULL)
        return evd_refuse_memory(reader);
    for (size_t i = 0; i < builder->absorber_count; i++) {
        absorbers[i] = builder->absorbers[i].rule;
        absorbers[i].disabled = is_disabled(&builder->options, absorbers[i].name_text);
        absorbers[i].first_question = (uint32_t)(EVD_ABSORBER_QUESTIONS * i + 1);
    }
    for (size_t i = 0; i < builder->absorber_count; i++) {
        rules->absorbs_alone |= absorbers[i].type->absorb_alone != NULL && !absorbers[i].disabled;
        const struct evd_absorber_type *type = absorbers[i].type;
        rules->steps_back |= type->steps_back && !absorbers[i].disabled;
        rules->arranges |= (type->arrange != NULL || type->moved != NULL) && !absorbers[i].disabled;
        rules->absorbs_limited |= type->is_limited != NULL && type->is_limited(&absorbers[i]) && !absorbers[i].disabled;
        rules->forgives |= type->forgive != NULL && !absorbers[i].disabled;
    }
    rules->absorbers = absorbers;
    rules->absorber_count = builder->absorber_count;
    return true;
}

uint64_t evd_absorbers_lookahead(const struct evd_rules *rules)
{
    uint64_t most = 0;
    for (size_t i = 0; i < rules->absorber_count; i++) {
        const struct evd_absorber_rule *rule = &rules->absorbers[i];
        const uint64_t events = rule->disabled ? 0 : rule->type->lookahead(rule);
        most = events > most ? events : most;
    }
    return most;
}
