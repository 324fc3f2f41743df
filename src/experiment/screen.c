/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/screen_impl.h"

#include "base/alloc.h"
#include "base/random.h"
#include "base/thread.h"
#include "model/model.h"

#include <math.h>
#include <string.h>

/* Two rounds over all threads: first the untreated steady state of every distinct
 * background, then every condition from there (or, where courses are measured, from the
 * model's start without the first round); in each, what takes long comes last, all
 * of it together.  Jobs write only to places of their own and are told apart by what
 * they are about, not by which thread takes them, so that a table does not depend on the
 * number of threads. */

enum { MOST_BLOCK = 512, WORTH = 64 }; /* WORTH: more in a call gain nothing */

typedef struct turn {
    bk_screen *screen;
    bk_workspace **workspaces; /* [threads] */
    size_t *todo;              /* [n] numbers of bases or conditions */
    bool *later;               /* [bases or conditions] put off */
    size_t n;
    bool put_off; /* long ones come back */
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

/* Jobs of a call: an eighth of all, so that threads share them, but whole lanes and not
 * too many.  Of long ones, which take very different times, half of all, as many as can
 * be, so that lanes that are done find others; fixed by their number alone, never by the
 * threads. */
static size_t block_size(const bk_screen *screen, size_t jobs, bool of_long)
{
    const size_t lanes = bk_system_engine(screen->system)->lanes;
    if (lanes == 0) {
        return 1;
    }
    const size_t half = jobs > lanes ? (jobs + 1) / 2 : lanes;
    const size_t eighth = (jobs / 8 + lanes) / lanes * lanes;
    const size_t wished = of_long ? half : eighth;
    const size_t most = lanes > WORTH ? lanes : WORTH / lanes * lanes;
    const size_t size = wished < most || of_long ? wished : most;
    return size < MOST_BLOCK ? size : MOST_BLOCK;
}

/* The jobs of one block: which ones, and what they are about. */
typedef struct block {
    bk_job jobs[MOST_BLOCK];
    size_t numbers[MOST_BLOCK]; /* of bases or conditions */
    size_t n;
} block;

static bool open_job(block *b, size_t number, bk_job job)
{
    job.diag = bk_diag_new();
    b->numbers[b->n] = number;
    b->jobs[b->n] = job;
    b->n += job.diag != NULL;
    return job.diag != NULL;
}

static bool takes_courses(const bk_screen *screen)
{
    return screen->settings->measure != BK_MEASURE_STEADY;
}

static void settle_block(const turn *r, block *b, bool early, int thread)
{
    bk_settings settings = settings_of(r->screen);
    settings.freeze_slow = early;
    settings.put_off = r->put_off;
    bk_settle_many(r->screen->system, &settings, b->jobs, b->n, r->workspaces[thread]);
}

static void run_block(const turn *r, block *b, int thread)
{
    const bk_settings settings = settings_of(r->screen);
    bk_run_many(r->screen->system, &settings, b->jobs, b->n, r->workspaces[thread]);
}

static void take_base(bk_screen *screen, bk_screen_base *base, bk_job *job)
{
    base->outcome = job->outcome;
    if (job->status != BK_OK) {
        take_note(screen, &base->note, job->diag, job->status);
    } else if (bk_outcome_stop(base->outcome) != BK_STOP_END) {
        base->unsteady = bk_outcome_stop(base->outcome) == BK_STOP_NOT_STEADY;
        if (!bk_screen_note(&base->note,
                            "untreated: ", bk_outcome_text(base->outcome))) {
            screen->no_memory = true;
        }
    }
}

static void settle_bases(void *context, size_t number, int thread)
{
    const turn *const r = context;
    bk_screen *const screen = r->screen;
    const size_t size = block_size(screen, r->n, !r->put_off);
    block b = {.n = 0};
    for (size_t i = number * size; i < (number + 1) * size && i < r->n; i++) {
        const bk_overlay *const overlay = screen->bases[r->todo[i]].overlay;
        const bk_job job = {.overlay = overlay,
                            .put_off = r->later[r->todo[i]],
                            .content = content_of(screen, overlay->text, "")};
        if (!open_job(&b, r->todo[i], job)) {
            screen->no_memory = true;
        }
    }
    settle_block(r, &b, false, thread);
    for (size_t i = 0; i < b.n; i++) {
        bk_job *const job = &b.jobs[i];
        r->later[b.numbers[i]] = job->put_off;
        if (!job->put_off) {
            take_base(screen, &screen->bases[b.numbers[i]], job);
        }
        bk_diag_free(job->diag);
    }
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
        job->values[i] =
            bk_screen_measure(screen->readouts, i, outcome, screen->settings->measure);
    }
}

/* Whether a condition can be run; its base's note becomes its own. */
static bool ready(bk_screen *screen, bk_screen_job *job)
{
    if ((job->overlay == NULL && !job->same) || job->base == BK_NO_BASE) {
        return false;
    }
    const bk_screen_base *const base = &screen->bases[job->base];
    if (takes_courses(screen)) {
        return true;
    }
    if (base->note != NULL && !bk_screen_note(&job->note, "", base->note)) {
        screen->no_memory = true;
    }
    return base->outcome != NULL && (base->note == NULL || base->unsteady);
}

/* Whether what rests still rests when it is settled again by the same overlay; bits may
 * differ within the tolerance.  The continuous form of a logic has neither events nor
 * time in its laws. */
static bool settles_once(const bk_system *system)
{
    return bk_system_engine(system)->settles_once || bk_system_model(system)->is_form;
}

/* Whether a condition is its base, run to where it stays. */
static bool is_its_base(const bk_screen *screen, const bk_screen_job *job)
{
    return job->same && !takes_courses(screen) && !screen->settings->early &&
           settles_once(screen->system) &&
           bk_outcome_stop(screen->bases[job->base].outcome) == BK_STOP_END;
}

static void settle_conditions(void *context, size_t number, int thread)
{
    const turn *const r = context;
    bk_screen *const screen = r->screen;
    const size_t size = block_size(screen, r->n, !r->put_off);
    block b = {.n = 0};
    for (size_t i = number * size; i < (number + 1) * size && i < r->n; i++) {
        bk_screen_job *const about = &screen->jobs[r->todo[i]];
        const bool again = r->later[r->todo[i]];
        if (!again && !ready(screen, about)) {
            continue;
        }
        const bk_screen_base *const base = &screen->bases[about->base];
        if (is_its_base(screen, about)) {
            measure(screen, about, base->outcome);
            continue;
        }
        const bk_overlay *const overlay = about->same ? base->overlay : about->overlay;
        const double *const state =
            base->outcome != NULL ? bk_outcome_state(base->outcome) : NULL;
        const bk_job job = {.overlay = overlay,
                            .state = state,
                            .put_off = again,
                            .content =
                                content_of(screen, base->overlay->text, overlay->text)};
        if (!open_job(&b, r->todo[i], job)) {
            screen->no_memory = true;
        }
    }
    if (takes_courses(screen)) {
        run_block(r, &b, thread);
    } else {
        settle_block(r, &b, screen->settings->early, thread);
    }
    for (size_t i = 0; i < b.n; i++) {
        bk_job *const job = &b.jobs[i];
        bk_screen_job *const about = &screen->jobs[b.numbers[i]];
        r->later[b.numbers[i]] = job->put_off;
        if (job->status != BK_OK) {
            take_note(screen, &about->note, job->diag, job->status);
        } else if (!job->put_off) {
            measure(screen, about, job->outcome);
        }
        bk_outcome_free(job->outcome);
        bk_diag_free(job->diag);
    }
}

/* All of them, then those that were put off. */
static bk_status run_round(turn *r, size_t n, size_t threads,
                           void (*settle)(void *, size_t, int))
{
    r->todo = bk_alloc((n + 1) * sizeof *r->todo);
    r->later = bk_alloc_zero(n + 1, sizeof *r->later);
    const bool ok = r->todo != NULL && r->later != NULL;
    r->n = n;
    r->put_off = true;
    for (size_t i = 0; ok && i < n; i++) {
        r->todo[i] = i;
    }
    while (ok && r->n > 0) {
        const size_t size = block_size(r->screen, r->n, !r->put_off);
        bk_parallel((int)threads, (r->n + size - 1) / size, settle, r);
        r->n = 0;
        for (size_t i = 0; r->put_off && i < n; i++) {
            r->todo[r->n] = i;
            r->n += r->later[i];
        }
        r->put_off = false;
    }
    bk_free(r->todo);
    bk_free(r->later);
    return ok && !r->screen->no_memory ? BK_OK : BK_NO_MEMORY;
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
    if (status == BK_OK && !takes_courses(screen)) {
        status = run_round(&r, screen->n_bases, threads, settle_bases);
    }
    if (status == BK_OK) {
        status = run_round(&r, screen->n_jobs, threads, settle_conditions);
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
