/* SPDX-License-Identifier: Apache-2.0 */

/* /u/mfa: what is enrolled, until it is proven. */

#include "login/mfa.h"
#include "tenant/base32.h"

static const char draft_key[] = "page_mfa_draft";

static struct str draft_text(const struct mfa *m, const struct mfa_draft *draft)
{
	struct buf b = buf_new(m->flow.rq->arena, 512);

	buf_add(&b, m->user.user_id);
	buf_addc(&b, '\n');
	buf_add(&b, base32_encode(m->flow.rq->arena, draft->secret));
	for (size_t i = 0; i < RECOVERY_CODES; i++) {
		buf_addc(&b, '\n');
		buf_add(&b, draft->codes[i]);
	}
	return buf_str(&b);
}

enum err mfa_draft_read(const struct mfa *m, struct mfa_draft *ret)
{
	struct arena *a = m->flow.rq->arena;
	struct str sealed = json_get_str(m->flow.data, draft_key);
	struct mfa_draft draft;
	struct str rest, line;

	if (sealed.n == 0 ||
		seal_open(m->flow.tenant->seal, a, SEAL_INTERACTION, sealed, &rest) != OK)
		return ERR_INVALID;
	if (!str_split(&rest, '\n', &line) || !str_eq(line, m->user.user_id))
		return ERR_INVALID;
	if (!str_split(&rest, '\n', &line) || base32_decode(a, line, &draft.secret) != OK)
		return ERR_INVALID;
	for (size_t i = 0; i < RECOVERY_CODES; i++) {
		if (!str_split(&rest, '\n', &draft.codes[i]))
			return ERR_INVALID;
	}
	*ret = draft;
	return OK;
}

enum err mfa_draft_make(struct mfa *m, struct mfa_draft *ret)
{
	struct flow *f = &m->flow;
	struct arena *a = f->rq->arena;

	ret->secret = totp_secret_new(a);
	recovery_codes_new(a, ret->codes);
	f->row.data = flow_data_with(f, draft_key,
		seal_close(f->tenant->seal, a, SEAL_INTERACTION, draft_text(m, ret)));
	return db_write(f->tenant->db, flow_write_row, &f->row);
}

struct str mfa_draft_drop(const struct mfa *m)
{
	return flow_data_with(&m->flow, draft_key, S(""));
}
