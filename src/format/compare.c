/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "base/random.h"
#include "format/compare_impl.h"

#include <blockade/format.h>

#include <string.h>

/* Each level of the first model looks for its partner in the second.  A pair's
 * functions are compared in every joint state of the regulators of both, 64 states a
 * word, as long as that is little work, else by decision diagram, and where that grows
 * too large in random states. */

static const double most_work = 16777216.0; /* words times steps */
enum { SAMPLES = 1024 };                    /* words of 64 random states */

typedef struct comparison {
    const bk_model *a, *b;
    int32_t *b_of_a, *a_of_b;
    int32_t rules;
    bk_text report;  /* what differs */
    bk_text sampled; /* what could not be tried in all states, and is equal so far */
} comparison;

/* The partner of symbol s of `from`: same id, else same name, else the id of one is the
 * name of the other, as when one format keeps only names. */
static int32_t partner(const bk_model *from, const bk_model *to, const bk_names *names,
                       int32_t s)
{
    const bk_symbol *const symbol = &from->symbols[s];
    int32_t found = bk_names_find(to->ids, symbol->id);
    if (found < 0 && symbol->name[0] != '\0') {
        found = bk_names_find(names, symbol->name);
        found = found >= 0 ? found : bk_names_find(to->ids, symbol->name);
    }
    if (found < 0) {
        found = bk_names_find(names, symbol->id);
    }
    return found >= 0 && found < to->n_symbols && to->symbols[found].kind == BK_LEVEL
               ? found
               : -1;
}

/* Names of levels that only one level has. */
static bk_names *names_of(const bk_model *model)
{
    bk_names *const names = bk_names_new();
    for (int32_t i = 0; names != NULL && i < model->n_symbols; i++) {
        const bk_symbol *const s = &model->symbols[i];
        if (s->kind != BK_LEVEL || s->name[0] == '\0') {
            continue;
        }
        const int32_t had = bk_names_add(names, s->name, i);
        if (had == -2 || (had >= 0 && !bk_names_set(names, s->name, INT32_MAX))) {
            bk_names_free(names);
            return NULL;
        }
    }
    return names;
}

static bool match(comparison *c)
{
    bk_names *const names = names_of(c->b);
    c->b_of_a = bk_alloc((size_t)c->a->n_symbols * sizeof *c->b_of_a);
    c->a_of_b = bk_alloc((size_t)c->b->n_symbols * sizeof *c->a_of_b);
    if (names == NULL || c->b_of_a == NULL || c->a_of_b == NULL) {
        bk_names_free(names);
        return false;
    }
    for (int32_t j = 0; j < c->b->n_symbols; j++) {
        c->a_of_b[j] = -1;
    }
    /* two rounds, so that a name never takes the partner of an id */
    for (int round = 0; round < 2; round++) {
        for (int32_t i = 0; i < c->a->n_symbols; i++) {
            const bk_symbol *const s = &c->a->symbols[i];
            if (round == 0) {
                c->b_of_a[i] = -1;
            }
            if (s->kind != BK_LEVEL || c->b_of_a[i] >= 0) {
                continue;
            }
            const int32_t j = partner(c->a, c->b, names, i);
            const bool same_id = j >= 0 && strcmp(s->id, c->b->symbols[j].id) == 0;
            if (j >= 0 && c->a_of_b[j] < 0 && (round == 1 || same_id)) {
                c->b_of_a[i] = j;
                c->a_of_b[j] = i;
            }
        }
    }
    bk_names_free(names);
    return true;
}

static void pair_end(bk_pair *p)
{
    bk_truth_end(&p->a);
    bk_truth_end(&p->b);
    bk_free(p->joint);
    bk_free(p->max);
    bk_free(p->first);
    bk_free(p->planes);
    bk_free(p->own);
    bk_free(p->map_a);
    bk_free(p->map_b);
    bk_free(p->result_a);
    bk_free(p->result_b);
}

static void add_joint(bk_pair *p, int32_t symbol, int32_t max)
{
    int32_t i = p->n;
    while (i > 0 && p->joint[i - 1] >= symbol) {
        i--;
    }
    if (i < p->n && p->joint[i] == symbol) {
        return;
    }
    const size_t after = (size_t)(p->n - i);
    memmove(&p->joint[i + 1], &p->joint[i], after * sizeof *p->joint);
    memmove(&p->max[i + 1], &p->max[i], after * sizeof *p->max);
    p->joint[i] = symbol;
    p->max[i] = max;
    p->n++;
}

/* False: a regulator has no partner, or one with other levels; that was reported. */
static bool join(const comparison *c, bk_pair *p)
{
    for (int32_t k = 0; k < p->a.n_regulators; k++) {
        const int32_t i = p->a.regulators[k];
        const int32_t j = c->b_of_a[i];
        if (j < 0 || c->a->symbols[i].max_level != c->b->symbols[j].max_level) {
            return false;
        }
        add_joint(p, i, c->a->symbols[i].max_level);
    }
    for (int32_t k = 0; k < p->b.n_regulators; k++) {
        const int32_t j = p->b.regulators[k];
        const int32_t i = c->a_of_b[j];
        if (i < 0 || c->a->symbols[i].max_level != c->b->symbols[j].max_level) {
            return false;
        }
        add_joint(p, i, c->a->symbols[i].max_level);
    }
    p->first[0] = 0;
    for (int32_t k = 0; k < p->n; k++) {
        p->first[k + 1] = p->first[k] + p->max[k];
    }
    return true;
}

/* Room for the joint states. */
static bk_status make_room(bk_pair *p, int32_t levels)
{
    const size_t n = (size_t)(p->a.n_regulators + p->b.n_regulators) + 1;
    const size_t planes = (size_t)p->a.first[p->a.n_regulators] +
                          (size_t)p->b.first[p->b.n_regulators] + 1;
    p->joint = bk_alloc(n * sizeof *p->joint);
    p->max = bk_alloc(n * sizeof *p->max);
    p->first = bk_alloc((n + 1) * sizeof *p->first);
    p->planes = bk_alloc(2 * planes * sizeof *p->planes);
    p->own = bk_alloc(planes * sizeof *p->own);
    p->map_a = bk_alloc(planes * sizeof *p->map_a);
    p->map_b = bk_alloc(planes * sizeof *p->map_b);
    p->result_a = bk_alloc((size_t)levels * sizeof *p->result_a);
    p->result_b = bk_alloc((size_t)levels * sizeof *p->result_b);
    return p->joint != NULL && p->max != NULL && p->first != NULL &&
                   p->planes != NULL && p->own != NULL && p->map_a != NULL &&
                   p->map_b != NULL && p->result_a != NULL && p->result_b != NULL
               ? BK_OK
               : BK_NO_MEMORY;
}

static void set_lane(bk_pair *p, int32_t k, int lane, int32_t level)
{
    for (int32_t t = 0; t < p->max[k]; t++) {
        uint64_t *const plane = &p->planes[p->first[k] + t];
        const uint64_t bit = (uint64_t)1 << lane;
        *plane = t < level ? *plane | bit : *plane & ~bit;
    }
}

/* The 64 joint states from number `start` on; those beyond the last start over. */
static void number_states(bk_pair *p, uint64_t start)
{
    static const uint64_t patterns[6] = {0xAAAAAAAAAAAAAAAA, 0xCCCCCCCCCCCCCCCC,
                                         0xF0F0F0F0F0F0F0F0, 0xFF00FF00FF00FF00,
                                         0xFFFF0000FFFF0000, 0xFFFFFFFF00000000};
    int32_t boolean = 0; /* leading regulators of two levels, which need no loop */
    while (boolean < p->n && p->max[boolean] == 1) {
        const bool on = boolean < 64 && (start >> boolean & 1) != 0;
        p->planes[p->first[boolean]] = boolean < 6 ? patterns[boolean]
                                       : on        ? UINT64_MAX
                                                   : 0;
        boolean++;
    }
    for (int lane = 0; boolean < p->n && lane < 64; lane++) {
        uint64_t rest = (start + (uint64_t)lane) >> (boolean < 63 ? boolean : 63);
        for (int32_t k = boolean; k < p->n; k++) {
            const uint64_t base = (uint64_t)p->max[k] + 1;
            set_lane(p, k, lane, (int32_t)(rest % base));
            rest /= base;
        }
    }
}

static void random_states(bk_pair *p, bk_random *random)
{
    for (int32_t k = 0; k < p->n; k++) {
        for (int lane = 0; lane < 64; lane++) {
            const uint32_t base = (uint32_t)p->max[k] + 1;
            set_lane(p, k, lane, (int32_t)bk_random_below(random, base));
        }
    }
}

/* Where the planes of one side stand among the joint ones. */
static void map_planes(const bk_pair *p, const bk_truth *truth, const int32_t *a_of,
                       int32_t *map)
{
    for (int32_t i = 0; i < truth->n_regulators; i++) {
        const int32_t symbol =
            a_of != NULL ? a_of[truth->regulators[i]] : truth->regulators[i];
        int32_t k = 0;
        while (p->joint[k] != symbol) {
            k++;
        }
        for (int32_t t = 0; t < p->max[k]; t++) {
            map[truth->first[i] + t] = p->first[k] + t;
        }
    }
}

static void run_side(const bk_pair *p, bk_truth *truth, const int32_t *map,
                     uint64_t *own, uint64_t *result)
{
    const int32_t n = truth->first[truth->n_regulators];
    for (int32_t i = 0; i < n; i++) {
        own[i] = p->planes[map[i]];
    }
    bk_truth_evaluate(truth, own, result);
}

/* The states among the 64 in which the functions differ. */
static uint64_t differing(bk_pair *p, int32_t levels)
{
    run_side(p, &p->a, p->map_a, p->own, p->result_a);
    run_side(p, &p->b, p->map_b, p->own, p->result_b);
    uint64_t states = 0;
    for (int32_t level = 0; level < levels; level++) {
        states |= p->result_a[level] ^ p->result_b[level];
    }
    return states;
}

static int32_t level_in(const uint64_t *result, int32_t levels, int lane)
{
    int32_t level = 0;
    while (level < levels - 1 && (result[level] >> lane & 1) == 0) {
        level++;
    }
    return level;
}

static void report_state(comparison *c, const bk_pair *p, int32_t levels,
                         uint64_t states)
{
    int lane = 0;
    while ((states >> lane & 1) == 0) {
        lane++;
    }
    bk_text_printf(&c->report, "%s: %d in the first and %d in the second",
                   c->a->symbols[p->a.target].id, level_in(p->result_a, levels, lane),
                   level_in(p->result_b, levels, lane));
    for (int32_t k = 0; k < p->n; k++) {
        int32_t level = 0;
        while (level < p->max[k] && (p->planes[p->first[k] + level] >> lane & 1) != 0) {
            level++;
        }
        bk_text_printf(&c->report, "%s%s=%d", k == 0 ? " where " : ", ",
                       c->a->symbols[p->joint[k]].id, level);
    }
    bk_text_add(&c->report, "\n");
}

static uint64_t try_all(bk_pair *p, int32_t levels, double words)
{
    uint64_t states = 0;
    for (uint64_t w = 0; (double)w < words && states == 0; w++) {
        number_states(p, 64 * w);
        states = differing(p, levels);
    }
    return states;
}

static uint64_t try_some(comparison *c, bk_pair *p, int32_t levels)
{
    const char *const id = c->a->symbols[p->a.target].id;
    uint64_t states = 0;
    bk_random random;
    bk_random_start(&random, 0, bk_hash_bytes(0, id, strlen(id)), 0);
    for (int w = 0; w < SAMPLES && states == 0; w++) {
        random_states(p, &random);
        states = differing(p, levels);
    }
    if (states == 0) {
        bk_text_printf(
            &c->sampled,
            "%s: equal in %d random states; its %d regulators are too many to "
            "try all\n",
            id, 64 * SAMPLES, p->n);
    }
    return states;
}

static bk_status try_diagram(const comparison *c, bk_pair *p, int32_t levels,
                             uint64_t *states)
{
    int32_t *const level = bk_alloc((size_t)p->n * sizeof *level);
    bool differ = false;
    if (level == NULL) {
        return BK_NO_MEMORY;
    }
    const bk_status status = bk_pair_differ(p, c->a_of_b, &differ, level);
    for (int32_t k = 0; status == BK_OK && differ && k < p->n; k++) {
        for (int lane = 0; lane < 64; lane++) {
            set_lane(p, k, lane, level[k]);
        }
    }
    bk_free(level);
    if (status == BK_OK) {
        *states = differ ? differing(p, levels) : 0;
    }
    return status;
}

static bk_status compare_functions(comparison *c, bk_pair *p, int32_t levels)
{
    map_planes(p, &p->a, NULL, p->map_a);
    map_planes(p, &p->b, c->a_of_b, p->map_b);
    double words = 1.0 / 64;
    for (int32_t k = 0; k < p->n; k++) {
        words *= p->max[k] + 1.0;
    }
    uint64_t states = 0;
    if (words * (double)(p->a.n_steps + p->b.n_steps + 4) <= most_work) {
        states = try_all(p, levels, words);
    } else {
        const bk_status status = try_diagram(c, p, levels, &states);
        if (status == BK_UNSUPPORTED) {
            states = try_some(c, p, levels);
        } else if (status != BK_OK) {
            return status;
        }
    }
    if (states != 0) {
        report_state(c, p, levels, states);
    }
    return BK_OK;
}

static bk_status compare_pair(comparison *c, int32_t i, int32_t j)
{
    const bk_symbol *const a = &c->a->symbols[i];
    const bk_symbol *const b = &c->b->symbols[j];
    if (a->max_level != b->max_level) {
        bk_text_printf(&c->report,
                       "%s: highest level %d in the first, %d in the second\n", a->id,
                       a->max_level, b->max_level);
        return BK_OK;
    }
    if (bk_model_logic_of(c->a, i) < 0 && bk_model_logic_of(c->b, j) < 0) {
        return BK_OK;
    }
    c->rules++;
    bk_pair p = {0};
    bk_status status = bk_truth_start(c->a, i, &p.a);
    if (status == BK_OK) {
        status = bk_truth_start(c->b, j, &p.b);
    }
    if (status == BK_OK) {
        status = make_room(&p, a->max_level + 1);
    }
    if (status == BK_OK && join(c, &p)) {
        status = compare_functions(c, &p, a->max_level + 1);
    } else if (status == BK_OK) {
        bk_text_printf(&c->report, "%s: depends on levels that are not the same\n",
                       a->id);
    } else if (status == BK_UNSUPPORTED) {
        bk_text_printf(&c->report, "%s: a rule with more than levels and logic\n",
                       a->id);
        status = BK_OK;
    }
    pair_end(&p);
    return status;
}

static bk_status compare_all(comparison *c)
{
    if (!match(c)) {
        return BK_NO_MEMORY;
    }
    for (int32_t i = 0; i < c->a->n_symbols; i++) {
        if (c->a->symbols[i].kind != BK_LEVEL) {
            continue;
        }
        if (c->b_of_a[i] < 0) {
            bk_text_printf(&c->report, "%s: only in the first\n", c->a->symbols[i].id);
            continue;
        }
        const bk_status status = compare_pair(c, i, c->b_of_a[i]);
        if (status != BK_OK) {
            return status;
        }
    }
    for (int32_t j = 0; j < c->b->n_symbols; j++) {
        if (c->b->symbols[j].kind == BK_LEVEL && c->a_of_b[j] < 0) {
            bk_text_printf(&c->report, "%s: only in the second\n", c->b->symbols[j].id);
        }
    }
    return c->report.failed || c->sampled.failed ? BK_NO_MEMORY : BK_OK;
}

/* Differences are certain; without any, what was only sampled makes the answer partial.
 */
static bk_status answer(comparison *c, int32_t *rules, char **differing_rules)
{
    if (c->report.length > 0) {
        bk_text_add(&c->report, c->sampled.length > 0 ? c->sampled.data : "");
        if (c->report.failed) {
            return BK_NO_MEMORY;
        }
        c->report.data[c->report.length - 1] = '\0';
    }
    *rules = c->rules;
    *differing_rules = c->report.data;
    c->report = (bk_text){0};
    return *differing_rules == NULL && c->sampled.length > 0 ? BK_PARTIAL : BK_OK;
}

bk_status bk_logic_compare(const bk_model *a, const bk_model *b, int32_t *rules,
                           char **differing_rules)
{
    comparison c = {.a = a, .b = b};
    bk_status status = compare_all(&c);
    if (status == BK_OK) {
        status = answer(&c, rules, differing_rules);
    }
    bk_free(c.b_of_a);
    bk_free(c.a_of_b);
    bk_text_free(&c.report);
    bk_text_free(&c.sampled);
    return status;
}
