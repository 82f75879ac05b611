/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/random.h"
#include "cli/file.h"
#include "store/schema.h"
#include "tenant/admin_event.h"

enum { MASTER_KEY_SIZE = 32, OTHERS = 077 };

static const char key_file[] = "master.key";
static const char issuer_file[] = "issuer";

static struct str path_in(struct arena *a, const struct place *p, const char *name)
{
	return arena_printf(a, STR_FMT "%s", STR_ARG(p->folder), name);
}

static int open_folder(struct cli *cli, enum place_need need, struct place *p)
{
	struct str folder = option(&cli->options, OPTION_DATA);
	struct stat s;

	if (folder.n == 0)
		folder = S("./tacit-data");
	p->folder = arena_printf(
		cli->arena, STR_FMT "%s", STR_ARG(folder), str_ends(folder, S("/")) ? "" : "/");
	if (need == PLACE_EXISTS) {
		if (stat(p->folder.p, &s) != 0 || !S_ISDIR(s.st_mode))
			return refuse("there is no data folder at %s (--data)", p->folder.p);
		return EXIT_DONE;
	}
	if (mkdir(p->folder.p, 0700) != 0 && errno != EEXIST)
		return refuse("cannot make the data folder %s: %s (--data)", p->folder.p,
			strerror(errno));
	return EXIT_DONE;
}

static enum err read_keys(struct arena *a, struct str text, struct place *p)
{
	while (text.n) {
		size_t n = 0;

		while (n < text.n && !strchr(" \t\r\n,", text.p[n]))
			n++;
		if (n && p->secret_count == MASTER_KEYS_MOST)
			return ERR_INVALID;
		if (n) {
			struct str *secret = &p->secrets[p->secret_count];

			if (hex_decode(a, str_first(text, n), secret) ||
				secret->n != MASTER_KEY_SIZE)
				return ERR_INVALID;
			p->secret_count++;
		}
		text = str_after(text, n + 1);
	}
	return p->secret_count ? OK : ERR_INVALID;
}

static enum err make_key_file(struct arena *a, struct str path)
{
	unsigned char key[MASTER_KEY_SIZE];
	struct str text;
	enum err e;

	random_bytes(key, sizeof(key));
	text = arena_printf(a, STR_FMT "\n", STR_ARG(hex_encode(a, key, sizeof(key))));
	explicit_bzero(key, sizeof(key));
	e = file_create(a, path, text);
	return e == ERR_CONFLICT ? OK : e;
}

static int read_key_file(struct cli *cli, enum place_need need, struct place *p)
{
	struct str path = path_in(cli->arena, p, key_file);
	struct str text;
	struct stat s;
	enum err e = file_read(cli->arena, path, &text);

	if (e == ERR_NOT_FOUND && need == PLACE_MAKE) {
		if (make_key_file(cli->arena, path))
			return refuse("cannot write %s", path.p);
		e = file_read(cli->arena, path, &text);
	}
	if (e)
		return refuse("cannot read the master key %s", path.p);
	if (stat(path.p, &s) == 0 && (s.st_mode & OTHERS))
		return refuse("others can read %s: chmod 600 it", path.p);
	if (read_keys(cli->arena, text, p))
		return refuse("%s must hold 32 bytes as hex on each line", path.p);
	return EXIT_DONE;
}

static int open_keys(struct cli *cli, enum place_need need, struct place *p)
{
	const char *given = getenv("TACIT_MASTER_KEY");

	if (!given || !*given)
		return read_key_file(cli, need, p);
	if (read_keys(cli->arena, str_from(given), p))
		return refuse("TACIT_MASTER_KEY must hold 32 bytes as hex");
	return EXIT_DONE;
}

/* Empty when --store names what is not built in. */
static struct str database_path(struct cli *cli, const struct place *p)
{
	struct str store = option(&cli->options, OPTION_STORE);

	if (store.n == 0)
		return arena_printf(cli->arena, STR_FMT "default.db", STR_ARG(p->folder));
	if (!str_starts(store, S("sqlite:")))
		return (struct str){ 0 };
	return arena_printf(cli->arena, STR_FMT "/default.db",
		STR_ARG(str_after(store, sizeof("sqlite:") - 1)));
}

static int refuse_store(void)
{
	return refuse("--store must be sqlite:DIR; other databases are not built in");
}

static enum err write_migration(struct db_conn *conn, void *arg)
{
	return admin_event_write(conn,
		&(struct admin_event){ .command = arg,
			.description = "Migrate the database",
			.kind = "database" },
		clock_now());
}

enum err place_migrate(const struct cli *cli, struct db *db)
{
	return schema_migrate_and(db, write_migration, (void *)(uintptr_t)cli->command);
}

static int open_store(struct cli *cli, enum place_need need, struct place *p)
{
	struct str path = database_path(cli, p);
	enum err e;

	if (path.n == 0)
		return refuse_store();
	if (need == PLACE_EXISTS && access(path.p, F_OK) != 0)
		return refuse("there is no database at %s", path.p);
	e = db_open(arena_printf(cli->arena, "sqlite:" STR_FMT, STR_ARG(path)), &p->db);
	if (!e)
		e = place_migrate(cli, p->db);
	if (e == ERR_CONFLICT)
		return refuse("%s was made by a newer version of tacit", path.p);
	if (e)
		return refuse("cannot open the database %s", path.p);
	return EXIT_DONE;
}

struct str place_database(struct cli *cli)
{
	struct place p = { 0 };
	struct str path;

	umask(OTHERS);
	if (open_folder(cli, PLACE_MAKE, &p))
		return (struct str){ 0 };
	path = database_path(cli, &p);
	if (path.n == 0)
		refuse_store();
	return path;
}

static void find_issuer(struct cli *cli, struct place *p)
{
	struct str text;

	p->issuer = option(&cli->options, OPTION_ISSUER);
	if (p->issuer.n == 0 &&
		!file_read(cli->arena, path_in(cli->arena, p, issuer_file), &text))
		p->issuer = str_trim(text);
}

int place_open(struct cli *cli, enum place_need need, struct place *ret)
{
	bool moved;
	int status;

	umask(OTHERS);
	if (!clock_offset_take(&moved))
		return refuse("TACIT_CLOCK_OFFSET must be a number of seconds");
	status = open_folder(cli, need, ret);
	if (!status)
		status = open_keys(cli, need, ret);
	if (!status)
		status = open_store(cli, need, ret);
	if (status)
		return status;
	ret->seal = seal_new(ret->secrets, ret->secret_count);
	find_issuer(cli, ret);
	return EXIT_DONE;
}

void place_close(struct place *p)
{
	db_close(p->db);
	if (p->seal)
		seal_free(p->seal);
	*p = (struct place){ 0 };
}

enum err place_set_issuer(struct arena *a, const struct place *p, struct str issuer)
{
	struct str path = path_in(a, p, issuer_file);
	struct str text;

	if (!file_read(a, path, &text) && str_eq(str_trim(text), issuer))
		return OK;
	return file_write(a, path, arena_printf(a, STR_FMT "\n", STR_ARG(issuer)));
}

bool clock_offset_take(bool *ret_is_set)
{
	const char *text = getenv("TACIT_CLOCK_OFFSET");
	bool negative = text && *text == '-';
	int64_t seconds = 0;

	*ret_is_set = text && *text;
	if (!*ret_is_set)
		return true;
	if (!str_digits(str_from(text + negative), INT32_MAX, &seconds))
		return false;
	clock_set_offset(negative ? -seconds : seconds);
	return true;
}
