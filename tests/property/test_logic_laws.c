/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random_logic.h"

#include "base/alloc.h"
#include "logic/walk.h"

#define test(name) cmocka_unit_test(name)

static bk_system *compiled(const bk_engine *engine, const bk_model *model)
{
    bk_system *system = NULL;
    assert_int_equal(engine->compile(model, NULL, &system), BK_OK);
    return system;
}

/* --- tables -------------------------------------------------------------------------- */

static void compare_targets(const net *g, const edits *e, bk_random *random)
{
    bk_system *const system = compiled(&bk_engine_async, g->model);
    bk_overlay *const overlay = bound(e, g->model);
    bk_workspace *workspace = NULL;
    assert_int_equal(bk_logic_workspace(system, &workspace), BK_OK);
    bk_logic_work *const work = (bk_logic_work *)workspace;
    bk_logic_bind(work, overlay, NULL, false);
    for (int number = 0; number < states_of(g); number++) {
        int state[MOST_NODES];
        uint8_t bytes[MOST_NODES];
        decode(g, number, state);
        for (int x = 0; x < g->n; x++) {
            if (!isnan(e->background[x].fix)) {
                state[x] = (int)e->background[x].fix;
            }
            bytes[x] = (uint8_t)state[x];
        }
        bk_logic_put(work, bytes);
        /* A walk must know the same by small steps as from the beginning. */
        for (int moves = pick(random, 4); moves > 0 && work->n_enabled > 0; moves--) {
            const uint32_t code = bk_logic_pick(work, random);
            const int x = (int)(code / 2);
            bk_logic_apply(work, code);
            state[x] += (code & 1u) != 0 ? 1 : -1;
        }
        for (int x = 0; x < g->n; x++) {
            const int target = naive_target(g, e, x, state, state, false);
            assert_int_equal(work->cells[x].state, state[x]);
            assert_int_equal(work->cells[x].target, target);
            assert_int_equal(work->cells[x].move,
                             (target > state[x]) - (target < state[x]));
        }
    }
    bk_workspace_free(workspace);
    bk_overlay_free(overlay);
    bk_system_free(system);
}

static void targets_in_every_state_are_what_the_conditions_say(void **unused)
{
    (void)unused;
    bk_random random;
    bk_random_start(&random, 1, 0, 0);
    for (int i = 0; i < 300; i++) {
        const net g = random_net(&random, 1, 5, 3, false);
        const edits none = no_edits();
        compare_targets(&g, &none, &random);
        const edits some = random_edits(&random, &g);
        compare_targets(&g, &some, &random);
        bk_model_free(g.model);
    }
}

/* --- attractors ---------------------------------------------------------------------- */

/* The transition graph by brute force, states that fixes forbid left out. */
typedef struct graph {
    int n;
    bool *there;
    bool *reaches; /* [n * n] */
} graph;

static void step_everywhere(const net *g, const edits *e, bk_update update, graph *a)
{
    for (int from = 0; from < a->n; from++) {
        int state[MOST_NODES];
        int next[MOST_NODES];
        decode(g, from, state);
        a->there[from] = true;
        for (int x = 0; x < g->n; x++) {
            a->there[from] = a->there[from] && (isnan(e->background[x].fix) ||
                                                state[x] == (int)e->background[x].fix);
            next[x] = towards(state[x], naive_target(g, e, x, state, state, false));
        }
        bool *const to = a->reaches + (size_t)from * (size_t)a->n;
        to[from] = true;
        if (!a->there[from]) {
            continue;
        }
        if (update == BK_SYNCHRONOUS) {
            to[encode(g, next)] = true;
        }
        for (int x = 0; x < g->n && update == BK_ASYNCHRONOUS; x++) {
            const int kept = state[x];
            state[x] = next[x];
            to[encode(g, state)] = true;
            state[x] = kept;
        }
    }
}

static void close_graph(graph *a)
{
    const size_t n = (size_t)a->n;
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < n; i++) {
            if (a->reaches[i * n + k]) {
                for (size_t j = 0; j < n; j++) {
                    a->reaches[i * n + j] =
                        a->reaches[i * n + j] || a->reaches[k * n + j];
                }
            }
        }
    }
}

/* In an attractor everything that can be reached comes back; its number is that of its
 * smallest state, or -1. */
static int attractor_of(const graph *a, int state)
{
    const size_t n = (size_t)a->n;
    int smallest = state;
    for (int to = 0; to < a->n; to++) {
        if (a->reaches[(size_t)state * n + (size_t)to]) {
            if (!a->reaches[(size_t)to * n + (size_t)state]) {
                return -1;
            }
            smallest = to < smallest ? to : smallest;
        }
    }
    return smallest;
}

/* Finds the naive attractor of a size and these means among those of the library. */
static void assert_listed(const net *g, const graph *a, int number,
                          const bk_attractors *found)
{
    double sum[MOST_NODES] = {0.0};
    int low[MOST_NODES];
    int high[MOST_NODES] = {0};
    long size = 0;
    for (int x = 0; x < g->n; x++) {
        low[x] = 1000;
    }
    for (int to = 0; to < a->n; to++) {
        if (a->reaches[(size_t)number * (size_t)a->n + (size_t)to]) {
            int state[MOST_NODES];
            decode(g, to, state);
            size++;
            for (int x = 0; x < g->n; x++) {
                sum[x] += state[x];
                low[x] = state[x] < low[x] ? state[x] : low[x];
                high[x] = state[x] > high[x] ? state[x] : high[x];
            }
        }
    }
    for (size_t i = 0; i < bk_attractors_count(found); i++) {
        bool same = bk_attractor_size(found, i) == size;
        for (int x = 0; x < g->n && same; x++) {
            same =
                fabs(bk_attractor_mean(found, i, x) - sum[x] / (double)size) < 1e-12 &&
                bk_attractor_low(found, i, x) == low[x] &&
                bk_attractor_high(found, i, x) == high[x];
        }
        if (same) {
            return;
        }
    }
    fail_msg("an attractor of %ld states is missing", size);
}

static size_t compare_attractors(const net *g, const edits *e, bk_update update)
{
    graph a = {.n = states_of(g)};
    a.there = calloc((size_t)a.n, sizeof *a.there);
    a.reaches = calloc((size_t)a.n * (size_t)a.n, sizeof *a.reaches);
    assert_true(a.there != NULL && a.reaches != NULL);
    step_everywhere(g, e, update, &a);
    close_graph(&a);
    bk_system *const system = compiled(&bk_engine_sync, g->model);
    bk_overlay *const overlay = bound(e, g->model);
    const bk_attractor_settings settings = {.update = update};
    bk_attractors *found = NULL;
    assert_int_equal(bk_attractors_find(system, overlay, &settings, NULL, &found),
                     BK_OK);
    assert_true(bk_attractors_complete(found));
    size_t count = 0;
    for (int state = 0; state < a.n; state++) {
        if (a.there[state] && attractor_of(&a, state) == state) {
            assert_listed(g, &a, state, found);
            count++;
        }
    }
    assert_int_equal(bk_attractors_count(found), count);
    bk_attractors_free(found);
    bk_overlay_free(overlay);
    bk_system_free(system);
    free(a.there);
    free(a.reaches);
    return count;
}

static void attractors_are_those_of_the_brute_force_graph(void **unused)
{
    (void)unused;
    bk_random random;
    bk_random_start(&random, 2, 0, 0);
    size_t all = 0;
    for (int i = 0; i < 200; i++) {
        const net g = random_net(&random, 1, 5, 2, false);
        const edits none = no_edits();
        const edits some = random_edits(&random, &g);
        const edits *const both[] = {&none, &some};
        for (int k = 0; k < 2; k++) {
            all += compare_attractors(&g, both[k], BK_SYNCHRONOUS);
            all += compare_attractors(&g, both[k], BK_ASYNCHRONOUS);
        }
        bk_model_free(g.model);
    }
    assert_true(all > 800);
}

/* The proof by trap spaces and candidates, which larger networks get: each naive
 * attractor is within the bounds of one of as many.  Whether it was complete. */
static bool compare_proven(const net *g, const edits *e, long max_states)
{
    graph a = {.n = states_of(g)};
    a.there = calloc((size_t)a.n, sizeof *a.there);
    a.reaches = calloc((size_t)a.n * (size_t)a.n, sizeof *a.reaches);
    assert_true(a.there != NULL && a.reaches != NULL);
    step_everywhere(g, e, BK_ASYNCHRONOUS, &a);
    close_graph(&a);
    bk_system *const system = compiled(&bk_engine_async, g->model);
    bk_overlay *const overlay = bound(e, g->model);
    const bk_attractor_settings settings = {.update = BK_ASYNCHRONOUS,
                                            .max_states = max_states};
    bk_attractors *found = NULL;
    assert_int_equal(bk_attractors_find(system, overlay, &settings, NULL, &found),
                     BK_OK);
    const bool complete = bk_attractors_complete(found);
    size_t count = 0;
    for (int number = 0; number < a.n; number++) {
        if (!a.there[number] || attractor_of(&a, number) != number) {
            continue;
        }
        int state[MOST_NODES];
        decode(g, number, state);
        size_t within = 0;
        for (size_t i = 0; i < bk_attractors_count(found); i++) {
            bool is = true;
            for (int x = 0; x < g->n; x++) {
                is = is && state[x] >= bk_attractor_low(found, i, x) &&
                     state[x] <= bk_attractor_high(found, i, x);
            }
            within += is ? 1 : 0;
            if (is && bk_attractor_size(found, i) > 0) {
                assert_listed(g, &a, number, found);
            }
        }
        assert_true(within > 0 || !complete);
        count++;
    }
    if (complete) {
        assert_int_equal(bk_attractors_count(found), count);
    } else {
        assert_true(bk_attractors_count(found) <= count);
        assert_true(strlen(bk_attractors_text(found)) > 0);
    }
    bk_attractors_free(found);
    bk_overlay_free(overlay);
    bk_system_free(system);
    free(a.there);
    free(a.reaches);
    return complete;
}

static void proven_attractors_are_those_of_the_brute_force_graph(void **unused)
{
    (void)unused;
    bk_random random;
    bk_random_start(&random, 13, 0, 0);
    int complete = 0;
    for (int i = 0; i < 1000; i++) {
        const net g = i % 2 == 0 ? random_net(&random, 3, 8, 1, false)
                                 : random_net(&random, 2, 5, 2, false);
        const edits e = i % 4 < 2 ? no_edits() : random_edits(&random, &g);
        complete += compare_proven(&g, &e, i % 3 == 0 ? 1 : 60) ? 1 : 0;
        bk_model_free(g.model);
    }
    assert_true(complete > 980);
}

/* --- fixed points -------------------------------------------------------------------- */

static bool is_fixed(const net *g, const edits *e, const int *state, bool free_inputs)
{
    for (int x = 0; x < g->n; x++) {
        bool at_rest = state[x] == naive_target(g, e, x, state, state, false);
        if (free_inputs && g->input[x] && isnan(e->background[x].fix)) {
            at_rest = state[x] == clamped(&e->background[x], state[x], g->max[x]);
        }
        if (!at_rest) {
            return false;
        }
    }
    return true;
}

/* The library's are sorted by x0, then x1 ...; the brute force goes the same way. */
static void compare_fixed(const net *g, const edits *e, bool free_inputs,
                          bk_update update)
{
    bk_system *const system = compiled(&bk_engine_ctmc, g->model);
    bk_overlay *const overlay = bound(e, g->model);
    const bk_attractor_settings settings = {
        .update = update, .free_inputs = free_inputs, .kind = BK_FIXED_POINTS};
    bk_attractors *found = NULL;
    assert_int_equal(bk_attractors_find(system, overlay, &settings, NULL, &found),
                     BK_OK);
    assert_true(bk_attractors_complete(found));
    size_t expected = 0;
    for (int number = 0; number < states_of(g); number++) {
        int state[MOST_NODES];
        decode(g, number, state);
        expected += is_fixed(g, e, state, free_inputs) ? 1 : 0;
    }
    assert_int_equal(bk_attractors_count(found), expected);
    for (size_t i = 0; i < expected; i++) {
        int state[MOST_NODES];
        int order = i == 0 ? 1 : 0;
        for (int x = 0; x < g->n; x++) {
            state[x] = bk_attractor_low(found, i, x);
            assert_int_equal(state[x], bk_attractor_high(found, i, x));
            order = order != 0 ? order : state[x] - bk_attractor_low(found, i - 1, x);
        }
        assert_true(order > 0);
        assert_true(is_fixed(g, e, state, free_inputs));
    }
    bk_attractors_free(found);
    bk_overlay_free(overlay);
    bk_system_free(system);
}

static void fixed_points_are_the_same_by_sat_and_by_brute_force(void **unused)
{
    (void)unused;
    bk_random random;
    bk_random_start(&random, 3, 0, 0);
    for (int i = 0; i < 1000; i++) {
        const net g = random_net(&random, 1, 6, 3, false);
        const edits none = no_edits();
        const edits some = random_edits(&random, &g);
        compare_fixed(&g, i % 2 == 0 ? &none : &some, i % 4 >= 2,
                      i % 8 >= 4 ? BK_SYNCHRONOUS : BK_ASYNCHRONOUS);
        bk_model_free(g.model);
    }
}

/* --- runs ---------------------------------------------------------------------------- */

static bk_outcome *ran(const bk_engine *engine, const bk_model *model,
                       const bk_overlay *overlay, const bk_settings *settings,
                       bool settle)
{
    bk_system *const system = compiled(engine, model);
    bk_workspace *workspace = NULL;
    bk_outcome *outcome = NULL;
    assert_int_equal(engine->workspace(system, &workspace), BK_OK);
    assert_int_equal((settle ? engine->settle : engine->run)(system, overlay, settings,
                                                             workspace, NULL, &outcome),
                     BK_OK);
    bk_workspace_free(workspace);
    bk_system_free(system);
    return outcome;
}

static void assert_same_outcome(const bk_outcome *a, const bk_outcome *b)
{
    assert_int_equal(bk_outcome_rows(a), bk_outcome_rows(b));
    assert_int_equal(bk_outcome_stop(a), bk_outcome_stop(b));
    for (size_t row = 0; row < bk_outcome_rows(a); row++) {
        for (int c = 0; c < bk_outcome_columns(a); c++) {
            const double u[] = {bk_outcome_value(a, row, c),
                                bk_outcome_deviation(a, row, c)};
            const double v[] = {bk_outcome_value(b, row, c),
                                bk_outcome_deviation(b, row, c)};
            assert_memory_equal(u, v, sizeof u);
        }
    }
}

static void a_specialised_model_runs_to_the_last_bit_as_its_overlay(void **unused)
{
    (void)unused;
    const bk_engine *const engines[] = {&bk_engine_sync, &bk_engine_async,
                                        &bk_engine_ctmc};
    bk_random random;
    bk_random_start(&random, 4, 0, 0);
    for (int i = 0; i < 300; i++) {
        const net g = random_net(&random, 1, 6, 3, i % 3 == 0);
        const edits e = random_edits(&random, &g);
        bk_overlay *const overlay = bound(&e, g.model);
        bk_model *special = NULL;
        assert_int_equal(bk_model_specialise(g.model, overlay, NULL, &special), BK_OK);
        bk_settings settings = bk_settings_defaults();
        settings.steps = 10;
        settings.runs = 20;
        settings.seed = (uint64_t)i;
        settings.freeze_slow = i % 5 == 0;
        for (int k = 0; k < 6; k++) {
            bk_outcome *const a =
                ran(engines[k / 2], g.model, overlay, &settings, k % 2);
            bk_outcome *const b = ran(engines[k / 2], special, NULL, &settings, k % 2);
            assert_same_outcome(a, b);
            bk_outcome_free(a);
            bk_outcome_free(b);
        }
        bk_overlay_free(overlay);
        bk_model_free(special);
        bk_model_free(g.model);
    }
}

static void the_same_seed_gives_the_same_numbers_and_another_seed_others(void **unused)
{
    (void)unused;
    bk_random random;
    bk_random_start(&random, 5, 0, 0);
    int different = 0;
    for (int i = 0; i < 20; i++) {
        const net g = random_net(&random, 4, 6, 2, true);
        bk_settings settings = bk_settings_defaults();
        settings.runs = 50;
        bk_outcome *const a = ran(&bk_engine_ctmc, g.model, NULL, &settings, false);
        bk_outcome *const b = ran(&bk_engine_ctmc, g.model, NULL, &settings, false);
        settings.seed = 77;
        bk_outcome *const c = ran(&bk_engine_ctmc, g.model, NULL, &settings, false);
        assert_same_outcome(a, b);
        different += bk_outcome_counters(a).moves != bk_outcome_counters(c).moves;
        bk_outcome_free(a);
        bk_outcome_free(b);
        bk_outcome_free(c);
        bk_model_free(g.model);
    }
    assert_true(different > 5);
}

/* --- continuous time ----------------------------------------------------------------- */

/* The master equation of levels and hidden on/off processes, by uniformisation: joint
 * states are (levels, bit x set: x is hidden). */
typedef struct master {
    const net *g;
    const edits *e;
    int levels, n; /* states of the levels; of all */
    int bits[MOST_NODES], n_bits;
    double *p, *next;
} master;

static double share_of(const edits *e, int x)
{
    return isnan(e->treatment[x].fix) ? e->treatment[x].scale : 1.0;
}

static master master_start(const net *g, const edits *e)
{
    master m = {.g = g, .e = e, .levels = states_of(g)};
    int start[MOST_NODES];
    for (int x = 0; x < g->n; x++) {
        start[x] = isnan(e->start[x]) ? g->start[x] : (int)e->start[x];
        if (!isnan(e->background[x].fix)) {
            start[x] = (int)e->background[x].fix;
        }
        if (share_of(e, x) < 1.0) {
            m.bits[m.n_bits++] = x;
        }
    }
    m.n = m.levels << m.n_bits;
    m.p = calloc((size_t)m.n, sizeof *m.p);
    m.next = calloc((size_t)m.n, sizeof *m.next);
    assert_true(m.p != NULL && m.next != NULL);
    for (int mask = 0; mask < 1 << m.n_bits; mask++) {
        double part = 1.0;
        for (int b = 0; b < m.n_bits; b++) {
            const double f = share_of(e, m.bits[b]);
            part *= (mask >> b & 1) != 0 ? 1.0 - f : f;
        }
        m.p[mask * m.levels + encode(g, start)] = part;
    }
    return m;
}

static void master_end(master *m)
{
    free(m->p);
    free(m->next);
}

/* next += p moved along one transition for a time so short that it is a probability. */
static void flow(master *m, int from, int to, double probability)
{
    m->next[from] -= m->p[from] * probability;
    m->next[to] += m->p[from] * probability;
}

static void master_jump(master *m, double top_rate)
{
    const net *const g = m->g;
    memcpy(m->next, m->p, (size_t)m->n * sizeof *m->p);
    for (int i = 0; i < m->n; i++) {
        const int mask = i / m->levels;
        int state[MOST_NODES] = {0};
        int shown[MOST_NODES];
        decode(g, i % m->levels, state);
        memcpy(shown, state, sizeof shown);
        for (int b = 0; b < m->n_bits; b++) {
            const double f = share_of(m->e, m->bits[b]);
            const bool off = (mask >> b & 1) != 0;
            shown[m->bits[b]] = off ? 0 : state[m->bits[b]];
            flow(m, i, (mask ^ 1 << b) * m->levels + i % m->levels,
                 10.0 * (off ? f : 1.0 - f) / top_rate);
        }
        for (int x = 0; x < g->n; x++) {
            const int kept = state[x];
            state[x] = towards(kept, naive_target(g, m->e, x, state, shown, true));
            const int32_t rule = bk_model_logic_of(g->model, x);
            const bk_logic *const logic = rule >= 0 ? &g->model->logics[rule] : NULL;
            const double rate = logic == NULL     ? 1.0
                                : state[x] > kept ? logic->rate_up
                                                  : logic->rate_down;
            if (state[x] != kept) {
                flow(m, i, mask * m->levels + encode(g, state), rate / top_rate);
            }
            state[x] = kept;
        }
    }
    double *const swap = m->p;
    m->p = m->next;
    m->next = swap;
}

static void master_run(master *m, double time)
{
    const double top_rate = 2.0 * MOST_NODES + 10.0 * MOST_NODES;
    double *const sum = calloc((size_t)m->n, sizeof *sum);
    assert_non_null(sum);
    double weight = exp(-top_rate * time);
    double total = 0.0;
    assert_true(weight > 0.0);
    for (int k = 1; total < 1.0 - 1e-12; k++) {
        for (int i = 0; i < m->n; i++) {
            sum[i] += weight * m->p[i];
        }
        total += weight;
        weight *= top_rate * time / (double)k;
        master_jump(m, top_rate);
        assert_true(k < 100000);
    }
    memcpy(m->p, sum, (size_t)m->n * sizeof *sum);
    free(sum);
}

static double master_mean(const master *m, int x, bool activity)
{
    double mean = 0.0;
    for (int i = 0; i < m->n; i++) {
        int state[MOST_NODES];
        decode(m->g, i % m->levels, state);
        int level = state[x];
        if (activity) {
            for (int b = 0; b < m->n_bits; b++) {
                const bool off = (i / m->levels >> b & 1) != 0;
                level = m->bits[b] == x && off ? 0 : level;
            }
            level = naive_seen(&m->e->treatment[x], level, m->g->max[x], true);
        }
        mean += m->p[i] * level;
    }
    return mean;
}

static edits few_edits(bk_random *random, const net *g)
{
    for (;;) {
        const edits e = random_edits(random, g);
        int hidden = 0;
        for (int x = 0; x < g->n; x++) {
            hidden += share_of(&e, x) < 1.0 ? 1 : 0;
        }
        if (hidden <= 2) {
            return e;
        }
    }
}

static void compare_means(const master *m, const bk_outcome *outcome, size_t row,
                          double runs)
{
    for (int c = 0; c < bk_outcome_columns(outcome); c++) {
        const bk_column column = bk_outcome_column(outcome, c);
        const double exact =
            master_mean(m, column.symbol, column.aspect == BK_AS_ACTIVITY);
        const double error = bk_outcome_deviation(outcome, row, c) / sqrt(runs);
        const double off = fabs(bk_outcome_value(outcome, row, c) - exact);
        if (!(off <= 4.0 * error + 4.0 / runs)) {
            fail_msg("mean of x%d in row %zu is %g, not %g +- %g", column.symbol, row,
                     bk_outcome_value(outcome, row, c), exact, error);
        }
    }
}

static void means_of_runs_are_those_of_the_master_equation(void **unused)
{
    (void)unused;
    bk_random random;
    bk_random_start(&random, 6, 0, 0);
    for (int i = 0; i < 10; i++) {
        const net g = random_net(&random, 3, 4, 2, i % 2 == 0);
        const edits e = few_edits(&random, &g);
        bk_overlay *const overlay = bound(&e, g.model);
        bk_column columns[2 * MOST_NODES];
        for (int c = 0; c < 2 * g.n; c++) {
            columns[c] =
                (bk_column){c / 2, c % 2 == 0 ? BK_AS_DEFAULT : BK_AS_ACTIVITY};
        }
        bk_settings settings = bk_settings_defaults();
        settings.t_end = 2.0;
        settings.steps = 2;
        settings.runs = 20000;
        settings.columns = columns;
        settings.n_columns = 2 * g.n;
        bk_outcome *const outcome =
            ran(&bk_engine_ctmc, g.model, overlay, &settings, false);
        master m = master_start(&g, &e);
        for (size_t row = 0; row < 3; row++) {
            compare_means(&m, outcome, row, 20000.0);
            master_run(&m, 1.0);
        }
        bk_outcome_free(outcome);
        /* Far on, the process has settled; periodic ones too, in continuous time. */
        settings.runs = 4000;
        bk_outcome *const settled =
            ran(&bk_engine_ctmc, g.model, overlay, &settings, true);
        for (int k = 0; k < 60; k++) {
            master_run(&m, 1.0);
        }
        compare_means(&m, settled, 0, 4000.0);
        bk_outcome_free(settled);
        master_end(&m);
        bk_overlay_free(overlay);
        bk_model_free(g.model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(targets_in_every_state_are_what_the_conditions_say),
        test(attractors_are_those_of_the_brute_force_graph),
        test(proven_attractors_are_those_of_the_brute_force_graph),
        test(fixed_points_are_the_same_by_sat_and_by_brute_force),
        test(a_specialised_model_runs_to_the_last_bit_as_its_overlay),
        test(the_same_seed_gives_the_same_numbers_and_another_seed_others),
        test(means_of_runs_are_those_of_the_master_equation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
