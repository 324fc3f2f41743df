/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Minimal controls against trying every set: each is applied as an overlay, the attractors
 * under it are those of the transition graph of every state, and a set is minimal when no
 * smaller one that works is part of it.  On random networks, and on published ones that
 * are not part of the project (DATA, by default ../shared/data; BLOCKADE_LONG=1 asks for
 * every level of each up to ten nodes, and everywhere for all sets up to three). */

#include "logic/box.h"

#include "published.h"
#include "random_logic.h"

#define test(name) cmocka_unit_test(name)

enum { MOST_PARTS = 60, MOST_SETS = 40000 };

/* --- attractors under edits, by brute force ------------------------------------------ */

/* Where each state moves to: [states][nodes], itself where nothing moves. */
static void next_states(const net *g, const edits *e, bool synchronous, int *next)
{
    const int n = states_of(g);
    for (int i = 0; i < n; i++) {
        int state[MOST_NODES];
        int moved[MOST_NODES];
        decode(g, i, state);
        for (int x = 0; x < g->n; x++) {
            moved[x] = towards(state[x], naive_target(g, e, x, state, state, false));
        }
        for (int x = 0; x < g->n; x++) {
            const int kept = state[x];
            state[x] = moved[x];
            next[i * g->n + x] = synchronous ? encode(g, moved) : encode(g, state);
            state[x] = kept;
        }
    }
}

/* Makes a set larger by what leads into it, until it stays the same. */
static void lead_into(const net *g, const int *next, bool *set)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (int i = 0; i < states_of(g); i++) {
            for (int x = 0; x < g->n && !set[i]; x++) {
                set[i] = set[next[i * g->n + x]];
                changed = changed || set[i];
            }
        }
    }
}

/* The wanted levels hold in every attractor exactly when every state leads to one from
 * which no way leads to where they do not.  Fixed levels start where they are fixed. */
static bool holds_in_attractors(const net *g, const edits *e, bool synchronous,
                                const bk_wanted *wanted, size_t n_wanted)
{
    const int n = states_of(g);
    int *const next = malloc((size_t)n * (size_t)g->n * sizeof *next);
    bool *const set = calloc((size_t)n, sizeof *set);
    assert_true(next != NULL && set != NULL);
    next_states(g, e, synchronous, next);
    bool holds = true;
    for (int i = 0; i < n; i++) {
        int state[MOST_NODES];
        decode(g, i, state);
        for (size_t k = 0; k < n_wanted; k++) {
            const int level = state[wanted[k].symbol];
            set[i] = set[i] || level < wanted[k].low || level > wanted[k].high;
        }
    }
    lead_into(g, next, set);
    for (int i = 0; i < n; i++) {
        set[i] = !set[i];
    }
    lead_into(g, next, set);
    for (int i = 0; i < n && holds; i++) {
        int state[MOST_NODES];
        decode(g, i, state);
        bool in = true;
        for (int x = 0; x < g->n; x++) {
            in = in &&
                 (isnan(e->background[x].fix) || state[x] == (int)e->background[x].fix);
        }
        holds = !in || set[i];
    }
    free(next);
    free(set);
    return holds;
}

/* --- every set ------------------------------------------------------------------------ */

typedef struct chosen {
    int n;
    int part[3];
} chosen;

typedef struct trial {
    const net *g;
    const edits *base;
    const bk_intervention *parts;
    int n_parts;
    bool synchronous;
    const bk_wanted *wanted;
    size_t n_wanted;
    chosen *found;
    size_t count;
} trial;

static edits edited(const trial *t, const chosen *set)
{
    edits e = *t->base;
    for (int i = 0; i < set->n; i++) {
        const bk_intervention *const p = &t->parts[set->part[i]];
        if (p->target < 0) {
            e.background[p->symbol].fix = p->level;
        } else {
            e.cut[p->symbol][p->target] = p->level;
        }
    }
    return e;
}

static bool sensible(const trial *t, const chosen *set)
{
    for (int i = 0; i < set->n; i++) {
        for (int k = 0; k < i; k++) {
            const bk_intervention *const a = &t->parts[set->part[i]];
            const bk_intervention *const b = &t->parts[set->part[k]];
            if (a->symbol == b->symbol && a->target == b->target) {
                return false; /* two levels for one thing */
            }
        }
    }
    return true;
}

static bool part_of(const chosen *small, const chosen *large)
{
    int found = 0;
    for (int i = 0; i < small->n; i++) {
        for (int k = 0; k < large->n; k++) {
            found += small->part[i] == large->part[k] ? 1 : 0;
        }
    }
    return found == small->n;
}

static void try_all(trial *t, chosen *set, int size)
{
    if (set->n == size) {
        bool minimal = sensible(t, set);
        for (size_t i = 0; i < t->count && minimal; i++) {
            minimal = t->found[i].n == size || !part_of(&t->found[i], set);
        }
        if (minimal) {
            const edits e = edited(t, set);
            if (holds_in_attractors(t->g, &e, t->synchronous, t->wanted, t->n_wanted)) {
                assert_true(t->count < MOST_SETS);
                t->found[t->count++] = *set;
            }
        }
        return;
    }
    for (int i = set->n > 0 ? set->part[set->n - 1] + 1 : 0; i < t->n_parts; i++) {
        set->part[set->n++] = i;
        try_all(t, set, size);
        set->n--;
    }
}

/* Its number among the library's, or -1. */
static int listed(const trial *t, const chosen *set, const bk_controls *found)
{
    for (size_t i = 0; i < bk_controls_count(found); i++) {
        int same = 0;
        for (size_t k = 0; k < bk_control_size(found, i); k++) {
            const bk_intervention p = bk_control_part(found, i, k);
            for (int m = 0; m < set->n; m++) {
                const bk_intervention *const q = &t->parts[set->part[m]];
                same += p.symbol == q->symbol && p.target == q->target &&
                                p.level == q->level
                            ? 1
                            : 0;
            }
        }
        if (same == set->n && (size_t)set->n == bk_control_size(found, i)) {
            return (int)i;
        }
    }
    return -1;
}

/* What percolates in the lanes of a set is what percolates in one box under it. */
static void compare_boxes(const trial *t, const chosen *set, const bk_controls *found,
                          size_t i)
{
    const edits e = edited(t, set);
    uint8_t low[MOST_NODES];
    uint8_t high[MOST_NODES];
    bk_system *system = NULL;
    bk_workspace *workspace = NULL;
    bk_overlay *overlay = NULL;
    char *text = NULL;
    bk_scenario *const scenario = bk_scenario_new("set");
    assert_int_equal(bk_control_print(found, i, &text), BK_OK);
    assert_int_equal(
        bk_scenario_parse(scenario, BK_BACKGROUND, e.text, (bk_where){0}, NULL), BK_OK);
    assert_int_equal(
        bk_scenario_parse(scenario, BK_BACKGROUND, text, (bk_where){0}, NULL), BK_OK);
    assert_int_equal(bk_scenario_bind(scenario, NULL, t->g->model, NULL, &overlay),
                     BK_OK);
    assert_int_equal(bk_engine_async.compile(t->g->model, NULL, &system), BK_OK);
    assert_int_equal(bk_logic_workspace(system, &workspace), BK_OK);
    bk_logic_work *const w = (bk_logic_work *)workspace;
    bk_logic_bind(w, overlay, NULL, false);
    assert_int_equal(bk_logic_box(w, false, true, low, high), BK_OK);
    for (int x = 0; x < t->g->n; x++) {
        assert_int_equal(bk_control_low(found, i, x), low[x]);
        assert_int_equal(bk_control_high(found, i, x), high[x]);
    }
    bk_string_free(text);
    bk_overlay_free(overlay);
    bk_scenario_free(scenario);
    bk_workspace_free(workspace);
    bk_system_free(system);
}

static size_t compare(const net *g, const edits *base, bool arcs, bool synchronous,
                      int most, const bk_wanted *wanted, size_t n_wanted)
{
    bk_system *system = NULL;
    bk_controls *found = NULL;
    bk_intervention *parts = NULL;
    size_t n_parts = 0;
    bk_overlay *const overlay = bound(base, g->model);
    assert_int_equal(bk_engine_async.compile(g->model, NULL, &system), BK_OK);
    assert_int_equal(bk_interventions(system, overlay, false, arcs, &parts, &n_parts),
                     BK_OK);
    assert_true(n_parts < MOST_PARTS);
    const bk_control_settings settings = {.wanted = wanted,
                                          .n_wanted = n_wanted,
                                          .allowed = parts,
                                          .n_allowed = n_parts,
                                          .most_size = most,
                                          .in = synchronous ? BK_IN_SYNCHRONOUS
                                                            : BK_IN_ASYNCHRONOUS};
    assert_int_equal(bk_controls_find(system, overlay, &settings, NULL, &found), BK_OK);
    assert_true(bk_controls_complete(found));
    trial t = {.g = g,
               .base = base,
               .parts = parts,
               .n_parts = (int)n_parts,
               .synchronous = synchronous,
               .wanted = wanted,
               .n_wanted = n_wanted};
    t.found = calloc(MOST_SETS, sizeof *t.found);
    assert_non_null(t.found);
    for (int size = 0; size <= most && (t.count == 0 || t.found[0].n > 0); size++) {
        chosen set = {.n = 0};
        try_all(&t, &set, size);
    }
    for (size_t i = 0; i < t.count; i++) {
        const int number = listed(&t, &t.found[i], found);
        if (number < 0) {
            fail_msg("a control of %d is missing", t.found[i].n);
        }
        compare_boxes(&t, &t.found[i], found, (size_t)number);
    }
    assert_int_equal(bk_controls_count(found), t.count);
    size_t surprising = 0;
    for (size_t i = 0; i < t.count; i++) {
        surprising += bk_control_percolates(found, i) ? 0 : 1;
    }
    free(t.found);
    bk_controls_free(found);
    bk_interventions_free(parts);
    bk_overlay_free(overlay);
    bk_system_free(system);
    return surprising;
}

/* Two levels, no inputs, each node a random function of two others: much feedback, so that
 * wanted levels often hold in attractors though they do not percolate. */
static net feedback_net(bk_random *random, int n)
{
    net g = {.n = n};
    bk_builder *const b = bk_builder_new(NULL);
    assert_non_null(b);
    for (int x = 0; x < n; x++) {
        char id[16];
        snprintf(id, sizeof id, "x%d", x);
        bk_symbol symbol = bk_symbol_blank(BK_LEVEL, id);
        g.max[x] = symbol.max_level = 1;
        g.start[x] = symbol.start_level = 0;
        bk_builder_symbol(b, &symbol);
    }
    for (int x = 0; x < n; x++) {
        bk_logic logic = {.target = x, .rate_up = 1.0, .rate_down = 1.0};
        bk_builder_logic(b, &logic);
        bk_exprs *const pool = bk_builder_exprs(b);
        const int one = pick(random, n);
        const int other = pick(random, n);
        const int truth = 1 + pick(random, 14); /* bit 2 * one + other */
        for (int row = 0; row < 4; row++) {
            if ((truth >> row & 1) != 0) {
                const bk_expr a = bk_expr_2(pool, BK_OP_EQ, bk_expr_symbol(pool, one),
                                            bk_expr_number(pool, row / 2));
                const bk_expr c = bk_expr_2(pool, BK_OP_EQ, bk_expr_symbol(pool, other),
                                            bk_expr_number(pool, row % 2));
                bk_builder_term(
                    b, &(bk_term){.level = 1,
                                  .condition = bk_expr_2(pool, BK_OP_AND, a, c)});
            }
        }
    }
    assert_int_equal(bk_builder_finish(b, &g.model), BK_OK);
    return g;
}

static void controls_of_feedback_are_found_too(void **unused)
{
    (void)unused;
    bk_random random;
    bk_random_start(&random, 42, 0, 0);
    const edits none = no_edits();
    size_t surprising = 0;
    for (int i = 0; i < 100; i++) {
        const net g = feedback_net(&random, 4 + i % 3);
        const int level = pick(&random, 2);
        const bk_wanted wanted[] = {{pick(&random, g.n), level, level},
                                    {pick(&random, g.n), 0, 0}};
        surprising += compare(&g, &none, i % 4 == 0, i % 2 == 0, i % 4 == 0 ? 2 : 3,
                              wanted, i % 3 == 0 ? 2 : 1);
        bk_model_free(g.model);
    }
    assert_true(surprising > 20);
}

static void controls_are_the_minimal_sets_that_work(void **unused)
{
    (void)unused;
    bk_random random;
    bk_random_start(&random, 41, 0, 0);
    for (int i = 0; i < 200; i++) {
        const net g = i % 3 == 0 ? random_net(&random, 3, 4, 2, false)
                                 : random_net(&random, 4, 6, 1, false);
        const edits base = i % 4 == 0 ? random_edits(&random, &g) : no_edits();
        const int x = pick(&random, g.n);
        const int low = pick(&random, g.max[x] + 1);
        const bk_wanted wanted[] = {{x, low, low + pick(&random, g.max[x] - low + 1)},
                                    {(x + 1) % g.n, 0, 0}};
        compare(&g, &base, i % 5 == 0, i % 2 == 0, i % 5 == 0 ? 2 : 3, wanted,
                i % 7 == 0 ? 2 : 1);
        bk_model_free(g.model);
    }
}

/* --- published networks --------------------------------------------------------------- */

static void
controls_of_ten_published_networks_are_those_of_trying_every_set(void **unused)
{
    (void)unused;
    static const char *const names[] = {
        "007_CORTICAL-AREA-DEVELOPMENT", "109_ASYMMETRIC-CELL-DIVISION-A",
        "169_DROSOPHILA-GAP-A",          "172_DROSOPHILA-GAP-D",
        "184_P53-MDM2-NETWORK",          "088_MIR-9-NEUROGENESIS",
        "031_CELL-CYCLE-TRANSCRIPTION",  "064_METABOLIC-INTERACTIONS-IN-GUT-MICROBIOME",
        "097_DROSOPHILA-WINGS-AP",       "133_ROOT-STEM-CELL-2010"};
    const edits none = no_edits();
    size_t surprising = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        net g = {.model = published(names[i])};
        g.n = bk_model_symbols(g.model);
        assert_in_range(g.n, 4, 12);
        for (int x = 0; x < g.n; x++) {
            g.max[x] = bk_symbol_max_level(g.model, x);
            g.start[x] = bk_symbol_start_level(g.model, x);
            g.input[x] = bk_symbol_input(g.model, x);
        }
        const int most = !long_run() && g.n > 7 ? 2 : 3;
        for (int k = long_run() && g.n <= 10 ? 0 : 2 * g.n - 2; k < 2 * g.n; k++) {
            const bk_wanted wanted = {k / 2, k % 2, k % 2};
            surprising += compare(&g, &none, false, false, most, &wanted, 1);
        }
        bk_model_free(g.model);
    }
    assert_true(surprising > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(controls_are_the_minimal_sets_that_work),
        test(controls_of_feedback_are_found_too),
        test(controls_of_ten_published_networks_are_those_of_trying_every_set)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
