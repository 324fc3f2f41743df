/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Attractors against every state's moves by brute force, on random networks of up to 14
 * nodes.  BLOCKADE_LONG=1 tries as many networks as a release is judged by. */

#include "logic/cycles.h"

#include "random_logic.h"

#define test(name) cmocka_unit_test(name)

enum { MOST_STATES = 20000 };

static int networks(int usual, int many)
{
    const char *const wanted = getenv("BLOCKADE_LONG");
    return wanted != NULL && strcmp(wanted, "1") == 0 ? many : usual;
}

/* Where every state goes, node by node. */
typedef struct moves {
    const net *g;
    int n;          /* states */
    uint8_t *level; /* [n * nodes] of the node in the state */
    uint8_t *next;  /* [n * nodes] where it would move to */
    int *weight;    /* [nodes] */
    bool *there;    /* [n] not forbidden by a fix */
} moves;

static moves all_moves(const net *g, const edits *e)
{
    moves m = {.g = g, .n = states_of(g)};
    const size_t cells = (size_t)m.n * (size_t)g->n;
    m.level = malloc(cells);
    m.next = malloc(cells);
    m.there = malloc((size_t)m.n);
    m.weight = malloc((size_t)g->n * sizeof *m.weight);
    assert_true(m.level != NULL && m.next != NULL && m.there != NULL &&
                m.weight != NULL);
    for (int x = 0, weight = 1; x < g->n; x++) {
        m.weight[x] = weight;
        weight *= g->max[x] + 1;
    }
    for (int i = 0; i < m.n; i++) {
        int state[MOST_NODES];
        decode(g, i, state);
        m.there[i] = true;
        for (int x = 0; x < g->n; x++) {
            const size_t cell = (size_t)i * (size_t)g->n + (size_t)x;
            m.level[cell] = (uint8_t)state[x];
            m.next[cell] =
                (uint8_t)towards(state[x], naive_target(g, e, x, state, state, false));
            m.there[i] = m.there[i] && (isnan(e->background[x].fix) ||
                                        state[x] == (int)e->background[x].fix);
        }
    }
    return m;
}

static void free_moves(moves *m)
{
    free(m->level);
    free(m->next);
    free(m->there);
    free(m->weight);
}

/* The k-th neighbour; -1: there are no more.  Synchronous: one neighbour. */
static int neighbour(const moves *m, int state, int k, bool synchronous)
{
    const size_t base = (size_t)state * (size_t)m->g->n;
    if (k >= (synchronous ? 1 : m->g->n)) {
        return -1;
    }
    int to = state;
    for (int x = synchronous ? 0 : k; x < (synchronous ? m->g->n : k + 1); x++) {
        const size_t cell = base + (size_t)x;
        to += (m->next[cell] - m->level[cell]) * m->weight[x];
    }
    return to;
}

/* Components that nothing leaves, by Tarjan's algorithm: attractor[state] is the number
 * of its attractor or -1; how many. */
static int attractors_of(const moves *m, bool synchronous, int *attractor)
{
    int *const number = calloc((size_t)m->n, sizeof *number);
    int *const low = calloc((size_t)m->n, sizeof *low);
    int *const stack = malloc((size_t)m->n * sizeof *stack);
    int *const path = malloc((size_t)m->n * sizeof *path);
    int *const tried = calloc((size_t)m->n, sizeof *tried);
    bool *const leaves = calloc((size_t)m->n, sizeof *leaves);
    bool *const closed = calloc((size_t)m->n, sizeof *closed);
    assert_true(number && low && stack && path && tried && leaves && closed);
    int count = 0;
    int next = 0;
    for (int i = 0; i < m->n; i++) {
        attractor[i] = -1;
    }
    for (int first = 0; first < m->n; first++) {
        if (number[first] != 0 || !m->there[first]) {
            continue;
        }
        int depth = 0;
        int n_stack = 0;
        path[0] = stack[n_stack++] = first;
        number[first] = low[first] = ++next;
        while (depth >= 0) {
            const int state = path[depth];
            const int to = neighbour(m, state, tried[state]++, synchronous);
            if (to >= 0 && number[to] == 0) {
                number[to] = low[to] = ++next;
                path[++depth] = stack[n_stack++] = to;
                continue;
            }
            if (to >= 0) {
                leaves[state] = leaves[state] || closed[to];
                if (!closed[to] && number[to] < low[state]) {
                    low[state] = number[to];
                }
                continue;
            }
            bool out = leaves[state];
            if (low[state] == number[state]) {
                int from = n_stack;
                do {
                    closed[stack[--from]] = true;
                } while (stack[from] != state);
                for (int i = from; i < n_stack && !out; i++) {
                    attractor[stack[i]] = count;
                }
                count += out ? 0 : 1;
                n_stack = from;
                out = true;
            }
            if (--depth >= 0) {
                leaves[path[depth]] = leaves[path[depth]] || out;
                low[path[depth]] =
                    low[state] < low[path[depth]] ? low[state] : low[path[depth]];
            }
        }
    }
    free(number);
    free(low);
    free(stack);
    free(path);
    free(tried);
    free(leaves);
    free(closed);
    return count;
}

typedef struct shape {
    long size;
    int low[MOST_NODES], high[MOST_NODES];
    double sum[MOST_NODES];
} shape;

static shape *shapes_of(const moves *m, const int *attractor, int count)
{
    shape *const all = calloc((size_t)count + 1, sizeof *all);
    assert_non_null(all);
    for (int i = 0; i < m->n; i++) {
        shape *const s = attractor[i] < 0 ? NULL : &all[attractor[i]];
        for (int x = 0; s != NULL && x < m->g->n; x++) {
            const int level = m->level[(size_t)i * (size_t)m->g->n + (size_t)x];
            s->low[x] = s->size == 0 || level < s->low[x] ? level : s->low[x];
            s->high[x] = level > s->high[x] ? level : s->high[x];
            s->sum[x] += level;
        }
        if (s != NULL) {
            s->size++;
        }
    }
    return all;
}

/* Whether the i-th of the library's is this one; sized: to the last number, else within
 * its bounds. */
static bool is_it(const net *g, const shape *s, const bk_attractors *found, size_t i,
                  bool sized)
{
    if (sized && bk_attractor_size(found, i) != s->size) {
        return false;
    }
    for (int x = 0; x < g->n; x++) {
        const int low = bk_attractor_low(found, i, x);
        const int high = bk_attractor_high(found, i, x);
        if (low > s->low[x] || high < s->high[x] ||
            (sized && (low != s->low[x] || high != s->high[x] ||
                       fabs(bk_attractor_mean(found, i, x) -
                            s->sum[x] / (double)s->size) > 1e-12))) {
            return false;
        }
    }
    return true;
}

/* Each of ours must be found by one that the search lists, and no two by the same. */
static bool compare(const net *g, const edits *e, bk_update update, long max_states,
                    const shape *all, int count)
{
    bk_system *system = NULL;
    bk_attractors *found = NULL;
    bk_overlay *const overlay = bound(e, g->model);
    const bk_attractor_settings settings = {.update = update, .max_states = max_states};
    assert_int_equal(bk_engine_sync.compile(g->model, NULL, &system), BK_OK);
    assert_int_equal(bk_attractors_find(system, overlay, &settings, NULL, &found),
                     BK_OK);
    const bool complete = bk_attractors_complete(found);
    const size_t n = bk_attractors_count(found);
    assert_true(complete ? n == (size_t)count : n <= (size_t)count);
    bool *const taken = calloc((size_t)count + 1, sizeof *taken);
    assert_non_null(taken);
    for (size_t i = 0; i < n; i++) {
        const bool sized = bk_attractor_size(found, i) > 0;
        assert_true(sized || update == BK_ASYNCHRONOUS);
        int k = 0;
        while (k < count && (taken[k] || !is_it(g, &all[k], found, i, sized))) {
            k++;
        }
        if (k == count) {
            fail_msg("attractor %zu of %zu, of %ld states, is none of the %d", i, n,
                     bk_attractor_size(found, i), count);
        }
        taken[k] = true;
    }
    free(taken);
    bk_attractors_free(found);
    bk_overlay_free(overlay);
    bk_system_free(system);
    return complete;
}

/* 14 nodes of two levels, or fewer of more. */
static net bounded_net(bk_random *random, int i)
{
    for (;;) {
        const net g = i % 2 == 0 ? random_net(random, 2, MOST_NODES, 1, false)
                                 : random_net(random, 2, 9, 2 + i % 4 / 2, false);
        if (states_of(&g) <= MOST_STATES) {
            return g;
        }
        bk_model_free(g.model);
    }
}

/* Rules in which each regulator in turn decides alone at one of its levels. */
static net nested_net(bk_random *random)
{
    net g = {.n = 6 + pick(random, MOST_NODES - 5)};
    char text[4000];
    int length = 0;
    for (int x = 0; x < g.n; x++) {
        const int k = 1 + pick(random, 4);
        length += snprintf(text + length, sizeof text - (size_t)length, "x%d, ", x);
        for (int i = 0; i < k; i++) {
            length += snprintf(text + length, sizeof text - (size_t)length, "%sx%d%s",
                               pick(random, 2) == 0 ? "!" : "", pick(random, g.n),
                               i + 1 == k             ? ""
                               : pick(random, 2) == 0 ? " & ("
                                                      : " | (");
        }
        for (int i = 1; i < k; i++) {
            text[length++] = ')';
        }
        text[length++] = '\n';
        g.max[x] = 1;
    }
    assert_int_equal(bk_bnet_parse(text, (size_t)length, "nested", NULL, &g.model),
                     BK_OK);
    assert_int_equal(bk_model_symbols(g.model), g.n);
    return g;
}

static void
synchronous_attractors_are_the_same_bit_sliced_by_sat_and_one_by_one(void **unused)
{
    (void)unused;
    bk_random random;
    bk_random_start(&random, 21, 0, 0);
    long cycles = 0;
    const int count_of_networks = networks(300, 10000);
    for (int i = 0; i < count_of_networks; i++) {
        const net g = bounded_net(&random, i);
        const edits e = i % 3 == 0 ? random_edits(&random, &g) : no_edits();
        moves m = all_moves(&g, &e);
        int *const attractor = malloc((size_t)m.n * sizeof *attractor);
        const int count = attractors_of(&m, true, attractor);
        shape *const all = shapes_of(&m, attractor, count);
        assert_true(compare(&g, &e, BK_SYNCHRONOUS, 0, all, count));
        /* No state may be looked at by itself: the solver must settle it. */
        assert_true(compare(&g, &e, BK_SYNCHRONOUS, 1, all, count));
        for (int k = 0; k < count; k++) {
            cycles += all[k].size > 1 ? 1 : 0;
        }
        free(all);
        free(attractor);
        free_moves(&m);
        bk_model_free(g.model);
    }
    assert_true(cycles > count_of_networks / 8);
}

/* Also where all but a few states must be settled by proof. */
static void compare_asynchronous(const net *g, const edits *e, int *complex,
                                 int *proven)
{
    moves m = all_moves(g, e);
    int *const attractor = malloc((size_t)m.n * sizeof *attractor);
    const int count = attractors_of(&m, false, attractor);
    shape *const all = shapes_of(&m, attractor, count);
    assert_true(compare(g, e, BK_ASYNCHRONOUS, 0, all, count));
    *proven += compare(g, e, BK_ASYNCHRONOUS, 1, all, count) ? 1 : 0;
    for (int k = 0; k < count; k++) {
        *complex += all[k].size > 1 ? 1 : 0;
    }
    free(all);
    free(attractor);
    free_moves(&m);
}

static void asynchronous_attractors_are_tarjans_components(void **unused)
{
    (void)unused;
    bk_random random;
    bk_random_start(&random, 22, 0, 0);
    int complex = 0;
    int proven = 0;
    const int count_of_networks = networks(100, 2000);
    for (int i = 0; i < count_of_networks; i++) {
        const net g = bounded_net(&random, i);
        const edits e = i % 3 == 0 ? random_edits(&random, &g) : no_edits();
        compare_asynchronous(&g, &e, &complex, &proven);
        bk_model_free(g.model);
    }
    assert_true(complex > 20);
    print_message("without looking at states: %d of %d\n", proven, count_of_networks);
    assert_true(proven > count_of_networks * 9 / 10);
}

static void attractors_of_nested_canalysing_rules_are_tarjans_components(void **unused)
{
    (void)unused;
    bk_random random;
    bk_random_start(&random, 24, 0, 0);
    int complex = 0;
    int proven = 0;
    const int count_of_networks = networks(100, 2000);
    for (int i = 0; i < count_of_networks; i++) {
        const net g = nested_net(&random);
        const edits e = no_edits();
        compare_asynchronous(&g, &e, &complex, &proven);
        bk_model_free(g.model);
    }
    assert_true(complex > 20);
    print_message("without looking at states: %d of %d\n", proven, count_of_networks);
    assert_true(proven > count_of_networks * 9 / 10);
}

/* All lanes of one step, with the words that each processor may have. */
static void a_step_of_all_lanes_is_the_step_of_each_state(void **unused)
{
    (void)unused;
    bk_random random;
    bk_random_start(&random, 23, 0, 0);
    for (int i = 0; i < networks(200, 10000); i++) {
        const net g = random_net(&random, 1, 12, 1 + i % 3, false);
        bk_system *system = NULL;
        bk_workspace *workspace = NULL;
        bk_reduced *reduced = NULL;
        bk_lane_step *step = NULL;
        uint8_t low[MOST_NODES] = {0};
        uint8_t high[MOST_NODES];
        uint8_t levels[MOST_NODES];
        assert_int_equal(bk_engine_sync.compile(g.model, NULL, &system), BK_OK);
        assert_int_equal(bk_logic_workspace(system, &workspace), BK_OK);
        bk_logic_work *const w = (bk_logic_work *)workspace;
        bk_logic_bind(w, NULL, NULL, false);
        for (int x = 0; x < g.n; x++) {
            high[x] = (uint8_t)g.max[x];
        }
        assert_int_equal(bk_reduce(w, false, low, high, false, &reduced), BK_OK);
        assert_int_equal(bk_lane_step_new(reduced, &step), BK_OK);
        uint64_t key[4];
        uint64_t start[BK_LANES][4];
        assert_true(bk_lane_step_key_words(step) <= 4);
        for (int lane = 0; lane < BK_LANES; lane++) {
            for (int x = 0; x < g.n; x++) {
                levels[x] = (uint8_t)pick(&random, g.max[x] + 1);
            }
            bk_lane_step_key(step, levels, start[lane]);
        }
        for (int width = BK_WIDTH_BEST; width <= BK_WIDTH_512; width++) {
            for (int lane = 0; lane < BK_LANES; lane++) {
                bk_lane_step_put(step, lane, start[lane]);
            }
            bk_lanes_run(&step->program, (bk_lane_width)width, &step->memory);
            memcpy(bk_lane_word(&step->memory, step->first),
                   bk_lane_word(&step->memory, step->next),
                   (size_t)step->rails * BK_LANES / 8);
            for (int lane = 0; lane < BK_LANES; lane += 1 + pick(&random, 16)) {
                bk_lane_step_levels(step, start[lane], levels);
                bk_logic_put(w, levels);
                bk_logic_synchronous(w);
                bk_lane_step_get(step, lane, key);
                bk_lane_step_levels(step, key, levels);
                for (int x = 0; x < g.n; x++) {
                    assert_int_equal(levels[x], w->cells[x].state);
                }
            }
        }
        bk_lane_step_free(step);
        bk_reduced_free(reduced);
        bk_workspace_free(workspace);
        bk_system_free(system);
        bk_model_free(g.model);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_step_of_all_lanes_is_the_step_of_each_state),
        test(synchronous_attractors_are_the_same_bit_sliced_by_sat_and_one_by_one),
        test(asynchronous_attractors_are_tarjans_components),
        test(attractors_of_nested_canalysing_rules_are_tarjans_components)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
