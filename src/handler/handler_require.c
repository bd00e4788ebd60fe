/*
 * handler_require - what Require, and Order, Allow and Deny, come to for one request
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   HANDLER_ACCESS_ERROR where a rule cannot be decided: that lets nobody in
 *
 * Rules are looked at in order, and no further than needed. What all of them say without a look at
 * the request is the same for everybody; as soon as one looks, the answer is personal.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "authz_core"
#include "handler/handler_access.h"

#include "base/assert.h"
#include "base/log.h"
#include "handler/handler_auth_file.h"
#include "handler/handler_name.h"
#include "handler/handler_world.h"
#include "os/os_network.h"

#include <errno.h>

/* --- methods --- */

static bool is_method(const char *name, struct text method)
{
	if (text_equal(method, TEXT("HEAD")))
		method = TEXT("GET");
	struct text wanted = text_of(name);
	if (text_equal(wanted, TEXT("HEAD")))
		wanted = TEXT("GET");
	return text_equal(wanted, method);
}

bool handler_access_counts_for(
	const struct handler_call *call, const struct config_methods *methods)
{
	if (!methods)
		return true;
	size_t i = 0;
	while (i < methods->count && !is_method(methods->names[i], call->request->method_name))
		i++;
	return (i < methods->count) != methods->except;
}

static bool is_group(const struct config_require *rule)
{
	return rule->kind == CONFIG_REQUIRE_EVERY || rule->kind == CONFIG_REQUIRE_SOME;
}

/* Groups stand in each other no deeper than sections may. */
bool handler_access_counts(const struct handler_call *call, const struct config_require *rule)
{
	if (!is_group(rule))
		return handler_access_counts_for(call, rule->methods);
	const struct config_require *r = rule->first;
	while (r && !handler_access_counts(call, r))
		r = r->next;
	return r;
}

/* --- words --- */

/* Calls `is` for each word of the rule, those that stand in a value of %{...} too, until it says
 * true. 1, 0, or -1: a value cannot be told. */
static int any_word(struct handler_call *call, const struct config_require *rule,
	bool (*is)(struct handler_call *, const char *word, const void *with), const void *with)
{
	for (size_t i = 0; i < rule->count; i++) {
		struct text rest;
		if (!rule->words[i].expr) {
			if (is(call, rule->words[i].text, with))
				return 1;
			continue;
		}
		if (handler_world_says(call, rule->words[i].expr, &rest) < 0)
			return -1;
		while (rest.at) {
			struct text word = text_trim(text_split(&rest, ' '));
			const char *copy = word.size ? arena_text(call->arena, word) : NULL;
			if (word.size && !copy)
				return -1;
			if (copy && is(call, copy, with))
				return 1;
		}
	}
	return 0;
}

static enum handler_access_result granted_if(int holds)
{
	return holds < 0   ? HANDLER_ACCESS_ERROR
	       : holds > 0 ? HANDLER_ACCESS_GRANTED
			   : HANDLER_ACCESS_DENIED;
}

/* "example.org" is example.org and www.example.org, not anexample.org. */
static bool is_in_domain(struct handler_call *call, const char *word, const void *name)
{
	struct text domain = text_of(word), host = text_of(name);
	(void)call;
	if (!domain.size || host.size < domain.size ||
		!text_equal_nocase(
			domain, text_from(host.at + host.size - domain.size, domain.size)))
		return false;
	return host.size == domain.size || domain.at[0] == '.' ||
	       host.at[host.size - domain.size - 1] == '.';
}

static bool has_address(struct handler_call *call, const char *word, const void *with)
{
	(void)with;
	return handler_name_is_client(call, word);
}

static bool is_set(struct handler_call *call, const char *word, const void *with)
{
	(void)with;
	return handler_env_get(&call->env, word) != NULL;
}

static bool is_this_method(struct handler_call *call, const char *word, const void *with)
{
	(void)with;
	return is_method(word, call->request->method_name);
}

static bool is_user(struct handler_call *call, const char *word, const void *with)
{
	(void)with;
	return strcmp(call->user, word) == 0;
}

static bool is_in_group(struct handler_call *call, const char *word, const void *file)
{
	return handler_auth_file_has(file, word, call->user);
}

/* --- rules --- */

static enum handler_access_result ip(struct handler_call *call, const struct config_require *rule)
{
	for (size_t i = 0; call->client && i < rule->count; i++)
		if (os_network_has(&rule->networks[i], call->client))
			return HANDLER_ACCESS_GRANTED;
	return HANDLER_ACCESS_DENIED;
}

static enum handler_access_result local(struct handler_call *call)
{
	static const struct os_network loops[] = {
		{.family = AF_INET, .address = {127}, .mask = {255}},
		{.family = AF_INET6,
			.address = {[15] = 1},
			.mask = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
				255, 255, 255}}};
	if (!call->client)
		return HANDLER_ACCESS_DENIED;
	for (size_t i = 0; i < COUNT_OF(loops); i++)
		if (os_network_has(&loops[i], call->client))
			return HANDLER_ACCESS_GRANTED;
	char here[OS_ADDRESS_TEXT], there[OS_ADDRESS_TEXT];
	const struct os_address *own = handler_local(call);
	return granted_if(own->size && strcmp(os_address_host(own, here),
					       os_address_host(call->client, there)) == 0);
}

static enum handler_access_result host(struct handler_call *call, const struct config_require *rule)
{
	const char *name = handler_name_of_client(call);
	return name ? granted_if(any_word(call, rule, is_in_domain, name)) : HANDLER_ACCESS_DENIED;
}

static enum handler_access_result group(
	struct handler_call *call, const struct config_require *rule)
{
	static struct log_throttle throttle;
	const char *path = call->dir->access.group_file;
	const struct handler_auth_file *file = path ? handler_auth_file(path) : NULL;
	if (file)
		return granted_if(any_word(call, rule, is_in_group, file));
	if (!path && log_once_a_second(&throttle))
		log_error("No group file was specified in the configuration");
	else if (path && log_once_a_second(&throttle))
		log_error("Could not open group file: %s: %m", path);
	return HANDLER_ACCESS_DENIED;
}

static enum handler_access_result condition(
	struct handler_call *call, const struct config_require *rule)
{
	enum handler_access_result result =
		granted_if(handler_world_decides(call, rule->expr, NULL));
	if (result == HANDLER_ACCESS_DENIED && !call->user && handler_world_asks_user(rule->expr))
		return HANDLER_ACCESS_NO_USER;
	return result;
}

static enum handler_access_result with_user(
	struct handler_call *call, const struct config_require *rule)
{
	if (!call->user)
		return HANDLER_ACCESS_NO_USER;
	if (rule->kind == CONFIG_REQUIRE_GROUP)
		return group(call, rule);
	return rule->kind == CONFIG_REQUIRE_USER ? granted_if(any_word(call, rule, is_user, NULL))
						 : HANDLER_ACCESS_GRANTED;
}

static enum handler_access_result one(struct handler_call *call, const struct config_require *rule)
{
	if (rule->kind == CONFIG_REQUIRE_ALL)
		return granted_if(rule->granted);
	if (rule->kind == CONFIG_REQUIRE_EXPR) /* which says itself what it looks at */
		return condition(call, rule);
	call->personal = true;
	switch (rule->kind) {
	case CONFIG_REQUIRE_IP:
		return ip(call, rule);
	case CONFIG_REQUIRE_LOCAL:
		return local(call);
	case CONFIG_REQUIRE_HOST:
		return host(call, rule);
	case CONFIG_REQUIRE_FORWARD_DNS:
		return granted_if(any_word(call, rule, has_address, NULL));
	case CONFIG_REQUIRE_METHOD:
		return granted_if(any_word(call, rule, is_this_method, NULL));
	case CONFIG_REQUIRE_ENV:
		return granted_if(any_word(call, rule, is_set, NULL));
	default:
		return with_user(call, rule);
	}
}

/* --- groups --- */

/* In Apache's words, since people search for them. */
static void tell(const struct config_require *rule, enum handler_access_result result)
{
	static const char *const results[] = {[HANDLER_ACCESS_GRANTED] = "granted",
		[HANDLER_ACCESS_DENIED] = "denied",
		[HANDLER_ACCESS_NEUTRAL] = "neutral",
		[HANDLER_ACCESS_NO_USER] = "denied (no authenticated user yet)",
		[HANDLER_ACCESS_ERROR] = "error"};
	const char *group = rule->kind == CONFIG_REQUIRE_EVERY ? "<RequireAll>"
			    : rule->negate                     ? "<RequireNone>"
							       : "<RequireAny>";
	log_debug("authorization result of %s%s: %s", rule->written ? "Require " : "",
		rule->written ? rule->written : group, results[result]);
}

static enum handler_access_result decide(
	struct handler_call *call, const struct config_require *rule, bool told);

/* One refusal decides; else who might be let in with a name does not get in without. */
static enum handler_access_result every(
	struct handler_call *call, const struct config_require *rule, bool told)
{
	enum handler_access_result all = HANDLER_ACCESS_NEUTRAL;
	for (const struct config_require *r = rule->first; r; r = r->next) {
		enum handler_access_result result = decide(call, r, told);
		if (result == HANDLER_ACCESS_ERROR || result == HANDLER_ACCESS_DENIED)
			return result;
		if (result == HANDLER_ACCESS_NO_USER ||
			(result != HANDLER_ACCESS_NEUTRAL && all == HANDLER_ACCESS_NEUTRAL))
			all = result;
	}
	return all;
}

static enum handler_access_result some(
	struct handler_call *call, const struct config_require *rule, bool told)
{
	enum handler_access_result all = HANDLER_ACCESS_NEUTRAL;
	for (const struct config_require *r = rule->first; r; r = r->next) {
		enum handler_access_result result = decide(call, r, told);
		if (result == HANDLER_ACCESS_ERROR || result == HANDLER_ACCESS_GRANTED)
			return result;
		if (result == HANDLER_ACCESS_NO_USER ||
			(result != HANDLER_ACCESS_NEUTRAL && all == HANDLER_ACCESS_NEUTRAL))
			all = result;
	}
	return all;
}

static enum handler_access_result decide(
	struct handler_call *call, const struct config_require *rule, bool told)
{
	if (!handler_access_counts(call, rule))
		return HANDLER_ACCESS_NEUTRAL;
	enum handler_access_result result =
		rule->kind == CONFIG_REQUIRE_EVERY  ? every(call, rule, told)
		: rule->kind == CONFIG_REQUIRE_SOME ? some(call, rule, told)
						    : one(call, rule);
	if (rule->negate && result != HANDLER_ACCESS_ERROR) /* who is not refused is not let in */
		result = result == HANDLER_ACCESS_GRANTED ? HANDLER_ACCESS_DENIED
							  : HANDLER_ACCESS_NEUTRAL;
	if (told)
		tell(rule, result);
	return result;
}

enum handler_access_result handler_require(
	struct handler_call *call, const struct config_require *rule)
{
	bool told = log_wants(LOG_AREA, LOG_DEBUG);
	call->personal |= told; /* an answer out of the cache asks for nothing */
	return decide(call, rule, told);
}

/* --- Order, Allow, Deny --- */

static bool fits(struct handler_call *call, const struct config_allow *row)
{
	const char *name;
	if (row->kind == CONFIG_ALLOW_ALL)
		return true;
	call->personal = true;
	switch (row->kind) {
	case CONFIG_ALLOW_IP:
		return call->client && os_network_has(&row->network, call->client);
	case CONFIG_ALLOW_ENV:
		return handler_env_get(&call->env, row->name);
	case CONFIG_ALLOW_NO_ENV:
		return !handler_env_get(&call->env, row->name);
	default:
		name = handler_name_of_client(call);
		return name && is_in_domain(call, row->name, name);
	}
}

static bool any_row(struct handler_call *call, const struct config_compat *compat, bool deny)
{
	for (size_t i = 0; i < compat->allow_count; i++)
		if (compat->allows[i].deny == deny &&
			handler_access_counts_for(call, compat->allows[i].methods) &&
			fits(call, &compat->allows[i]))
			return true;
	return false;
}

bool handler_require_allows(struct handler_call *call, const struct config_compat *compat)
{
	unsigned order = CONFIG_DENY_ALLOW;
	for (size_t i = 0; i < compat->order_count; i++)
		if (handler_access_counts_for(call, compat->orders[i].methods))
			order = compat->orders[i].value;
	if (order == CONFIG_DENY_ALLOW)
		return !any_row(call, compat, true) || any_row(call, compat, false);
	return any_row(call, compat, false) && !any_row(call, compat, true);
}
