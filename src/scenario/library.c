/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/library_impl.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

void bk_library_free(bk_library *library)
{
    if (library == NULL) {
        return;
    }
    bk_scenario_free(library->drug_edits);
    bk_scenario_free(library->variant_edits);
    bk_scenario_free(library->background_edits);
    bk_free(library->drugs);
    bk_free(library->rows);
    bk_free(library->variants);
    bk_free(library->backgrounds);
    bk_free(library->variant_names);
    bk_free(library->alleles);
    bk_arena_free(library->arena);
    bk_free(library);
}

size_t bk_library_drugs(const bk_library *library)
{
    return library != NULL ? library->n_drugs : 0;
}

const char *bk_library_drug(const bk_library *library, size_t i)
{
    return library->drugs[i].name;
}

size_t bk_library_variants(const bk_library *library)
{
    return library != NULL ? library->n_variant_names : 0;
}

const char *bk_library_variant(const bk_library *library, size_t i)
{
    return library->variant_names[i];
}

size_t bk_library_backgrounds(const bk_library *library)
{
    return library != NULL ? library->n_backgrounds : 0;
}

const char *bk_library_background(const bk_library *library, size_t i)
{
    return library->backgrounds[i].name;
}

static bool equal_nocase_n(const char *name, const char *part, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char a[2] = {name[i], '\0'};
        const char b[2] = {part[i], '\0'};
        if (name[i] == '\0' || !bk_text_equal_nocase(a, b)) {
            return false;
        }
    }
    return name[n] == '\0';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next of the parts that `separator` divides, trimmed; false at the end.  Quotes
 * keep a separator inside. */
static bool next_part(const char **at, char separator, const char **part,
                      size_t *length)
{
    const char *s = *at;
    if (s == NULL) {
        return false;
    }
    const char *end = s;
    bool quoted = false;
    while (*end != '\0' && (quoted || *end != separator || bk_dose_has_sign(s, end))) {
        quoted = *end == '"' ? !quoted : quoted;
        end++;
    }
    *at = *end != '\0' ? end + 1 : NULL;
    while (s < end && is_space(*s)) {
        s++;
    }
    while (end > s && is_space(end[-1])) {
        end--;
    }
    *part = s;
    *length = (size_t)(end - s);
    return true;
}

int32_t bk_library_find_drug(const bk_library *library, const char *name)
{
    for (size_t i = 0; i < bk_library_drugs(library); i++) {
        if (bk_text_equal_nocase(library->drugs[i].name, name)) {
            return (int32_t)i;
        }
    }
    for (size_t i = 0; i < bk_library_drugs(library); i++) {
        const char *at = library->drugs[i].aliases;
        const char *part;
        size_t length;
        while (next_part(&at, ';', &part, &length)) {
            if (length > 0 && equal_nocase_n(name, part, length)) {
                return (int32_t)i;
            }
        }
    }
    return BK_NO_ENTRY;
}

int32_t bk_library_find_class(const bk_library *library, const char *name, size_t from)
{
    for (size_t i = from; i < bk_library_drugs(library); i++) {
        if (name[0] != '\0' && bk_text_equal_nocase(library->drugs[i].family, name)) {
            return (int32_t)i;
        }
    }
    return BK_NO_ENTRY;
}

/* `G12*` covers G12D and G12_A13del, but not G121R. */
static bool covers(const char *pattern, const char *change)
{
    const size_t n = strlen(pattern);
    if (n == 0 || pattern[n - 1] != '*') {
        return bk_text_equal_nocase(pattern, change);
    }
    for (size_t i = 0; i + 1 < n; i++) {
        const char a[2] = {pattern[i], '\0'};
        const char b[2] = {change[i], '\0'};
        if (change[i] == '\0' || !bk_text_equal_nocase(a, b)) {
            return false;
        }
    }
    return change[n - 1] != '\0' && !(change[n - 1] >= '0' && change[n - 1] <= '9');
}

int32_t bk_library_find_allele(const bk_library *library, const char *gene,
                               const char *change)
{
    for (size_t i = 0; library != NULL && i < library->n_alleles; i++) {
        if (bk_text_equal_nocase(library->alleles[i].gene, gene) &&
            covers(library->alleles[i].change, change)) {
            return (int32_t)i;
        }
    }
    return BK_NO_ENTRY;
}

int32_t bk_library_find_variant(const bk_library *library, const char *name)
{
    for (size_t i = 0; i < bk_library_variants(library); i++) {
        if (bk_text_equal_nocase(library->variant_names[i], name)) {
            return (int32_t)i;
        }
    }
    for (size_t i = 0; library != NULL && i < library->n_alleles; i++) {
        const bk_allele *const allele = &library->alleles[i];
        const size_t n = strlen(allele->gene);
        if (strlen(name) > n && name[n] == ':' &&
            equal_nocase_n(allele->gene, name, n) &&
            covers(allele->change, name + n + 1)) {
            return (int32_t)allele->variant;
        }
    }
    return BK_NO_ENTRY;
}

int32_t bk_library_find_background(const bk_library *library, const char *name)
{
    for (size_t i = 0; i < bk_library_backgrounds(library); i++) {
        if (bk_text_equal_nocase(library->backgrounds[i].name, name)) {
            return (int32_t)i;
        }
    }
    return BK_NO_ENTRY;
}

static bk_status tell_unknown(const char *what, const char *name,
                              const char *const *names, size_t n, bk_where where,
                              bk_diag *diag)
{
    return bk_unknown_add(diag, where, "unknown-name", name, names, n,
                          n == 0 ? "; the network comes without a table of them" : "",
                          "there is no %s \"%s\"", what, name)
               ? BK_NOT_FOUND
               : BK_NO_MEMORY;
}

/* How many aliases all drugs have at most. */
static size_t count_aliases(const bk_library *library)
{
    size_t n = 0;
    for (size_t i = 0; i < bk_library_drugs(library); i++) {
        n++;
        for (const char *c = library->drugs[i].aliases; *c != '\0'; c++) {
            n += *c == ';';
        }
    }
    return n;
}

bk_status bk_library_unknown_drug(const bk_library *library, const char *name,
                                  bk_where where, bk_diag *diag)
{
    const size_t most = 2 * bk_library_drugs(library) + count_aliases(library) + 1;
    const char **const names = bk_alloc_zero(most, sizeof *names);
    bk_arena *const arena = bk_arena_new();
    bool ok = names != NULL && arena != NULL;
    size_t n = 0;
    for (size_t i = 0; ok && i < bk_library_drugs(library); i++) {
        const char *at = library->drugs[i].aliases;
        const char *part;
        size_t length;
        names[n++] = library->drugs[i].name;
        if (bk_library_find_class(library, library->drugs[i].family, 0) == (int32_t)i) {
            names[n++] = library->drugs[i].family;
        }
        while (ok && next_part(&at, ';', &part, &length)) {
            if (length > 0) {
                names[n] = bk_arena_text_n(arena, part, length);
                ok = names[n++] != NULL;
            }
        }
    }
    const bk_status status =
        ok ? tell_unknown("drug or class of drugs", name, names, n, where, diag)
           : BK_NO_MEMORY;
    bk_arena_free(arena);
    bk_free(names);
    return status;
}

bk_status bk_library_unknown_background(const bk_library *library, const char *name,
                                        bool variants_only, bk_where where,
                                        bk_diag *diag)
{
    const size_t backgrounds = variants_only ? 0 : bk_library_backgrounds(library);
    const size_t variants = bk_library_variants(library);
    const char **const names = bk_alloc_zero(backgrounds + variants + 1, sizeof *names);
    if (names == NULL) {
        return BK_NO_MEMORY;
    }
    for (size_t i = 0; i < variants; i++) {
        names[i] = library->variant_names[i];
    }
    for (size_t i = 0; i < backgrounds; i++) {
        names[variants + i] = library->backgrounds[i].name;
    }
    const bk_status status =
        tell_unknown(variants_only ? "variant" : "background or variant", name, names,
                     variants + backgrounds, where, diag);
    bk_free(names);
    return status;
}

static bool is_edit(const char *text)
{
    for (int i = BK_EDIT_START; i <= BK_EDIT_ACCESS; i++) {
        const char *const word = bk_edit_word((bk_edit_kind)i);
        const size_t length = strlen(word);
        if (strncmp(text, word, length) == 0 && is_space(text[length])) {
            return true;
        }
    }
    return false;
}

static bk_status add_background(const bk_library *library, size_t i,
                                bk_scenario *scenario)
{
    const bk_entry_edits *const entry = &library->backgrounds[i];
    for (size_t k = 0; k < entry->edits; k++) {
        const bk_edit *const edit =
            &library->background_edits->edits[entry->first_edit + k];
        if (bk_scenario_add(scenario, edit) != BK_OK) {
            return BK_NO_MEMORY;
        }
    }
    return BK_OK;
}

static bk_status add_item(const bk_library *library, const char *item, bool backgrounds,
                          bk_where where, bk_diag *diag, bk_scenario *scenario)
{
    const int32_t background =
        backgrounds ? bk_library_find_background(library, item) : BK_NO_ENTRY;
    if (background >= 0) {
        return add_background(library, (size_t)background, scenario);
    }
    const int32_t variant = bk_library_find_variant(library, item);
    if (variant >= 0) {
        const bk_edit edit = {.kind = BK_EDIT_VARIANT,
                              .layer = BK_BACKGROUND,
                              .name = library->variant_names[variant],
                              .where = where};
        return bk_scenario_add(scenario, &edit);
    }
    if (is_edit(item)) {
        return bk_scenario_parse(scenario, BK_BACKGROUND, item, where, diag);
    }
    if (item[0] == '\0' || bk_text_equal_nocase(item, "none")) {
        return BK_OK;
    }
    return bk_library_unknown_background(library, item, !backgrounds, where, diag);
}

/* The place of a part within a text; the text of a cell or option is one line. */
static bk_where where_of(bk_where where, const char *text, const char *part)
{
    for (const char *c = text; c < part && where.column > 0; c++) {
        where.column += ((unsigned char)*c & 0xC0) != 0x80;
    }
    return where;
}

bk_status bk_library_items(const bk_library *library, const char *text,
                           bool backgrounds, bk_where where, bk_diag *diag,
                           bk_scenario *scenario)
{
    const size_t before = scenario->n;
    bk_status status = BK_OK;
    bk_text item = {0};
    const char *at = text;
    const char *part;
    size_t length;
    while (status != BK_NO_MEMORY && next_part(&at, ';', &part, &length)) {
        bk_text_clear(&item);
        bk_text_add_n(&item, part, length);
        const bk_status one =
            item.failed ? BK_NO_MEMORY
                        : add_item(library, item.data, backgrounds,
                                   where_of(where, text, part), diag, scenario);
        status = one != BK_OK ? one : status;
    }
    bk_text_free(&item);
    if (status != BK_OK) {
        scenario->n = before;
    }
    return status;
}

bk_status bk_library_background_scenario(const bk_library *library, const char *name,
                                         bk_where where, bk_diag *diag,
                                         bk_scenario *scenario)
{
    return bk_library_items(library, name, true, where, diag, scenario);
}

/* A quoted name without its quotes. */
static void unquote(bk_text *name)
{
    if (name->length >= 2 && name->data[0] == '"' &&
        name->data[name->length - 1] == '"') {
        name->length -= 2;
        memmove(name->data, name->data + 1, name->length);
        name->data[name->length] = '\0';
    }
}

static bk_status add_drug(const bk_library *library, bk_text *name, double dose,
                          bk_where where, bk_diag *diag, bk_scenario *scenario)
{
    unquote(name);
    int32_t drug = bk_library_find_drug(library, name->data);
    if (drug < 0) {
        drug = bk_library_find_class(library, name->data, 0);
        if (drug < 0) {
            return bk_library_unknown_drug(library, name->data, where, diag);
        }
        bk_diag_add(diag, BK_NOTE, where, "drug-class",
                    "\"%s\" is a class of drugs; its first one, %s, is taken",
                    name->data, library->drugs[drug].name);
    }
    const bk_edit edit = {.kind = BK_EDIT_DRUG,
                          .layer = BK_TREATMENT,
                          .name = library->drugs[drug].name,
                          .value = dose,
                          .where = where};
    return bk_scenario_add(scenario, &edit);
}

static bk_status add_term(const bk_library *library, const char *part, size_t length,
                          bk_where where, bk_diag *diag, bk_scenario *scenario)
{
    if (length == 0) {
        bk_diag_add(diag, BK_ERROR, where, "treatment",
                    "expected a drug, DRUG@dose or none between the '+' signs");
        return BK_BAD_INPUT;
    }
    if (equal_nocase_n("none", part, length)) {
        return BK_OK;
    }
    size_t end = 0;
    for (bool quoted = false; end < length && (quoted || part[end] != '@'); end++) {
        quoted = part[end] == '"' ? !quoted : quoted;
    }
    double dose = (double)NAN;
    if (end < length && !bk_dose_parse(part + end + 1, length - end - 1, &dose)) {
        bk_diag_add(
            diag, BK_ERROR, where, "treatment",
            "expected a dose such as 500nM (units pM nM uM mM M) after '@', got "
            "'%.*s'",
            (int)(length - end - 1), part + end + 1);
        return BK_BAD_INPUT;
    }
    while (end > 0 && is_space(part[end - 1])) {
        end--;
    }
    bk_text name = {0};
    bk_text_add_n(&name, part, end);
    const bk_status status =
        name.failed ? BK_NO_MEMORY
                    : add_drug(library, &name, dose, where, diag, scenario);
    bk_text_free(&name);
    return status;
}

bk_status bk_library_treatment_scenario(const bk_library *library, const char *text,
                                        bk_where where, bk_diag *diag,
                                        bk_scenario *scenario)
{
    const size_t before = scenario->n;
    bk_status status = BK_OK;
    const char *at = text;
    const char *part;
    size_t length;
    while (status != BK_NO_MEMORY && next_part(&at, '+', &part, &length)) {
        const bk_status one = add_term(library, part, length,
                                       where_of(where, text, part), diag, scenario);
        status = one != BK_OK ? one : status;
    }
    if (status != BK_OK) {
        scenario->n = before;
    }
    return status;
}
