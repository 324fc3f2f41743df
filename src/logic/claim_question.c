/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/claim_question.h"

#include "base/alloc.h"
#include "logic/box.h"
#include "logic/start.h"

#include <string.h>

static int32_t add(bk_question *q, bk_condition_node node)
{
    return bk_condition_add(&q->conditions, node);
}

static int32_t join(bk_question *q, bk_says says, int32_t a, int32_t b)
{
    return add(q, (bk_condition_node){.says = says, .a = a, .b = b});
}

static int32_t at_level(bk_question *q, int32_t x, int level)
{
    return add(q, (bk_condition_node){
                      .says = BK_SAYS_LEVEL, .x = x, .low = level, .high = level});
}

static bool copy_conditions(bk_question *q)
{
    const bk_condition_list *const list = &q->claim->conditions;
    const bk_logic_system *const s = q->work->system;
    for (int32_t i = 0; i < list->n; i++) {
        bk_condition_node node = list->at[i];
        node.x = node.says == BK_SAYS_LEVEL ? s->node[node.x] : -1;
        if (add(q, node) < 0) {
            return false;
        }
    }
    return true;
}

/* The levels that a condition on states names. */
static void mark_named(const bk_question *q, int32_t i, bool *named)
{
    const bk_condition_node *const c = &q->conditions.at[i];
    if (c->says == BK_SAYS_LEVEL) {
        named[c->x] = true;
    }
    if (c->says >= BK_SAYS_NOT) {
        mark_named(q, c->a, named);
    }
    if (c->says == BK_SAYS_AND || c->says == BK_SAYS_OR || c->says == BK_SAYS_WAY) {
        mark_named(q, c->b, named);
    }
}

/* Of a free input the levels that the background leaves it. */
static bool free_input(bk_question *q, int32_t x)
{
    const bk_logic_system *const s = q->work->system;
    const uint8_t *const drive = q->work->drive + s->first_level[x];
    int32_t any = add(q, (bk_condition_node){.says = BK_SAYS_FALSE});
    q->low[x] = drive[0];
    q->high[x] = drive[s->max[x]];
    for (int level = 0; level <= s->max[x]; level++) {
        if (level == 0 || drive[level] != drive[level - 1]) {
            any = join(q, BK_SAYS_OR, any, at_level(q, x, drive[level]));
        }
    }
    q->still[x] = true;
    q->starts = join(q, BK_SAYS_AND, q->starts, any);
    return q->starts >= 0;
}

/* What is gathered so far by `or`, a tree of 2^k conditions in each place or none (-1), so
 * that it is never deep. */
enum { PLACES = 31 };

static bool gather(bk_question *q, int32_t *trees, int32_t one)
{
    int k = 0;
    for (; one >= 0 && trees[k] >= 0; k++) {
        one = join(q, BK_SAYS_OR, trees[k], one);
        trees[k] = -1;
    }
    trees[k] = one;
    return one >= 0;
}

static int32_t any_of(bk_question *q, const int32_t *trees)
{
    int32_t any = add(q, (bk_condition_node){.says = BK_SAYS_FALSE});
    for (int k = 0; k < PLACES && any >= 0; k++) {
        any = trees[k] < 0 ? any : join(q, BK_SAYS_OR, any, trees[k]);
    }
    return any;
}

/* A group of levels that the model draws together, but for those that are free. */
static bool drawn_group(bk_question *q, const bk_start_group *group, const bool *freed)
{
    const bk_logic_system *const s = q->work->system;
    int32_t trees[PLACES];
    memset(trees, 0xFF, sizeof trees);
    bool some = false;
    for (int32_t i = 0; i < group->states; i++) {
        if (!(group->weights[i] > 0.0)) {
            continue;
        }
        int32_t all = add(q, (bk_condition_node){.says = BK_SAYS_TRUE});
        for (int32_t k = 0; k < group->n; k++) {
            const int32_t x = s->node[group->levels[k]];
            if (x < 0 || q->work->drawn[x] == 0 || freed[x]) {
                continue;
            }
            uint8_t level = group->values[i * group->n + k];
            some = true;
            if (s->dd[x] == NULL) { /* an input stays where the background lets it */
                level = q->work->drive[s->first_level[x] + level];
                q->still[x] = true;
            }
            q->low[x] = level < q->low[x] ? level : q->low[x];
            q->high[x] = level > q->high[x] ? level : q->high[x];
            all = join(q, BK_SAYS_AND, all, at_level(q, x, level));
        }
        if (!gather(q, trees, all)) {
            return false;
        }
    }
    q->starts = some ? join(q, BK_SAYS_AND, q->starts, any_of(q, trees)) : q->starts;
    return q->starts >= 0;
}

static bool make_starts(bk_question *q, bool *freed)
{
    const bk_logic_work *const w = q->work;
    const bk_logic_system *const s = w->system;
    const bk_claim_settings *const settings = q->settings;
    q->starts = q->claim->from >= 0 ? q->claim->from
                                    : add(q, (bk_condition_node){.says = BK_SAYS_TRUE});
    if (q->starts < 0) {
        return false;
    }
    memset(freed, settings->all_free ? 1 : 0, (size_t)s->n);
    for (size_t i = 0; i < settings->n_free; i++) {
        freed[s->node[settings->free[i]]] = true;
    }
    mark_named(q, q->starts, freed);
    for (int32_t x = 0; x < s->n; x++) {
        q->low[x] = q->high[x] = w->begin[x];
        /* A fixed level has one start; a drawn input is held only while it is drawn. */
        if (!freed[x] || (w->held[x] && w->drawn[x] == 0)) {
            if (w->drawn[x] != 0) {
                q->low[x] = UINT8_MAX;
                q->high[x] = 0;
            }
            continue;
        }
        q->high[x] = s->max[x];
        q->low[x] = 0;
        if (s->dd[x] == NULL && !free_input(q, x)) {
            return false;
        }
    }
    for (int32_t g = 0; g < s->head.model->n_starts; g++) {
        if (!drawn_group(q, &s->head.model->starts[g], freed)) {
            return false;
        }
    }
    return true;
}

/* Levels that cannot change make conditions constant, and these others. */
static void simplify(bk_question *q)
{
    const bk_reduced *const net = q->net;
    bk_condition_node *const at = q->conditions.at;
    for (int32_t i = 0; i < q->conditions.n; i++) {
        bk_condition_node *const c = &at[i];
        const bk_says a = c->says >= BK_SAYS_NOT ? at[c->a].says : BK_SAYS_LEVEL;
        const bk_says b =
            c->says == BK_SAYS_AND || c->says == BK_SAYS_OR || c->says == BK_SAYS_WAY
                ? at[c->b].says
                : BK_SAYS_LEVEL;
        if (c->says == BK_SAYS_LEVEL) {
            const int low = net->low[c->x];
            const int high = net->high[c->x];
            c->says = low >= c->low && high <= c->high ? BK_SAYS_TRUE
                      : c->low > c->high || low > c->high || high < c->low
                          ? BK_SAYS_FALSE
                          : c->says;
        } else if (c->says == BK_SAYS_NOT) {
            c->says = a == BK_SAYS_TRUE    ? BK_SAYS_FALSE
                      : a == BK_SAYS_FALSE ? BK_SAYS_TRUE
                                           : c->says;
        } else if (c->says == BK_SAYS_STAY) {
            c->says = a == BK_SAYS_TRUE || a == BK_SAYS_FALSE ? a : c->says;
        } else if (c->says == BK_SAYS_AND || c->says == BK_SAYS_OR) {
            const bk_says wins = c->says == BK_SAYS_AND ? BK_SAYS_FALSE : BK_SAYS_TRUE;
            const bk_says yields =
                c->says == BK_SAYS_AND ? BK_SAYS_TRUE : BK_SAYS_FALSE;
            if (a == wins || b == wins) {
                c->says = wins;
            } else if (a == yields || b == yields) {
                *c = at[a == yields ? c->b : c->a];
            }
        } else if (c->says == BK_SAYS_WAY) {
            if (b == BK_SAYS_TRUE || b == BK_SAYS_FALSE) {
                c->says = b;
            } else if (a == BK_SAYS_FALSE) {
                *c = at[c->b];
            }
        }
    }
}

static void use(bk_question *q, int32_t i)
{
    const bk_condition_node *const c = &q->conditions.at[i];
    if (q->used[i]) {
        return;
    }
    q->used[i] = true;
    if (c->says >= BK_SAYS_NOT) {
        use(q, c->a);
    }
    if (c->says == BK_SAYS_AND || c->says == BK_SAYS_OR || c->says == BK_SAYS_WAY) {
        use(q, c->b);
    }
}

static void mark_used(bk_question *q)
{
    use(q, q->claim->whole);
    use(q, q->starts);
    for (size_t k = 0; k < q->claim->n_premises; k++) {
        use(q, q->claim->premises[k].reached);
    }
}

static bool moves(const bk_reduced *net, int32_t x)
{
    return net->low[x] < net->high[x] && net->dd[x] != NULL;
}

/* What x asks for, one node after the other; *at starts at the diagram's terminals. */
static int32_t next_regulator(const bk_dd *dd, int32_t *at)
{
    return *at < dd->nodes ? dd->regulator[dd->variable[(*at)++]] : -1;
}

/* Adds what the marked nodes depend on. */
static void close_upstream(const bk_reduced *net, bool *marked, int32_t *stack)
{
    int32_t n = 0;
    for (int32_t x = 0; x < net->n; x++) {
        if (marked[x]) {
            stack[n++] = x;
        }
    }
    while (n > 0) {
        const int32_t x = stack[--n];
        int32_t at = moves(net, x) ? net->dd[x]->terminals : 0;
        for (int32_t y; moves(net, x) && (y = next_regulator(net->dd[x], &at)) >= 0;) {
            if (!marked[y]) {
                marked[y] = true;
                stack[n++] = y;
            }
        }
    }
}

/* Whether the nodes that are not marked act on one another in a circle: takes away what
 * acts on none of the others, again and again, until there is nothing of that kind. */
static bool circle_outside(const bk_reduced *net, const bool *marked, int32_t *uses,
                           int32_t *stack)
{
    int32_t left = 0;
    int32_t n = 0;
    memset(uses, 0, (size_t)net->n * sizeof *uses);
    for (int32_t x = 0; x < net->n; x++) {
        if (marked[x] || !moves(net, x)) {
            continue;
        }
        left++;
        int32_t at = net->dd[x]->terminals;
        for (int32_t y; (y = next_regulator(net->dd[x], &at)) >= 0;) {
            uses[y]++;
        }
    }
    for (int32_t x = 0; x < net->n; x++) {
        if (!marked[x] && moves(net, x) && uses[x] == 0) {
            stack[n++] = x;
        }
    }
    while (n > 0) {
        const int32_t x = stack[--n];
        left--;
        int32_t at = net->dd[x]->terminals;
        for (int32_t y; (y = next_regulator(net->dd[x], &at)) >= 0;) {
            if (--uses[y] == 0 && !marked[y] && moves(net, y)) {
                stack[n++] = y;
            }
        }
    }
    return left > 0;
}

static bk_status choose_nodes(bk_question *q)
{
    const bk_reduced *const net = q->net;
    const size_t n = (size_t)net->n;
    bool *const marked = bk_alloc_zero(n + 1, sizeof *marked);
    int32_t *const stack = bk_alloc_zero(n + 1, sizeof *stack);
    int32_t *const uses = bk_alloc_zero(n + 1, sizeof *uses);
    q->nodes = bk_alloc_zero(n + 1, sizeof *q->nodes);
    q->used = bk_alloc_zero((size_t)q->conditions.n + 1, sizeof *q->used);
    const bool ok = marked != NULL && stack != NULL && uses != NULL &&
                    q->nodes != NULL && q->used != NULL;
    bool all = false;
    bool stay = false;
    if (ok) {
        mark_used(q);
    }
    for (int32_t i = 0; ok && i < q->conditions.n; i++) {
        const bk_condition_node *const c = &q->conditions.at[i];
        if (q->used[i] && c->says == BK_SAYS_LEVEL) {
            marked[c->x] = true;
        }
        all = all || (q->used[i] && c->says == BK_SAYS_STEADY);
        stay = stay || (q->used[i] && c->says == BK_SAYS_STAY);
    }
    if (ok) {
        close_upstream(net, marked, stack);
        all = all || (stay && circle_outside(net, marked, uses, stack));
    }
    for (int32_t x = 0; ok && x < net->n; x++) {
        if (net->low[x] < net->high[x] && (all || marked[x])) {
            q->nodes[q->n_nodes++] = x;
        }
    }
    bk_free(marked);
    bk_free(stack);
    bk_free(uses);
    return ok ? BK_OK : BK_NO_MEMORY;
}

static bk_status reduce(bk_question *q)
{
    const size_t n = (size_t)q->work->system->n;
    uint8_t *const low = bk_alloc(n + 1);
    uint8_t *const high = bk_alloc(n + 1);
    bk_status status = low == NULL || high == NULL ? BK_NO_MEMORY : BK_OK;
    if (status == BK_OK) {
        memcpy(low, q->low, n);
        memcpy(high, q->high, n);
        status = bk_logic_closure(q->work, q->still, low, high);
    }
    if (status == BK_OK) {
        status = bk_reduce(q->work, false, low, high, false, &q->net);
    }
    for (size_t x = 0; status == BK_OK && x < n; x++) {
        if (q->still[x]) {
            q->net->dd[x] = NULL;
        }
    }
    bk_free(low);
    bk_free(high);
    return status;
}

bk_status bk_question_make(bk_question *question, const bk_overlay *overlay)
{
    bk_question *const q = question;
    bk_logic_bind(q->work, overlay, NULL, false);
    bk_start_bind(q->work, overlay, NULL);
    const size_t n = (size_t)q->work->system->n;
    q->low = bk_alloc_zero(n + 1, 1);
    q->high = bk_alloc_zero(n + 1, 1);
    q->still = bk_alloc_zero(n + 1, sizeof *q->still);
    bool *const freed = bk_alloc_zero(n + 1, sizeof *freed);
    const bool ok = q->low != NULL && q->high != NULL && q->still != NULL &&
                    freed != NULL && copy_conditions(q) && make_starts(q, freed);
    bk_free(freed);
    bk_status status = ok ? reduce(q) : BK_NO_MEMORY;
    if (status == BK_OK) {
        simplify(q);
        status = choose_nodes(q);
    }
    return status;
}

void bk_question_end(bk_question *question)
{
    bk_reduced_free(question->net);
    bk_free(question->conditions.at);
    bk_free(question->used);
    bk_free(question->low);
    bk_free(question->high);
    bk_free(question->still);
    bk_free(question->nodes);
}

int bk_claim_target(const bk_reduced *net, int32_t x, const uint8_t *levels)
{
    const bk_dd *const dd = net->dd[x];
    int32_t node = dd->root;
    while (node >= dd->terminals) {
        const int32_t y = dd->regulator[dd->variable[node]];
        node = dd->children[dd->first[node] + levels[y] - net->low[y]];
    }
    return node;
}
