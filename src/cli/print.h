/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * print: the answers of commands, as JSON (--json) or for people. A command makes one JSON
 * value, whichever is asked for; the table and the list are drawn from it.
 */

#include "cli/command.h"
#include "json/json_value.h"
#include "json/json_writer.h"

/* Text and a line feed on standard output. Control bytes other than tab and line feed are
 * shown as '?': what is stored came from strangers, and a terminal obeys escapes. */
void print_text(struct str);

/* A list of maps: columns by the space-separated names, which are also the head. */
void print_table(struct cli *, struct str json, const char *columns);

/* One map: a line for each member. */
void print_map(struct cli *, struct str json);
