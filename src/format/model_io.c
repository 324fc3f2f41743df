/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "base/text.h"

#include <blockade/format.h>

#include <string.h>
#include <sys/stat.h>

static bool has_suffix(const char *path, const char *suffix)
{
    const size_t n = strlen(path);
    const size_t k = strlen(suffix);
    return n > k && bk_text_equal_nocase(path + n - k, suffix);
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* `X* = ...` or `X*=...` of BooleanNet. */
static bool has_star(const char *data, size_t length)
{
    for (size_t i = 0; i + 1 < length; i++) {
        size_t k = i + 1;
        while (data[i] == '*' && k + 1 < length && data[k] == ' ') {
            k++;
        }
        if (data[i] == '*' && data[k] == '=') {
            return true;
        }
    }
    return false;
}

/* The first byte that means something: `<` is SBML; a .bnet line has a comma. */
static bk_status parse_unknown(const char *data, size_t length, const char *path,
                               const bk_read_settings *settings, bk_diag *diag,
                               bk_model **model)
{
    size_t i = length >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (i < length && strchr(" \t\r\n", data[i]) != NULL && data[i] != '\0') {
        i++;
    }
    if (i < length && data[i] == '<') {
        return bk_sbml_parse(data, length, path, settings, diag, model);
    }
    const bool text = length > 0 && memchr(data, '\0', length) == NULL;
    if (text && has_star(data, length)) {
        return bk_booleannet_parse(data, length, path, diag, model);
    }
    if (text && memchr(data, ',', length) != NULL) {
        return bk_bnet_parse(data, length, path, diag, model);
    }
    bk_diag_add(diag, BK_ERROR, (bk_where){.file = path}, "model-format",
                "this is no model that can be read: SBML, .bnet, .bnd, BooleanNet, "
                ".sif, or a folder with nodes.tsv, arcs.tsv and rules.tsv, or with "
                "species.tsv and reactions.tsv");
    return BK_BAD_INPUT;
}

static bool is_there(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

/* model.bnd with model.cfg beside it. */
static bk_status read_maboss(const char *path, const bk_read_settings *settings,
                             bk_diag *diag, bk_model **model)
{
    if (settings != NULL && settings->config != NULL) {
        return bk_maboss_read(path, settings->config, diag, model);
    }
    bk_text beside = {0};
    bk_text_add_n(&beside, path, strlen(path) - strlen("bnd"));
    bk_text_add(&beside, "cfg");
    const bool found = !beside.failed && is_there(beside.data);
    const bk_status status =
        beside.failed ? BK_NO_MEMORY
                      : bk_maboss_read(path, found ? beside.data : NULL, diag, model);
    bk_text_free(&beside);
    return status;
}

bk_status bk_model_read(const char *path, const bk_read_settings *settings,
                        bk_diag *diag, bk_model **model)
{
    if (is_folder(path)) {
        return bk_folder_read(path, diag, model);
    }
    if (has_suffix(path, ".bnet")) {
        return bk_bnet_read(path, diag, model);
    }
    if (has_suffix(path, ".booleannet")) {
        return bk_booleannet_read(path, diag, model);
    }
    if (has_suffix(path, ".sif")) {
        return bk_sif_read(path, settings != NULL ? settings->rule : NULL, diag, model);
    }
    if (has_suffix(path, ".bnd")) {
        return read_maboss(path, settings, diag, model);
    }
    if (has_suffix(path, ".xml") || has_suffix(path, ".sbml")) {
        return bk_sbml_read(path, settings, diag, model);
    }
    char *data;
    size_t length;
    bk_status status = (bk_status)bk_file_read(path, diag, &data, &length);
    if (status == BK_OK) {
        status = parse_unknown(data, length, path, settings, diag, model);
        bk_free(data);
    }
    return status;
}

bk_status bk_model_write(const bk_model *model, const char *path, bk_diag *diag)
{
    if (has_suffix(path, ".bnet")) {
        return bk_bnet_write(model, path, diag);
    }
    if (has_suffix(path, ".booleannet")) {
        return bk_booleannet_write(model, path, diag);
    }
    if (has_suffix(path, ".bnd")) {
        return bk_maboss_write(model, path, diag);
    }
    if (has_suffix(path, ".xml") || has_suffix(path, ".sbml")) {
        return bk_sbml_write(model, path, diag);
    }
    bk_diag_add(
        diag, BK_ERROR, (bk_where){.file = path}, "model-format",
        "the suffix does not say how to write the model; it can be .bnet, .bnd, "
        ".xml or .sbml");
    return BK_MISUSE;
}
