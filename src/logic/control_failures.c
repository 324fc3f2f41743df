/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "logic/control_impl.h"

#include <string.h>

static bool bit(const uint64_t *bits, int32_t i)
{
    return (bits[i / 64] >> i % 64 & 1) != 0;
}

/* Of a failure that agrees with the whole set: how many of its interventions the set
 * lacks, and the last of these; -1: it does not agree. */
static int lacks(const bk_failure *failure, const bk_set *set, int32_t *last)
{
    for (int i = 0; i < set->n; i++) {
        if (!bit(failure->agrees, set->part[i])) {
            return -1;
        }
    }
    int missing = 0;
    for (int i = 0; i < failure->n_needed; i++) {
        bool in = false;
        for (int k = 0; k < set->n; k++) {
            in = in || set->part[k] == failure->needed[i];
        }
        if (!in) {
            missing++;
            *last = failure->needed[i];
        }
    }
    return missing;
}

bool bk_failures_know(const bk_failures *failures, size_t from, const bk_set *set)
{
    int32_t unused;
    for (size_t i = from; i < failures->count; i++) {
        if (lacks(&failures->all[i], set, &unused) == 0) {
            return true;
        }
    }
    return false;
}

void bk_failures_mark(const bk_failures *failures, const bk_set *set, uint64_t *failed)
{
    memset(failed, 0, failures->words * sizeof *failed);
    for (size_t i = 0; i < failures->count; i++) {
        const bk_failure *const failure = &failures->all[i];
        int32_t last = -1;
        const int missing = lacks(failure, set, &last);
        for (size_t w = 0; missing == 0 && w < failures->words; w++) {
            failed[w] |= failure->agrees[w];
        }
        if (missing == 1) {
            failed[last / 64] |= (uint64_t)1 << last % 64;
        }
    }
}

/* --- memory -------------------------------------------------------------------------- */

/* Which rules ask for a node. */
static bool list_users(bk_failures *f)
{
    const bk_reduced *const net = f->net;
    const size_t n = (size_t)net->n;
    int32_t *const first = bk_arena_zero(f->arena, n + 2, sizeof *first);
    f->first_user = first;
    if (first == NULL) {
        return false;
    }
    for (int pass = 0; pass < 2; pass++) {
        for (int32_t x = 0; x < net->n; x++) {
            const bk_dd *const dd = net->dd[x];
            for (int32_t v = 0; dd != NULL && v < dd->regulators; v++) {
                const int32_t y = dd->regulator[v];
                if (pass == 0) {
                    first[y + 1]++;
                } else {
                    f->users[first[y]++] = x;
                }
            }
        }
        for (int32_t x = 0; pass == 0 && x < net->n; x++) {
            first[x + 1] += first[x];
        }
        if (pass == 0) {
            f->users =
                bk_arena_alloc(f->arena, ((size_t)first[n] + 1) * sizeof *f->users);
            if (f->users == NULL) {
                return false;
            }
        }
    }
    memmove(first + 1, first, n * sizeof *first); /* each start had moved to its end */
    first[0] = 0;
    return true;
}

bk_status bk_failures_new(bk_reduced *net, const bk_lever *parts, size_t n_parts,
                          bk_failures **failures)
{
    bk_failures *const f = bk_alloc_zero(1, sizeof *f);
    if (f == NULL) {
        return BK_NO_MEMORY;
    }
    const size_t n = (size_t)net->n + 1;
    *f = (bk_failures){.net = net,
                       .parts = parts,
                       .n_parts = n_parts,
                       .words = n_parts / 64 + 1,
                       .arena = bk_arena_new()};
    if (f->arena != NULL) {
        f->low = bk_arena_zero(f->arena, 2 * n, 1);
        f->box = bk_arena_zero(f->arena, 2 * n, 1);
        f->hull = bk_arena_zero(f->arena, 2 * n, 1);
        f->idle = bk_arena_zero(f->arena, n, sizeof *f->idle);
        f->in_cone = bk_arena_zero(f->arena, n, sizeof *f->in_cone);
        f->queued = bk_arena_zero(f->arena, n, sizeof *f->queued);
        f->cone = bk_arena_alloc(f->arena, n * sizeof *f->cone);
        f->queue = bk_arena_alloc(f->arena, n * sizeof *f->queue);
    }
    if (f->arena == NULL || f->low == NULL || f->box == NULL || f->hull == NULL ||
        f->idle == NULL || f->in_cone == NULL || f->queued == NULL || f->cone == NULL ||
        f->queue == NULL || !list_users(f)) {
        bk_failures_free(f);
        return BK_NO_MEMORY;
    }
    f->high = f->low + net->n;
    *failures = f;
    return BK_OK;
}

void bk_failures_free(bk_failures *failures)
{
    if (failures != NULL) {
        bk_arena_free(failures->arena);
        bk_free(failures->all);
        bk_free(failures);
    }
}
