/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/phrase.h"

#include "base/text.h"
#include "scenario/library_impl.h"

#include <ctype.h>
#include <string.h>

/* Backgrounds.  Every phrase becomes a list of (node, edits), so that one list can
 * replace another node by node. */

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

char *bk_phrase_plain(bk_phrasing *p, const char *text, size_t length)
{
    char *const plain = bk_arena_text_n(p->arena, text, length);
    size_t n = 0;
    int depth = 0;
    for (size_t i = 0; plain != NULL && i < length; i++) {
        depth += text[i] == '(';
        if (depth == 0 && (n > 0 || !is_space(text[i]))) {
            plain[n++] = text[i];
        }
        depth -= text[i] == ')' && depth > 0;
    }
    while (plain != NULL && n > 0 && is_space(plain[n - 1])) {
        n--;
    }
    if (plain != NULL) {
        plain[n] = '\0';
    }
    return plain;
}

bool bk_phrase_ends(const char *text, const char *ending)
{
    const size_t n = strlen(text), m = strlen(ending);
    return n >= m && bk_text_equal_nocase(text + n - m, ending);
}

const char *bk_phrase_unassayed(const char *readout)
{
    return strncmp(readout, "assay:", 6) == 0 ? readout + 6 : readout;
}

void bk_phrase_note(bk_phrasing *p, const char *words)
{
    if (words == NULL) {
        return; /* no memory to say it */
    }
    const size_t n = strlen(words);
    const char *at = p->note;
    while (at != NULL && (strncmp(at, words, n) != 0 || strchr(";", at[n]) == NULL)) {
        at = strstr(at, "; ");
        at = at != NULL ? at + 2 : NULL;
    }
    if (at == NULL) {
        p->note = p->note == NULL ? bk_arena_text(p->arena, words)
                                  : bk_arena_printf(p->arena, "%s; %s", p->note, words);
    }
}

/* Names of cell lines are written with and without hyphens: BT474, BT-474. */
static bool same_letters(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a != '\0' && !isalnum((unsigned char)*a)) {
            a++;
        }
        while (*b != '\0' && !isalnum((unsigned char)*b)) {
            b++;
        }
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b)) {
            return false;
        }
        if (*a == '\0') {
            return true;
        }
    }
}

static int32_t find_line(const bk_library *library, const char *name)
{
    const int32_t exact = bk_library_find_background(library, name);
    for (size_t i = 0; exact < 0 && i < bk_library_backgrounds(library); i++) {
        if (same_letters(bk_library_background(library, i), name)) {
            return (int32_t)i;
        }
    }
    return exact;
}

static bool put(bk_phrasing *p, bk_cell *cell, bk_cell_item item)
{
    if (cell->n == cell->capacity) {
        const size_t capacity = 2 * cell->capacity + 4;
        bk_cell_item *const wider = bk_arena_zero(p->arena, capacity, sizeof *wider);
        if (wider == NULL) {
            return false;
        }
        for (size_t i = 0; i < cell->n; i++) {
            wider[i] = cell->items[i];
        }
        cell->items = wider;
        cell->capacity = capacity;
    }
    cell->items[cell->n++] = item;
    return true;
}

static bk_status add(bk_phrasing *p, bk_cell *cell, const char *node, const char *text)
{
    return node != NULL && text != NULL &&
                   put(p, cell, (bk_cell_item){.node = node, .text = text})
               ? BK_OK
               : BK_NO_MEMORY;
}

/* --- states ----------------------------------------------------------------------- */

static const char *const plain_states[] = {"wt", "normal", "wild-type", "ordinary",
                                           NULL};
static const char *const gain_states[] = {
    "amp", "high", "over",     "on",   "active",    "pos", "hyperactive",
    "myr", "mut",  "positive", "gain", "amplified", NULL};
static const char *const loss_states[] = {"loss", "absent",   "neg",     "null",
                                          "ko",   "negative", "deleted", NULL};

static bool is_state(const char *word)
{
    return bk_text_is_one_of(word, plain_states) ||
           bk_text_is_one_of(word, gain_states) ||
           bk_text_is_one_of(word, loss_states) || bk_text_equal_nocase(word, "low");
}

/* What a state does to a node that no named variant speaks of. */
static const char *generic(bk_phrasing *p, int32_t node, const char *state)
{
    const char *const id = bk_symbol_id(p->logic, node);
    const bool input = bk_symbol_input(p->logic, node);
    const int most = bk_symbol_max_level(p->logic, node);
    if (bk_text_is_one_of(state, plain_states)) {
        return "";
    }
    if (bk_text_is_one_of(state, gain_states)) {
        return input ? bk_arena_printf(p->arena, "start %s = %d", id, most)
                     : bk_arena_printf(p->arena, "bound %s in [%d, %d]", id,
                                       (2 * most + 2) / 3, most);
    }
    if (bk_text_is_one_of(state, loss_states)) {
        return bk_arena_printf(p->arena, input ? "start %s = 0" : "fix %s = 0", id);
    }
    const int start = bk_symbol_start_level(p->logic, node);
    const int ceiling = start > 0 ? start - 1 : 0;
    return input ? bk_arena_printf(p->arena, "start %s = %d", id, ceiling)
                 : bk_arena_printf(p->arena, "bound %s in [0, %d]", id, ceiling);
}

static void mark_plain(bk_cell *cell, size_t item, const char *state)
{
    if (item < cell->n) {
        cell->items[item].plain = bk_text_is_one_of(state, plain_states);
    }
}

static bk_status add_state(bk_phrasing *p, const char *name, const char *state,
                           bk_cell *cell)
{
    const int32_t node = bk_model_find(p->logic, name);
    const char *const id = node >= 0 ? bk_symbol_id(p->logic, node) : name;
    const char *const as_said = bk_arena_printf(p->arena, "%s:%s", name, state);
    const char *const by_id = bk_arena_printf(p->arena, "%s:%s", id, state);
    if (as_said == NULL || by_id == NULL) {
        return BK_NO_MEMORY;
    }
    int32_t variant = bk_library_find_variant(p->library, as_said);
    variant = variant >= 0 ? variant : bk_library_find_variant(p->library, by_id);
    const size_t before = cell->n;
    if (variant >= 0) {
        const bk_status status =
            add(p, cell, id, bk_library_variant(p->library, (size_t)variant));
        mark_plain(cell, before, state);
        return status;
    }
    if (!is_state(state)) {
        return bk_library_unknown_background(p->library, as_said, true, p->where,
                                             p->diag);
    }
    if (node < 0) {
        int32_t unused;
        return bk_model_bind(p->logic, name, p->where, p->diag, &unused);
    }
    const bk_status status = add(p, cell, id, generic(p, node, state));
    mark_plain(cell, before, state);
    return status;
}

/* --- items and cells -------------------------------------------------------------- */

static bk_status add_line(bk_phrasing *p, size_t line, bk_cell *cell)
{
    const bk_entry_edits *const entry = &p->library->backgrounds[line];
    bk_status status = BK_OK;
    cell->whole = true;
    for (size_t k = 0; k < entry->edits && status == BK_OK; k++) {
        const bk_edit *const edit =
            &p->library->background_edits->edits[entry->first_edit + k];
        bk_text text = {0};
        bk_edit_print(&text, edit);
        const char *const colon =
            edit->kind == BK_EDIT_VARIANT ? strchr(edit->name, ':') : NULL;
        const char *node = colon != NULL ? bk_arena_text_n(p->arena, edit->name,
                                                           (size_t)(colon - edit->name))
                                         : bk_arena_text(p->arena, edit->name);
        const int32_t symbol = node != NULL ? bk_model_find(p->logic, node) : -1;
        node = symbol >= 0 ? bk_symbol_id(p->logic, symbol) : node;
        const char *const copy =
            edit->kind == BK_EDIT_VARIANT
                ? edit->name
                : bk_arena_text(p->arena, text.failed ? NULL : text.data);
        status = add(p, cell, node, copy);
        bk_text_free(&text);
    }
    return status;
}

/* `A/B-driven`: each of them amplified; `HER2-normal`: NODE:state with a hyphen. */
static bool add_hyphened(bk_phrasing *p, const char *item, bk_cell *cell,
                         bk_status *status)
{
    const char *const hyphen = strrchr(item, '-');
    const char *const word = hyphen != NULL ? hyphen + 1 : "";
    const bool driven = bk_text_equal_nocase(word, "driven");
    if (hyphen == NULL || (!driven && !is_state(word))) {
        return false;
    }
    const char *name = item;
    while (name < hyphen && *status == BK_OK) {
        const char *end = name;
        while (end < hyphen && *end != '/') {
            end++;
        }
        const char *const copy = bk_arena_text_n(p->arena, name, (size_t)(end - name));
        *status = copy != NULL ? add_state(p, copy, driven ? "amp" : word, cell)
                               : BK_NO_MEMORY;
        name = end < hyphen ? end + 1 : end;
    }
    return true;
}

static bool starts(const char *text, const char *word)
{
    const size_t n = strlen(word);
    for (size_t i = 0; i < n; i++) {
        if (tolower((unsigned char)text[i]) != tolower((unsigned char)word[i])) {
            return false;
        }
    }
    return text[n] == '\0' || is_space(text[n]);
}

static bk_status add_item(bk_phrasing *p, char *item, bool alone, bk_cell *cell)
{
    static const char *const tails[] = {" cells", " cell", " alone", " cell line",
                                        NULL};
    for (int i = 0; tails[i] != NULL; i++) {
        if (bk_phrase_ends(item, tails[i])) {
            item[strlen(item) - strlen(tails[i])] = '\0';
        }
    }
    if (item[0] == '\0' || starts(item, "any") || bk_text_equal_nocase(item, "none")) {
        return BK_OK;
    }
    if (starts(item, "mixed") || bk_phrase_ends(item, "heterogeneous")) {
        cell->population = true;
        return BK_OK;
    }
    const int32_t line = find_line(p->library, item);
    if (line >= 0) {
        return add_line(p, (size_t)line, cell);
    }
    char *const colon = strchr(item, ':');
    if (colon != NULL && strncmp(item, "kd:", 3) == 0) {
        int32_t node;
        const bk_status status =
            bk_model_bind(p->logic, item + 3, p->where, p->diag, &node);
        return status != BK_OK ? status
                               : add(p, cell, bk_symbol_id(p->logic, node),
                                     bk_arena_printf(p->arena, "fix %s = 0",
                                                     bk_symbol_id(p->logic, node)));
    }
    if (colon != NULL && bk_library_find_variant(p->library, item) < 0) {
        *colon = '\0';
        return add_state(p, item, colon + 1, cell);
    }
    bk_status status = BK_OK;
    if (colon == NULL && add_hyphened(p, item, cell, &status)) {
        return status;
    }
    const int32_t variant = bk_library_find_variant(p->library, item);
    if (variant >= 0) {
        char *const node = bk_arena_text_n(
            p->arena, item, colon != NULL ? (size_t)(colon - item) : strlen(item));
        const int32_t symbol = node != NULL ? bk_model_find(p->logic, node) : -1;
        const size_t before = cell->n;
        status = add(p, cell, symbol >= 0 ? bk_symbol_id(p->logic, symbol) : node,
                     bk_library_variant(p->library, (size_t)variant));
        mark_plain(cell, before, colon != NULL ? colon + 1 : "");
        return status;
    }
    if (!alone) {
        bk_phrase_note(p,
                       bk_arena_printf(p->arena,
                                       "\"%s\" has no background of its own: only the "
                                       "states given are used",
                                       item));
        return BK_OK;
    }
    return bk_library_unknown_background(p->library, item, false, p->where, p->diag);
}

static bk_status add_list(bk_phrasing *p, const char *list, size_t length, bool alone,
                          bk_cell *cell)
{
    bk_status status = BK_OK;
    const char *at = list;
    const char *const end = list + length;
    while (at <= end && status == BK_OK) {
        const char *stop = at;
        int depth = 0;
        while (stop < end && (*stop != ';' || depth > 0)) {
            depth += *stop == '(' ? 1 : *stop == ')' ? -1 : 0;
            stop++;
        }
        char *const item = bk_phrase_plain(p, at, (size_t)(stop - at));
        status = item != NULL ? add_item(p, item, alone, cell) : BK_NO_MEMORY;
        at = stop + 1;
    }
    return status;
}

bk_status bk_phrase_cell(bk_phrasing *p, const char *text, bk_cell *cell)
{
    *cell = (bk_cell){.n = 0};
    bk_cell given = {.n = 0};
    const char *const open = strchr(text, '(');
    const char *const close = open != NULL ? strchr(open, ')') : NULL;
    const bool states =
        close != NULL && memchr(open, ':', (size_t)(close - open)) != NULL;
    bk_status status = add_list(p, text, strlen(text), !states, cell);
    const bk_cell head = *cell;
    if (status == BK_OK && states) {
        status = add_list(p, open + 1, (size_t)(close - open - 1), true, &given);
    }
    if (status == BK_OK && states) {
        status = bk_cell_override(p, &head, &given, cell);
        cell->whole = true;
        cell->population = head.population || given.population;
    }
    return status;
}

bk_status bk_cell_override(bk_phrasing *p, const bk_cell *base, const bk_cell *with,
                           bk_cell *result)
{
    bk_cell made = {.n = 0, .whole = base->whole, .population = base->population};
    bool ok = true;
    for (size_t i = 0; i < base->n; i++) {
        bool replaced = false;
        for (size_t k = 0; k < with->n; k++) {
            replaced = replaced ||
                       bk_text_equal_nocase(base->items[i].node, with->items[k].node);
        }
        ok = ok && (replaced || put(p, &made, base->items[i]));
    }
    for (size_t k = 0; k < with->n; k++) {
        ok = ok && put(p, &made, with->items[k]);
    }
    *result = made;
    return ok ? BK_OK : BK_NO_MEMORY;
}

bool bk_cell_differs(const bk_cell *base, const bk_cell *with)
{
    for (size_t k = 0; k < with->n; k++) {
        const bk_cell_item *const item = &with->items[k];
        bool named = false, same = false;
        for (size_t i = 0; i < base->n; i++) {
            const bk_cell_item *const other = &base->items[i];
            if (bk_text_equal_nocase(other->node, item->node)) {
                named = true;
                same = same || strcmp(other->text, item->text) == 0 ||
                       (other->plain && item->plain);
            }
        }
        if (named ? !same : !item->plain) {
            return true;
        }
    }
    return false;
}

const char *bk_cell_text(bk_phrasing *p, const bk_cell *cell)
{
    const char *text = "";
    for (size_t i = 0; i < cell->n && text != NULL; i++) {
        const char *const item = cell->items[i].text;
        if (item[0] != '\0') {
            text = bk_arena_printf(p->arena, "%s%s%s", text, text[0] != '\0' ? ";" : "",
                                   item);
        }
    }
    return text;
}
