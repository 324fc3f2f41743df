/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/builder_impl.h"

#include "base/alloc.h"

#include <string.h>

enum { AMBIGUOUS = INT32_MAX };

/* Lower-case copy of a name in buffer, or in memory to be freed when it is longer than
 * the buffer; NULL when memory is short. */
static char *lower_of(const char *name, char buffer[128])
{
    const size_t length = strlen(name);
    char *const lower = length < 128 ? buffer : bk_alloc(length + 1);
    for (size_t i = 0; lower != NULL && i <= length; i++) {
        const char c = name[i];
        lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return lower;
}

static void free_lower(char *lower, const char buffer[128])
{
    if (lower != buffer) {
        bk_free(lower);
    }
}

static bool index_name(bk_names *aliases, const char *name, int32_t symbol)
{
    char buffer[128];
    char *const lower = lower_of(name, buffer);
    if (lower == NULL) {
        return false;
    }
    const int32_t before = bk_names_add(aliases, lower, symbol);
    bool ok = before != -2;
    if (before >= 0 && before != symbol) {
        ok = bk_names_set(aliases, lower, AMBIGUOUS);
    }
    free_lower(lower, buffer);
    return ok;
}

/* Reactions and events often carry the name of the species they are about, and what a
 * user names is the species: only quantities are known by their names. */
static bool known_by_name(const bk_symbol *symbol)
{
    return symbol->name[0] != '\0' &&
           (symbol->kind == BK_COMPARTMENT || symbol->kind == BK_SPECIES ||
            symbol->kind == BK_PARAMETER || symbol->kind == BK_LEVEL);
}

void bk_index_names(bk_builder *builder)
{
    bk_model *const model = builder->model;
    bk_names_free(model->aliases);
    model->aliases = bk_names_new();
    bool ok = model->aliases != NULL;
    for (int32_t i = 0; ok && i < model->n_symbols; i++) {
        const bk_symbol *const symbol = &model->symbols[i];
        ok = index_name(model->aliases, symbol->id, i) &&
             (!known_by_name(symbol) || index_name(model->aliases, symbol->name, i));
    }
    for (int32_t i = 0; ok && i < model->n_aliases; i++) {
        const bk_alias *const alias = &model->alias_list[i];
        ok = index_name(model->aliases, alias->text, alias->symbol);
    }
    builder->no_memory = builder->no_memory || !ok;
}

int32_t bk_model_find(const bk_model *model, const char *name)
{
    const int32_t exact = bk_names_find(model->ids, name);
    if (exact >= 0) {
        return exact;
    }
    char buffer[128];
    char *const lower = lower_of(name, buffer);
    if (lower == NULL) {
        return -1;
    }
    const int32_t symbol = bk_names_find(model->aliases, lower);
    free_lower(lower, buffer);
    return symbol == AMBIGUOUS ? -1 : symbol;
}

/* Which symbols a name may mean, as "a, b, c"; how many. */
static int32_t meanings(const bk_model *model, const char *name, bk_text *text)
{
    enum { MOST = 8 };
    int32_t seen[MOST];
    int32_t n = 0;
    for (int32_t i = 0; i < model->n_symbols + model->n_aliases && n < MOST; i++) {
        const bool is_symbol = i < model->n_symbols;
        const bk_alias *const alias =
            is_symbol ? NULL : &model->alias_list[i - model->n_symbols];
        const int32_t symbol = is_symbol ? i : alias->symbol;
        const bk_symbol *const s = &model->symbols[symbol];
        const bool matches =
            is_symbol ? bk_text_equal_nocase(s->id, name) ||
                            (known_by_name(s) && bk_text_equal_nocase(s->name, name))
                      : bk_text_equal_nocase(alias->text, name);
        bool doubled = false;
        for (int32_t k = 0; k < n; k++) {
            doubled = doubled || seen[k] == symbol;
        }
        if (matches && !doubled) {
            bk_text_add(text, n > 0 ? ", " : "");
            bk_text_add(text, s->id);
            seen[n++] = symbol;
        }
    }
    return n;
}

/* All names a user may type, those that differ in case only once; NULL: no memory. */
static const char **candidates(const bk_model *model, size_t *n)
{
    const size_t most = 2 * (size_t)model->n_symbols + (size_t)model->n_aliases;
    const char **const names = bk_alloc((most + 1) * sizeof *names);
    bk_names *const seen = bk_names_new();
    bool ok = names != NULL && seen != NULL;
    *n = 0;
    for (size_t i = 0; ok && i < most; i++) {
        const size_t symbols = (size_t)model->n_symbols;
        const char *const name = i < symbols ? model->symbols[i].id
                                 : i < 2 * symbols
                                     ? model->symbols[i - symbols].name
                                     : model->alias_list[i - 2 * symbols].text;
        if (i >= symbols && i < 2 * symbols &&
            !known_by_name(&model->symbols[i - symbols])) {
            continue;
        }
        char buffer[128];
        char *const lower = lower_of(name, buffer);
        ok = lower != NULL;
        const int32_t before = ok ? bk_names_add(seen, lower, 0) : -2;
        free_lower(lower, buffer);
        ok = before != -2;
        if (before == -1) {
            names[(*n)++] = name;
        }
    }
    bk_names_free(seen);
    if (!ok) {
        bk_free(names);
        return NULL;
    }
    return names;
}

static bk_status tell_unknown(const bk_model *model, const char *name, bk_where where,
                              bk_diag *diag)
{
    size_t n;
    const char **const names = candidates(model, &n);
    if (names == NULL) {
        return BK_NO_MEMORY;
    }
    const bool looked = bk_unknown_add(diag, where, "unknown-name", name, names, n,
                                       " and nothing with a similar name; give the id, "
                                       "name or alias of something in it",
                                       "the model has no \"%s\"", name);
    bk_free(names);
    return looked ? BK_NOT_FOUND : BK_NO_MEMORY;
}

bk_status bk_model_bind(const bk_model *model, const char *name, bk_where where,
                        bk_diag *diag, int32_t *symbol)
{
    const int32_t found = bk_model_find(model, name);
    if (found >= 0) {
        *symbol = found;
        return BK_OK;
    }
    bk_text text = {0};
    const int32_t n = meanings(model, name, &text);
    bk_status status = BK_NOT_FOUND;
    if (text.failed) {
        status = BK_NO_MEMORY;
    } else if (n > 1) {
        bk_diag_add(diag, BK_ERROR, where, "ambiguous-name",
                    "\"%s\" may mean %s; give the exact id", name, text.data);
    } else {
        status = tell_unknown(model, name, where, diag);
    }
    bk_text_free(&text);
    return status;
}
