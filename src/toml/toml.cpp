/* The only file that includes toml++, which is used as a header alone: nothing of it is to be linked. */
#include "toml/toml.h"

#include <cstdio>
#include <cstring>
#include <new>
#include <string_view>

/* What toml++ 3.3 asserts does not hold for all texts ("[:a]"), and it refuses those just behind. Without assertions it would
 * let the compiler take them for granted; so they are on, and do nothing. */
#undef NDEBUG
#define TOML_ASSERT(expression)    static_cast<void>(0)
#define TOML_HEADER_ONLY           1
#define TOML_EXCEPTIONS            0
#define TOML_ENABLE_FORMATTERS     0
#define TOML_ENABLE_WINDOWS_COMPAT 0
#include <toml++/toml.h>

namespace
{

class builder
{
  public:
    builder(struct evd_arena *arena, struct evd_setting_fault *fault) : arena_(arena), fault_(fault)
    {
    }

    bool build(const toml::node &node, struct evd_setting *setting)
    {
        *setting = {};
        setting->line = node.source().begin.line;
        setting->column = node.source().begin.column;
        if (const toml::value<std::string> *string = node.as_string()) {
            setting->type = EVD_SETTING_STRING;
            setting->string.length = string->get().size();
            return keep(string->get(), setting->line, setting->column, &setting->string.text);
        }
        if (const toml::value<int64_t> *integer = node.as_integer()) {
            setting->type = EVD_SETTING_INTEGER;
            setting->integer = integer->get();
            return true;
        }
        if (const toml::value<bool> *boolean = node.as_boolean()) {
            setting->type = EVD_SETTING_BOOLEAN;
            setting->boolean = boolean->get();
            return true;
        }
        if (const toml::array *array = node.as_array())
            return build_array(*array, setting);
        if (const toml::table *table = node.as_table())
            return build_table(*table, setting);
        setting->type = EVD_SETTING_OTHER;
        return true;
    }

  private:
    bool build_array(const toml::array &array, struct evd_setting *setting)
    {
        setting->type = EVD_SETTING_ARRAY;
        setting->array.items =
            static_cast<struct evd_setting *>(evd_arena_array(arena_, array.size(), sizeof(struct evd_setting)));
        if (setting->array.items == nullptr)
            return false;
        for (const toml::node &item : array)
            if (!build(item, &setting->array.items[setting->array.count++]))
                return false;
        return true;
    }

    bool build_table(const toml::table &table, struct evd_setting *setting)
    {
        setting->type = EVD_SETTING_TABLE;
        setting->table.members = static_cast<struct evd_setting_member *>(
            evd_arena_array(arena_, table.size(), sizeof(struct evd_setting_member)));
        if (setting->table.members == nullptr)
            return false;
        for (auto &&[key, value] : table) {
            struct evd_setting_member *member = &setting->table.members[setting->table.count++];
            member->line = key.source().begin.line;
            member->column = key.source().begin.column;
            if (!keep(key.str(), member->line, member->column, &member->key) || !build(value, &member->value))
                return false;
        }
        return true;
    }

    /* A zero byte would end the text early wherever it is used. */
    bool keep(std::string_view text, uint64_t line, uint64_t column, const char **kept)
    {
        char *copy = static_cast<char *>(evd_arena_alloc(arena_, text.size() + 1));
        if (copy == nullptr)
            return false;
        if (text.find('\0') != std::string_view::npos) {
            fault_->line = line;
            fault_->column = column;
            snprintf(fault_->message, sizeof fault_->message, "a text holds a zero byte");
            return false;
        }
        text.copy(copy, text.size());
        copy[text.size()] = '\0';
        *kept = copy;
        return true;
    }

    struct evd_arena *arena_;
    struct evd_setting_fault *fault_;
};

/* toml++ ends its sentences with a full stop, quotes what it saw, and may use several lines. */
void tell(const toml::parse_error &error, struct evd_setting_fault *fault)
{
    fault->line = error.source().begin.line;
    fault->column = error.source().begin.column;
    const std::string_view what = error.description();
    size_t length = 0;
    for (size_t i = 0; i < what.size() && length + 1 < sizeof fault->message; i++)
        fault->message[length++] = what[i] == '\n' ? ' ' : what[i];
    /* A letter that would be cut in two is left out. */
    if (length < what.size())
        while (length > 0 && (what[length] & 0xc0) == 0x80)
            length--;
    fault->message[length] = '\0';
}

} // namespace

bool evd_toml_read(const char *text, size_t length, struct evd_arena *arena, struct evd_setting *root,
                   struct evd_setting_fault *fault)
{
    *fault = {};
    try {
        const toml::parse_result result = toml::parse(std::string_view(text, length));
        if (result)
            return builder(arena, fault).build(result.table(), root);
        tell(result.error(), fault);
    } catch (const std::bad_alloc &) {
        fault->message[0] = '\0';
    }
    return false;
}
