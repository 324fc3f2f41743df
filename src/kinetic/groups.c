/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/system.h"

#include "base/alloc.h"

/* Which variables are measured with one yardstick: species that reactions join, in
 * whatever chain and as modifiers too; compartments, parameters and species under rate
 * rules are one group each. */

static int32_t root_of(int32_t *parent, int32_t v)
{
    while (parent[v] != v) {
        parent[v] = parent[parent[v]];
        v = parent[v];
    }
    return v;
}

static void join(int32_t *parent, int32_t a, int32_t b)
{
    parent[root_of(parent, a)] = root_of(parent, b);
}

bool bk_kin_build_groups(bk_kin_build *build)
{
    const bk_model *const m = build->model;
    bk_kin_system *const s = build->system;
    int32_t first_of[BK_LEVEL + 1];
    s->group = bk_alloc(((size_t)s->n + 1) * sizeof *s->group);
    if (s->group == NULL) {
        return bk_kin_fail(build);
    }
    for (int kind = 0; kind <= BK_LEVEL; kind++) {
        first_of[kind] = -1;
    }
    for (int32_t v = 0; v < s->n; v++) {
        s->group[v] = v;
        int32_t *const first = &first_of[m->symbols[s->variable[v]].kind];
        if (s->derivative_node[v] >= 0) {
            *first = *first < 0 ? v : *first;
            join(s->group, v, *first);
        }
    }
    for (int32_t r = 0; r < m->n_reactions; r++) {
        const bk_reaction *const reaction = &m->reactions[r];
        int32_t before = -1;
        for (int32_t k = 0; k < reaction->participants; k++) {
            const bk_participant *const p =
                &m->participants[reaction->first_participant + k];
            const int32_t v = s->variable_of[p->species];
            if (v >= 0 && before >= 0) {
                join(s->group, v, before);
            }
            before = v >= 0 ? v : before;
        }
    }
    for (int32_t v = 0; v < s->n; v++) {
        s->group[v] = root_of(s->group, v);
    }
    return true;
}
