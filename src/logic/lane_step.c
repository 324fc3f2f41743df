/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/lane_step.h"

#include "base/alloc.h"

#include <string.h>

/* Where the rails of the regulators of a rule are. */
typedef struct rails {
    int32_t *word;      /* [rails] word of each rail of the state */
    const int32_t **of; /* [regulators] */
    int32_t *values;    /* by node of a diagram */
} rails;

static void number_rails(bk_lane_step *s)
{
    const bk_reduced *const net = s->net;
    for (int32_t i = 0; i < net->n_core; i++) {
        const int32_t x = net->core[i];
        s->rail[x] = s->rails;
        s->rails += net->high[x] - net->low[x];
    }
    s->first = bk_lanes_reserve(&s->program, s->rails);
    s->next = bk_lanes_reserve(&s->program, s->rails);
}

static void compile_rule(bk_lane_step *s, const rails *r, int32_t x)
{
    const bk_reduced *const net = s->net;
    bk_program_lanes *const p = &s->program;
    const bk_dd *const dd = net->dd[x];
    const int32_t own = s->first + s->rail[x];
    for (int32_t v = 0; dd != NULL && v < dd->regulators; v++) {
        r->of[v] = r->word + s->rail[dd->regulator[v]];
    }
    const int width = net->high[x] - net->low[x];
    for (int k = 0; k < width; k++) {
        const int32_t scratch = p->words;
        int32_t value = own + k;
        if (dd != NULL) {
            value = bk_lanes_rule(p, dd, net->low[x] + k + 1, r->of, r->values);
            value = k > 0 ? bk_lanes_and(p, own + k - 1, value) : value;
            value = k + 1 < width ? bk_lanes_or(p, own + k + 1, value) : value;
        }
        bk_lanes_copy(p, s->next + s->rail[x] + k, value);
        bk_lanes_release(p, scratch);
    }
}

static bk_status compile(bk_lane_step *s)
{
    const bk_reduced *const net = s->net;
    int32_t most = 0;
    for (int32_t x = 0; x < net->n; x++) {
        const bk_dd *const dd = net->dd[x];
        most = dd != NULL && dd->nodes > most ? dd->nodes : most;
        most = dd != NULL && dd->regulators > most ? dd->regulators : most;
    }
    rails r = {.word = bk_alloc(((size_t)s->rails + 1) * sizeof *r.word),
               .of = bk_alloc(((size_t)most + 1) * sizeof *r.of),
               .values = bk_alloc(((size_t)most + 1) * sizeof *r.values)};
    const bool ok = r.word != NULL && r.of != NULL && r.values != NULL;
    for (int32_t i = 0; ok && i < s->rails; i++) {
        r.word[i] = s->first + i;
    }
    for (int32_t i = 0; ok && i < net->n_core; i++) {
        compile_rule(s, &r, net->core[i]);
    }
    bk_free(r.word);
    bk_free(r.of);
    bk_free(r.values);
    return ok && !s->program.failed && bk_lanes_memory(&s->program, &s->memory)
               ? BK_OK
               : BK_NO_MEMORY;
}

bk_status bk_lane_step_new(bk_reduced *net, bk_lane_step **step)
{
    bk_lane_step *const s = bk_alloc_zero(1, sizeof *s);
    if (s == NULL) {
        return BK_NO_MEMORY;
    }
    s->net = net;
    bk_lanes_start(&s->program);
    s->rail = bk_alloc_zero((size_t)net->n + 1, sizeof *s->rail);
    bk_status status = BK_NO_MEMORY;
    if (s->rail != NULL) {
        number_rails(s);
        status = compile(s);
    }
    if (status != BK_OK) {
        bk_lane_step_free(s);
        return status;
    }
    *step = s;
    return BK_OK;
}

void bk_lane_step_free(bk_lane_step *step)
{
    if (step != NULL) {
        bk_lanes_free(&step->program);
        bk_lanes_memory_free(&step->memory);
        bk_free(step->rail);
        bk_free(step);
    }
}

bk_lane_walk bk_lane_step_walk(bk_lane_step *step)
{
    return (bk_lane_walk){.program = &step->program,
                          .memory = &step->memory,
                          .first = step->first,
                          .next = step->next,
                          .rails = step->rails};
}

void bk_lane_step_get(const bk_lane_step *step, int lane, uint64_t *key)
{
    memset(key, 0, (size_t)bk_lane_step_key_words(step) * sizeof *key);
    for (int32_t i = 0; i < step->rails; i++) {
        const uint64_t bit = bk_lane_bit(&step->memory, step->first + i, lane);
        key[i / 64] |= bit << i % 64;
    }
}

void bk_lane_step_put(bk_lane_step *step, int lane, const uint64_t *key)
{
    for (int32_t i = 0; i < step->rails; i++) {
        bk_lane_set(&step->memory, step->first + i, lane,
                    (key[i / 64] >> i % 64 & 1) != 0);
    }
}

void bk_lane_step_levels(const bk_lane_step *step, const uint64_t *key, uint8_t *levels)
{
    const bk_reduced *const net = step->net;
    for (int32_t i = 0; i < net->n_core; i++) {
        const int32_t x = net->core[i];
        levels[x] = net->low[x];
        for (int k = 0; k < net->high[x] - net->low[x]; k++) {
            const int32_t rail = step->rail[x] + k;
            levels[x] = (uint8_t)(levels[x] + (key[rail / 64] >> rail % 64 & 1));
        }
    }
}

void bk_lane_step_key(const bk_lane_step *step, const uint8_t *levels, uint64_t *key)
{
    const bk_reduced *const net = step->net;
    memset(key, 0, (size_t)bk_lane_step_key_words(step) * sizeof *key);
    for (int32_t i = 0; i < net->n_core; i++) {
        const int32_t x = net->core[i];
        for (int k = 0; k < levels[x] - net->low[x]; k++) {
            const int32_t rail = step->rail[x] + k;
            key[rail / 64] |= (uint64_t)1 << rail % 64;
        }
    }
}
