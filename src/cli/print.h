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

/* What came of a change: {"WORD":true}, or that the store did not take it. How to exit. */
int print_done(struct cli *, enum err, const char *word);

/* The member with a time in seconds; none for 0. */
void put_time(struct arena *, struct json_writer *, const char *name, int64_t at);
