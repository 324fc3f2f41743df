/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/screen_impl.h"

#include "base/alloc.h"
#include "base/random.h"
#include "base/thread.h"

#include <math.h>
#include <string.h>

/* Two rounds over all threads: first the untreated steady state of every distinct
 * background, then every condition from there.  Jobs write only to places of their own
 * and are told apart by what they are about, not by which thread takes them, so that a
 * table does not depend on the number of threads. */

typedef struct turn {
    bk_screen *screen;
    bk_workspace **workspaces; /* [threads] */
} turn;

static uint64_t content_of(const bk_screen *screen, const char *first,
                           const char *second)
{
    uint64_t hash = screen->settings->run.content;
    hash = bk_hash_bytes(hash, first, strlen(first) + 1);
    return bk_hash_bytes(hash, second, strlen(second) + 1);
}

static bk_settings settings_of(const bk_screen *screen)
{
    bk_settings settings = screen->settings->run;
    settings.threads = 1; /* conditions share the threads */
    settings.columns = bk_readouts_columns(screen->readouts, &settings.n_columns);
    return settings;
}

/* Keeps the first error as the note of what failed. */
static void take_note(bk_screen *screen, char **note, bk_diag *diag, bk_status status)
{
    if (status == BK_NO_MEMORY) {
        screen->no_memory = true;
        return;
    }
    const char *why = bk_status_text(status);
    for (size_t i = bk_diag_size(diag); i > 0; i--) {
        const bk_message *const message = bk_diag_message(diag, i - 1);
        why = message->severity == BK_ERROR ? message->text : why;
    }
    if (!bk_screen_note(note, "", why)) {
        screen->no_memory = true;
    }
}

/* Takes the outcome over. */
static void take_base(bk_screen *screen, bk_screen_base *base, bk_outcome *outcome)
{
    base->outcome = outcome;
    if (bk_outcome_stop(outcome) != BK_STOP_END) {
        base->unsteady = bk_outcome_stop(outcome) == BK_STOP_NOT_STEADY;
        if (!bk_screen_note(&base->note, "untreated: ", bk_outcome_text(outcome))) {
            screen->no_memory = true;
        }
    }
}

static void settle_base(void *context, size_t job, int thread)
{
    const turn *const r = context;
    bk_screen *const screen = r->screen;
    bk_screen_base *const base = &screen->bases[job];
    bk_settings settings = settings_of(screen);
    settings.content = content_of(screen, base->overlay->text, "");
    bk_diag *const diag = bk_diag_new();
    bk_outcome *outcome = NULL;
    const bk_status status = bk_system_engine(screen->system)
                                 ->settle(screen->system, base->overlay, &settings,
                                          r->workspaces[thread], diag, &outcome);
    if (status != BK_OK) {
        take_note(screen, &base->note, diag, status);
    } else {
        take_base(screen, base, outcome);
    }
    bk_diag_free(diag);
}

static void measure(bk_screen *screen, bk_screen_job *job, const bk_outcome *outcome)
{
    const bk_stop stop = bk_outcome_stop(outcome);
    const size_t rows = bk_outcome_rows(outcome);
    if (stop != BK_STOP_END &&
        !bk_screen_note(&job->note, "", bk_outcome_text(outcome))) {
        screen->no_memory = true;
    }
    if ((stop != BK_STOP_END && stop != BK_STOP_NOT_STEADY) || rows == 0) {
        return;
    }
    for (size_t i = 0; i < bk_readouts_count(screen->readouts); i++) {
        job->values[i] = bk_readouts_measure(screen->readouts, i, outcome, rows - 1);
    }
}

/* Whether a condition can be run; its base's note becomes its own. */
static bool ready(bk_screen *screen, bk_screen_job *job)
{
    if ((job->overlay == NULL && !job->same) || job->base == BK_NO_BASE) {
        return false;
    }
    const bk_screen_base *const base = &screen->bases[job->base];
    if (base->note != NULL && !bk_screen_note(&job->note, "", base->note)) {
        screen->no_memory = true;
    }
    return base->outcome != NULL && (base->note == NULL || base->unsteady);
}

static void settle_condition(void *context, size_t number, int thread)
{
    const turn *const r = context;
    bk_screen *const screen = r->screen;
    bk_screen_job *const job = &screen->jobs[number];
    if (!ready(screen, job)) {
        return;
    }
    const bk_screen_base *const base = &screen->bases[job->base];
    bk_settings settings = settings_of(screen);
    const bk_overlay *const overlay = job->same ? base->overlay : job->overlay;
    settings.content = content_of(screen, base->overlay->text, overlay->text);
    settings.state = bk_outcome_state(base->outcome);
    settings.freeze_slow = screen->settings->early;
    bk_diag *const diag = bk_diag_new();
    bk_outcome *outcome = NULL;
    const bk_status status = bk_system_engine(screen->system)
                                 ->settle(screen->system, overlay, &settings,
                                          r->workspaces[thread], diag, &outcome);
    if (status != BK_OK) {
        take_note(screen, &job->note, diag, status);
    } else {
        measure(screen, job, outcome);
    }
    bk_outcome_free(outcome);
    bk_diag_free(diag);
}

/* --- at once -------------------------------------------------------------------------- */

enum { AT_ONCE = 512 };

static void settle_bases(void *context, size_t batch, int thread)
{
    const turn *const r = context;
    bk_screen *const screen = r->screen;
    const bk_settings settings = settings_of(screen);
    const bk_overlay *overlays[AT_ONCE];
    bk_outcome *outcomes[AT_ONCE];
    size_t n = 0;
    for (size_t i = batch * AT_ONCE; i < screen->n_bases && n < AT_ONCE; i++) {
        overlays[n++] = screen->bases[i].overlay;
    }
    const bk_status status =
        bk_system_engine(screen->system)
            ->settle_many(screen->system, overlays, NULL, n, &settings,
                          r->workspaces[thread], outcomes);
    for (size_t i = 0; status == BK_OK && i < n; i++) {
        take_base(screen, &screen->bases[batch * AT_ONCE + i], outcomes[i]);
    }
    screen->no_memory = screen->no_memory || status == BK_NO_MEMORY;
}

static void settle_conditions(void *context, size_t batch, int thread)
{
    const turn *const r = context;
    bk_screen *const screen = r->screen;
    bk_settings settings = settings_of(screen);
    settings.freeze_slow = screen->settings->early;
    const bk_overlay *overlays[AT_ONCE];
    const double *states[AT_ONCE];
    bk_screen_job *jobs[AT_ONCE];
    bk_outcome *outcomes[AT_ONCE];
    size_t n = 0;
    const size_t end = (batch + 1) * AT_ONCE;
    for (size_t i = batch * AT_ONCE; i < screen->n_jobs && i < end; i++) {
        bk_screen_job *const job = &screen->jobs[i];
        if (!ready(screen, job)) {
            continue;
        }
        if (job->same && !screen->settings->early) {
            /* From where it settled, the same condition settles there. */
            measure(screen, job, screen->bases[job->base].outcome);
        } else {
            jobs[n] = job;
            overlays[n] = job->same ? screen->bases[job->base].overlay : job->overlay;
            states[n++] = bk_outcome_state(screen->bases[job->base].outcome);
        }
    }
    const bk_status status =
        bk_system_engine(screen->system)
            ->settle_many(screen->system, overlays, states, n, &settings,
                          r->workspaces[thread], outcomes);
    for (size_t i = 0; status == BK_OK && i < n; i++) {
        measure(screen, jobs[i], outcomes[i]);
        bk_outcome_free(outcomes[i]);
    }
    screen->no_memory = screen->no_memory || status == BK_NO_MEMORY;
}

/* Whether the engine takes them so. */
static bool at_once(const bk_screen *screen, bk_workspace *workspace)
{
    const bk_engine *const engine = bk_system_engine(screen->system);
    const bk_settings settings = settings_of(screen);
    return engine->settle_many != NULL &&
           engine->settle_many(screen->system, NULL, NULL, 0, &settings, workspace,
                               NULL) == BK_OK;
}

static void settle_all(turn *r, int threads)
{
    bk_screen *const screen = r->screen;
    if (at_once(screen, r->workspaces[0])) {
        const size_t bases = (screen->n_bases + AT_ONCE - 1) / AT_ONCE;
        const size_t jobs = (screen->n_jobs + AT_ONCE - 1) / AT_ONCE;
        bk_parallel(threads, bases, settle_bases, r);
        bk_parallel(threads, jobs, settle_conditions, r);
        return;
    }
    bk_parallel(threads, screen->n_bases, settle_base, r);
    bk_parallel(threads, screen->n_jobs, settle_condition, r);
}

static bk_status run_rounds(bk_screen *screen)
{
    const int wanted =
        screen->settings->threads > 0 ? screen->settings->threads : bk_processors();
    const size_t threads =
        (size_t)wanted < screen->n_jobs + 1 ? (size_t)wanted : screen->n_jobs + 1;
    turn r = {.screen = screen,
              .workspaces = bk_alloc_zero(threads, sizeof(bk_workspace *))};
    bk_status status = r.workspaces != NULL ? BK_OK : BK_NO_MEMORY;
    for (size_t i = 0; i < threads && status == BK_OK; i++) {
        status = bk_system_engine(screen->system)
                     ->workspace(screen->system, &r.workspaces[i]);
    }
    if (status == BK_OK) {
        settle_all(&r, (int)threads);
        status = screen->no_memory ? BK_NO_MEMORY : BK_OK;
    }
    for (size_t i = 0; r.workspaces != NULL && i < threads; i++) {
        bk_workspace_free(r.workspaces[i]);
    }
    bk_free(r.workspaces);
    return status;
}

/* --- the table -------------------------------------------------------------------- */

static bk_status add_columns(const bk_screen *screen, bk_table *table, bk_diag *diag)
{
    bk_status status = bk_table_add_column(table, "background", BK_TEXT, NULL);
    if (status == BK_OK) {
        status = bk_table_add_column(table, "treatment", BK_TEXT, NULL);
    }
    for (size_t i = 0; i < bk_readouts_count(screen->readouts) && status == BK_OK;
         i++) {
        const char *const name = bk_readouts_name(screen->readouts, i);
        status = bk_table_add_column(table, name, BK_REAL, NULL);
        if (status == BK_MISUSE || strcmp(name, "note") == 0) {
            bk_diag_add(
                diag, BK_ERROR, (bk_where){.file = NULL}, "readout",
                "a read-out cannot be named \"%s\", as a column of every screen "
                "is; rename it",
                name);
            return BK_BAD_INPUT;
        }
    }
    return status == BK_OK ? bk_table_add_column(table, "note", BK_TEXT, NULL) : status;
}

static bk_status add_row(const bk_screen *screen, size_t i, bk_table *table)
{
    const bk_condition *const condition = &screen->conditions[i];
    const bk_screen_job *const job = &screen->jobs[i];
    const int n = (int)bk_readouts_count(screen->readouts);
    size_t row = 0;
    bk_status status = bk_table_add_row(table, &row);
    if (status == BK_OK) {
        status = bk_table_set_text(table, row, 0,
                                   condition->background != NULL ? condition->background
                                                                 : "none");
    }
    if (status == BK_OK) {
        status = bk_table_set_text(table, row, 1,
                                   condition->treatment != NULL ? condition->treatment
                                                                : "none");
    }
    for (int k = 0; k < n && status == BK_OK; k++) {
        if (!isnan(job->values[k])) {
            status = bk_table_set_real(table, row, 2 + k, job->values[k]);
        }
    }
    if (status == BK_OK && job->note != NULL) {
        status = bk_table_set_text(table, row, 2 + n, job->note);
    }
    return status;
}

static bk_status make_table(const bk_screen *screen, bk_diag *diag, bk_table **table)
{
    bk_table *const made = bk_table_new();
    bk_status status = made != NULL ? add_columns(screen, made, diag) : BK_NO_MEMORY;
    for (size_t i = 0; i < screen->n_jobs && status == BK_OK; i++) {
        status = add_row(screen, i, made);
    }
    if (status != BK_OK) {
        bk_table_free(made);
        return status;
    }
    *table = made;
    return BK_OK;
}

static bool lacks_value(const bk_screen *screen, size_t i)
{
    bool lacks = false;
    for (size_t k = 0; k < bk_readouts_count(screen->readouts); k++) {
        lacks = lacks || isnan(screen->jobs[i].values[k]);
    }
    return lacks;
}

bk_status bk_screen_run(const bk_system *system, const bk_library *library,
                        const bk_condition *conditions, size_t n_conditions,
                        const bk_readouts *readouts, const bk_screen_settings *settings,
                        bk_diag *diag, bk_table **table)
{
    bk_screen screen = {.system = system,
                        .library = library,
                        .conditions = conditions,
                        .readouts = readouts,
                        .settings = settings,
                        .n_jobs = n_conditions,
                        .diag = diag};
    bk_table *made = NULL;
    bk_status status = bk_screen_prepare(&screen);
    if (status == BK_OK) {
        status = run_rounds(&screen);
    }
    if (status == BK_OK) {
        status = make_table(&screen, diag, &made);
    }
    size_t noted = 0, missing = 0;
    for (size_t i = 0; status == BK_OK && i < n_conditions; i++) {
        noted += screen.jobs[i].note != NULL;
        missing += screen.jobs[i].note != NULL && lacks_value(&screen, i);
    }
    bk_screen_close(&screen);
    if (status != BK_OK) {
        return status;
    }
    if (noted > 0) {
        bk_diag_add(
            diag, BK_WARNING, (bk_where){.file = NULL}, "screen-notes",
            "of %zu conditions %zu failed and %zu have no steady state; the column "
            "note says why",
            n_conditions, missing, noted - missing);
    }
    *table = made;
    return missing > 0 ? BK_PARTIAL : BK_OK;
}
