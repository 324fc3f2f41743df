/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/moieties.h"

#include "base/alloc.h"
#include "model/model.h"
#include "model/null_space.h"

#include <math.h>
#include <stdlib.h>

struct bk_moieties {
    bk_moiety *items;
    int32_t n;
    size_t capacity;
};

typedef struct finding {
    const bk_model *model;
    bool *kept;         /* [symbols] amounts that reactions alone change */
    int32_t *row_of;    /* [symbols] or -1 */
    int32_t *species;   /* [rows] */
    int32_t *uses;      /* [symbols] reactions */
    int32_t conversion; /* of the species at hand */
    bk_null_entry *column;
    bk_moieties *made;
} finding;

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* The fraction of the smallest denominator up to a million that is this double, by
 * continued fractions; false: there is none. */
static bool fraction_of(double value, int64_t *over, int64_t *under)
{
    const double size = fabs(value);
    int64_t p[2] = {1, 0}, q[2] = {0, 1}; /* the last two convergents */
    double rest = size;
    for (int i = 0; i < 40 && rest < 1e9; i++) {
        const int64_t whole = (int64_t)rest;
        const int64_t next_p = whole * p[0] + p[1];
        const int64_t next_q = whole * q[0] + q[1];
        if (next_q > 1000000 || next_p > 1000000000) {
            return false;
        }
        p[1] = p[0];
        q[1] = q[0];
        p[0] = next_p;
        q[0] = next_q;
        if ((double)next_p / (double)next_q == size) {
            *over = value < 0.0 ? -next_p : next_p;
            *under = next_q;
            return true;
        }
        rest = 1.0 / (rest - (double)whole);
    }
    return false;
}

/* --- which species ------------------------------------------------------------------------ */

static void drop_assigned(finding *f, bool between_events)
{
    const bk_model *const m = f->model;
    for (int32_t e = 0; e < m->n_events && !between_events; e++) {
        const bk_event *const event = &m->events[e];
        for (int32_t k = 0; k < event->assignments && event->trigger >= 0; k++) {
            f->kept[m->event_assignments[event->first_assignment + k].target] = false;
        }
    }
    for (int32_t r = 0; r < m->n_rules; r++) {
        if (m->rules[r].solves >= 0) {
            f->kept[m->rules[r].solves] = false;
        }
    }
}

/* The number of a participant as a fraction, the same at all times; false: it has none. */
static bool number_of(const bk_model *m, const bk_participant *p, int64_t *over,
                      int64_t *under)
{
    double number = p->stoichiometry;
    if (p->symbol >= 0) {
        bool set = m->symbols[p->symbol].rule >= 0 || !p->constant;
        for (int32_t i = 0; i < m->n_initials && !set; i++) {
            set = m->initials[i].target == p->symbol;
        }
        number = set ? (double)NAN : m->symbols[p->symbol].value;
    }
    if (p->math >= 0 || !fraction_of(number, over, under)) {
        return false;
    }
    *over = p->role == BK_REACTANT ? -*over : *over;
    return true;
}

static void find_kept(finding *f, const bool *excluded, bool between_events)
{
    const bk_model *const m = f->model;
    for (int32_t p = 0; p < m->n_participants; p++) {
        const int32_t i = m->participants[p].species;
        const bk_symbol *const s = &m->symbols[i];
        if (m->participants[p].role != BK_MODIFIER) {
            f->uses[i]++;
            f->kept[i] = s->kind == BK_SPECIES && !s->boundary && !s->constant &&
                         s->rule < 0 && (excluded == NULL || !excluded[i]);
        }
    }
    drop_assigned(f, between_events);
    for (int32_t p = 0; p < m->n_participants; p++) {
        int64_t over;
        int64_t under;
        if (m->participants[p].role != BK_MODIFIER &&
            !number_of(m, &m->participants[p], &over, &under)) {
            f->kept[m->participants[p].species] = false;
        }
    }
}

static bool belongs(const finding *f, int32_t symbol)
{
    return f->kept[symbol] && f->model->symbols[symbol].conversion == f->conversion;
}

/* The species that few reactions change first: complexes then depend on nothing, and what
 * depends are hubs such as free monomers. */
static int32_t number_rows(finding *f)
{
    const bk_model *const m = f->model;
    int32_t most = 0;
    int32_t rows = 0;
    for (int32_t i = 0; i < m->n_symbols; i++) {
        f->row_of[i] = -1;
        most = belongs(f, i) && f->uses[i] > most ? f->uses[i] : most;
    }
    int32_t *const heads = bk_alloc_zero((size_t)most + 2, sizeof *heads);
    if (heads == NULL) {
        return -1;
    }
    for (int32_t i = 0; i < m->n_symbols; i++) {
        if (belongs(f, i)) {
            heads[f->uses[i] + 1]++;
        }
    }
    for (int32_t k = 0; k <= most; k++) {
        heads[k + 1] += heads[k];
    }
    for (int32_t i = 0; i < m->n_symbols; i++) {
        if (belongs(f, i)) {
            f->row_of[i] = heads[f->uses[i]]++;
            f->species[f->row_of[i]] = i;
            rows++;
        }
    }
    bk_free(heads);
    return rows;
}

/* --- columns ------------------------------------------------------------------------------ */

static int by_row(const void *a, const void *b)
{
    return compare(((const bk_null_entry *)a)->row, ((const bk_null_entry *)b)->row);
}

/* A species may stand in a reaction several times. */
static int32_t join(bk_null_entry *column, int32_t n)
{
    int32_t kept = 0;
    qsort(column, (size_t)n, sizeof *column, by_row);
    for (int32_t k = 0; k < n;) {
        bk_null_entry sum = column[k++];
        for (; k < n && column[k].row == sum.row; k++) {
            sum.number += column[k].number;
        }
        if (sum.number != 0) {
            column[kept++] = sum;
        }
    }
    return kept;
}

/* A reaction in whole numbers. */
static bk_status add_reaction(finding *f, const bk_reaction *reaction,
                              bk_null_space *space)
{
    const bk_participant *const list =
        f->model->participants + reaction->first_participant;
    int64_t common = 1;
    int32_t n = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int32_t i = 0; i < reaction->participants; i++) {
            const int32_t row = f->row_of[list[i].species];
            int64_t over = 0;
            int64_t under = 1;
            if (list[i].role == BK_MODIFIER || row < 0) {
                continue;
            }
            number_of(f->model, &list[i], &over, &under);
            if (pass == 1) {
                f->column[n++] = (bk_null_entry){row, over * (common / under)};
            } else {
                common *= under / bk_null_common(common, under);
            }
            if (common > 1000000) {
                return BK_NUMERICAL;
            }
        }
    }
    return bk_null_space_add(space, f->column, join(f->column, n));
}

/* --- the whole ---------------------------------------------------------------------------- */

static int by_species(const void *a, const void *b)
{
    return compare(((const bk_moiety_part *)a)->species,
                   ((const bk_moiety_part *)b)->species);
}

static bk_status keep(finding *f, const bk_null_vector *vector)
{
    bk_moieties *const all = f->made;
    bk_moiety_part *const parts = bk_alloc((size_t)vector->n * sizeof *parts);
    if (parts == NULL ||
        !bk_grow(&all->items, &all->capacity, (size_t)all->n + 1, sizeof *all->items)) {
        bk_free(parts);
        return BK_NO_MEMORY;
    }
    for (int32_t k = 0; k < vector->n; k++) {
        parts[k] = (bk_moiety_part){f->species[vector->entries[k].row],
                                    vector->entries[k].number};
    }
    qsort(parts, (size_t)vector->n, sizeof *parts, by_species);
    for (int32_t k = vector->n - 1; parts[0].number < 0 && k >= 0; k--) {
        parts[k].number = -parts[k].number;
    }
    all->items[all->n++] = (bk_moiety){vector->n, parts};
    return BK_OK;
}

/* The moieties of the species that have one conversion factor in common. */
static bk_status find_group(finding *f)
{
    const int32_t rows = number_rows(f);
    bk_null_space *const space = rows < 0 ? NULL : bk_null_space_new(rows);
    const bk_null_vector *vectors = NULL;
    int32_t n = 0;
    bk_status status = space == NULL ? BK_NO_MEMORY : BK_OK;
    for (int32_t r = 0; r < f->model->n_reactions && status == BK_OK; r++) {
        status = add_reaction(f, &f->model->reactions[r], space);
    }
    if (status == BK_OK) {
        status = bk_null_space_solve(space, &vectors, &n);
    }
    for (int32_t i = 0; i < n && status == BK_OK; i++) {
        status = keep(f, &vectors[i]);
    }
    bk_null_space_free(space);
    return status;
}

static int by_first(const void *a, const void *b)
{
    const bk_moiety *const x = a, *const y = b;
    const int first = compare(x->parts[0].species, y->parts[0].species);
    return first != 0 ? first : compare(x->n, y->n);
}

static bool is_first_of_group(const finding *f, int32_t symbol)
{
    int32_t i = 0;
    while (!f->kept[i] ||
           f->model->symbols[i].conversion != f->model->symbols[symbol].conversion) {
        i++;
    }
    return i == symbol;
}

bk_status bk_moieties_find_without(const bk_model *model, const bool *excluded,
                                   bool between_events, bk_moieties **moieties)
{
    const size_t n = (size_t)model->n_symbols + 1;
    finding f = {.model = model};
    f.made = bk_alloc_zero(1, sizeof *f.made);
    f.kept = bk_alloc_zero(n, sizeof *f.kept);
    f.uses = bk_alloc_zero(n, sizeof *f.uses);
    f.row_of = bk_alloc(n * sizeof *f.row_of);
    f.species = bk_alloc(n * sizeof *f.species);
    f.column = bk_alloc(((size_t)model->n_participants + 1) * sizeof *f.column);
    bk_status status = BK_OK;
    if (f.made == NULL || f.kept == NULL || f.uses == NULL || f.row_of == NULL ||
        f.species == NULL || f.column == NULL) {
        status = BK_NO_MEMORY;
    } else {
        find_kept(&f, excluded, between_events);
        for (int32_t i = 0; i < model->n_symbols && status == BK_OK; i++) {
            if (f.kept[i] && is_first_of_group(&f, i)) {
                f.conversion = model->symbols[i].conversion;
                status = find_group(&f);
            }
        }
    }
    bk_free(f.kept);
    bk_free(f.uses);
    bk_free(f.row_of);
    bk_free(f.species);
    bk_free(f.column);
    if (status != BK_OK) {
        bk_moieties_free(f.made);
        return status;
    }
    if (f.made->n > 1) {
        qsort(f.made->items, (size_t)f.made->n, sizeof *f.made->items, by_first);
    }
    *moieties = f.made;
    return BK_OK;
}

bk_status bk_moieties_find(const bk_model *model, bk_moieties **moieties)
{
    return bk_moieties_find_without(model, NULL, false, moieties);
}

void bk_moieties_free(bk_moieties *moieties)
{
    for (int32_t i = 0; moieties != NULL && i < moieties->n; i++) {
        bk_free((void *)moieties->items[i].parts);
    }
    if (moieties != NULL) {
        bk_free(moieties->items);
        bk_free(moieties);
    }
}

int32_t bk_moieties_count(const bk_moieties *moieties)
{
    return moieties->n;
}

const bk_moiety *bk_moieties_at(const bk_moieties *moieties, int32_t i)
{
    return &moieties->items[i];
}
