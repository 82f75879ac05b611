/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/storage_access.h"

struct storage_access_verdict storage_access_judge(const struct storage_access_facts *f)
{
	bool in_frame = f->fetch.dest == FETCH_DEST_FRAME;
	bool said = f->fetch.storage == STORAGE_ACCESS_NONE ||
		    f->fetch.storage == STORAGE_ACCESS_INACTIVE;
	bool unsaid = f->fetch.storage == STORAGE_ACCESS_ABSENT && in_frame &&
		      f->fetch.site == FETCH_SITE_CROSS_SITE;
	struct storage_access_verdict verdict = { .withheld = said || unsaid };

	/* Asked and granted, and still without a cookie: then there is none. */
	if (unsaid && f->repeated)
		return (struct storage_access_verdict){ .withheld = false };
	if (!verdict.withheld || f->repeated || !f->can_repeat)
		return verdict;
	verdict.uncertain = unsaid;
	verdict.retry = f->fetch.storage == STORAGE_ACCESS_INACTIVE && f->origin_registered;
	verdict.ask = in_frame || f->by_page;
	return verdict;
}
