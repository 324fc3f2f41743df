/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The document round what is written: level, version, namespaces, the model's
 * attributes, and what cannot be said in it. */

#include "sbml/core_write.h"

#include "base/alloc.h"

#include <string.h>

/* Level 3 Version 1 where the model uses what only that has: qual, fast reactions. */
static int version_for(const bk_model *model)
{
    bool old = model->kinds[BK_LEVEL] > 0;
    for (int32_t i = 0; i < model->n_reactions && !old; i++) {
        old = model->reactions[i].fast;
    }
    return old ? 1 : 2;
}

static bool has_unit(const bk_model *model)
{
    const int32_t n = bk_exprs_size(model->exprs);
    for (int32_t e = 0; e < n; e++) {
        if (bk_expr_op(model->exprs, e) == BK_OP_NUMBER &&
            bk_expr_unit(model->exprs, e) != NULL) {
            return true;
        }
    }
    return false;
}

static bool has_draw(const bk_model *model)
{
    const int32_t n = bk_exprs_size(model->exprs);
    for (int32_t e = 0; e < n; e++) {
        if (bk_op_is_draw(bk_expr_op(model->exprs, e))) {
            return true;
        }
    }
    return false;
}

/* --- what cannot be written --- */

static bool tell_operator(const bk_model *model, bk_diag *diag, bk_expr math,
                          bk_where where)
{
    static const bk_op newer[] = {BK_OP_REM, BK_OP_QUOTIENT, BK_OP_RATE_OF};
    for (size_t i = 0; i < sizeof newer / sizeof newer[0]; i++) {
        if (math >= 0 && bk_expr_uses_op(model->exprs, math, newer[i])) {
            bk_diag_add(
                diag, BK_ERROR, where, "sbml-write",
                "%s cannot be written together with fast reactions or a logical "
                "part: those need Level 3 Version 1, which does not have it",
                bk_op_about(newer[i])->infix);
            return true;
        }
    }
    return false;
}

/* A drug on a level has no place in qual: ours reads it back, others see no drug. */
static void tell_seen(const bk_model *model, bk_diag *diag)
{
    for (int32_t i = 0; i < model->n_symbols; i++) {
        const bk_symbol *const s = &model->symbols[i];
        if (s->kind == BK_LEVEL && s->seen_scale != 1) {
            bk_diag_add(
                diag, BK_WARNING, s->where, "sbml-seen-scale",
                "the scale at which others see %s is written as an annotation, "
                "which other programs do not read: there the model has no drug on "
                "it; --continuous writes it into the mathematics",
                s->id);
        }
    }
}

/* True when some mathematics needs a newer version than the rest allows; all told. */
static bool needs_newer(const bk_model *m, bk_diag *diag)
{
    bool found = false;
    for (int32_t i = 0; i < m->n_functions; i++) {
        found |=
            tell_operator(m, diag, m->functions[i].body.body, m->functions[i].where);
    }
    for (int32_t i = 0; i < m->n_initials; i++) {
        found |= tell_operator(m, diag, m->initials[i].math, m->initials[i].where);
    }
    for (int32_t i = 0; i < m->n_rules; i++) {
        found |= tell_operator(m, diag, m->rules[i].math, m->rules[i].where);
    }
    for (int32_t i = 0; i < m->n_reactions; i++) {
        found |= tell_operator(m, diag, m->reactions[i].law, m->reactions[i].where);
    }
    for (int32_t i = 0; i < m->n_events; i++) {
        const bk_event *const event = &m->events[i];
        found |= tell_operator(m, diag, event->trigger, event->where) ||
                 tell_operator(m, diag, event->delay, event->where) ||
                 tell_operator(m, diag, event->priority, event->where);
    }
    for (int32_t i = 0; i < m->n_event_assignments; i++) {
        found |= tell_operator(m, diag, m->event_assignments[i].math,
                               m->event_assignments[i].where);
    }
    return found;
}

/* True when the model depends on what was not read: without it, what is written would
 * mean something else. */
static bool lacks_package(const bk_model *model, bk_diag *diag)
{
    bool lacks = false;
    for (int32_t i = 0; i < model->n_requirements; i++) {
        const bk_requirement *const requirement = &model->requirements[i];
        if (strncmp(requirement->what, "package ", 8) == 0 ||
            strncmp(requirement->what, "csymbol ", 8) == 0) {
            bk_diag_add(diag, BK_ERROR, requirement->where, "sbml-write",
                        "%s %s was not read; what could be written would mean "
                        "something else",
                        requirement->what, requirement->detail);
            lacks = true;
        }
    }
    return lacks;
}

/* --- the model element --- */

/* Older levels have defaults here, which may be redefined by a unit of that name. */
static void put_model_unit(bk_core_writer *w, const char *attribute, const char *given,
                           const char *older)
{
    const bool old = w->model->level == 1 || w->model->level == 2;
    bk_xml_put_some(w->xml, attribute, old ? bk_write_unit(w->model, older) : given);
}

static void write_model(bk_core_writer *w)
{
    const bk_model *const model = w->model;
    bk_xml_open(w->xml, "model");
    bk_write_sbase(w->xml, &model->notes);
    bk_xml_put_some(w->xml, "id", model->id);
    bk_xml_put_some(w->xml, "name", model->name);
    put_model_unit(w, "substanceUnits", model->substance_units, "substance");
    put_model_unit(w, "timeUnits", model->time_units, "time");
    put_model_unit(w, "volumeUnits", model->volume_units, "volume");
    put_model_unit(w, "areaUnits", model->area_units, "area");
    put_model_unit(w, "lengthUnits", model->length_units, "length");
    put_model_unit(w, "extentUnits", model->extent_units, "substance");
    if (model->conversion >= 0) {
        bk_xml_put(w->xml, "conversionFactor", model->symbols[model->conversion].id);
    }
    bk_text_clear(&w->ours);
    bk_write_ours_model(&w->ours, model);
    bk_write_notes(w->xml, &model->notes, w->ours.length > 0 ? w->ours.data : NULL);
    bk_core_write(w);
    if (model->kinds[BK_LEVEL] > 0) {
        bk_qual_write(w->xml, model);
    }
    bk_xml_close(w->xml, "model");
}

static void write_document(bk_core_writer *w)
{
    const char *const core = bk_sbml_words[w->version == 1 ? BK_S_L3V1 : BK_S_L3V2];
    bk_xml_open(w->xml, "sbml");
    bk_xml_put(w->xml, "xmlns", core);
    if (has_unit(w->model)) {
        bk_xml_put(w->xml, "xmlns:sbml", core);
    }
    bk_xml_put_int(w->xml, "level", 3);
    bk_xml_put_int(w->xml, "version", w->version);
    if (w->model->kinds[BK_LEVEL] > 0) {
        bk_xml_put(w->xml, "xmlns:qual", bk_sbml_words[BK_S_QUAL]);
        bk_xml_put_bool(w->xml, "qual:required", true);
    }
    if (has_draw(w->model)) {
        bk_xml_put(w->xml, "xmlns:distrib", bk_sbml_words[BK_S_DISTRIB]);
        bk_xml_put_bool(w->xml, "distrib:required", true);
    }
    write_model(w);
    bk_xml_close(w->xml, "sbml");
}

bk_status bk_sbml_print(const bk_model *model, bk_diag *diag, char **text)
{
    bk_text out = {0};
    bk_xml_writer xml;
    bk_core_writer w = {.xml = &xml, .model = model, .version = version_for(model)};
    const bool lacks = lacks_package(model, diag);
    tell_seen(model, diag);
    if (model->n_objectives + model->n_fluxes > 0) {
        bk_diag_add(diag, BK_WARNING, (bk_where){.file = model->source}, "sbml-write",
                    "flux bounds and objectives are not written; keep the original "
                    "file for flux balance");
    }
    if (bk_model_has_rates(model) || model->n_starts > 0) {
        bk_diag_add(
            diag, BK_WARNING, (bk_where){.file = model->source}, "sbml-write",
            "rates of levels and odds of their starts are not written: SBML-qual "
            "has no place for them; .bnd has");
    }
    if ((w.version == 1 && needs_newer(model, diag)) || lacks) {
        return BK_UNSUPPORTED;
    }
    bk_xml_begin(&xml, &out);
    bool fine = bk_write_name_references(&w);
    if (fine) {
        write_document(&w);
    }
    fine = fine && !out.failed && !w.ours.failed;
    bk_text_free(&w.ours);
    bk_free(w.made);
    if (fine && xml.too_deep) {
        bk_diag_add(diag, BK_ERROR, (bk_where){.file = model->source}, "sbml-write",
                    "an expression is nested too deep for XML; split it into several "
                    "rules");
    }
    if (!fine || xml.too_deep) {
        bk_text_free(&out);
        return fine ? BK_UNSUPPORTED : BK_NO_MEMORY;
    }
    *text = out.data;
    return BK_OK;
}

bk_status bk_sbml_write(const bk_model *model, const char *path, bk_diag *diag)
{
    char *text = NULL;
    bk_status status = bk_sbml_print(model, diag, &text);
    if (status == BK_OK) {
        status = (bk_status)bk_file_write(path, text, strlen(text), diag);
        bk_free(text);
    }
    return status;
}
