/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "explain/explain_impl.h"

#include "base/alloc.h"
#include "experiment/readouts_impl.h"

#include <math.h>

/* Best first, backwards from the read-out: strengths only fall on the way, so the first
 * paths that come out complete are the strongest. */

enum { MOST_STEPS = 200000, NO_STEP = -1 };
static const double faintest = 1e-4;

typedef struct step {
    int32_t node, arc; /* arc: the one just walked backwards, -1 at the read-out */
    int32_t after;     /* the step before, nearer to the read-out; NO_STEP */
    bool up, complete;
    double strength;
} step;

typedef struct search {
    bk_field *field;
    step *steps;
    size_t n, capacity;
    int32_t *heap; /* numbers of steps, strongest at the top */
    size_t waiting, heap_capacity;
    bool no_memory;
} search;

/* Stronger first; of equals the one made first. */
static bool before(const search *s, int32_t a, int32_t b)
{
    const double x = s->steps[a].strength, y = s->steps[b].strength;
    return x > y || (!(x < y) && a < b);
}

static void exchange(int32_t *a, int32_t *b)
{
    const int32_t kept = *a;
    *a = *b;
    *b = kept;
}

static void push(search *s, const step *made)
{
    if (!(made->strength >= faintest) || s->n >= MOST_STEPS || s->no_memory) {
        return;
    }
    if (!bk_grow(&s->steps, &s->capacity, s->n + 1, sizeof *s->steps) ||
        !bk_grow(&s->heap, &s->heap_capacity, s->waiting + 1, sizeof *s->heap)) {
        s->no_memory = true;
        return;
    }
    s->steps[s->n] = *made;
    size_t i = s->waiting++;
    s->heap[i] = (int32_t)s->n++;
    while (i > 0 && before(s, s->heap[i], s->heap[(i - 1) / 2])) {
        exchange(&s->heap[i], &s->heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

static int32_t pop(search *s)
{
    const int32_t top = s->heap[0];
    s->heap[0] = s->heap[--s->waiting];
    for (size_t i = 0;;) {
        size_t best = i;
        for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < s->waiting; k++) {
            best = before(s, s->heap[k], s->heap[best]) ? k : best;
        }
        if (best == i) {
            return top;
        }
        exchange(&s->heap[i], &s->heap[best]);
        i = best;
    }
}

static bool on_path(const search *s, int32_t at, int32_t node)
{
    for (; at != NO_STEP; at = s->steps[at].after) {
        if (s->steps[at].node == node) {
            return true;
        }
    }
    return false;
}

static void expand(search *s, int32_t number)
{
    const step from = s->steps[number];
    const bk_account *const account =
        from.up ? &s->field->up[from.node] : &s->field->down[from.node];
    if (account->why != NULL && account->own > 0) {
        step end = from;
        end.complete = true;
        end.strength = from.strength * fmin(account->own, 1);
        push(s, &end);
    }
    for (size_t i = 0; i < account->n; i++) {
        const bk_link *const link = &account->links[i];
        const int32_t source =
            bk_model_influence(s->field->question->logic, link->arc)->source;
        if (!on_path(s, number, source)) {
            push(s, &(step){.node = source,
                            .arc = link->arc,
                            .after = number,
                            .up = link->source_up,
                            .strength = from.strength * link->share});
        }
    }
}

/* --- the read-out ----------------------------------------------------------------- */

static int32_t node_of(const bk_field *field, int32_t symbol)
{
    for (int32_t i = 0; i < field->n; i++) {
        if (field->form[i] == symbol && symbol >= 0) {
            return i;
        }
    }
    return -1;
}

/* How much of the read-out a column makes at its value, against its other end. */
static double weight_of(const bk_field *field, int c, int32_t node, bool *up)
{
    const bk_readouts *const readouts = field->question->readouts;
    double *const columns = field->columns;
    const double kept = columns[c];
    const double value = bk_readouts_value(readouts, 0, columns, 0);
    columns[c] = 0;
    const double low = bk_readouts_value(readouts, 0, columns, 0);
    columns[c] = bk_field_max(field, node);
    const double high = bk_readouts_value(readouts, 0, columns, 0);
    columns[c] = kept;
    *up = high > low;
    const double weight = value - (*up ? low : high);
    return weight > 0 ? weight : 0;
}

static void begin(search *s)
{
    int n = 0;
    const bk_column *const columns =
        bk_readouts_columns(s->field->question->readouts, &n);
    double sum = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int c = 0; c < n; c++) {
            const int32_t node = node_of(s->field, columns[c].symbol);
            bool up = true;
            const double weight = node >= 0 ? weight_of(s->field, c, node, &up) : 0;
            sum += pass == 0 ? weight : 0;
            if (pass == 1 && weight > 1e-6) {
                push(s, &(step){.node = node,
                                .arc = -1,
                                .after = NO_STEP,
                                .up = up,
                                .strength = weight / sum});
            }
        }
    }
}

static bk_status keep(const search *s, int32_t number, bk_path *path)
{
    const step *const root = &s->steps[number];
    *path =
        (bk_path){.root = root->node, .root_up = root->up, .strength = root->strength};
    for (int32_t at = number; s->steps[at].arc >= 0; at = s->steps[at].after) {
        path->n++;
    }
    path->arcs = bk_arena_zero(s->field->arena, path->n + 1, sizeof *path->arcs);
    if (path->arcs == NULL) {
        return BK_NO_MEMORY;
    }
    int32_t at = number;
    for (size_t i = 0; i < path->n; i++) {
        path->arcs[i] = s->steps[at].arc;
        at = s->steps[at].after;
    }
    path->end = s->steps[at].node;
    path->end_up = s->steps[at].up;
    return BK_OK;
}

bk_status bk_paths_find(bk_field *field, size_t most, bk_path **paths, size_t *n)
{
    search s = {.field = field};
    bk_path *const made = bk_arena_zero(field->arena, most + 1, sizeof *made);
    bk_status status = made != NULL ? BK_OK : BK_NO_MEMORY;
    size_t found = 0;
    begin(&s);
    while (s.waiting > 0 && found < most && status == BK_OK && !s.no_memory) {
        const int32_t top = pop(&s);
        if (s.steps[top].complete) {
            status = keep(&s, top, &made[found++]);
        } else {
            expand(&s, top);
        }
    }
    status = s.no_memory ? BK_NO_MEMORY : status;
    bk_free(s.steps);
    bk_free(s.heap);
    if (status == BK_OK) {
        *paths = made;
        *n = found;
    }
    return status;
}
