/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/distinguished_name.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>

enum { ATTRIBUTES_MAX = 32, TYPE_MAX = 64, VALUE_MAX = 512 };

struct attribute {
	struct str type;
	struct str value; /* still escaped */
	bool more;        /* the next one is of the same relative name ('+') */
};

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* What a value is in plain bytes; false when its escapes are wrong. */
static bool unescape(struct str s, unsigned char out[VALUE_MAX], int *ret_n)
{
	int n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (n == VALUE_MAX)
			return false;
		if (c == '"' || c == ';' || c == '<' || c == '>')
			return false;
		if (c == '\\') {
			if (i + 1 == s.n)
				return false;
			c = s.p[++i];
			if (hex(c) >= 0) {
				if (i + 1 == s.n || hex(s.p[i + 1]) < 0)
					return false;
				c = (char)(hex(c) << 4 | hex(s.p[i + 1]));
				i++;
			}
		}
		out[n++] = (unsigned char)c;
	}
	*ret_n = n;
	return n > 0;
}

/* Blanks around a value do not count, but for one that is escaped at its end. */
static struct str trim_value(struct str s)
{
	while (s.n > 0 && s.p[0] == ' ')
		s = str_after(s, 1);
	while (s.n > 0 && s.p[s.n - 1] == ' ' && !(s.n > 1 && s.p[s.n - 2] == '\\'))
		s.n--;
	return s;
}

/* The next attribute off the front of *rest. */
static bool split(struct str *rest, struct attribute *ret)
{
	ptrdiff_t equals = str_index(*rest, '=');
	size_t end;

	if (equals <= 0)
		return false;
	ret->type = str_trim(str_first(*rest, (size_t)equals));
	*rest = str_after(*rest, (size_t)equals + 1);
	for (end = 0; end < rest->n; end++) {
		if (rest->p[end] == '\\')
			end++;
		else if (rest->p[end] == ',' || rest->p[end] == '+')
			break;
	}
	if (end > rest->n)
		return false;
	ret->value = trim_value(str_first(*rest, end));
	ret->more = end < rest->n && rest->p[end] == '+';
	if (end < rest->n && end + 1 == rest->n)
		return false;
	*rest = str_after(*rest, end + 1);
	return ret->value.n > 0 && ret->value.p[0] != '#';
}

static ASN1_OBJECT *type_of(struct str name)
{
	char text[TYPE_MAX] = { 0 };
	ASN1_OBJECT *type;

	if (name.n == 0 || name.n >= sizeof(text))
		return NULL;
	memcpy(text, name.p, name.n);
	type = OBJ_txt2obj(text, 0);
	if (type != NULL)
		return type;
	/* RFC 4514 has them in any case; the library knows CN and not cn, street and not
	 * STREET. */
	if (str_eq_nocase(name, S("street")))
		return OBJ_txt2obj("street", 0);
	for (char *c = text; *c != '\0'; c++)
		*c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
	return OBJ_txt2obj(text, 0);
}

static bool add(X509_NAME *name, const struct attribute *attribute, bool joined)
{
	unsigned char value[VALUE_MAX];
	ASN1_OBJECT *type;
	bool added = false;
	int n;

	if (!unescape(attribute->value, value, &n))
		return false;
	type = type_of(attribute->type);
	if (type != NULL)
		added = X509_NAME_add_entry_by_OBJ(
				name, type, MBSTRING_UTF8, value, n, -1, joined ? -1 : 0) == 1;
	ASN1_OBJECT_free(type);
	return added;
}

/* As text the last relative name is first (RFC 4514, 2.1). */
static bool add_all(X509_NAME *name, const struct attribute *list, size_t count)
{
	while (count > 0) {
		size_t first = count - 1;

		while (first > 0 && list[first - 1].more)
			first--;
		for (size_t i = first; i < count; i++)
			if (!add(name, &list[i], i > first))
				return false;
		count = first;
	}
	return true;
}

/* NULL when it is no name. */
static X509_NAME *read_name(struct str text)
{
	struct attribute list[ATTRIBUTES_MAX];
	X509_NAME *name;
	size_t count = 0;

	while (text.n > 0) {
		if (count == ATTRIBUTES_MAX || !split(&text, &list[count]))
			return NULL;
		count++;
	}
	if (count == 0 || list[count - 1].more)
		return NULL;
	name = X509_NAME_new();
	if (name == NULL)
		abort();
	if (add_all(name, list, count))
		return name;
	X509_NAME_free(name);
	ERR_clear_error();
	return NULL;
}

bool distinguished_name_is_one(struct str text)
{
	X509_NAME *name = read_name(text);

	X509_NAME_free(name);
	return name != NULL;
}

bool distinguished_name_is(struct str text, const X509_NAME *other)
{
	X509_NAME *name = read_name(text);
	bool is = name != NULL && X509_NAME_cmp(name, other) == 0;

	X509_NAME_free(name);
	return is;
}
