/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/authorize_claims.h"

#include "json/json_value.h"

#define INVALID(name, sentence)                                                  \
	static const struct fault name = { "invalid_request", STR_LIT(sentence), \
		REASON_REQUEST_INVALID }

/* What is looked at is what authorize_claims_check has passed or will refuse. */
static const struct json *parse(struct arena *a, struct str text)
{
	const struct json *claims = NULL;

	if (text.n == 0 || text.n > CLAIMS_MAX || json_parse(a, text, &claims, NULL) != OK)
		return NULL;
	return claims;
}

static void add_value(struct buf *out, const struct json *value)
{
	if (value == NULL || value->type != JSON_STR || value->str.n == 0 ||
		str_index(value->str, ' ') >= 0)
		return;
	if (out->n > 0)
		buf_addc(out, ' ');
	buf_add(out, value->str);
}

static struct str values_of(struct arena *a, const struct json *asked)
{
	struct buf out = buf_new(a, 128);

	add_value(&out, json_get(asked, "value"));
	json_each(value, json_get(asked, "values")) add_value(&out, value);
	return buf_str(&out);
}

/* Both parts are about one person: either may name them. */
static struct str subject_of(const struct json *claims)
{
	struct str sub = json_get_str(json_get(json_get(claims, "id_token"), "sub"), "value");

	return sub.n > 0 ? sub
			 : json_get_str(json_get(json_get(claims, "userinfo"), "sub"), "value");
}

void authorize_claims_read(struct arena *a, struct authorize_request *ar)
{
	const struct json *claims = parse(a, ar->claims);
	const struct json *acr = json_get(json_get(claims, "id_token"), "acr");

	if (claims == NULL)
		return;
	ar->claims_subject = subject_of(claims);
	ar->acr_wanted = acr != NULL;
	ar->acr_essential = json_get_bool(acr, "essential", false);
	ar->acr_claimed = values_of(a, acr);
	if (ar->acr_essential || ar->acr_values.n == 0)
		ar->acr_values = ar->acr_claimed;
}

void authorize_claims_default(
	struct arena *a, struct str_list acr_values, struct authorize_request *ar)
{
	struct buf out = buf_new(a, 64);

	if (ar->acr_values.n > 0 || acr_values.count == 0)
		return;
	for (size_t i = 0; i < acr_values.count; i++) {
		if (i > 0)
			buf_addc(&out, ' ');
		buf_add(&out, acr_values.list[i]);
	}
	ar->acr_values = buf_str(&out);
}

/* null, or {essential, value, values, …}: what else is there is for others. */
static bool is_claim(const struct json *claim)
{
	const struct json *essential = json_get(claim, "essential");
	const struct json *values = json_get(claim, "values");

	if (claim->type == JSON_NULL_VALUE)
		return true;
	return claim->type == JSON_MAP &&
	       (essential == NULL || essential->type == JSON_TRUE_VALUE ||
		       essential->type == JSON_FALSE_VALUE) &&
	       (values == NULL || values->type == JSON_LIST);
}

static bool is_part(const struct json *part)
{
	if (part == NULL || part->type == JSON_NULL_VALUE)
		return true;
	if (part->type != JSON_MAP)
		return false;
	json_each(claim, part)
	{
		if (!is_claim(claim))
			return false;
	}
	return true;
}

static bool can_be_met(struct str acr_values, struct str_list supported)
{
	if (acr_values.n == 0 || str_has_word(acr_values, S(ACR_MULTI_FACTOR)))
		return true;
	for (size_t i = 0; i < supported.count; i++)
		if (str_has_word(acr_values, supported.list[i]))
			return true;
	return false;
}

const struct fault *authorize_claims_check(
	struct arena *a, const struct authorize_request *ar, struct str_list acr_supported)
{
	INVALID(too_long, "The claims parameter is longer than 4096 bytes.");
	INVALID(malformed, "The claims parameter is not a JSON object.");
	INVALID(bad_part, "A member of the claims parameter is not what a claim request is.");
	static const struct fault unmet = { "unmet_authentication_requirements",
		STR_LIT("The essential acr is none that this server can give."),
		REASON_REQUEST_INVALID };
	const struct json *claims;

	if (ar->claims.n == 0)
		return NULL;
	/* It travels inside the code, and the code in a URL. */
	if (ar->claims.n > CLAIMS_MAX)
		return &too_long;
	claims = parse(a, ar->claims);
	if (claims == NULL || claims->type != JSON_MAP)
		return &malformed;
	if (!is_part(json_get(claims, "id_token")) || !is_part(json_get(claims, "userinfo")))
		return &bad_part;
	return ar->acr_essential && !can_be_met(ar->acr_claimed, acr_supported) ? &unmet : NULL;
}
