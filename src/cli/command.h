/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * command: what `tacit WORD` does. main() finds the row, reads the options that the row takes,
 * and runs it. A command answers on standard output and returns how the process exits.
 */

#include "cli/option.h"

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

struct cli {
	struct arena *arena;
	const char *command; /* its words: "client show" */
	struct options options;
	const struct str *args; /* what is no option, without the command's own words */
	size_t arg_count;
};

struct command {
	const char *words; /* "client show" */
	const char *args;  /* for the usage line: "ID" */
	size_t args_least;
	size_t args_most;
	uint64_t takes; /* of OPTION_BIT */
	int (*run)(struct cli *);
	const char *text;
};

/* Runs what argv says. */
int command_main(int argc, char **argv);

/* One clear line on standard error ("tacit: …"); returns EXIT_REFUSED. */
int refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "there is no WORD ID", of an id that somebody typed. */
int refuse_missing(const char *word, struct str id);

/* A number from 0 to `most` where the option is given; else *ret stays. EXIT_REFUSED when it
 * was said that it is none. */
int read_number(struct cli *, enum option_id, const char *name, int64_t most, int64_t *ret);

int cmd_serve(struct cli *);
int cmd_demo(struct cli *);
int cmd_apply(struct cli *);
int cmd_export(struct cli *);
int cmd_client_list(struct cli *);
int cmd_client_show(struct cli *);
int cmd_client_create(struct cli *);
int cmd_client_update(struct cli *);
int cmd_client_secret(struct cli *);
int cmd_client_delete(struct cli *);
int cmd_user_list(struct cli *);
int cmd_user_show(struct cli *);
int cmd_user_create(struct cli *);
int cmd_user_update(struct cli *);
int cmd_user_delete(struct cli *);
int cmd_user_browsers(struct cli *);
int cmd_user_forget_browsers(struct cli *);
int cmd_session_list(struct cli *);
int cmd_session_show(struct cli *);
int cmd_session_revoke(struct cli *);
int cmd_grant_list(struct cli *);
int cmd_grant_delete(struct cli *);
int cmd_action_list(struct cli *);
int cmd_action_show(struct cli *);
int cmd_action_deploy(struct cli *);
int cmd_action_rollback(struct cli *);
int cmd_action_test(struct cli *);
int cmd_action_log(struct cli *);
int cmd_action_delete(struct cli *);
int cmd_tenant_show(struct cli *);
int cmd_key_list(struct cli *);
int cmd_key_rotate(struct cli *);
int cmd_key_revoke(struct cli *);
int cmd_explain(struct cli *);
int cmd_log(struct cli *);
int cmd_doctor(struct cli *);
int cmd_backup(struct cli *);
int cmd_restore(struct cli *);
int cmd_migrate(struct cli *);
int cmd_version(struct cli *);
