/* SPDX-License-Identifier: Apache-2.0 */
#include "store/session.h"

#include "base/clock.h"
#include "cli/find_user.h"
#include "cli/print.h"
#include "store/refresh_token.h"
#include "tenant/admin_event.h"

static void write_clients(
	struct arena *a, struct db_conn *conn, struct str sid, struct json_writer *w)
{
	struct str *clients;
	size_t count = 0;

	json_key(w, "clients");
	json_begin_list(w);
	if (!session_clients(conn, a, sid, &clients, &count))
		for (size_t i = 0; i < count; i++)
			json_str(w, clients[i]);
	json_end_list(w);
}

static void write_session(
	struct arena *a, struct db_conn *conn, const struct session *s, struct json_writer *w)
{
	json_begin_map(w);
	json_put_str(w, "sid", s->sid);
	json_put_str(w, "user_id", s->user_id);
	put_time(a, w, "created_at", s->created_at);
	put_time(a, w, "authenticated_at", s->authenticated_at);
	put_time(a, w, "last_active_at", s->last_active_at);
	put_time(a, w, "idle_expires_at", s->last_active_at + s->idle_lifetime);
	put_time(a, w, "expires_at", s->authenticated_at + s->lifetime);
	json_put_bool(w, "persistent", s->persistent);
	put_time(a, w, "ended_at", s->ended_at);
	json_put_opt(w, "end_reason", s->end_reason);
	if (s->methods.n)
		json_put_raw(w, "methods", s->methods);
	json_put_opt(w, "ip", s->ip);
	json_put_opt(w, "user_agent", s->user_agent);
	write_clients(a, conn, s->sid, w);
	json_end_map(w);
}

int cmd_session_list(struct cli *cli)
{
	auto_place place = { 0 };
	struct buf b = buf_new(cli->arena, 4096);
	struct json_writer w = json_writer_on(&b);
	struct session *sessions;
	size_t count = 0;
	struct user user;
	int status = open_user_option(cli, "sessions", &place, &user);

	if (status)
		return status;
	if (session_list_by_user(
		    db_reader(place.db), cli->arena, user.user_id, &sessions, &count))
		return refuse("the store cannot be read");
	json_begin_list(&w);
	for (size_t i = 0; i < count; i++)
		write_session(cli->arena, db_reader(place.db), &sessions[i], &w);
	json_end_list(&w);
	print_table(
		cli, buf_str(&b), "sid authenticated_at last_active_at expires_at ip clients");
	return EXIT_DONE;
}

static int find(struct cli *cli, const struct place *place, struct session *ret)
{
	enum err e = session_find(db_reader(place->db), cli->arena, cli->args[0], ret);

	if (e == ERR_NOT_FOUND)
		return refuse_missing("session", cli->args[0]);
	return e ? refuse("the store cannot be read") : EXIT_DONE;
}

int cmd_session_show(struct cli *cli)
{
	auto_place place = { 0 };
	struct buf b = buf_new(cli->arena, 1024);
	struct json_writer w = json_writer_on(&b);
	struct session session;
	int status = place_open(cli, PLACE_EXISTS, &place);

	if (!status)
		status = find(cli, &place, &session);
	if (status)
		return status;
	write_session(cli->arena, db_reader(place.db), &session, &w);
	print_map(cli, buf_str(&b));
	return EXIT_DONE;
}

/* As the management API's revoke: refresh tokens of the session go with it, offline ones too.
 */
static enum err revoke(struct db_conn *conn, void *arg)
{
	const struct admin_event *event = arg;
	int64_t now = clock_now();
	enum err e = session_end(conn, event->sid, S("admin"), now);

	if (!e)
		e = refresh_family_revoke_by_session(conn, event->sid, true, S("revoked"), now);
	return e ? e : admin_event_write(conn, event, now);
}

int cmd_session_revoke(struct cli *cli)
{
	auto_place place = { 0 };
	struct session session;
	struct admin_event event = {
		.command = cli->command, .description = "Revoke a session", .kind = "session"
	};
	int status = place_open(cli, PLACE_EXISTS, &place);
	enum err e;

	if (!status)
		status = find(cli, &place, &session);
	if (status)
		return status;
	event.id = event.sid = session.sid;
	event.user_id = session.user_id;
	e = db_write(place.db, revoke, &event);
	if (e == ERR_NOT_FOUND)
		return refuse("the session has ended already");
	return print_done(cli, e, "revoked");
}
