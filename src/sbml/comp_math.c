/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Mathematics of a submodel in the terms of the whole: other ids, and factors where the
 * two measure time, extents or a replaced element in other units (comp V1R3 section
 * 3.6).  With T the product of the time factors and X that of the extent factors from
 * the submodel up:
 *
 *   time -> time / T     delay(x, y) -> delay(x, y T)     rateOf(x) -> rateOf(x) T
 *   rate rules, kinetic laws: / T; kinetic laws: X; delays of events: T
 *   the id of a reaction of the submodel -> id T / X
 *   the id of what is replaced with factor f -> id / f, and what is assigned to it f */

#include "sbml/comp_impl.h"

#include <string.h>

enum { PLAIN = BK_XML_NO_NAMESPACE, DEEPEST_FACTORS = 20 };

/* What surrounds an expression. */
typedef struct setting {
    bk_comp *comp;
    int32_t instance;
    bk_xml_node law, lambda;
} setting;

/* --- factors --- */

static void add_factor(bk_comp_factors *f, bool under, int32_t instance, const char *id)
{
    int *const n = under ? &f->n_under : &f->n_over;
    if (id == NULL) {
        return;
    }
    if (*n == BK_COMP_MOST_FACTORS) {
        f->full = true;
        return;
    }
    (under ? f->under_in : f->over_in)[*n] = instance;
    (under ? f->under : f->over)[(*n)++] = id;
}

void bk_comp_time(const bk_comp *comp, int32_t instance, bool under,
                  bk_comp_factors *factors)
{
    for (; instance > 0; instance = comp->instances[instance].parent) {
        const bk_comp_instance *const at = &comp->instances[instance];
        add_factor(factors, under, at->parent, at->time);
    }
}

void bk_comp_extent(const bk_comp *comp, int32_t instance, bool under,
                    bk_comp_factors *factors)
{
    for (; instance > 0; instance = comp->instances[instance].parent) {
        const bk_comp_instance *const at = &comp->instances[instance];
        add_factor(factors, under, at->parent, at->extent);
    }
}

static void way(const bk_comp *comp, bk_comp_place place, bool under,
                bk_comp_factors *factors)
{
    bk_comp_state state = bk_comp_state_of(comp, place);
    while (state.kind == BK_COMP_REPLACED) {
        add_factor(factors, under, state.factor_in, state.factor);
        state = bk_comp_state_of(comp, state.by);
    }
}

void bk_comp_way(const bk_comp *comp, bk_comp_place place, bk_comp_factors *factors)
{
    way(comp, place, false, factors);
}

/* --- writing --- */

static void make(setting *s, int word, bk_xml_node at)
{
    bk_xml_graft_make(s->comp->out, BK_S_MATHML, word, at);
}

static void leaf(setting *s, int word, const char *text, bk_xml_node at)
{
    make(s, word, at);
    if (text != NULL) {
        bk_xml_graft_text(s->comp->out, text);
    } else {
        s->comp->reader->no_memory = true;
    }
    bk_xml_graft_close(s->comp->out);
}

static void write_name(setting *s, const char *name, bk_xml_node at);

static void write_factors(setting *s, const char *const *names, const int32_t *in,
                          int n, bk_xml_node at)
{
    const bk_xml_node none = {at.xml, -1};
    for (int i = 0; i < n; i++) {
        setting other = {s->comp, in[i], none, none};
        write_name(&other, names[i], at);
    }
}

/* Opens what stands before an expression times factors; end_factors what follows. */
static void begin_factors(setting *s, const bk_comp_factors *f, bk_xml_node at)
{
    if (f->full) {
        bk_reader_error(s->comp->reader, at, "comp-conversion",
                        "more than %d conversion factors meet here; combine some",
                        BK_COMP_MOST_FACTORS);
    }
    if (f->n_under > 0) {
        make(s, BK_W_apply, at);
        leaf(s, BK_W_divide, "", at);
    }
    if (f->n_over > 0) {
        make(s, BK_W_apply, at);
        leaf(s, BK_W_times, "", at);
    }
}

static void end_factors(setting *s, const bk_comp_factors *f, bk_xml_node at)
{
    bk_xml_graft *const out = s->comp->out;
    if (f->n_over > 0) {
        write_factors(s, f->over, f->over_in, f->n_over, at);
        bk_xml_graft_close(out);
    }
    if (f->n_under > 1) {
        make(s, BK_W_apply, at);
        leaf(s, BK_W_times, "", at);
    }
    write_factors(s, f->under, f->under_in, f->n_under, at);
    for (int i = 0; i < 2 && i < f->n_under; i++) {
        bk_xml_graft_close(out);
    }
}

/* --- names --- */

static bool is_argument(bk_xml_node lambda, const char *name)
{
    for (bk_xml_node c = bk_xml_first(lambda); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_word(c) == BK_W_bvar &&
            strcmp(bk_xml_text(bk_xml_first(c)), name) == 0) {
            return true;
        }
    }
    return false;
}

static bk_xml_node local_parameter(bk_xml_node law, const char *name)
{
    const bk_xml_node list =
        bk_xml_child(law, BK_XML_ANY_NAMESPACE, BK_W_listOfLocalParameters);
    bk_xml_node c = bk_xml_first(list);
    while (bk_xml_some(c)) {
        const char *const id = bk_xml_attribute(c, PLAIN, BK_W_id);
        if (id != NULL && strcmp(id, name) == 0) {
            break;
        }
        c = bk_xml_next(c);
    }
    return c;
}

/* The element that a name means; instance -1 when nothing has it. */
static bk_comp_place place_of(const setting *s, const char *name)
{
    const bk_comp_instance *const instance = &s->comp->instances[s->instance];
    bk_comp_place place = {s->instance, local_parameter(s->law, name)};
    if (!bk_xml_some(place.node)) {
        place.node =
            (bk_xml_node){instance->model.xml, bk_names_find(instance->ids, name)};
    }
    if (!bk_xml_some(place.node)) {
        place.instance = -1;
    }
    return place;
}

static void write_name(setting *s, const char *name, bk_xml_node at)
{
    const bk_comp_place place = place_of(s, name);
    if (is_argument(s->lambda, name)) {
        leaf(s, BK_W_ci, name, at);
        return;
    }
    if (place.instance < 0) {
        leaf(s, BK_W_ci, bk_comp_prefixed(s->comp, s->instance, name), at);
        return;
    }
    const bk_comp_place final = bk_comp_final(s->comp, place);
    bk_comp_factors f = {.n_over = 0};
    way(s->comp, place, true, &f);
    if (final.instance == s->instance && bk_xml_word(final.node) == BK_W_reaction) {
        bk_comp_time(s->comp, s->instance, false, &f);
        bk_comp_extent(s->comp, s->instance, true, &f);
    }
    if (s->comp->depth >= DEEPEST_FACTORS) {
        bk_reader_error(s->comp->reader, at, "comp-conversion",
                        "the conversion factor \"%s\" is converted by itself", name);
        return;
    }
    s->comp->depth++;
    begin_factors(s, &f, at);
    leaf(s, BK_W_ci, bk_comp_id(s->comp, final), at);
    end_factors(s, &f, at);
    s->comp->depth--;
}

/* --- expressions --- */

static bool is_csymbol(bk_xml_node node, const char *name)
{
    const char *const url = bk_xml_attribute(node, PLAIN, BK_W_definitionURL);
    static const char start[] = "http://www.sbml.org/sbml/symbols/";
    return bk_xml_word(node) == BK_W_csymbol && url != NULL &&
           strncmp(url, start, sizeof start - 1) == 0 &&
           strcmp(url + sizeof start - 1, name) == 0;
}

static void write_math(setting *s, bk_xml_node node);

static void write_open(setting *s, bk_xml_node node)
{
    bk_xml_graft *const out = s->comp->out;
    bk_xml_graft_open(out, node);
    for (int i = 0; i < bk_xml_attributes(node); i++) {
        const bk_xml_attribute_info a = bk_xml_attribute_at(node, i);
        bk_xml_graft_put(
            out, node, i,
            a.word == BK_W_units ? bk_comp_unit(s->comp, s->instance, a.value) : NULL);
    }
}

static void write_scaled(setting *s, bk_xml_node node, const bk_comp_factors *f)
{
    begin_factors(s, f, node);
    write_math(s, node);
    end_factors(s, f, node);
}

static void write_csymbol(setting *s, bk_xml_node node)
{
    bk_comp_factors f = {.n_over = 0};
    if (is_csymbol(node, "time")) {
        bk_comp_time(s->comp, s->instance, true, &f);
    }
    begin_factors(s, &f, node);
    bk_xml_graft_copy(s->comp->out, node);
    end_factors(s, &f, node);
}

/* rateOf(x) of a quantity that stands for x times a factor is told in the submodel's
 * units of both. */
static void write_rate_of(setting *s, bk_xml_node node, bk_xml_node operator)
{
    const bk_xml_node argument = bk_xml_next(operator);
    const char *const name = bk_xml_text(argument);
    const bk_comp_place place = place_of(s, name);
    bk_comp_factors f = {.n_over = 0};
    bk_comp_time(s->comp, s->instance, false, &f);
    const char *id = bk_comp_prefixed(s->comp, s->instance, name);
    if (bk_xml_word(argument) != BK_W_ci) {
        id = ""; /* told when core is read */
    } else if (place.instance >= 0) {
        way(s->comp, place, true, &f);
        id = bk_comp_id(s->comp, bk_comp_final(s->comp, place));
    }
    begin_factors(s, &f, node);
    write_open(s, node);
    bk_xml_graft_copy(s->comp->out, operator);
    leaf(s, BK_W_ci, id, bk_xml_some(argument) ? argument : node);
    bk_xml_graft_close(s->comp->out);
    end_factors(s, &f, node);
}

static void write_apply(setting *s, bk_xml_node node)
{
    const bk_xml_node operator= bk_xml_first(node);
    bk_comp_factors f = {.n_over = 0};
    if (is_csymbol(operator, "rateOf")) {
        write_rate_of(s, node, operator);
        return;
    }
    if (is_csymbol(operator, "delay")) {
        bk_comp_time(s->comp, s->instance, false, &f);
    }
    write_open(s, node);
    int argument = 0;
    for (bk_xml_node c = operator; bk_xml_some(c); c = bk_xml_next(c), argument++) {
        if (argument == 0 && bk_xml_word(c) == BK_W_ci) {
            setting function = {s->comp, s->instance, {c.xml, -1}, {c.xml, -1}};
            write_name(&function, bk_xml_text(c), c);
        } else if (argument == 0) {
            write_open(s, c);
            bk_xml_graft_inside(s->comp->out, c);
            bk_xml_graft_close(s->comp->out);
        } else if (argument == 2) {
            write_scaled(s, c, &f);
        } else {
            write_math(s, c);
        }
    }
    bk_xml_graft_close(s->comp->out);
}

/* Nesting is at most BK_XML_DEEPEST. */
static void write_math(setting *s, bk_xml_node node)
{
    const int word = bk_xml_word(node);
    if (word == BK_W_ci) {
        write_name(s, bk_xml_text(node), node);
    } else if (word == BK_W_csymbol) {
        write_csymbol(s, node);
    } else if (word == BK_W_apply) {
        write_apply(s, node);
    } else if (word == BK_W_cn || word == BK_W_bvar || bk_xml_has_text(node) ||
               bk_xml_space(node) != BK_S_MATHML) {
        write_open(s, node);
        bk_xml_graft_inside(s->comp->out, node);
        bk_xml_graft_close(s->comp->out);
    } else {
        setting inner = *s;
        inner.lambda = word == BK_W_lambda ? node : s->lambda;
        write_open(s, node);
        for (bk_xml_node c = bk_xml_first(node); bk_xml_some(c); c = bk_xml_next(c)) {
            write_math(&inner, c);
        }
        bk_xml_graft_close(s->comp->out);
    }
}

void bk_comp_math(bk_comp *comp, int32_t instance, bk_xml_node math, bk_xml_node law,
                  const bk_comp_factors *factors)
{
    setting s = {comp, instance, law, {math.xml, -1}};
    write_open(&s, math);
    for (bk_xml_node c = bk_xml_first(math); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_word(c) == BK_W_lambda) {
            write_math(&s, c);
        } else {
            write_scaled(&s, c, factors);
        }
    }
    bk_xml_graft_close(comp->out);
}
