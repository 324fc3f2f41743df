/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/identifiers.h"

#include <string.h>

void bk_state(bk_statements *statements, const char *qualifier, const char *list)
{
    bk_text *const text = &statements->text;
    bool open = false;
    while (*list != '\0') {
        list += strspn(list, " ;+");
        const size_t length = strcspn(list, " ;+");
        if (length == 0) {
            break;
        }
        if (!open) {
            bk_text_printf(text, "<%s><rdf:Bag>", qualifier);
            open = true;
        }
        bk_text resource = {0};
        bk_text_add_n(&resource, list, length);
        bk_text_add(text, "<rdf:li rdf:resource=\"https://identifiers.org/");
        bk_text_xml(text, resource.failed ? "" : resource.data);
        bk_text_add(text, "\"/>");
        text->failed = text->failed || resource.failed;
        bk_text_free(&resource);
        list += length;
    }
    if (open) {
        bk_text_printf(text, "</rdf:Bag></%s>", qualifier);
    }
}

void bk_state_what(bk_statements *statements, const char *list)
{
    bk_state(statements,
             strchr(list, '+') != NULL   ? "bqbiol:hasPart"
             : strchr(list, ';') != NULL ? "bqbiol:hasVersion"
                                         : "bqbiol:isVersionOf",
             list);
}

void bk_state_end(bk_statements *statements, bk_cells *cells, const char *id,
                  bk_notes *notes)
{
    bk_text *const said = &statements->text;
    if (said->length > 0) {
        bk_text text = {0};
        bk_text_printf(
            &text,
            "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" "
            "xmlns:bqbiol=\"http://biomodels.net/biology-qualifiers/\" "
            "xmlns:bqmodel=\"http://biomodels.net/model-qualifiers/\">"
            "<rdf:Description rdf:about=\"#about_%s\">%s</rdf:Description></rdf:RDF>",
            id, said->data);
        notes->metaid = bk_arena_printf(cells->arena, "about_%s", id);
        notes->annotation = text.failed ? NULL : bk_arena_text(cells->arena, text.data);
        cells->memory =
            cells->memory || notes->annotation == NULL || notes->metaid == NULL;
        bk_text_free(&text);
    }
    cells->memory = cells->memory || said->failed;
    bk_text_free(said);
}
