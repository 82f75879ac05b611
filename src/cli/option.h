/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * option: what can be said to a command, as one table. A value comes from the command line,
 * else from the environment (TACIT_NAME), else from the YAML file given with --config, else
 * it is the default. Lists (--listen) are separated by blanks or commas in the environment.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum option_id {
	OPTION_CONFIG,
	OPTION_DATA,
	OPTION_STORE,
	OPTION_ISSUER,
	OPTION_LISTEN,
	OPTION_ADMIN_LISTEN,
	OPTION_TLS_CERT,
	OPTION_TLS_KEY,
	OPTION_TLS,
	OPTION_THREADS,
	OPTION_TENANT_FILE,
	OPTION_TRUSTED_PROXY,
	OPTION_MTLS_HOST,
	OPTION_MTLS_CA,
	OPTION_MTLS_HEADER,
	OPTION_NO_LIMITS,
	OPTION_MAIL_SINK,
	OPTION_BREACHED,
	OPTION_ACCESS_LOG,
	OPTION_JSON,
	OPTION_DRY_RUN,
	OPTION_PRUNE,
	OPTION_SECRETS,
	OPTION_CLIENT,
	OPTION_ORIGIN,
	OPTION_USER,
	OPTION_TYPE,
	OPTION_REQUEST,
	OPTION_SINCE,
	OPTION_MAX,
	OPTION_FOLLOW,
	OPTION_ALG,
	OPTION_PASSWORD_STDIN,
	OPTION_SETTINGS,
	OPTION_EVENT,
	OPTION_SILENT,
	OPTIONS,
};

/* A set of options: what a command takes. */
#define OPTION_BIT(id) (UINT64_C(1) << (id))

enum { OPTION_VALUES_MOST = 32 };

struct option_value {
	struct str list[OPTION_VALUES_MOST];
	size_t count;
};

struct options {
	struct option_value values[OPTIONS];
};

struct str option(const struct options *, enum option_id); /* the first value, or absent */
bool option_on(const struct options *, enum option_id);    /* a switch */

/*
 * Takes options of the set `takes` out of argv; what is left is in *ret_args. "--" ends them.
 * ERR_INVALID  *ret_why says what is wrong
 */
enum err options_read(struct arena *, int argc, char **argv, uint64_t takes,
	struct options *ret, struct str **ret_args, size_t *ret_arg_count,
	struct str *ret_why) MUST_CHECK;

/* How many elements of argv the one that begins here takes: 0 when it is no option. */
int option_length(const char *word);

/* The lines of --help for the options of a set, on standard output. */
void options_print(uint64_t takes);

/* All of them as a table in Markdown, on standard output. */
void options_print_markdown(void);
