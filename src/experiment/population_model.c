/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The equations of a population as a model, written as the text that the header shows. */

#include "experiment/population_impl.h"

#include "base/text.h"
#include "model/builder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct writing {
    bk_builder *builder;
    bk_diag *diag;
    const bk_population_class *classes;
    int n;
    int doses;
    double sum; /* of shares */
    bk_text text;
    bk_status status;
} writing;

static void parameter(writing *w, const char *stem, const char *class_name,
                      const char *label, double value, bool constant)
{
    char id[160];
    snprintf(id, sizeof id, class_name != NULL ? "%s_%s" : "%s", stem, class_name);
    bk_symbol symbol = bk_symbol_blank(BK_PARAMETER, id);
    symbol.name = label;
    symbol.constant = constant;
    if (isfinite(value)) {
        symbol.initial = BK_INITIAL_VALUE;
        symbol.value = value;
    }
    if (bk_builder_symbol(w->builder, &symbol) < 0 && w->status == BK_OK) {
        w->status = BK_NO_MEMORY;
    }
}

static bk_expr name_to_symbol(void *context, bk_exprs *pool, const char *name,
                              bk_where where)
{
    (void)where;
    return bk_expr_symbol(pool, bk_builder_find(context, name));
}

/* Parses w->text as the rule of a symbol, and clears it. */
static void rule(writing *w, bk_rule_kind kind, const char *stem,
                 const char *class_name)
{
    char id[160];
    snprintf(id, sizeof id, class_name != NULL ? "%s_%s" : "%s", stem, class_name);
    const bk_resolver resolver = {.context = w->builder, .name = name_to_symbol};
    bk_expr math = BK_NO_EXPR;
    if (w->status == BK_OK) {
        w->status = w->text.failed
                        ? BK_NO_MEMORY
                        : bk_expr_parse(bk_builder_exprs(w->builder), w->text.data,
                                        w->text.length, &resolver, (bk_where){0},
                                        w->diag, &math);
    }
    if (w->status == BK_OK &&
        bk_builder_rule(w->builder,
                        &(bk_rule){.kind = kind,
                                   .target = bk_builder_find(w->builder, id),
                                   .math = math}) < 0) {
        w->status = BK_NO_MEMORY;
    }
    bk_text_clear(&w->text);
}

static void symbols(writing *w, const bk_population_constants *constants,
                    const char *drug)
{
    for (int i = 0; i < BK_POPULATION_NAMES; i++) {
        const bk_population_name *const name = &bk_population_names[i];
        const bk_population_constant *const c = bk_population_find(constants, drug, i);
        char label[96];
        snprintf(label, sizeof label, "[%s]%s", name->unit,
                 c == NULL      ? " neutral"
                 : c->sampled   ? " chosen"
                 : c->published ? " published"
                                : " given");
        parameter(w, name->id, NULL, label, c != NULL ? c->value : name->neutral, true);
    }
    parameter(w, "A1", NULL, "antibody in plasma [nmol]", 0.0, false);
    parameter(w, "A2", NULL, "antibody in tissue [nmol]", 0.0, false);
    parameter(w, "E", NULL, "payload between the cells [1/cell]", 0.0, false);
    parameter(w, "antibody", NULL, "antibody in the tumour [nmol/L]", (double)NAN,
              false);
    parameter(w, "size", NULL, "tumour, 1 at the start", (double)NAN, false);
    for (int i = 0; i < w->n; i++) {
        const bk_population_class *const k = &w->classes[i];
        parameter(w, "share", k->name, "", k->share / w->sum, true);
        parameter(w, "receptors", k->name, "[1/cell]", k->receptors, true);
        parameter(w, "mask", k->name, "", k->mask, true);
        parameter(w, "mhc", k->name, "", k->mhc, true);
        parameter(w, "P", k->name, "payload in the cell [1/cell]", 0.0, false);
        parameter(w, "x", k->name, "ln(cells over cells at the start)", 0.0, false);
        parameter(w, "N", k->name, "cells over the tumour's at the start", (double)NAN,
                  false);
        parameter(w, "kill", k->name, "by payload [1/day]", (double)NAN, false);
        parameter(w, "immune", k->name, "immune killing [1/day]", (double)NAN, false);
    }
}

static void carrier(writing *w)
{
    bk_text_add(&w->text,
                "dose * weight * 1000 / molar_mass / infusion * piecewise(1, ");
    for (int i = 0; i < w->doses; i++) {
        bk_text_printf(&w->text,
                       "%s(time >= %d * interval && time < %d * interval + infusion)",
                       i > 0 ? " || " : "", i, i);
    }
    bk_text_add(&w->text, ", 0) - (CL + Q) * A1 / V1 + Q * A2 / V2");
    rule(w, BK_RATE_RULE, "A1", NULL);
    bk_text_add(&w->text, "Q * A1 / V1 - Q * A2 / V2");
    rule(w, BK_RATE_RULE, "A2", NULL);
    bk_text_add(&w->text, "fraction * A1 / V1");
    rule(w, BK_ASSIGNMENT_RULE, "antibody", NULL);
}

static void class_rules(writing *w, const char *c)
{
    bk_text_printf(&w->text, "share_%s * exp(x_%s)", c, c);
    rule(w, BK_ASSIGNMENT_RULE, "N", c);
    bk_text_printf(&w->text,
                   "DAR * kint * receptors_%s * antibody * (1 - mask_%s) / "
                   "(antibody + KD) - kout * P_%s + bystander * kout * E",
                   c, c, c);
    rule(w, BK_RATE_RULE, "P", c);
    bk_text_printf(&w->text,
                   "kmax * max(P_%s, 0) ^ h / (P50 ^ h + max(P_%s, 0) ^ h) * "
                   "(1 - cycling_only * (1 - cycling))",
                   c, c);
    rule(w, BK_ASSIGNMENT_RULE, "kill", c);
    bk_text_printf(&w->text,
                   "kimm * (1 - suppression) / (1 + burden * size / burden50) * "
                   "(1 - mhc_bound * (1 - mhc_%s)) * (1 - epitope_bound * (1 - "
                   "(1 - mask_%s) * receptors_%s / (receptors_%s + R50)))",
                   c, c, c, c);
    rule(w, BK_ASSIGNMENT_RULE, "immune", c);
    bk_text_printf(&w->text, "g * cycling - kill_%s - immune_%s", c, c);
    rule(w, BK_RATE_RULE, "x", c);
}

static void rules(writing *w)
{
    carrier(w);
    for (int i = 0; i < w->n; i++) {
        bk_text_printf(&w->text, "%sN_%s", i > 0 ? " + " : "", w->classes[i].name);
    }
    rule(w, BK_ASSIGNMENT_RULE, "size", NULL);
    bk_text_add(&w->text, "kout * (");
    for (int i = 0; i < w->n; i++) {
        const char *const c = w->classes[i].name;
        bk_text_printf(&w->text, "%sN_%s * P_%s", i > 0 ? " + " : "", c, c);
    }
    bk_text_add(&w->text, ") / size - bystander * kout * E - kcl * E");
    rule(w, BK_RATE_RULE, "E", NULL);
    for (int i = 0; i < w->n; i++) {
        class_rules(w, w->classes[i].name);
    }
}

static bool complain(bk_diag *diag, const char *name, const char *what)
{
    bk_diag_add(diag, BK_ERROR, (bk_where){0}, "population-class", "class \"%s\": %s",
                name, what);
    return false;
}

static bool in_unit(double value)
{
    return value >= 0.0 && value <= 1.0;
}

static bool check(const bk_population_class *classes, int n, double days, bk_diag *diag)
{
    bool good = true;
    for (int i = 0; i < n; i++) {
        const bk_population_class *const k = &classes[i];
        if (!bk_is_sid(k->name) || strlen(k->name) > 60) {
            good = complain(diag, k->name,
                            "a name is up to 60 letters, digits and _, no digit first");
        }
        if (!(isfinite(k->share) && k->share > 0.0)) {
            good = complain(diag, k->name, "its share must be a number above 0");
        }
        if (!(isfinite(k->receptors) && k->receptors >= 0.0)) {
            good = complain(diag, k->name, "its receptors must be 0 or more a cell");
        }
        if (!in_unit(k->mask) || !in_unit(k->mhc)) {
            good = complain(diag, k->name, "mask and MHC-I lie between 0 and 1");
        }
        for (int j = 0; j < i; j++) {
            if (strcmp(k->name, classes[j].name) == 0) {
                good = complain(diag, k->name, "there are two classes of this name");
            }
        }
    }
    if (n < 1 || !(days > 0.0 && days <= 3650.0)) {
        bk_diag_add(
            diag, BK_ERROR, (bk_where){0}, "population",
            "a population needs at least one class and between 0 and 3650 days");
        good = false;
    }
    return good;
}

static double constant(const bk_population_constants *constants, const char *drug,
                       const char *id)
{
    int name = 0;
    while (strcmp(bk_population_names[name].id, id) != 0) {
        name++;
    }
    const bk_population_constant *const c = bk_population_find(constants, drug, name);
    return c != NULL ? c->value : bk_population_names[name].neutral;
}

bk_status bk_population_model(const bk_population_constants *constants,
                              const char *drug, const bk_population_class *classes,
                              int n_classes, double days, bk_diag *diag,
                              bk_model **model)
{
    const char *known = NULL;
    const bk_status named = bk_population_drug(constants, drug, diag, &known);
    if (named != BK_OK) {
        return named;
    }
    if (!check(classes, n_classes, days, diag)) {
        return BK_BAD_INPUT;
    }
    writing w = {.builder = bk_builder_new(diag),
                 .diag = diag,
                 .classes = classes,
                 .n = n_classes};
    if (w.builder == NULL) {
        return BK_NO_MEMORY;
    }
    for (int i = 0; i < n_classes; i++) {
        w.sum += classes[i].share;
    }
    const double interval = constant(constants, known, "interval");
    const double doses = ceil(days / interval);
    if (doses > 200.0 || constant(constants, known, "infusion") > interval) {
        bk_diag_add(diag, BK_ERROR, (bk_where){0}, "population",
                    "an infusion must end before the next one begins, and there may be "
                    "at most 200 doses; change interval or infusion");
        bk_builder_free(w.builder);
        return BK_BAD_INPUT;
    }
    w.doses = (int)doses;
    bk_model *const made = bk_builder_model(w.builder);
    made->id = "population";
    made->name = bk_builder_text(w.builder, known);
    symbols(&w, constants, known);
    rules(&w);
    bk_text_free(&w.text);
    if (w.status != BK_OK) {
        bk_builder_free(w.builder);
        return w.status;
    }
    return bk_builder_finish(w.builder, model);
}
