/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/many.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

typedef struct compiling {
    bk_many *many;
    const int32_t **of; /* [regulators] rails of each regulator of a rule */
    int32_t *values;    /* by node of a diagram */
    int32_t *sights;    /* rails of what a cut slot sees; room for a rule */
    int32_t *given;     /* [levels] of a rule */
} compiling;

static const bk_layer_edit no_edit = {.fix = (double)NAN,
                                      .low = (double)-INFINITY,
                                      .high = (double)INFINITY,
                                      .scale = 1.0};

static bool acts(const bk_layer_edit *e)
{
    return !isnan(e->fix) || e->low > no_edit.low || e->high < no_edit.high ||
           e->scale < 1.0 || e->scale > 1.0;
}

static int32_t words(bk_many *m, int32_t *what, int32_t count)
{
    if (*what == 0) {
        *what = bk_lanes_reserve(&m->program, count);
    }
    return *what;
}

/* Gives words to all that a condition edits. */
static void touch(bk_many *m, const bk_overlay *overlay)
{
    const bk_logic_system *const s = m->system;
    for (size_t i = 0; i < overlay->n_symbols; i++) {
        const bk_overlay_symbol *const record = &overlay->symbols[i];
        const int32_t x = s->node[record->symbol];
        if (x < 0) {
            continue;
        }
        if (acts(&record->layer[BK_BACKGROUND])) {
            words(m, &m->drive[x], (s->max[x] + 1) * s->max[x]);
        }
        if (!isnan(record->layer[BK_BACKGROUND].fix)) {
            words(m, &m->held[x], 1);
        }
        if (acts(&record->layer[BK_TREATMENT])) {
            words(m, &m->seen[x], (s->max[x] + 1) * s->max[x]);
        }
        if (!isnan(record->start)) {
            words(m, &m->input[x], s->max[x]);
        }
    }
    for (size_t i = 0; i < overlay->n_cuts; i++) {
        const int32_t target = s->node[overlay->cuts[i].target];
        const int32_t source = s->node[overlay->cuts[i].source];
        for (int32_t k = target < 0 ? 0 : s->first_slot[target];
             target >= 0 && k < s->first_slot[target + 1]; k++) {
            if (s->slots[k].source == source) {
                words(m, &m->cut[k], 1);
                words(m, &m->sight[k], s->max[source]);
            }
        }
    }
}

/* What becomes of levels: where `edited` is 0, by map[level], which all lanes share; else
 * as the words there say.  rails: of the levels; out: a rail of the result. */
static int32_t mapped(bk_program_lanes *p, const int32_t *rails, int max,
                      int32_t edited, const uint8_t *map, int k)
{
    int32_t value = BK_NO_LANE;
    int32_t before = -1;
    for (int level = 0; level <= max; level++) {
        const int32_t is = edited != 0       ? edited + level * max + k - 1
                           : map[level] >= k ? BK_ALL_LANES
                                             : BK_NO_LANE;
        if (is != before) {
            value = level == 0 ? is : bk_lanes_choose(p, rails[level - 1], is, value);
            before = is;
        }
    }
    return value;
}

static bool identity(const uint8_t *map, int max)
{
    for (int level = 0; level <= max; level++) {
        if (map[level] != level) {
            return false;
        }
    }
    return true;
}

/* Rails, one behind the other, from their lowest word. */
static void sequence(int32_t *rails, int32_t first, int count)
{
    for (int k = 0; k < count; k++) {
        rails[k] = first + k;
    }
}

static void compile_shown(bk_many *m, int32_t x)
{
    const bk_logic_system *const s = m->system;
    const uint8_t *const map = m->base->seen + s->first_level[x];
    const int max = s->max[x];
    int32_t rails[UINT8_MAX];
    m->shown[x] = m->first + m->rail[x];
    if (m->seen[x] == 0 && identity(map, max)) {
        return;
    }
    sequence(rails, m->shown[x], max);
    m->shown[x] = bk_lanes_reserve(&m->program, max);
    for (int k = 1; k <= max; k++) {
        const int32_t value = mapped(&m->program, rails, max, m->seen[x], map, k);
        bk_lanes_copy(&m->program, m->shown[x] + k - 1, value);
    }
}

/* Rails of all that the rule of x asks for. */
static void gather(compiling *c, int32_t x)
{
    bk_many *const m = c->many;
    const bk_logic_system *const s = m->system;
    const bk_dd *const dd = s->dd[x];
    int32_t *rails = c->sights;
    for (int32_t v = 0; v < dd->regulators; v++) {
        const int32_t i = s->slot_of[x][v];
        if (i < 0) {
            continue;
        }
        const int32_t y = s->slots[i].source;
        const int32_t first = y == x ? m->first + m->rail[y] : m->shown[y];
        c->of[v] = rails;
        for (int k = 0; k < s->max[y]; k++) {
            *rails++ = m->cut[i] == 0 ? first + k
                                      : bk_lanes_choose(&m->program, m->cut[i],
                                                        m->sight[i] + k, first + k);
        }
    }
}

/* given[k - 1]: "the rule gives k or more". */
static void compile_given(compiling *c, int32_t x)
{
    bk_many *const m = c->many;
    const bk_logic_system *const s = m->system;
    const int level = m->base->input[x];
    if (s->dd[x] != NULL) {
        gather(c, x);
    }
    for (int k = 1; k <= s->max[x]; k++) {
        c->given[k - 1] =
            s->dd[x] != NULL ? bk_lanes_rule(&m->program, s->dd[x], k, c->of, c->values)
            : m->input[x] != 0 ? m->input[x] + k - 1
            : level >= k       ? BK_ALL_LANES
                               : BK_NO_LANE;
    }
}

static void compile_node(compiling *c, int32_t x)
{
    bk_many *const m = c->many;
    bk_program_lanes *const p = &m->program;
    const int max = m->system->max[x];
    const int32_t own = m->first + m->rail[x];
    const int32_t scratch = p->words;
    const uint8_t *const map = m->base->drive + m->system->first_level[x];
    compile_given(c, x);
    for (int k = 1; k <= max; k++) {
        int32_t value = m->drive[x] != 0 ? mapped(p, c->given, max, m->drive[x], map, k)
                                         : c->given[k - 1];
        value = k > 1 ? bk_lanes_and(p, own + k - 2, value) : value;
        value = k < max ? bk_lanes_or(p, own + k, value) : value;
        value = m->base->held[x] ? own + k - 1 : value;
        value = m->held[x] != 0 ? bk_lanes_choose(p, m->held[x], own + k - 1, value)
                                : value;
        bk_lanes_copy(p, m->next + m->rail[x] + k - 1, value);
    }
    bk_lanes_release(p, scratch);
}

static bk_status compile(bk_many *m)
{
    const bk_logic_system *const s = m->system;
    size_t most = 1;
    for (int32_t x = 0; x < s->n; x++) {
        const bk_dd *const dd = s->dd[x];
        const size_t size =
            dd == NULL ? 1 : (size_t)dd->nodes + (size_t)dd->regulators * UINT8_MAX;
        most = size > most ? size : most;
    }
    compiling c = {.many = m,
                   .of = bk_alloc(most * sizeof *c.of),
                   .values = bk_alloc(most * sizeof *c.values),
                   .sights = bk_alloc(most * sizeof *c.sights),
                   .given = bk_alloc((UINT8_MAX + 1) * sizeof *c.given)};
    const bool ok =
        c.of != NULL && c.values != NULL && c.sights != NULL && c.given != NULL;
    for (int32_t x = 0; x < s->n && ok; x++) {
        compile_shown(m, x);
    }
    for (int32_t x = 0; x < s->n && ok; x++) {
        compile_node(&c, x);
    }
    bk_free(c.of);
    bk_free(c.values);
    bk_free(c.sights);
    bk_free(c.given);
    return ok && !m->program.failed && bk_lanes_memory(&m->program, &m->memory)
               ? BK_OK
               : BK_NO_MEMORY;
}

#define MAKE(many, field, count)                                                       \
    ((many)->field =                                                                   \
         bk_arena_zero((many)->arena, (size_t)(count) + 1, sizeof *(many)->field))

bk_status bk_many_new(const bk_logic_work *base, const bk_overlay *const *overlays,
                      size_t n, bk_many **many)
{
    const bk_logic_system *const s = base->system;
    bk_many *const m = bk_alloc_zero(1, sizeof *m);
    if (m == NULL) {
        return BK_NO_MEMORY;
    }
    *m = (bk_many){.system = s, .base = base, .arena = bk_arena_new()};
    bk_lanes_start(&m->program);
    bk_status status = BK_NO_MEMORY;
    if (m->arena != NULL && MAKE(m, rail, s->n) && MAKE(m, shown, s->n) &&
        MAKE(m, seen, s->n) && MAKE(m, drive, s->n) && MAKE(m, input, s->n) &&
        MAKE(m, held, s->n) && MAKE(m, cut, s->n_slots) && MAKE(m, sight, s->n_slots)) {
        for (int32_t x = 0; x < s->n; x++) {
            m->rail[x] = m->rails;
            m->rails += s->max[x];
        }
        m->first = bk_lanes_reserve(&m->program, m->rails);
        m->next = bk_lanes_reserve(&m->program, m->rails);
        for (size_t i = 0; i < n; i++) {
            if (overlays[i] != NULL) {
                touch(m, overlays[i]);
            }
        }
        status = compile(m);
    }
    if (status != BK_OK) {
        bk_many_free(m);
        return status;
    }
    *many = m;
    return BK_OK;
}

void bk_many_free(bk_many *many)
{
    if (many != NULL) {
        bk_lanes_free(&many->program);
        bk_lanes_memory_free(&many->memory);
        bk_arena_free(many->arena);
        bk_free(many);
    }
}

/* --- the lanes ---------------------------------------------------------------------- */

static void put_level(bk_many *m, int lane, int32_t first, int max, int level)
{
    for (int k = 1; k <= max; k++) {
        bk_lane_set(&m->memory, first + k - 1, lane, level >= k);
    }
}

static void put_everywhere(bk_many *m, int32_t first, int max, int level)
{
    for (int k = 1; k <= max; k++) {
        memset(bk_lane_word(&m->memory, first + k - 1), level >= k ? 0xFF : 0,
               BK_LANES / 8);
    }
}

/* One node as no edit leaves it, in all lanes. */
static void put_base(bk_many *m, int32_t x)
{
    const bk_logic_system *const s = m->system;
    const int max = s->max[x];
    const uint8_t *const seen = m->base->seen + s->first_level[x];
    const uint8_t *const drive = m->base->drive + s->first_level[x];
    for (int level = 0; level <= max && m->seen[x] != 0; level++) {
        put_everywhere(m, m->seen[x] + level * max, max, seen[level]);
    }
    for (int level = 0; level <= max && m->drive[x] != 0; level++) {
        put_everywhere(m, m->drive[x] + level * max, max, drive[level]);
    }
    if (m->input[x] != 0) {
        put_everywhere(m, m->input[x], max, m->base->input[x]);
    }
    if (m->held[x] != 0) {
        put_everywhere(m, m->held[x], 1, 0);
    }
    put_everywhere(m, m->first + m->rail[x], max, s->start[x]);
}

static void put_edits(bk_many *m, int lane, int32_t x, const bk_overlay_symbol *record)
{
    const bk_logic_system *const s = m->system;
    const bk_symbol *const symbol = &s->head.model->symbols[s->symbol[x]];
    const int max = s->max[x];
    for (int level = 0; level <= max; level++) {
        if (m->seen[x] != 0) {
            put_level(m, lane, m->seen[x] + level * max, max,
                      bk_symbol_seen_level(symbol, record, level, false));
        }
        if (m->drive[x] != 0) {
            put_level(m, lane, m->drive[x] + level * max, max,
                      bk_overlay_drive_level(record, level, max));
        }
    }
    if (m->input[x] != 0) {
        put_level(m, lane, m->input[x], max,
                  isnan(record->start) ? m->base->input[x]
                                       : bk_level_near(record->start, max));
    }
    if (m->held[x] != 0) {
        bk_lane_set(&m->memory, m->held[x], lane,
                    !isnan(record->layer[BK_BACKGROUND].fix));
    }
}

static void put_cuts(bk_many *m, int lane, const bk_overlay *overlay)
{
    const bk_logic_system *const s = m->system;
    for (size_t i = 0; i < overlay->n_cuts; i++) {
        const bk_overlay_cut *const cut = &overlay->cuts[i];
        const int32_t source = s->node[cut->source];
        const int32_t target = s->node[cut->target];
        for (int32_t k = target < 0 ? 0 : s->first_slot[target];
             target >= 0 && k < s->first_slot[target + 1]; k++) {
            if (s->slots[k].source == source) {
                bk_lane_set(&m->memory, m->cut[k], lane, true);
                put_level(m, lane, m->sight[k], s->max[source],
                          bk_level_near(cut->value, s->max[source]));
            }
        }
    }
}

/* As the bound start of a workspace. */
static int begin_of(const bk_many *m, int32_t x, const bk_overlay_symbol *record,
                    const double *state)
{
    const bk_logic_system *const s = m->system;
    const int max = s->max[x];
    if (record != NULL && !isnan(record->layer[BK_BACKGROUND].fix)) {
        return bk_overlay_drive_level(record, 0, max);
    }
    if (record != NULL && !isnan(record->start)) {
        return bk_level_near(record->start, max);
    }
    if (state != NULL && !isnan(state[s->symbol[x]])) {
        return bk_level_near(state[s->symbol[x]], max);
    }
    return s->start[x];
}

void bk_many_put(bk_many *many, const bk_overlay *const *overlays,
                 const double *const *states, size_t n)
{
    bk_many *const m = many;
    const bk_logic_system *const s = m->system;
    for (int32_t x = 0; x < s->n; x++) {
        put_base(m, x);
    }
    for (int32_t i = 0; i < s->n_slots; i++) {
        if (m->cut[i] != 0) {
            put_everywhere(m, m->cut[i], 1, 0);
        }
    }
    for (size_t i = 0; i < BK_LANES; i++) {
        const bk_overlay *const overlay = i < n ? overlays[i] : NULL;
        const double *const state = i < n && states != NULL ? states[i] : NULL;
        for (int32_t x = 0; x < s->n && state != NULL; x++) {
            put_level(m, (int)i, m->first + m->rail[x], s->max[x],
                      begin_of(m, x, NULL, state));
        }
        for (size_t k = 0; overlay != NULL && k < overlay->n_symbols; k++) {
            const bk_overlay_symbol *const record = &overlay->symbols[k];
            const int32_t x = s->node[record->symbol];
            if (x >= 0) {
                put_edits(m, (int)i, x, record);
                put_level(m, (int)i, m->first + m->rail[x], s->max[x],
                          begin_of(m, x, record, state));
            }
        }
        if (overlay != NULL) {
            put_cuts(m, (int)i, overlay);
        }
    }
}

static inline int read_level(const bk_many *m, int lane, int32_t first, int max)
{
    int level = 0;
    while (level < max && bk_lane_bit(&m->memory, first + level, lane)) {
        level++;
    }
    return level;
}

int bk_many_level(const bk_many *many, int lane, int32_t x)
{
    const int max = many->system->max[x];
    const int32_t first = many->first + many->rail[x];
    return max == 1 ? bk_lane_bit(&many->memory, first, lane)
                    : read_level(many, lane, first, max);
}

/* The words of what others see are those of the last step, so the map is asked. */
int bk_many_seen(const bk_many *many, int lane, int32_t x)
{
    const int level = bk_many_level(many, lane, x);
    const int max = many->system->max[x];
    return many->seen[x] != 0
               ? read_level(many, lane, many->seen[x] + level * max, max)
               : many->base->seen[many->system->first_level[x] + (uint32_t)level];
}

bk_lane_walk bk_many_walk(bk_many *many)
{
    return (bk_lane_walk){.program = &many->program,
                          .memory = &many->memory,
                          .first = many->first,
                          .next = many->next,
                          .rails = many->rails};
}
