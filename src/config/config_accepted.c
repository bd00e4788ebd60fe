/*
 * config_accepted - what Apache can be told and preforkd need not be
 *
 * Runs in:  the parent while it reads a configuration; workers while they read an .htaccess
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Such a line is held to its syntax, and who asks for something that is not done is told so.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_accepted.h"

#include "base/assert.h"
#include "config/config_reader.h"

/* Is the word what a part of a directive's syntax asks for: "On|Off", "number", "bytes"? */
static bool fits(struct text form, struct text word)
{
	static const struct text numbers[] = {TEXT("number"), TEXT("bytes"), TEXT("kilobytes"),
		TEXT("bits"), TEXT("level"), TEXT("ratio")};
	unsigned long long n;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (text_equal(form, numbers[i]))
			return text_number(word, 1ull << 62, &n);
	if (!form.size || !memchr(form.at, '|', form.size) || memchr(form.at, ']', form.size))
		return true;
	while (form.at)
		if (text_equal_nocase(text_split(&form, '|'), word))
			return true;
	return false;
}

/* "[form]" may be left out. */
static bool is_optional(struct text *form)
{
	if (form->size < 2 || form->at[0] != '[' || form->at[form->size - 1] != ']')
		return false;
	*form = text_from(form->at + 1, form->size - 2);
	return true;
}

/* How many words it asks for at least. */
static size_t demanded(struct text forms)
{
	size_t count = 0;
	while (forms.at) {
		struct text form = text_split(&forms, ' ');
		count += !is_optional(&form) && !text_equal(form, TEXT("..."));
	}
	return count;
}

/* What has no effect is held to its syntax all the same: a slip of the fingers is one. */
static bool follows_syntax(struct config_reader *reader, const struct config_line *line)
{
	struct text forms = text_of(line->directive->syntax);
	size_t i = 0, least = demanded(forms);
	bool good = line->count >= least;
	while (good && forms.at) {
		struct text form = text_split(&forms, ' ');
		if (text_equal(form, TEXT("...")))
			return true;
		bool optional = is_optional(&form);
		bool here = i < line->count && (!optional || line->count - i > least);
		least -= !optional;
		if (here && fits(form, text_of(line->words[i])))
			i++;
		else
			good = optional;
	}
	if (good && i == line->count)
		return true;
	return config_reader_fail(reader, line->place, "%s takes %s%s%s%s", line->directive->name,
		line->directive->syntax, i < line->count ? ", not '" : "",
		i < line->count ? line->words[i] : "", i < line->count ? "'" : "");
}

static bool is_one_of(struct text words, const char *word)
{
	while (words.at)
		if (text_equal_nocase(text_split(&words, ' '), text_of(word)))
			return true;
	return false;
}

bool config_accepted(struct config_reader *reader, const struct config_line *line)
{
	const struct config_directive *d = line->directive;
	struct text as_is = text_of(d->as_is);
	if (!follows_syntax(reader, line))
		return false;
	for (size_t i = 0; !text_equal(as_is, TEXT("*")) && i < line->count; i++)
		if (!is_one_of(as_is, line->words[i]))
			return config_reader_warn(reader, line->place, "%s %s has no effect: %s",
				d->name, line->words[i], d->reason);
	return true;
}

/* --- Mutex --- */

/* With "file:DIRECTORY" or without; whether the directory is there is no concern of ours. */
static bool is_mechanism(struct text word)
{
	static const struct text bare[] = {TEXT("none"), TEXT("default"), TEXT("yes"), TEXT("no"),
		TEXT("pthread"), TEXT("sysvsem"), TEXT("posixsem"), TEXT("sem"), TEXT("flock"),
		TEXT("fcntl"), TEXT("file")};
	struct text rest = word, kind = text_split(&rest, ':');
	bool file = text_equal_nocase(kind, TEXT("file")) ||
		    text_equal_nocase(kind, TEXT("flock")) ||
		    text_equal_nocase(kind, TEXT("fcntl"));
	for (size_t i = 0; i < COUNT_OF(bare); i++)
		if (text_equal_nocase(kind, bare[i]))
			return !rest.at || file;
	return false;
}

/* Whose locks Apache and its own modules have; all but the first are of modules. */
static bool is_mutex(struct text word)
{
	static const struct text names[] = {TEXT("default"), TEXT("mpm-accept"),
		TEXT("authdigest-client"), TEXT("authdigest-opaque"), TEXT("authn-socache"),
		TEXT("cache-socache"), TEXT("fcgid-pipe"), TEXT("fcgid-proctbl"),
		TEXT("ldap-cache"), TEXT("lua-ivm-shm"), TEXT("proxy"), TEXT("proxy-balancer-shm"),
		TEXT("rewrite-map"), TEXT("ssl-cache"), TEXT("ssl-stapling"),
		TEXT("ssl-stapling-refresh"), TEXT("watchdog-callback"), TEXT("OmitPID")};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (text_equal_nocase(word, names[i]))
			return true;
	return false;
}

bool config_accepted_mutex(struct config_reader *reader, const struct config_line *line)
{
	if (!is_mechanism(text_of(line->words[0])))
		return config_reader_fail(reader, line->place,
			"Mutex: the mechanism must be default, none, file:DIRECTORY, "
			"flock:DIRECTORY, fcntl:DIRECTORY, pthread, posixsem, sysvsem or sem, not "
			"'%s'",
			line->words[0]);
	for (size_t i = 1; i < line->count; i++)
		if (!is_mutex(text_of(line->words[i])))
			return config_reader_fail(reader, line->place,
				"Mutex: there is no mutex '%s' (default is all of them)",
				line->words[i]);
	return true;
}
