/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/phrase.h"

#include "base/text.h"
#include "scenario/library_impl.h"

#include <math.h>
#include <string.h>

/* Treatments, what they are compared with, and when. */

static bk_status add_node_term(bk_phrasing *p, const char *name, bk_term_kind kind,
                               bk_term *term)
{
    int32_t node = -1;
    const bk_status status = bk_model_bind(p->logic, name, p->where, p->diag, &node);
    if (status == BK_OK) {
        *term = (bk_term){.kind = kind,
                          .name = bk_symbol_id(p->logic, node),
                          .dose = 1.0,
                          .most = bk_symbol_max_level(p->logic, node)};
    }
    return status;
}

/* A drug by name, or the representative of a class, which is noted. */
static bk_status add_drug_term(bk_phrasing *p, char *name, bk_term *term)
{
    char *const at = strchr(name, '@');
    double dose = (double)NAN;
    if (at != NULL) {
        if (!bk_dose_parse(at + 1, strlen(at + 1), &dose)) {
            bk_diag_add(
                p->diag, BK_ERROR, p->where, "treatment",
                "expected a dose such as 500nM (units pM nM uM mM M) after '@', got "
                "'%s'",
                at + 1);
            return BK_BAD_INPUT;
        }
        *at = '\0';
        for (char *end = at; end > name && end[-1] == ' ';) {
            *--end = '\0';
        }
    }
    int32_t drug = bk_library_find_drug(p->library, name);
    if (drug < 0) {
        drug = bk_library_find_class(p->library, name, 0);
    }
    if (drug < 0) {
        return bk_library_unknown_drug(p->library, name, p->where, p->diag);
    }
    const bk_drug *const found = &p->library->drugs[drug];
    if (!bk_text_equal_nocase(found->name, name)) {
        bk_phrase_note(p, bk_arena_printf(p->arena, "%s = %s", name, found->name));
    }
    *term = (bk_term){.kind = BK_TERM_DRUG,
                      .name = found->name,
                      .dose = isnan(dose) ? found->dose : dose,
                      .stated = !isnan(dose)};
    return BK_OK;
}

static bk_status add_term(bk_phrasing *p, char *words, bk_treatment *treatment)
{
    bk_term *const term = &treatment->terms[treatment->n];
    bk_status status = BK_OK;
    if (words[0] == '\0') {
        bk_diag_add(
            p->diag, BK_ERROR, p->where, "treatment",
            "expected a drug, ligand:NODE, kd:NODE or none between the '+' signs");
        return BK_BAD_INPUT;
    }
    if (bk_text_equal_nocase(words, "none")) {
        return BK_OK;
    }
    if (treatment->n == BK_MOST_TERMS) {
        bk_diag_add(p->diag, BK_ERROR, p->where, "treatment",
                    "more than %d terms in one treatment", BK_MOST_TERMS);
        return BK_BAD_INPUT;
    }
    if (strncmp(words, "ligand:", 7) == 0) {
        status = add_node_term(p, words + 7, BK_TERM_LIGAND, term);
    } else if (strncmp(words, "kd:", 3) == 0) {
        status = add_node_term(p, words + 3, BK_TERM_KNOCKDOWN, term);
    } else {
        status = add_drug_term(p, words, term);
    }
    treatment->n += status == BK_OK;
    return status;
}

bk_status bk_phrase_treatment(bk_phrasing *p, const char *text, bk_treatment *treatment)
{
    treatment->n = 0;
    bk_status status = BK_OK;
    const char *at = text;
    int depth = 0;
    for (const char *c = text; status == BK_OK; c++) {
        depth += *c == '(' ? 1 : *c == ')' ? -1 : 0;
        if (*c == '\0' || (*c == '+' && depth <= 0 && !bk_dose_has_sign(at, c))) {
            char *const words = bk_phrase_plain(p, at, (size_t)(c - at));
            status = words != NULL ? add_term(p, words, treatment) : BK_NO_MEMORY;
            at = c + 1;
        }
        if (*c == '\0') {
            break;
        }
    }
    return status;
}

/* --- comparators ------------------------------------------------------------------ */

static bool is_control(const char *text)
{
    static const char *const words[] = {"untreated", "DMSO",     "control", "vehicle",
                                        "none",      "baseline", "no drug", NULL};
    return text[0] == '\0' || bk_text_is_one_of(text, words);
}

static char *without_tail(bk_phrasing *p, const char *text, const char *tail)
{
    return bk_arena_text_n(p->arena, text, strlen(text) - strlen(tail));
}

static bk_status other_cell(bk_phrasing *p, const char *text, const bk_cell *row,
                            bk_comparator *comparator)
{
    bk_cell named;
    bk_status status = text != NULL ? bk_phrase_cell(p, text, &named) : BK_NO_MEMORY;
    if (status == BK_OK) {
        comparator->other_cell = true;
        if (named.whole || (named.n > 0 && !bk_cell_differs(row, &named))) {
            comparator->cell = named;
        } else {
            status = bk_cell_override(p, row, &named, &comparator->cell);
        }
        comparator->cell.population = named.population;
    }
    return status;
}

static bk_status against_words(bk_phrasing *p, char *text, const bk_cell *cell,
                               bk_comparator *comparator)
{
    char *const in = strstr(text, " in ");
    if (in != NULL) {
        *in = '\0';
        const bk_status status = bk_phrase_treatment(p, text, &comparator->treatment);
        return status == BK_OK ? other_cell(p, in + 4, cell, comparator) : status;
    }
    if (bk_phrase_ends(text, " alone")) {
        char *const words = without_tail(p, text, " alone");
        return words != NULL ? bk_phrase_treatment(p, words, &comparator->treatment)
                             : BK_NO_MEMORY;
    }
    if (bk_phrase_ends(text, " untreated")) {
        return other_cell(p, without_tail(p, text, " untreated"), cell, comparator);
    }
    bk_diag *const quiet = bk_diag_new();
    bk_phrasing attempt = *p;
    attempt.diag = quiet;
    const bk_status status =
        quiet != NULL ? bk_phrase_treatment(&attempt, text, &comparator->treatment)
                      : BK_NO_MEMORY;
    bk_diag_free(quiet);
    if (status == BK_OK) {
        p->note = attempt.note;
        return BK_OK;
    }
    comparator->treatment.n = 0;
    return status == BK_NO_MEMORY ? status : other_cell(p, text, cell, comparator);
}

bk_status bk_phrase_comparator(bk_phrasing *p, const char *text, const bk_cell *cell,
                               const bk_treatment *treatment, bk_comparator *comparator)
{
    *comparator = (bk_comparator){.kind = BK_AGAINST_CONDITION, .cell = *cell};
    char *const words = bk_phrase_plain(p, text, strlen(text));
    if (words == NULL) {
        return BK_NO_MEMORY;
    }
    if (is_control(words)) {
        return BK_OK;
    }
    if (bk_text_equal_nocase(words, "each alone")) {
        comparator->kind = BK_AGAINST_EACH;
        return BK_OK;
    }
    if (bk_text_equal_nocase(words, "early time point") ||
        bk_text_equal_nocase(words, "early")) {
        comparator->kind = BK_AGAINST_EARLY;
        return BK_OK;
    }
    if (bk_text_equal_nocase(words, "no ligand")) {
        comparator->starved = true;
        for (size_t i = 0; i < treatment->n; i++) {
            if (treatment->terms[i].kind != BK_TERM_LIGAND) {
                comparator->treatment.terms[comparator->treatment.n++] =
                    treatment->terms[i];
            }
        }
        return BK_OK;
    }
    return against_words(p, words, cell, comparator);
}

bk_status bk_phrase_time(bk_phrasing *p, const char *text, bool *early)
{
    static const char *const words[] = {"early",        "late",        "steady",
                                        "steady state", "equilibrium", "clinical",
                                        "in vivo",      "in vitro"};
    const size_t n = sizeof words / sizeof *words;
    const char *const plain = bk_phrase_plain(p, text, strlen(text));
    if (plain == NULL) {
        return BK_NO_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        if (plain[0] == '\0' || bk_text_equal_nocase(plain, words[i])) {
            *early = plain[0] != '\0' && i == 0;
            return BK_OK;
        }
    }
    (void)bk_unknown_add(p->diag, p->where, "time", plain, words, n, "; early or late",
                         "there is no time \"%s\"", plain);
    return BK_NOT_FOUND;
}

/* --- texts ------------------------------------------------------------------------ */

/* The dose of a drug that stands in several terms is their sum; 0 for all but the first. */
static double whole_dose(const bk_treatment *treatment, size_t term)
{
    double sum = 0.0;
    for (size_t i = 0; i < treatment->n; i++) {
        const bool same =
            treatment->terms[i].kind == BK_TERM_DRUG &&
            strcmp(treatment->terms[i].name, treatment->terms[term].name) == 0;
        if (same && i < term) {
            return 0.0;
        }
        sum += same ? treatment->terms[i].dose : 0.0;
    }
    return sum;
}

const char *bk_treatment_drugs(bk_phrasing *p, const bk_treatment *treatment)
{
    const char *text = "";
    for (size_t i = 0; i < treatment->n && text != NULL; i++) {
        const bk_term *const term = &treatment->terms[i];
        const double dose = term->kind == BK_TERM_DRUG ? whole_dose(treatment, i) : 0.0;
        if (dose == 0.0) {
            continue;
        }
        char number[32];
        text = bk_arena_printf(
            p->arena, "%s%s\"%s\"%s%s", text, text[0] != '\0' ? "+" : "", term->name,
            isnan(dose) ? "" : "@", isnan(dose) ? "" : bk_double_print(dose, number));
    }
    return text;
}

const char *bk_treatment_edits(bk_phrasing *p, const bk_treatment *treatment,
                               const bk_treatment *starved)
{
    const char *text = "";
    char number[32];
    for (size_t i = 0; i < treatment->n && text != NULL; i++) {
        const bk_term *const term = &treatment->terms[i];
        if (term->kind == BK_TERM_LIGAND) {
            text = bk_arena_printf(p->arena, "%sfix %s = %s;", text, term->name,
                                   bk_double_print(term->most, number));
        } else if (term->kind == BK_TERM_KNOCKDOWN) {
            text = bk_arena_printf(p->arena, "%sscale %s by %s;", text, term->name,
                                   bk_double_print(1.0 - term->dose, number));
        }
    }
    for (size_t i = 0; starved != NULL && i < starved->n && text != NULL; i++) {
        if (starved->terms[i].kind == BK_TERM_LIGAND) {
            text = bk_arena_printf(p->arena, "%sfix %s = 0;", text,
                                   starved->terms[i].name);
        }
    }
    return text;
}
