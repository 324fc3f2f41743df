/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Claims against a model checker of the plainest kind: the whole graph of moves by
 * brute force, every word by its definition as a set that is made larger or smaller until
 * it stays the same.  On random networks, with edits, several levels and every engine. */

#include "random_logic.h"

#include <blockade/claim.h>

#define test(name) cmocka_unit_test(name)

enum { MOST_STATES = 1500, MOST_SAID = 64 };

typedef struct world {
    const net *g;
    int n;
    int (*next)[MOST_NODES]; /* [n] neighbours */
    int *count;              /* [n] of them */
    bool *start;
} world;

typedef enum kind {
    K_LEVEL,
    K_STEADY,
    K_NOT,
    K_AND,
    K_OR,
    K_IMPLIES,
    K_EVENTUALLY,
    K_ALWAYS,
    K_UNTIL
} kind;

typedef struct said {
    kind kind;
    bool possibly;
    int a, b, x, level;
} said;

typedef struct saying {
    said at[MOST_SAID];
    int n;
} saying;

static world world_of(const net *g)
{
    world w = {.g = g, .n = states_of(g)};
    w.next = calloc((size_t)w.n, sizeof *w.next);
    w.count = calloc((size_t)w.n, sizeof *w.count);
    w.start = calloc((size_t)w.n, sizeof *w.start);
    assert_true(w.next != NULL && w.count != NULL && w.start != NULL);
    return w;
}

/* free_input[x]: it keeps whatever level it starts with. */
static void fill_moves(world *w, const edits *e, const bool *free_input)
{
    for (int i = 0; i < w->n; i++) {
        int state[MOST_NODES];
        decode(w->g, i, state);
        w->count[i] = 0;
        for (int x = 0; x < w->g->n; x++) {
            const int was = state[x];
            const int to =
                free_input[x]
                    ? was
                    : towards(was, naive_target(w->g, e, x, state, state, false));
            if (to != was) {
                state[x] = to;
                w->next[i][w->count[i]++] = encode(w->g, state);
                state[x] = was;
            }
        }
    }
}

static void free_world(world *w)
{
    free(w->next);
    free(w->count);
    free(w->start);
}

static bool *some(const world *w)
{
    bool *const set = calloc((size_t)w->n, sizeof *set);
    assert_non_null(set);
    return set;
}

static bool leads_to(const world *w, int state, const bool *set)
{
    for (int k = 0; k < w->count[state]; k++) {
        if (set[w->next[state][k]]) {
            return true;
        }
    }
    return false;
}

/* E[a U b]: the least set with b, and with what is in a (NULL: anything) and leads to it. */
static bool *way(const world *w, const bool *a, const bool *b)
{
    bool *const set = some(w);
    memcpy(set, b, (size_t)w->n * sizeof *set);
    for (bool changed = true; changed;) {
        changed = false;
        for (int i = 0; i < w->n; i++) {
            if (!set[i] && (a == NULL || a[i]) && leads_to(w, i, set)) {
                set[i] = changed = true;
            }
        }
    }
    return set;
}

/* Number of the strongly connected component of each state, by what reaches what. */
static void components(const world *w, int *component, bool *bottom)
{
    for (int i = 0; i < w->n; i++) {
        component[i] = -1;
        bottom[i] = false;
    }
    for (int i = 0; i < w->n; i++) {
        if (component[i] >= 0) {
            continue;
        }
        bool *const here = some(w);
        here[i] = true; /* backwards */
        bool *const into = way(w, NULL, here);
        bool *const out = some(w);
        out[i] = true;
        for (bool changed = true; changed;) {
            changed = false;
            for (int k = 0; k < w->n; k++) {
                for (int m = 0; out[k] && m < w->count[k]; m++) {
                    changed = changed || !out[w->next[k][m]];
                    out[w->next[k][m]] = true;
                }
            }
        }
        bool is_bottom = true;
        for (int k = 0; k < w->n; k++) {
            is_bottom = is_bottom && (!out[k] || into[k]);
        }
        for (int k = 0; k < w->n; k++) {
            if (out[k] && into[k]) {
                component[k] = i;
                bottom[k] = is_bottom;
            }
        }
        free(here);
        free(into);
        free(out);
    }
}

/* EG a: the greatest set in a of which each state is steady or leads to another.  Fair:
 * from a way in a to a component that nothing leaves, all of it in a, since a fair way
 * ends in such a one and goes everywhere in it. */
static bool *stays(const world *w, const bool *a, bool fair)
{
    bool *set = some(w);
    if (!fair) {
        memcpy(set, a, (size_t)w->n * sizeof *set);
        for (bool changed = true; changed;) {
            changed = false;
            for (int i = 0; i < w->n; i++) {
                if (set[i] && w->count[i] > 0 && !leads_to(w, i, set)) {
                    set[i] = false;
                    changed = true;
                }
            }
        }
        return set;
    }
    int *const component = malloc((size_t)w->n * sizeof *component);
    bool *const bottom = some(w);
    assert_non_null(component);
    components(w, component, bottom);
    for (int i = 0; i < w->n; i++) {
        set[i] = bottom[i];
        for (int k = 0; k < w->n && set[i]; k++) {
            set[i] = component[k] != component[i] || a[k];
        }
    }
    bool *const result = way(w, a, set);
    free(set);
    free(component);
    free(bottom);
    return result;
}

static bool *inverse(const world *w, const bool *a)
{
    bool *const set = some(w);
    for (int i = 0; i < w->n; i++) {
        set[i] = !a[i];
    }
    return set;
}

static bool *naive(const world *w, const saying *s, int i, bool fair)
{
    const said *const it = &s->at[i];
    bool *a = it->kind >= K_NOT ? naive(w, s, it->a, fair) : NULL;
    bool *b = it->kind == K_AND || it->kind == K_OR || it->kind == K_IMPLIES ||
                      it->kind == K_UNTIL
                  ? naive(w, s, it->b, fair)
                  : NULL;
    bool *set = NULL;
    if (it->kind == K_EVENTUALLY && it->possibly) {
        set = way(w, NULL, a);
    } else if (it->kind == K_ALWAYS && it->possibly) {
        set = stays(w, a, fair);
    } else if (it->kind == K_EVENTUALLY || it->kind == K_ALWAYS) {
        bool *const not_a = inverse(w, a);
        bool *const against =
            it->kind == K_ALWAYS ? way(w, NULL, not_a) : stays(w, not_a, fair);
        set = inverse(w, against);
        free(not_a);
        free(against);
    } else if (it->kind == K_UNTIL && it->possibly) {
        set = way(w, a, b);
    } else if (it->kind == K_UNTIL) {
        /* No way that stays out of b, and none that leaves a before b. */
        bool *const not_b = inverse(w, b);
        bool *const never = stays(w, not_b, fair);
        bool *const neither = some(w);
        for (int k = 0; k < w->n; k++) {
            neither[k] = !a[k] && !b[k];
        }
        bool *const breaks = way(w, not_b, neither);
        set = some(w);
        for (int k = 0; k < w->n; k++) {
            set[k] = !never[k] && !breaks[k];
        }
        free(not_b);
        free(never);
        free(neither);
        free(breaks);
    } else {
        set = some(w);
        for (int k = 0; k < w->n; k++) {
            int state[MOST_NODES];
            decode(w->g, k, state);
            set[k] = it->kind == K_LEVEL     ? state[it->x] >= it->level
                     : it->kind == K_STEADY  ? w->count[k] == 0
                     : it->kind == K_NOT     ? !a[k]
                     : it->kind == K_AND     ? a[k] && b[k]
                     : it->kind == K_IMPLIES ? !a[k] || b[k]
                                             : a[k] || b[k];
        }
    }
    free(a);
    free(b);
    return set;
}

static int random_said(saying *s, bk_random *random, const net *g, int depth)
{
    said it = {.kind = depth == 0 ? K_LEVEL : (kind)pick(random, K_UNTIL + 1)};
    it.possibly = it.kind >= K_EVENTUALLY && pick(random, 2) == 0;
    it.x = pick(random, g->n);
    it.level = pick(random, g->max[it.x] + 1);
    if (it.kind >= K_NOT) {
        it.a = random_said(s, random, g, depth - 1);
    }
    if (it.kind == K_AND || it.kind == K_OR || it.kind == K_IMPLIES ||
        it.kind == K_UNTIL) {
        it.b = random_said(s, random, g, depth - 1);
    }
    assert_true(s->n < MOST_SAID);
    s->at[s->n] = it;
    return s->n++;
}

static void print_said(const saying *s, int i, char *text, size_t room)
{
    const said *const it = &s->at[i];
    static const char *const between[] = {
        [K_AND] = "and", [K_OR] = "or", [K_IMPLIES] = "implies", [K_UNTIL] = "until"};
    char *const end = text + strlen(text);
    const size_t left = room - strlen(text);
    switch (it->kind) {
    case K_LEVEL:
        snprintf(end, left, "x%d >= %d", it->x, it->level);
        return;
    case K_STEADY:
        snprintf(end, left, "steady");
        return;
    case K_NOT:
    case K_EVENTUALLY:
    case K_ALWAYS:
        snprintf(end, left, "%s %s (", it->possibly ? "possibly" : "",
                 it->kind == K_NOT          ? "not"
                 : it->kind == K_EVENTUALLY ? "eventually"
                                            : "always");
        print_said(s, it->a, text, room);
        strncat(text, ")", room - strlen(text) - 1);
        return;
    default:
        snprintf(end, left, "(%s (", it->possibly ? "possibly" : "");
        print_said(s, it->a, text, room);
        snprintf(text + strlen(text), room - strlen(text), ") %s (", between[it->kind]);
        print_said(s, it->b, text, room);
        strncat(text, "))", room - strlen(text) - 1);
    }
}

/* Every move of the way is one of the model, and where it comes back it does. */
static void walk(const world *w, const bk_verdict *v, const bool *starts)
{
    int state[MOST_NODES];
    long back = -1;
    for (int x = 0; x < w->g->n; x++) {
        state[x] = bk_verdict_start(v, x);
        assert_in_range(state[x], 0, w->g->max[x]);
    }
    assert_true(starts[encode(w->g, state)]);
    for (size_t i = 0; i < bk_verdict_moves(v); i++) {
        const bk_path_move m = bk_verdict_move(v, i);
        const int from = encode(w->g, state);
        back = (long)i == bk_verdict_repeats(v) ? from : back;
        assert_int_equal(state[m.symbol], m.from);
        state[m.symbol] = m.to;
        const int to = encode(w->g, state);
        bool is = false;
        for (int k = 0; k < w->count[from]; k++) {
            is = is || w->next[from][k] == to;
        }
        assert_true(is);
    }
    if (bk_verdict_repeats(v) >= 0) {
        assert_int_equal(back, encode(w->g, state));
    }
}

/* The end of a way that shows `possibly eventually`, or denies `always`, has the level or
 * lacks it. */
static void look_at_end(const saying *s, int whole, const bk_verdict *v)
{
    const said *const it = &s->at[whole];
    const bool ef =
        it->kind == K_EVENTUALLY && it->possibly && bk_verdict_answer(v) == BK_YES;
    const bool ag =
        it->kind == K_ALWAYS && !it->possibly && bk_verdict_answer(v) == BK_NO;
    const said *const part = &s->at[it->a];
    if ((!ef && !ag) || part->kind != K_LEVEL) {
        return;
    }
    int level = bk_verdict_start(v, part->x);
    for (size_t i = 0; i < bk_verdict_moves(v); i++) {
        const bk_path_move m = bk_verdict_move(v, i);
        level = m.symbol == part->x ? m.to : level;
    }
    assert_true((level >= part->level) == ef);
}

/* Free levels; those of `from x>=level` too.  The starts, by their definition. */
static void fill_starts(world *w, const edits *e, const bool *freed, int from_x,
                        int from_level, bool *free_input)
{
    for (int x = 0; x < w->g->n; x++) {
        free_input[x] = w->g->input[x] && freed[x] && isnan(e->background[x].fix);
    }
    for (int i = 0; i < w->n; i++) {
        int state[MOST_NODES] = {0};
        decode(w->g, i, state);
        w->start[i] = from_x < 0 || state[from_x] >= from_level;
        for (int x = 0; x < w->g->n && w->start[i]; x++) {
            const double fix = e->background[x].fix;
            const int begin = !isnan(fix)          ? (int)fix
                              : isnan(e->start[x]) ? w->g->start[x]
                                                   : (int)e->start[x];
            if (!isnan(fix) || !freed[x]) {
                w->start[i] = state[x] == begin;
            } else if (free_input[x]) {
                w->start[i] =
                    state[x] == clamped(&e->background[x], state[x], w->g->max[x]);
            }
        }
    }
}

typedef struct tally {
    long yes, no, open, vacuous, moves;
} tally;

static void check(const net *g, const edits *e, bk_random *random, tally *t)
{
    static const struct {
        long states, nodes;
    } limits[] = {{0, 0}, {1, 0}, {0, 1}, {7, 1}};
    world w = world_of(g);
    bool freed[MOST_NODES];
    bool free_input[MOST_NODES];
    int32_t list[MOST_NODES];
    size_t n_free = 0;
    const int from_x = pick(random, 2) == 0 ? pick(random, g->n) : -1;
    const int from_level = from_x >= 0 ? pick(random, g->max[from_x] + 1) : 0;
    for (int x = 0; x < g->n; x++) {
        freed[x] = pick(random, 3) == 0;
        if (freed[x]) {
            list[n_free++] = x;
        }
        freed[x] = freed[x] || x == from_x;
    }
    fill_starts(&w, e, freed, from_x, from_level, free_input);
    fill_moves(&w, e, free_input);
    saying s = {.n = 0};
    const int whole = random_said(&s, random, g, 3);
    char text[4000] = "";
    if (from_x >= 0) {
        snprintf(text, sizeof text, "from x%d >= %d: ", from_x, from_level);
    }
    print_said(&s, whole, text, sizeof text);
    bk_system *system = NULL;
    bk_overlay *const overlay = bound(e, g->model);
    assert_int_equal(bk_engine_async.compile(g->model, NULL, &system), BK_OK);
    for (int fair = 0; fair < 2; fair++) {
        bool *const truth = naive(&w, &s, whole, fair == 1);
        bool holds = true;
        bool any = false;
        for (int i = 0; i < w.n; i++) {
            holds = holds && (!w.start[i] || truth[i]);
            any = any || w.start[i];
        }
        bk_claim *claim = NULL;
        assert_int_equal(
            bk_claim_parse(g->model, text, fair == 1, (bk_where){0}, NULL, &claim),
            BK_OK);
        for (size_t k = 0; k < sizeof limits / sizeof *limits; k++) {
            bk_verdict *v = NULL;
            const bk_claim_settings settings = {.free = list,
                                                .n_free = n_free,
                                                .max_states = limits[k].states,
                                                .max_nodes = limits[k].nodes};
            assert_int_equal(
                bk_claim_check(system, overlay, claim, &settings, NULL, &v), BK_OK);
            const bk_answer answer = bk_verdict_answer(v);
            if (k < 3 || answer != BK_NOT_DECIDED) {
                if (answer != (holds ? BK_YES : BK_NO)) {
                    fail_msg("%s\n%s\nis %s, not %s (%s)", text, e->text,
                             holds ? "true" : "false", answer == BK_YES ? "yes" : "no",
                             bk_verdict_text(v));
                }
                assert_true(any || bk_verdict_vacuous(v)[0] != '\0');
                if (any) {
                    walk(&w, v, w.start);
                    look_at_end(&s, whole, v);
                }
            }
            t->yes += answer == BK_YES ? 1 : 0;
            t->no += answer == BK_NO ? 1 : 0;
            t->open += answer == BK_NOT_DECIDED ? 1 : 0;
            t->vacuous += bk_verdict_vacuous(v)[0] != '\0' ? 1 : 0;
            t->moves += (long)bk_verdict_moves(v);
            bk_verdict_free(v);
        }
        bk_claim_free(claim);
        free(truth);
    }
    bk_overlay_free(overlay);
    bk_system_free(system);
    free_world(&w);
}

static void claims_hold_as_the_whole_graph_says(void **unused)
{
    (void)unused;
    bk_random random;
    bk_random_start(&random, 71, 0, 0);
    const char *const wanted = getenv("BLOCKADE_LONG");
    const int networks = wanted != NULL && strcmp(wanted, "1") == 0 ? 5000 : 300;
    tally t = {0};
    for (int i = 0; i < networks;) {
        const net g = random_net(&random, 2, 8, 1 + i % 3, false);
        if (states_of(&g) <= MOST_STATES) {
            const edits e = i % 3 == 0 ? random_edits(&random, &g) : no_edits();
            for (int k = 0; k < 4; k++) {
                check(&g, &e, &random, &t);
            }
            i++;
        }
        bk_model_free(g.model);
    }
    printf("yes %ld, no %ld, not decided %ld, vacuous %ld, moves shown %ld\n", t.yes,
           t.no, t.open, t.vacuous, t.moves);
    assert_true(t.yes > networks && t.no > networks && t.open > networks / 10);
    assert_true(t.vacuous > networks / 10 && t.moves > networks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {test(claims_hold_as_the_whole_graph_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
