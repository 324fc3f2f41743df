/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What becomes a node and an arc in each view. */

#include "network/network_impl.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* node[symbol], -1 for symbols that are no node. */
static int32_t *node_map(const bk_model *model)
{
    int32_t *map = bk_alloc(((size_t)model->n_symbols + 1) * sizeof *map);
    for (int32_t s = 0; map != NULL && s < model->n_symbols; s++) {
        map[s] = -1;
    }
    return map;
}

static bk_status add_node(bk_network *network, const bk_model *model, int32_t *map,
                          int32_t symbol)
{
    map[symbol] = (int32_t)network->n_nodes;
    return bk_network_add_node(network, model, symbol);
}

static const char *keep(bk_network *network, const char *text)
{
    return text == NULL || text[0] == '\0' ? "" : bk_arena_text(network->arena, text);
}

static const char *kind_of_sign(int sign)
{
    return sign > 0 ? "activation" : sign < 0 ? "inhibition" : "influence";
}

/* Levels, and in a continuous form the variables that stand for them. */
static bool stands_for_level(const bk_model *model, int32_t s,
                             const unsigned char *used)
{
    return model->symbols[s].kind == BK_LEVEL || model->symbols[s].drive >= 0 ||
           used[s];
}

bk_status bk_network_collect_levels(bk_network *network, const bk_model *model)
{
    int32_t *map = node_map(model);
    unsigned char *used = bk_alloc_zero((size_t)model->n_symbols + 1, 1);
    bk_status status = map != NULL && used != NULL ? BK_OK : BK_NO_MEMORY;
    for (int32_t i = 0; i < model->n_influences && status == BK_OK; i++) {
        used[model->influences[i].source] = 1;
        used[model->influences[i].target] = 1;
    }
    for (int32_t s = 0; s < model->n_symbols && status == BK_OK; s++) {
        if (stands_for_level(model, s, used)) {
            status = add_node(network, model, map, s);
        }
    }
    for (int32_t i = 0; i < model->n_influences && status == BK_OK; i++) {
        const bk_influence *f = &model->influences[i];
        status = bk_network_add_arc(network,
                                    (bk_arc){.source = map[f->source],
                                             .target = map[f->target],
                                             .sign = f->sign,
                                             .kind = kind_of_sign(f->sign),
                                             .mechanism = keep(network, f->mechanism),
                                             .references = keep(network, f->references),
                                             .confidence = keep(network, f->confidence),
                                             .loop = keep(network, f->loop)});
    }
    bk_free(map);
    bk_free(used);
    return status;
}

/* --- kinetic models: signs by sampling ------------------------------------------------ */

enum { SAMPLES = 8 };

typedef struct sampler {
    bk_network *network;
    const bk_model *model;
    int32_t *map;
    bk_exprs *pool; /* functions inlined here */
    double *points; /* [SAMPLES * symbols]: constants at their value, the rest spread */
    /* the law at work */
    bk_expr law;
    int32_t target;
    double weight; /* its sign is the stoichiometry's */
    bk_status status;
} sampler;

/* Spread over two decades without a random generator: the golden-ratio sequence. */
static double spread(int32_t symbol, int sample)
{
    const double u = fmod(0.5 + 0.6180339887498949 * (symbol + 1) * (sample + 1), 1.0);
    return pow(10.0, 2.0 * u - 1.0);
}

static void fill_points(sampler *z)
{
    for (int k = 0; k < SAMPLES; k++) {
        double *p = z->points + (size_t)k * (size_t)z->model->n_symbols;
        for (int32_t s = 0; s < z->model->n_symbols; s++) {
            const bk_symbol *symbol = &z->model->symbols[s];
            const bool known =
                symbol->kind != BK_SPECIES && isfinite(symbol->value) && z->map[s] < 0;
            p[s] = known ? symbol->value : spread(s, k);
        }
    }
}

/* +1, -1 when the derivative has one sign wherever it is not 0, else 0. */
static int sign_of(const sampler *z, int32_t symbol)
{
    bool up = false, down = false;
    for (int k = 0; k < SAMPLES; k++) {
        double *p = z->points + (size_t)k * (size_t)z->model->n_symbols;
        const double x = p[symbol], h = 1e-4 * x;
        p[symbol] = x + h;
        const double high = bk_expr_evaluate(z->pool, z->law, p, 1.0, NULL);
        p[symbol] = x - h;
        const double low = bk_expr_evaluate(z->pool, z->law, p, 1.0, NULL);
        p[symbol] = x;
        const double change = (high - low) * z->weight;
        up = up || change > 0;
        down = down || change < 0;
    }
    return up && !down ? 1 : down && !up ? -1 : 0;
}

static void visit(void *context, int32_t symbol)
{
    sampler *z = context;
    if (z->status != BK_OK || z->map[symbol] < 0 || symbol == z->target) {
        return;
    }
    const int sign = sign_of(z, symbol);
    z->status = bk_network_add_arc(
        z->network,
        (bk_arc){.source = z->map[symbol], .target = z->map[z->target], .sign = sign});
}

static bk_expr inlined(sampler *z, bk_expr e)
{
    bk_function_body *bodies =
        bk_alloc(((size_t)z->model->n_functions + 1) * sizeof *bodies);
    if (bodies == NULL) {
        return BK_NO_EXPR;
    }
    for (int32_t i = 0; i < z->model->n_functions; i++) {
        bodies[i] = z->model->functions[i].body;
    }
    const bk_expr result = bk_expr_inline(z->pool, e, bodies, z->model->n_functions);
    bk_free(bodies);
    return result;
}

static void add_law(sampler *z, bk_expr law, int32_t target, double weight)
{
    if (law < 0 || z->map[target] < 0 || weight == 0.0 || z->status != BK_OK) {
        return;
    }
    z->law = law;
    z->target = target;
    z->weight = weight;
    bk_expr_symbols(z->pool, law, visit, z);
}

static double weight_of(const bk_participant *p)
{
    const double n = isnan(p->stoichiometry) ? 1.0 : p->stoichiometry;
    return p->role == BK_PRODUCT ? n : p->role == BK_REACTANT ? -n : 0.0;
}

static void add_reaction(sampler *z, const bk_reaction *r)
{
    if (r->law < 0) {
        return;
    }
    const bk_expr law = inlined(z, r->law);
    z->status = law < 0 ? BK_NO_MEMORY : z->status;
    for (int32_t i = 0; i < r->participants && z->status == BK_OK; i++) {
        const bk_participant *p = &z->model->participants[r->first_participant + i];
        if (!z->model->symbols[p->species].boundary) {
            add_law(z, law, p->species, weight_of(p));
        }
    }
}

static int compare_arcs(const void *a, const void *b)
{
    const bk_arc *x = a, *y = b;
    if (x->target != y->target) {
        return x->target < y->target ? -1 : 1;
    }
    return x->source < y->source ? -1 : x->source > y->source;
}

/* One arc for each pair: equal signs stay, different ones become 0. */
static void merge_arcs(bk_network *network)
{
    if (network->n_arcs == 0) {
        return;
    }
    qsort(network->arcs, network->n_arcs, sizeof *network->arcs, compare_arcs);
    size_t kept = 0;
    for (size_t i = 1; i < network->n_arcs; i++) {
        bk_arc *last = &network->arcs[kept];
        const bk_arc *next = &network->arcs[i];
        if (compare_arcs(last, next) == 0) {
            last->sign = last->sign == next->sign ? last->sign : 0;
        } else {
            network->arcs[++kept] = *next;
        }
    }
    network->n_arcs = kept + 1;
    for (size_t i = 0; i < network->n_arcs; i++) {
        network->arcs[i].kind = kind_of_sign(network->arcs[i].sign);
    }
}

static void add_kinetic_nodes(sampler *z)
{
    const bk_model *model = z->model;
    for (int32_t s = 0; s < model->n_symbols && z->status == BK_OK; s++) {
        const bk_symbol_kind kind = model->symbols[s].kind;
        const bool ruled = bk_model_rule_of(model, s) >= 0;
        if (kind == BK_SPECIES || (ruled && kind == BK_PARAMETER)) {
            z->status = add_node(z->network, model, z->map, s);
        }
    }
}

bk_status bk_network_collect_kinetics(bk_network *network, const bk_model *model)
{
    sampler z = {.network = network, .model = model, .status = BK_OK};
    z.map = node_map(model);
    z.pool = bk_exprs_clone(model->exprs);
    z.points = bk_alloc((SAMPLES * (size_t)model->n_symbols + 1) * sizeof *z.points);
    if (z.map == NULL || z.pool == NULL || z.points == NULL) {
        z.status = BK_NO_MEMORY;
    } else {
        add_kinetic_nodes(&z);
        fill_points(&z);
    }
    for (int32_t i = 0; i < model->n_reactions && z.status == BK_OK; i++) {
        add_reaction(&z, &model->reactions[i]);
    }
    for (int32_t i = 0; i < model->n_rules && z.status == BK_OK; i++) {
        const bk_rule *r = &model->rules[i];
        if (r->target >= 0 && r->math >= 0) {
            const bk_expr law = inlined(&z, r->math);
            z.status = law < 0 ? BK_NO_MEMORY : z.status;
            add_law(&z, law, r->target, 1.0);
        }
    }
    if (z.status == BK_OK) {
        merge_arcs(network);
    }
    bk_free(z.map);
    bk_free(z.points);
    bk_exprs_free(z.pool);
    return z.status;
}

/* --- the bipartite view --------------------------------------------------------------- */

bk_status bk_network_collect_reactions(bk_network *network, const bk_model *model)
{
    int32_t *map = node_map(model);
    bk_status status = map != NULL ? BK_OK : BK_NO_MEMORY;
    for (int32_t s = 0; s < model->n_symbols && status == BK_OK; s++) {
        const bk_symbol_kind kind = model->symbols[s].kind;
        if (kind == BK_SPECIES || kind == BK_REACTION) {
            status = add_node(network, model, map, s);
        }
    }
    for (int32_t i = 0; i < model->n_reactions && status == BK_OK; i++) {
        const bk_reaction *r = &model->reactions[i];
        for (int32_t k = 0; k < r->participants && status == BK_OK; k++) {
            const bk_participant *p = &model->participants[r->first_participant + k];
            const int32_t species = map[p->species], reaction = map[r->symbol];
            static const char *const kinds[] = {"reactant", "product", "modifier"};
            const bool out = p->role == BK_PRODUCT;
            status =
                bk_network_add_arc(network, (bk_arc){.source = out ? reaction : species,
                                                     .target = out ? species : reaction,
                                                     .sign = 1,
                                                     .kind = kinds[p->role]});
        }
    }
    bk_free(map);
    return status;
}
