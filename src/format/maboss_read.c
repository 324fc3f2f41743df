/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "format/maboss.h"
#include "format/names.h"

#include <blockade/format.h>

#include <string.h>

/* Steps: 1. the nodes of the .bnd, their expressions left as tokens; 2. the .cfg, which
 * gives the parameters their values; 3. the expressions, which need both. */

typedef const bk_maboss_token *place;

typedef struct attribute {
    const char *name;
    place at;
    int32_t next; /* of the same node; -1: the last */
} attribute;

typedef struct reader {
    bk_builder *builder;
    bk_arena *arena;
    bk_diag *diag;
    bk_names *nodes;
    bk_maboss_scope scope;
    int32_t *first; /* by node, its last attribute; -1: none */
    attribute *attributes;
    size_t first_capacity, n_nodes, n_attributes, attribute_capacity;
    int32_t node; /* whose expressions are read; -1: those of the .cfg */
} reader;

static bool is_sign(place t, char sign)
{
    return t->kind == BK_MABOSS_SIGN && t->sign == sign;
}

static place find_attribute(const reader *r, int32_t node, const char *name)
{
    for (int32_t i = r->first[node]; i >= 0; i = r->attributes[i].next) {
        if (bk_text_equal_nocase(r->attributes[i].name, name)) {
            return r->attributes[i].at;
        }
    }
    return NULL;
}

static place find_here(void *context, const char *name, bk_where where)
{
    (void)where;
    const reader *const r = context;
    return r->node < 0 ? NULL : find_attribute(r, r->node, name);
}

static void add_attribute(reader *r, int32_t node, place name, place at)
{
    if (at->kind == BK_MABOSS_STRING) {
        return; /* a description */
    }
    if (find_attribute(r, node, name->text) != NULL) {
        bk_maboss_wrong(&r->scope, name->where, "maboss-twice",
                        "%s of this node is given a second time", name->text);
        return;
    }
    if (!bk_grow(&r->attributes, &r->attribute_capacity, r->n_attributes + 1,
                 sizeof *r->attributes)) {
        r->scope.no_memory = true;
        return;
    }
    r->attributes[r->n_attributes] = (attribute){name->text, at, r->first[node]};
    r->first[node] = (int32_t)r->n_attributes++;
}

/* NAME = anything; within the braces of a node. */
static bool read_attribute(reader *r, int32_t node, place *at)
{
    place const name = *at;
    if (name->kind != BK_MABOSS_NAME || !is_sign(name + 1, '=')) {
        bk_maboss_wrong(&r->scope, name->where, "maboss-syntax",
                        "this must read logic = ...; or rate_up = ...; or `}`");
        return false;
    }
    *at += 2;
    place const value = *at;
    while ((*at)->kind != BK_MABOSS_END && !is_sign(*at, ';') && !is_sign(*at, '}')) {
        ++*at;
    }
    if (!is_sign(*at, ';')) {
        bk_maboss_wrong(&r->scope, (*at)->where, "maboss-syntax",
                        "a `;` must end the expression that starts in line %d",
                        value->where.line);
        return false;
    }
    ++*at;
    if (node >= 0 && !r->scope.no_memory) {
        add_attribute(r, node, name, value);
    }
    return true;
}

static int32_t add_node(reader *r, place name)
{
    const int32_t number = (int32_t)r->n_nodes;
    const int32_t known = bk_names_add(r->nodes, name->text, number);
    if (known >= 0) {
        const bk_where first = bk_builder_model(r->builder)->symbols[known].where;
        bk_maboss_wrong(
            &r->scope, name->where, "maboss-twice",
            "the node \"%s\" is defined a second time; the first is in line "
            "%d",
            name->text, first.line);
        return -1;
    }
    bk_symbol symbol = bk_symbol_blank(BK_LEVEL, name->text);
    symbol.where = name->where;
    if (known == -2 ||
        !bk_grow(&r->first, &r->first_capacity, r->n_nodes + 1, sizeof *r->first) ||
        bk_builder_symbol(r->builder, &symbol) < 0) {
        r->scope.no_memory = true;
        return -1;
    }
    r->first[r->n_nodes++] = -1;
    return number;
}

static bool read_node(reader *r, place *at)
{
    place const word = *at;
    if (word->kind != BK_MABOSS_NAME || !bk_text_equal_nocase(word->text, "node") ||
        word[1].kind != BK_MABOSS_NAME || !is_sign(word + 2, '{')) {
        bk_maboss_wrong(&r->scope, word->where, "maboss-syntax",
                        "a node must read `node NAME { ... }`");
        return false;
    }
    *at += 3;
    const int32_t node = add_node(r, word + 1);
    while ((*at)->kind != BK_MABOSS_END && !is_sign(*at, '}')) {
        if (!read_attribute(r, node, at)) {
            return false;
        }
    }
    if (!is_sign(*at, '}')) {
        bk_maboss_wrong(&r->scope, (*at)->where, "maboss-syntax",
                        "a `}` must close the node \"%s\" of line %d", word[1].text,
                        word->where.line);
        return false;
    }
    ++*at;
    return true;
}

static void read_nodes(reader *r, place at)
{
    while (at->kind != BK_MABOSS_END && !r->scope.no_memory) {
        if (!read_node(r, &at)) {
            /* On to the next node. */
            do {
                at += at->kind != BK_MABOSS_END;
            } while (at->kind != BK_MABOSS_END &&
                     !(at->kind == BK_MABOSS_NAME &&
                       bk_text_equal_nocase(at->text, "node") &&
                       at[1].kind == BK_MABOSS_NAME && is_sign(at + 2, '{')));
        }
    }
    if (r->n_nodes == 0 && !r->scope.bad) {
        bk_maboss_wrong(&r->scope, at->where, "maboss-empty",
                        "there is no node; one reads `node NAME { logic = ...; }`");
    }
}

static void read_rules(reader *r)
{
    for (size_t x = 0; x < r->n_nodes && !r->scope.no_memory; x++) {
        const int32_t node = (int32_t)x;
        r->node = node;
        bk_maboss_rule(&r->scope, r->builder, node, find_attribute(r, node, "logic"),
                       find_attribute(r, node, "rate_up"),
                       find_attribute(r, node, "rate_down"),
                       bk_builder_model(r->builder)->symbols[node].where);
    }
}

static bool add_identity(reader *r, const char *bnd, size_t bnd_length, const char *cfg,
                         size_t cfg_length, const char *name)
{
    char *const both = bk_arena_alloc(r->arena, bnd_length + cfg_length + 1);
    if (both == NULL) {
        return false;
    }
    memcpy(both, bnd, bnd_length);
    if (cfg_length > 0) {
        memcpy(both + bnd_length, cfg, cfg_length);
    }
    return bk_file_identity(r->builder, r->arena, name, both, bnd_length + cfg_length);
}

static bk_status read_all(reader *r, const bk_maboss_text *bnd,
                          const bk_maboss_text *cfg)
{
    static const bk_maboss_text none = {"", 0, NULL};
    cfg = cfg != NULL ? cfg : &none;
    bk_maboss_token *nodes;
    bk_maboss_token *config;
    const bk_status scanned =
        bk_maboss_scan(bnd->text, bnd->length, bnd->name, r->arena, r->diag, &nodes);
    const bk_status then =
        bk_maboss_scan(cfg->text, cfg->length, cfg->name, r->arena, r->diag, &config);
    if (scanned == BK_NO_MEMORY || then == BK_NO_MEMORY) {
        return BK_NO_MEMORY;
    }
    r->scope.bad = scanned != BK_OK || then != BK_OK;
    read_nodes(r, nodes);
    bk_maboss_config c = {
        .scope = &r->scope,
        .builder = r->builder,
        .started = bk_arena_zero(r->arena, r->n_nodes + 1, sizeof *c.started),
        .wishes = &bk_builder_model(r->builder)->wishes};
    if (c.started == NULL || r->scope.no_memory) {
        return BK_NO_MEMORY;
    }
    bk_maboss_configure(&c, config);
    read_rules(r);
    if (r->scope.no_memory ||
        !add_identity(r, bnd->text, bnd->length, cfg->text, cfg->length, bnd->name)) {
        return BK_NO_MEMORY;
    }
    return r->scope.bad ? BK_BAD_INPUT : BK_OK;
}

bk_status bk_maboss_parse(const bk_maboss_text *bnd, const bk_maboss_text *cfg,
                          bk_diag *diag, bk_model **model)
{
    reader r = {.builder = bk_builder_new(diag),
                .arena = bk_arena_new(),
                .diag = diag,
                .nodes = bk_names_new(),
                .node = -1};
    r.scope = (bk_maboss_scope){.arena = r.arena,
                                .diag = diag,
                                .levels = r.nodes,
                                .variables = bk_names_new(),
                                .attribute = find_here,
                                .context = &r};
    bk_status status = BK_NO_MEMORY;
    if (r.builder != NULL && r.arena != NULL && r.nodes != NULL &&
        r.scope.variables != NULL) {
        r.scope.pool = bk_builder_exprs(r.builder);
        status = read_all(&r, bnd, cfg);
    }
    if (status == BK_OK) {
        status = bk_builder_finish(r.builder, model);
    } else {
        bk_builder_free(r.builder);
    }
    bk_free(r.first);
    bk_free(r.attributes);
    bk_free(r.scope.values);
    bk_names_free(r.scope.variables);
    bk_names_free(r.nodes);
    bk_arena_free(r.arena);
    return status;
}

bk_status bk_maboss_read(const char *bnd, const char *cfg, bk_diag *diag,
                         bk_model **model)
{
    char *data[2] = {NULL, NULL};
    bk_maboss_text texts[2] = {{NULL, 0, bnd}, {NULL, 0, cfg}};
    bk_status status = BK_OK;
    for (int i = 0; i < (cfg != NULL ? 2 : 1) && status == BK_OK; i++) {
        status =
            (bk_status)bk_file_read(texts[i].name, diag, &data[i], &texts[i].length);
        texts[i].text = data[i];
    }
    if (status == BK_OK) {
        status =
            bk_maboss_parse(&texts[0], cfg != NULL ? &texts[1] : NULL, diag, model);
    }
    bk_free(data[0]);
    bk_free(data[1]);
    return status;
}
