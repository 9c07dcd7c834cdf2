#include "outcome/signature.h"

uint64_t evd_signature_of_hashes(enum evd_divergence_class class_, uint64_t call_hash, struct evd_text field,
                                 const uint64_t before_hash[EVD_FAMILY_BEFORE_MAX])
{
    uint64_t hash = evd_stable_hash_pair(class_, call_hash);
    hash = evd_stable_hash_pair(hash, evd_stable_hash(field.bytes, field.length));
    for (int i = 0; i < EVD_FAMILY_BEFORE_MAX; i++)
        hash = evd_stable_hash_pair(hash, before_hash[i]);
    return hash;
}

uint64_t evd_signature_call(struct evd_text kind, struct evd_text call)
{
    return evd_stable_hash_pair(evd_stable_hash(kind.bytes, kind.length), evd_stable_hash(call.bytes, call.length));
}

uint64_t evd_signature_of(const struct evd_family *family)
{
    uint64_t before[EVD_FAMILY_BEFORE_MAX] = {0};
    for (size_t i = 0; i < family->before_count; i++) {
        const struct evd_text kind = family->before[family->before_count - 1 - i];
        before[i] = evd_stable_hash(kind.bytes, kind.length);
    }
    return evd_signature_of_hashes(
        family->class_, evd_signature_call(family->kind, family->call), family->field, before);
}
