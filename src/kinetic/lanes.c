/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/lanes.h"

#include "base/alloc.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define LANES(name) name##_plain
#define WIDE 2
#include "kinetic/lanes_kernel.h"
#undef LANES
#undef WIDE
#if defined __x86_64__ && defined __GNUC__ && !defined __clang__
#pragma GCC push_options
#pragma GCC target("avx2")
#define LANES(name) name##_avx2
#define WIDE 4
#include "kinetic/lanes_kernel.h"
#undef LANES
#undef WIDE
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq")
#define LANES(name) name##_avx512
#define WIDE 8
#include "kinetic/lanes_kernel.h"
#undef LANES
#undef WIDE
#pragma GCC pop_options
#else
#define kernel_avx2 kernel_plain
#define kernel_avx512 kernel_plain
#endif

const bk_lane_kernel *bk_lane_kernel_pick(bk_lane_kind set)
{
    static const bk_lane_kernel *const kernels[] = {&kernel_plain, &kernel_avx2,
                                                    &kernel_avx512};
    return kernels[set];
}

bool bk_kin_lanes_able(const bk_kin_system *system)
{
    return system->n > 0 && system->n_events == 0 && system->n_implicit == 0 &&
           system->fast == NULL && system->n_delays == 0 && system->n_draws == 0;
}

static bool allocate(bk_kin_lanes *l)
{
    const bk_kin_system *const s = l->system;
    const size_t n = (size_t)s->n;
    const size_t stages = (size_t)bk_rodas_default.stages;
    const size_t terms = (size_t)(s->n_terms + s->n_varying_terms) + 2;
    const size_t values = (size_t)s->n_values;
    const struct part {
        bk_lanes **array;
        size_t count;
    } parts[] = {{&l->slots, (size_t)bk_program_slots(s->program)},
                 {&l->units, n},
                 {&l->rows, (size_t)s->n_entries + 1},
                 {&l->weights, terms},
                 {&l->values, values + n},
                 {&l->y, n},
                 {&l->y_old, n},
                 {&l->mixed, n},
                 {&l->sizes, n},
                 {&l->goal, n},
                 {&l->f, n},
                 {&l->stage_y, n},
                 {&l->trial, n},
                 {&l->spare, n},
                 {&l->scale, n},
                 {&l->largest, n},
                 {&l->shared, n},
                 {&l->gone, n},
                 {&l->stages, stages * n},
                 {&l->dense, (size_t)bk_rodas_default.dense * n},
                 {&l->rtol, 1},
                 {&l->atol, 1}};
    const size_t n_parts = sizeof parts / sizeof *parts;
    size_t all = 0;
    for (size_t i = 0; i < n_parts; i++) {
        all += parts[i].count;
    }
    l->memory = bk_lanes_alloc(all);
    l->truth = s->n_roots > 0 ? BK_HELD : BK_FREE;
    l->status = bk_lane_masks_alloc((size_t)s->n_relations);
    l->free_status = bk_lane_masks_alloc((size_t)s->n_relations);
    l->column = bk_alloc_zero(n, sizeof *l->column);
    l->diagonal = bk_alloc(n * sizeof *l->diagonal);
    if (l->memory == NULL || l->status == NULL || l->free_status == NULL ||
        l->column == NULL || l->diagonal == NULL) {
        return false;
    }
    bk_lanes *next = l->memory;
    for (size_t i = 0; i < n_parts; i++) {
        *parts[i].array = next;
        next += parts[i].count;
    }
    return true;
}

static void find_diagonal(bk_kin_lanes *l)
{
    const bk_kin_system *const s = l->system;
    for (int32_t j = 0; j < s->n; j++) {
        for (int32_t k = s->starts[j]; k < s->starts[j + 1]; k++) {
            if (s->rows[k] == j) {
                l->diagonal[j] = k;
            }
        }
    }
}

bk_status bk_kin_lanes_new(const bk_kin_system *system, bk_lane_kind set,
                           bk_kin_lanes **lanes)
{
    bk_kin_lanes *const made = bk_alloc_zero(1, sizeof *made);
    if (made == NULL) {
        return BK_NO_MEMORY;
    }
    made->system = system;
    made->set = set;
    made->kernel = bk_lane_kernel_pick(set);
    made->run = bk_program_lanes_pick(set);
    bk_status status = allocate(made) && bk_kin_lanes_sum(made) ? BK_OK : BK_NO_MEMORY;
    for (int i = 0; i < BK_LANE_COUNT && status == BK_OK; i++) {
        bk_workspace *work = NULL;
        status = bk_kin_workspace(&system->head, &work);
        made->work[i] = (bk_kin_work *)work;
    }
    if (status == BK_OK) {
        status =
            bk_sparse_lu_new(system->n, system->starts, system->rows, &made->chooser);
    }
    if (status != BK_OK) {
        bk_kin_lanes_free(made);
        return status;
    }
    find_diagonal(made);
    *lanes = made;
    return BK_OK;
}

void bk_kin_lanes_free(bk_kin_lanes *lanes)
{
    if (lanes == NULL) {
        return;
    }
    for (int i = 0; i < BK_LANE_COUNT; i++) {
        bk_kin_swing_free(&lanes->swing[i]);
        bk_workspace_free(lanes->work[i] != NULL ? &lanes->work[i]->head : NULL);
    }
    bk_kin_lanes_sums_free(lanes);
    bk_program_free(lanes->program);
    bk_sparse_lu_free(lanes->chooser);
    bk_lanes_lu_free(lanes->lu);
    bk_lane_array_free(lanes->memory);
    bk_lane_array_free(lanes->status);
    bk_lane_array_free(lanes->free_status);
    bk_lane_array_free(lanes->edits);
    bk_lane_array_free(lanes->views);
    bk_lane_array_free(lanes->adjusts);
    bk_lane_array_free(lanes->helds);
    bk_free(lanes->halts);
    bk_free(lanes->column);
    bk_free(lanes->diagonal);
    bk_free(lanes);
}

void bk_lane_column(const bk_lanes *from, int lane, int32_t n, double *to)
{
    for (int32_t v = 0; v < n; v++) {
        to[v] = from[v][lane];
    }
}

void bk_lane_sizes(const bk_kin_lanes *lanes, int lane, double *sizes)
{
    for (int32_t v = 0; v < lanes->system->n; v++) {
        sizes[v] = bk_rodas_size(lanes->scale[v][lane], lanes->shared[v][lane],
                                 (*lanes->rtol)[lane], (*lanes->atol)[lane]);
    }
}
