/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/dd_table.h"

#include "base/alloc.h"

#include <string.h>

bool bk_dd_table_start(bk_dd_table *table, const int32_t *levels, int32_t terminals,
                       int32_t most)
{
    *table = (bk_dd_table){.levels = levels, .terminals = terminals, .most = most};
    const size_t n = (size_t)terminals;
    if (!bk_grow(&table->variable, &table->variable_capacity, n, sizeof(int32_t)) ||
        !bk_grow(&table->first, &table->first_capacity, n, sizeof(int32_t))) {
        bk_dd_table_end(table);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        table->variable[i] = INT32_MAX;
        table->first[i] = 0;
    }
    table->n = terminals;
    return true;
}

void bk_dd_table_end(bk_dd_table *table)
{
    bk_free(table->variable);
    bk_free(table->first);
    bk_free(table->children);
    bk_free(table->slots);
    bk_free(table->asked);
    bk_free(table->stack);
}

static uint32_t mix(uint32_t hash, int32_t value)
{
    hash = (hash ^ (uint32_t)value) * 0x9E3779B1u;
    return hash ^ (hash >> 15);
}

static uint32_t hash_of(const bk_dd_table *table, int32_t variable,
                        const int32_t *children)
{
    uint32_t hash = mix(0, variable);
    for (int32_t v = 0; v < table->levels[variable]; v++) {
        hash = mix(hash, children[v]);
    }
    return hash;
}

static size_t seek(const bk_dd_table *table, int32_t variable, const int32_t *children)
{
    const size_t size = (size_t)table->levels[variable] * sizeof *children;
    size_t i = hash_of(table, variable, children) & (table->n_slots - 1);
    for (; table->slots[i] >= 0; i = (i + 1) & (table->n_slots - 1)) {
        const int32_t node = table->slots[i];
        if (table->variable[node] == variable &&
            memcmp(table->children + table->first[node], children, size) == 0) {
            break;
        }
    }
    return i;
}

static bool enlarge_slots(bk_dd_table *table)
{
    if (2 * ((size_t)table->n + 1) <= table->n_slots) {
        return true;
    }
    const size_t n_slots = table->n_slots > 0 ? 2 * table->n_slots : 64;
    const size_t bigger = n_slots < 4 * (size_t)table->n ? 1024 : n_slots;
    int32_t *const slots = bk_alloc(bigger * sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    memset(slots, 0xFF, bigger * sizeof *slots);
    bk_free(table->slots);
    table->slots = slots;
    table->n_slots = bigger;
    for (int32_t node = table->terminals; node < table->n; node++) {
        const int32_t *const children = table->children + table->first[node];
        table->slots[seek(table, table->variable[node], children)] = node;
    }
    return true;
}

static bool reserve(bk_dd_table *table, int32_t variable)
{
    const size_t n = (size_t)table->n + 1;
    const size_t children = table->n_children + (size_t)table->levels[variable];
    return children < INT32_MAX &&
           bk_grow(&table->variable, &table->variable_capacity, n, sizeof(int32_t)) &&
           bk_grow(&table->first, &table->first_capacity, n, sizeof(int32_t)) &&
           bk_grow(&table->children, &table->children_capacity, children,
                   sizeof(int32_t)) &&
           enlarge_slots(table);
}

int32_t bk_dd_node(bk_dd_table *table, int32_t variable, const int32_t *children)
{
    bool same = true;
    for (int32_t v = 0; v < table->levels[variable]; v++) {
        same = same && children[v] == children[0];
        if (children[v] < 0) {
            return -1;
        }
    }
    if (same) {
        return children[0];
    }
    if (!reserve(table, variable)) {
        table->no_memory = true;
        return -1;
    }
    const size_t slot = seek(table, variable, children);
    if (table->slots[slot] >= 0) {
        return table->slots[slot];
    }
    if (table->n >= table->most) {
        table->full = true;
        return -1;
    }
    const size_t count = (size_t)table->levels[variable];
    const int32_t node = table->n++;
    table->variable[node] = variable;
    table->first[node] = (int32_t)table->n_children;
    memcpy(table->children + table->n_children, children, count * sizeof *children);
    table->n_children += count;
    table->slots[slot] = node;
    return node;
}

bool bk_dd_push(bk_dd_table *table, int32_t value)
{
    if (!bk_grow(&table->stack, &table->stack_capacity, table->depth + 1,
                 sizeof *table->stack)) {
        table->no_memory = true;
        return false;
    }
    table->stack[table->depth++] = value;
    return true;
}

static bk_dd_asked *seek_asked(const bk_dd_table *table, int32_t f, int32_t g,
                               int32_t h)
{
    size_t i = mix(mix(mix(0, f), g), h) & (table->asked_slots - 1);
    for (; table->asked[i].f >= 0; i = (i + 1) & (table->asked_slots - 1)) {
        const bk_dd_asked *const a = &table->asked[i];
        if (a->f == f && a->g == g && a->h == h) {
            break;
        }
    }
    return &table->asked[i];
}

static bool remember(bk_dd_table *table, bk_dd_asked answer)
{
    if (2 * (table->n_asked + 1) > table->asked_slots) {
        bk_dd_asked *const old = table->asked;
        const size_t old_slots = table->asked_slots;
        const size_t slots = old_slots > 0 ? 2 * old_slots : 64;
        bk_dd_asked *const asked = bk_alloc(slots * sizeof *asked);
        if (asked == NULL) {
            table->no_memory = true;
            return false;
        }
        memset(asked, 0xFF, slots * sizeof *asked);
        table->asked = asked;
        table->asked_slots = slots;
        for (size_t i = 0; i < old_slots; i++) {
            if (old[i].f >= 0) {
                *seek_asked(table, old[i].f, old[i].g, old[i].h) = old[i];
            }
        }
        bk_free(old);
    }
    *seek_asked(table, answer.f, answer.g, answer.h) = answer;
    table->n_asked++;
    return true;
}

static int32_t child(const bk_dd_table *table, int32_t node, int32_t variable,
                     int32_t v)
{
    return table->variable[node] == variable ? table->children[table->first[node] + v]
                                             : node;
}

static int32_t first_variable(const bk_dd_table *table, int32_t f, int32_t g, int32_t h)
{
    int32_t variable = table->variable[f];
    variable = table->variable[g] < variable ? table->variable[g] : variable;
    return table->variable[h] < variable ? table->variable[h] : variable;
}

/* Recursion is as deep as there are variables, which bk_dd_build limits. */
int32_t bk_dd_ite(bk_dd_table *table, int32_t f, int32_t g, int32_t h)
{
    if (f < 0 || g < 0 || h < 0) {
        return -1;
    }
    if (f == 1 || g == h) {
        return g;
    }
    if (f == 0) {
        return h;
    }
    if (g == 1 && h == 0) {
        return f;
    }
    if (table->asked_slots > 0) {
        const bk_dd_asked *const known = seek_asked(table, f, g, h);
        if (known->f >= 0) {
            return known->result;
        }
    }
    const int32_t variable = first_variable(table, f, g, h);
    const size_t bottom = table->depth;
    bool ok = true;
    for (int32_t v = 0; ok && v < table->levels[variable]; v++) {
        const int32_t part =
            bk_dd_ite(table, child(table, f, variable, v), child(table, g, variable, v),
                      child(table, h, variable, v));
        ok = part >= 0 && bk_dd_push(table, part);
    }
    const int32_t result = ok ? bk_dd_node(table, variable, table->stack + bottom) : -1;
    table->depth = bottom;
    if (result >= 0 && !remember(table, (bk_dd_asked){f, g, h, result})) {
        return -1;
    }
    return result;
}
