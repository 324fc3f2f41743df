/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/screen_impl.h"

#include "base/alloc.h"
#include "base/text.h"
#include "model/model.h"
#include "scenario/scenario_impl.h"

#include <math.h>
#include <string.h>

bool bk_screen_note(char **note, const char *prefix, const char *words)
{
    bk_text text = {0};
    if (*note != NULL) {
        bk_text_add(&text, *note);
        bk_text_add(&text, "; ");
    }
    bk_text_add(&text, prefix);
    bk_text_add(&text, words[0] != '\0' ? words : "stopped early");
    if (text.failed) {
        bk_text_free(&text);
        return false;
    }
    bk_free(*note);
    *note = text.data;
    return true;
}

void bk_screen_close(bk_screen *screen)
{
    for (size_t i = 0; i < screen->n_bases; i++) {
        bk_overlay_free(screen->bases[i].overlay);
        bk_outcome_free(screen->bases[i].outcome);
        bk_free(screen->bases[i].note);
    }
    for (size_t i = 0; screen->jobs != NULL && i < screen->n_jobs; i++) {
        bk_overlay_free(screen->jobs[i].overlay);
        bk_free(screen->jobs[i].note);
    }
    bk_names_free(screen->base_names);
    bk_free(screen->bases);
    bk_free(screen->jobs);
    bk_free(screen->values);
}

/* The edits of one layer of a scenario behind those of another. */
static bk_status append_layer(bk_scenario *to, const bk_scenario *from, bk_layer layer)
{
    for (size_t i = 0; i < from->n; i++) {
        if (from->edits[i].layer == layer &&
            bk_scenario_add(to, &from->edits[i]) != BK_OK) {
            return BK_NO_MEMORY;
        }
    }
    return BK_OK;
}

/* All edits of a condition. */
static bk_status compose(const bk_screen *screen, const bk_condition *condition,
                         bk_diag *diag, bk_scenario *all)
{
    const bk_where where = {.file = NULL};
    bk_status status = BK_OK;
    if (condition->background != NULL) {
        status = bk_library_background_scenario(screen->library, condition->background,
                                                where, diag, all);
    }
    if (condition->treatment != NULL && status != BK_NO_MEMORY) {
        const bk_status treatment = bk_library_treatment_scenario(
            screen->library, condition->treatment, where, diag, all);
        status = treatment != BK_OK ? treatment : status;
    }
    if (status == BK_OK && condition->more != NULL) {
        status = bk_scenario_append(all, condition->more);
    }
    return status;
}

/* True for what keeps its start for good, so that a start edit is its value. */
static bool stays(const bk_model *model, int32_t symbol)
{
    const bk_symbol *const s = &model->symbols[symbol];
    if (s->kind == BK_LEVEL) {
        return s->item < 0;
    }
    if (s->rule >= 0) {
        return false;
    }
    for (int32_t i = 0; s->kind == BK_SPECIES && !s->boundary && !s->constant &&
                        i < model->n_participants;
         i++) {
        if (model->participants[i].species == symbol &&
            model->participants[i].role != BK_MODIFIER) {
            return false;
        }
    }
    return true;
}

/* What the background started from is past when the treatment comes. */
static void forget_starts(const bk_model *model, const bk_overlay *before,
                          bk_overlay *all)
{
    for (size_t i = 0; i < all->n_symbols; i++) {
        bk_overlay_symbol *const record = &all->symbols[i];
        const bk_overlay_symbol *const old = bk_overlay_of(before, record->symbol);
        if (old != NULL && !isnan(old->start) &&
            !(old->start < record->start || old->start > record->start) &&
            !stays(model, record->symbol)) {
            record->start = (double)NAN;
        }
    }
}

/* Takes the overlay over. */
static int32_t base_of(bk_screen *screen, bk_overlay *overlay)
{
    const int32_t number = (int32_t)screen->n_bases;
    if (!bk_grow(&screen->bases, &screen->base_capacity, screen->n_bases + 1,
                 sizeof *screen->bases)) {
        bk_overlay_free(overlay);
        screen->no_memory = true;
        return BK_NO_BASE;
    }
    const int32_t known = bk_names_add(screen->base_names, overlay->text, number);
    if (known != -1) {
        screen->no_memory = screen->no_memory || known == -2;
        bk_overlay_free(overlay);
        return known >= 0 ? known : BK_NO_BASE;
    }
    screen->bases[screen->n_bases++] = (bk_screen_base){.overlay = overlay};
    return number;
}

static bool has_treatment(const bk_scenario *all)
{
    for (size_t i = 0; i < all->n; i++) {
        if (all->edits[i].layer != BK_BACKGROUND) {
            return true;
        }
    }
    return false;
}

static bool has_starts(const bk_overlay *overlay)
{
    for (size_t i = 0; i < overlay->n_symbols; i++) {
        if (!isnan(overlay->symbols[i].start)) {
            return true;
        }
    }
    return false;
}

/* The cell before the treatment. */
static bk_status bind_before(const bk_screen *screen, const bk_scenario *all,
                             bk_overlay **base)
{
    bk_scenario *const before = bk_scenario_new("before");
    bk_status status =
        before != NULL ? append_layer(before, all, BK_BACKGROUND) : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = bk_scenario_bind(before, screen->library,
                                  bk_system_model(screen->system), NULL, base);
    }
    bk_scenario_free(before);
    return status;
}

/* The cell before the treatment, and the condition unless it is nothing but that. */
static bk_status bind_both(const bk_screen *screen, const bk_scenario *all,
                           bk_diag *diag, bk_screen_job *job, bk_overlay **base)
{
    const bk_model *const model = bk_system_model(screen->system);
    const bool treated = has_treatment(all);
    bk_status status = bk_scenario_bind(all, screen->library, model, diag,
                                        treated ? &job->overlay : base);
    if (status == BK_OK && treated) {
        status = bind_before(screen, all, base);
    }
    job->same = status == BK_OK && !treated && !has_starts(*base);
    if (status == BK_OK && !treated && !job->same) {
        status = bk_scenario_bind(all, screen->library, model, NULL, &job->overlay);
    }
    if (status == BK_OK && !job->same &&
        screen->settings->measure == BK_MEASURE_STEADY) {
        forget_starts(model, *base, job->overlay);
    }
    return status;
}

static bk_status bind_condition(bk_screen *screen, size_t i, bk_diag *diag)
{
    bk_screen_job *const job = &screen->jobs[i];
    bk_scenario *const all = bk_scenario_new("all");
    bk_overlay *base = NULL;
    bk_status status =
        all != NULL ? compose(screen, &screen->conditions[i], diag, all) : BK_NO_MEMORY;
    if (status == BK_OK) {
        status = bind_both(screen, all, diag, job, &base);
    }
    if (status == BK_OK) {
        job->base = base_of(screen, base);
        status = screen->no_memory ? BK_NO_MEMORY : BK_OK;
    } else {
        bk_overlay_free(base);
    }
    bk_scenario_free(all);
    return status;
}

static void tell(bk_screen *screen, bk_screen_job *job, const bk_diag *diag,
                 bk_status status)
{
    const char *why = bk_status_text(status);
    bool first = true;
    for (size_t i = 0; i < bk_diag_size(diag); i++) {
        const bk_message *const message = bk_diag_message(diag, i);
        bk_diag_add(screen->diag, message->severity, message->where, message->code,
                    "%s", message->text);
        if (message->severity == BK_ERROR && first) {
            why = message->text;
            first = false;
        }
    }
    if (status != BK_OK && !bk_screen_note(&job->note, "", why)) {
        screen->no_memory = true;
    }
}

bk_status bk_screen_prepare(bk_screen *screen)
{
    const size_t readouts = bk_readouts_count(screen->readouts);
    const size_t n = screen->n_jobs;
    screen->jobs = bk_alloc_zero(n, sizeof *screen->jobs);
    screen->values = bk_alloc_zero(n * (readouts + 1), sizeof *screen->values);
    screen->base_names = bk_names_new();
    if (screen->jobs == NULL || screen->values == NULL || screen->base_names == NULL) {
        return BK_NO_MEMORY;
    }
    for (size_t i = 0; i < n * (readouts + 1); i++) {
        screen->values[i] = (double)NAN;
    }
    for (size_t i = 0; i < n && !screen->no_memory; i++) {
        bk_screen_job *const job = &screen->jobs[i];
        *job = (bk_screen_job){.base = BK_NO_BASE,
                               .values = screen->values + i * (readouts + 1)};
        bk_diag *const diag = bk_diag_new();
        const bk_status status = bind_condition(screen, i, diag);
        screen->no_memory = screen->no_memory || status == BK_NO_MEMORY;
        if (status != BK_OK) {
            bk_overlay_free(job->overlay);
            job->overlay = NULL;
        }
        tell(screen, job, diag, status);
        bk_diag_free(diag);
    }
    return screen->no_memory ? BK_NO_MEMORY : BK_OK;
}
