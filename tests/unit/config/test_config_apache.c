/*
 * test_config_apache - what Apache's configurations say: taken, taken without effect, or refused by
 * name
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 *
 * What the lines do is asked of a running server, beside Apache: tests/http/apache_cases.py.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

#include "config/config_directive.h"

/* What asks for nothing but what is done anyway says nothing. */
START_TEST(without_effect)
{
	static const char *const lines[] = {"AcceptFilter http none", "CacheNegotiatedDocs On",
		"ContentDigest Off", "DefaultRuntimeDir run", "DefaultType none",
		"EnableExceptionHook Off", "EnableMMAP Off", "EnableSendfile On",
		"HostnameLookups Off", "HttpProtocolOptions Strict Require1.0",
		"LimitInternalRecursion 20", "Mutex default", "Mutex file:run default",
		"Mutex sem mpm-accept rewrite-map OmitPID", "mutex POSIXSEM ssl-cache",
		"LimitInternalRecursion 5 5", "LimitXMLRequestBody 0", "ListenCoresBucketsRatio 0",
		"MergeSlashes On", "Protocols http/1.1", "ProtocolsHonorOrder On",
		"ProxyStatus Off", "QualifyRedirectURL Off", "ReceiveBufferSize 0",
		"RegexDefaultOptions +DOTALL", "RegexDefaultOptions DOLLAR_ENDONLY +DOTALL",
		"ScriptSock run/cgisock", "CGIDScriptTimeout 20s", "SeeRequestTail Off",
		"SendBufferSize 0", "StrictHostCheck Off", "MinSpareThreads 25",
		"MaxSpareThreads 75", "ThreadLimit 64", "ThreadsPerChild 25",
		"UseCanonicalName Off", "UseCanonicalPhysicalPort Off", "DeflateWindowSize 15",
		"DeflateMemLevel 8", "BrotliCompressionWindow 18",
		"DeflateInflateLimitRequestBody 0", "DeflateInflateRatioLimit 200",
		"LoadModule mpm_event_module modules/mod_mpm_event.so"};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct config *config = case_load(lines[i]);
		case_warned(config, "");
		config_free(config);
	}
}
END_TEST

/* Any other value is warned of, with its place and a reason. */
START_TEST(without_effect_and_said)
{
	static const struct {
		const char *line, *warning;
	} rows[] = {
		{"CacheNegotiatedDocs Off", "CacheNegotiatedDocs Off has no effect: "
					    "Vary tells caches what they need to know."},
		{"NameVirtualHost *:80", "NameVirtualHost has no effect: hosts with the same "
					 "address are told apart by name anyway"},
		{"ContentDigest On", "ContentDigest On has no effect: "
				     "RFC 7231 took the field out of HTTP."},
		{"CoreDumpDirectory /tmp", "CoreDumpDirectory /tmp has no effect: "
					   "The kernel decides where it goes (core(5))."},
		{"DefaultType text/plain", "DefaultType text/plain has no effect: "
					   "Such files have no type, as in Apache since 2.4."},
		{"EnableSendfile Off", "EnableSendfile Off has no effect: "
				       "Large files always are sent so, small ones never."},
		{"HttpProtocolOptions Unsafe Require1.0",
			"HttpProtocolOptions Unsafe has no effect: Requests are always read "
			"strictly, a method may be any word, and HTTP/0.9 is not spoken."},
		{"HttpProtocolOptions Allow0.9",
			"HttpProtocolOptions Allow0.9 has no effect: Requests are always read "
			"strictly, a method may be any word, and HTTP/0.9 is not spoken."},
		{"MergeSlashes Off", "MergeSlashes Off has no effect: They always do."},
		{"Protocols h2 http/1.1",
			"Protocols h2 has no effect: HTTP/1.1 and HTTP/1.0 are spoken."},
		{"RegexDefaultOptions none +DOTALL",
			"RegexDefaultOptions none has no effect: All have DOTALL and "
			"DOLLAR_ENDONLY, as "
			"in Apache, and nothing else that their directive does not say."},
		{"SendBufferSize 65536", "SendBufferSize 65536 has no effect: "
					 "The kernel chooses it."},
		{"StrictHostCheck On", "StrictHostCheck On has no effect: "
				       "The first host of the address answers them."},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char warning[256];
		struct config *config = case_load(rows[i].line);
		snprintf(warning, sizeof warning, "ROOT/t.conf:1: %s\n", rows[i].warning);
		case_warned(config, warning);
		config_free(config);
	}
	struct config *config = case_load("<VirtualHost *>\nServerPath /x\n</VirtualHost>");
	case_warned(config, "ROOT/t.conf:2: ServerPath /x has no effect: It is for clients that "
			    "say no Host, which HTTP/1.1 asks of every one; they get the first "
			    "host of the address.\n");
	config_free(config);
}
END_TEST

/* All others have their row's reason. */
START_TEST(without_effect_and_reasoned)
{
	static const char *const lines[] = {"ScoreBoardFile run/board", "ThreadStackSize 65536",
		"DeflateBufferSize 8096", "DeflateMemLevel 9", "DeflateWindowSize 9",
		"DeflateFilterNote ratio", "BrotliCompressionMaxInputBlock 20",
		"BrotliCompressionWindow 20", "BrotliFilterNote ratio", "ProxyStatus On",
		"SeeRequestTail On", "QualifyRedirectURL On", "ReceiveBufferSize 4096",
		"ListenCoresBucketsRatio 8", "EnableExceptionHook On"};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		char warning[512];
		struct text rest = text_of(lines[i]);
		const struct config_directive *d = config_directive_find(text_split(&rest, ' '));
		struct config *config = case_load(lines[i]);
		snprintf(warning, sizeof warning, "ROOT/t.conf:1: %s has no effect: %s\n", lines[i],
			d->reason);
		case_warned(config, warning);
		config_free(config);
	}
}
END_TEST

/* What Apache warns of and goes on. */
START_TEST(warned)
{
	static const struct {
		const char *lines, *warning;
	} rows[] = {
		{"RewriteOptions MaxRedirects=3 inherit",
			"1: RewriteOptions: MaxRedirects is ignored, as in Apache: "
			"LimitInternalRecursion says how often a request may go elsewhere"},
		{"<Location /x>\nAllowOverride All\n</Location>",
			"2: AllowOverride has no effect in <Location>: it says what the .htaccess "
			"of a <Directory> may hold"},
		{"<Directory />\n<Files x>\nAllowOverrideList Options\n</Files>\n</Directory>",
			"3: AllowOverrideList has no effect in <Files>: it says what the .htaccess "
			"of a <Directory> may hold"},
		{"LimitInternalRecursion 101", "1: LimitInternalRecursion 101: lowered to 100"},
		{"<Directory />\nAllowOverride All Nonfatal=Some\n</Directory>",
			"2: AllowOverride: Nonfatal is Override, Unknown or All; 'Some' has no "
			"effect"},
		{"ErrorDocument 401 http://a/",
			"1: ErrorDocument: 401 cannot be a full URL: ignored"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char warning[256];
		struct config *config = case_load(rows[i].lines);
		snprintf(warning, sizeof warning, "ROOT/t.conf:%s\n", rows[i].warning);
		case_warned(config, warning);
		ck_assert_ptr_null(config_error_document(&config->host.dir, 401));
		config_free(config);
	}
	struct config *config = case_load("ErrorDocument 404 \"it isn't 'here\n"
					  "ErrorDocument 403 'nor \"here\nErrorDocument 401 /a\n"
					  "ErrorDocument 401 https://b/");
	const struct config_dir *dir = &config->host.dir;
	ck_assert_str_eq(config_error_document(dir, 404)->value, "it isn't 'here");
	ck_assert_str_eq(config_error_document(dir, 403)->value, "nor \"here");
	ck_assert_str_eq(config_error_document(dir, 401)->value, "/a");
	config_free(config);
	case_refused("ServerAdmin \"x", "ROOT/t.conf:1: a quote (\") is not closed");
}
END_TEST

START_TEST(refused_with_a_reason)
{
	case_refused("FileETag MTime +Digest",
		"ROOT/t.conf:1: FileETag Digest is not supported by preforkd: every file "
		"would have to be read before it is sent");
}
END_TEST

/* What has no effect is held to its syntax all the same. */
START_TEST(without_effect_and_wrong)
{
	static const struct {
		const char *lines, *message;
	} rows[] = {
		{"EnableSendfile Maybe", "ROOT/t.conf:1: EnableSendfile takes On|Off, not 'Maybe'"},
		{"HostnameLookups", "ROOT/t.conf:1: HostnameLookups takes 1 argument: "
				    "HostnameLookups On|Off|Double"},
		{"HostnameLookups Maybe",
			"ROOT/t.conf:1: HostnameLookups must be On, Off or Double, not 'Maybe'"},
		{"LimitInternalRecursion 5 ten", "ROOT/t.conf:1: LimitInternalRecursion must be a "
						 "number greater than zero, not 'ten'"},
		{"LimitInternalRecursion 0", "ROOT/t.conf:1: LimitInternalRecursion must be a "
					     "number greater than zero, not '0'"},
		{"LimitInternalRecursion 5 5 5",
			"ROOT/t.conf:1: LimitInternalRecursion takes 1 to 2 arguments: "
			"LimitInternalRecursion number [number]"},
		{"HttpProtocolOptions Require1.0 Lax",
			"ROOT/t.conf:1: HttpProtocolOptions takes [Strict|Unsafe] "
			"[RegisteredMethods|LenientMethods] [Allow0.9|Require1.0], not 'Lax'"},
		{"Mutex", "ROOT/t.conf:1: Mutex takes at least 1 argument: Mutex mechanism "
			  "[default|name ...] [OmitPID]"},
		{"Mutex foo", "ROOT/t.conf:1: Mutex: the mechanism must be default, none, "
			      "file:DIRECTORY, flock:DIRECTORY, fcntl:DIRECTORY, pthread, "
			      "posixsem, sysvsem or sem, not 'foo'"},
		{"Mutex sem:/x", "ROOT/t.conf:1: Mutex: the mechanism must be default, none, "
				 "file:DIRECTORY, flock:DIRECTORY, fcntl:DIRECTORY, pthread, "
				 "posixsem, sysvsem or sem, not 'sem:/x'"},
		{"Mutex sem moon",
			"ROOT/t.conf:1: Mutex: there is no mutex 'moon' (default is all of them)"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		case_refused(rows[i].lines, rows[i].message);
}
END_TEST

/* Where a log cannot be written the test of the configuration says so. */
START_TEST(no_directory_of_a_log)
{
	static const struct {
		const char *lines, *message;
	} rows[] = {
		{"\nErrorLog no/e", "ROOT/t.conf:2: ErrorLog 'ROOT/no/e': its directory: No such "
				    "file or directory"},
		{"ErrorLog conf/mime.types/e", "ROOT/t.conf:1: ErrorLog 'ROOT/conf/mime.types/e': "
					       "its directory: Not a directory"},
		{"CustomLog no/a common", "ROOT/t.conf:1: the log 'ROOT/no/a': its directory: No "
					  "such file or directory"},
		{"TransferLog no/a", "ROOT/t.conf:1: the log 'ROOT/no/a': its directory: No such "
				     "file or directory"},
		{"<VirtualHost *>\nErrorLog no/e\n</VirtualHost>",
			"ROOT/t.conf:2: ErrorLog 'ROOT/no/e': its directory: No such file or "
			"directory"},
		{"\nGlobalLog no/e common",
			"ROOT/t.conf:2: the log 'ROOT/no/e': its directory: No such file or "
			"directory"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		case_refused(rows[i].lines, rows[i].message);
	config_free(case_load("ErrorLog syslog:user:no/e\nCustomLog \"|cat no/x\" common"));
}
END_TEST

START_TEST(taken)
{
	static const char *const lines[] = {
		"IndexOptions FancyIndexing VersionSort NameWidth=* Charset=UTF-8",
		"IndexOptions +FoldersFirst -SuppressSize", "IndexOrderDefault Descending Date",
		"IndexStyleSheet /list.css", "IndexHeadInsert \"<meta name='x'>\"",
		"HeaderName HEADER.html", "DefaultIcon /icons/unknown.gif",
		"AddIcon (IMG,/icons/image2.gif) .gif .jpg", "AddIconByType /icons/text.gif text/*",
		"AddIconByEncoding (CMP,/icons/compressed.gif) x-gzip",
		"AddAlt \"a picture\" *.gif", "AddAltByType text text/plain",
		"AddAltByEncoding gz x-gzip",
		"<Location /x>\nIndexIgnore a\n"
		"IndexIgnoreReset On\n</Location>",
		"ScriptAliasMatch ^/cgi(.*) /srv/cgi$1", "RLimitCPU 5 10", "RLimitMEM max",
		"<Directory />\n"
		"CGIPassAuth On\n"
		"CGIVar REQUEST_URI original-uri\n</Directory>",
		"RewriteOptions InheritBefore", "RequestHeader set X-Y z",
		"RequestHeader edit* X-Y a b env=!c", "ServerSignature EMail",
		"RequestReadTimeout header=10-20,MinRate=100 body=0",
		"<Directory />\n"
		"RemoveHandler .cgi\n"
		"RemoveType .x\n"
		"RemoveLanguage .en\n"
		"RemoveCharset .utf8\n</Directory>"};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		config_free(case_load(lines[i]));
}
END_TEST

START_TEST(refused_by_name)
{
	case_refused("ProxyPass /a http://b/",
		"ROOT/t.conf:1: ProxyPass is not supported by preforkd "
		"(in Apache it belongs to proxy)");
	case_refused("<Proxy *>\n</Proxy>",
		"ROOT/t.conf:1: <Proxy> is not supported by preforkd (in "
		"Apache it belongs to proxy)");
	static const char *const names[] = {
#define REFUSED(name, module) name,
#include "config/refused.def"
#undef REFUSED
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		ck_assert_msg(!config_directive_find(text_of(names[i])), "%s is both", names[i]);
}
END_TEST

START_TEST(wrong)
{
	static const struct {
		const char *lines, *message;
	} rows[] = {
		{"<VirtualHost *:x>\n</VirtualHost>", "ROOT/t.conf:1: <VirtualHost>: '*:x' is not "
						      "of the form ADDRESS[:PORT], *[:PORT] "
						      "or [IPV6ADDRESS][:PORT]"},
		{"<VirtualHost *>\nListen 1\n</VirtualHost>",
			"ROOT/t.conf:2: Listen is not allowed in <VirtualHost>"},
		{"<VirtualHost *>\n<VirtualHost *>\n</VirtualHost>\n</VirtualHost>",
			"ROOT/t.conf:2: <VirtualHost> cannot stand in another <VirtualHost>"},
		{"<VirtualHost *>\nKeepAlive Perhaps\n</VirtualHost>",
			"ROOT/t.conf:2: KeepAlive must be On or Off, not 'Perhaps'"},
		{"ServerAlias a", "ROOT/t.conf:1: ServerAlias is allowed in <VirtualHost> only"},
		{"AllowOverride All",
			"ROOT/t.conf:1: AllowOverride is allowed in <Directory> only: it says what "
			"the .htaccess of a directory may hold"},
		{"<Directory />\nAllowOverride Some\n</Directory>",
			"ROOT/t.conf:2: AllowOverride takes All, None, AuthConfig, FileInfo, "
			"Indexes, Limit, Options and Options=option,..., not 'Some'"},
		{"UseCanonicalName Perhaps",
			"ROOT/t.conf:1: UseCanonicalName must be On, Off or DNS, not 'Perhaps'"},
		{"RewriteEngine Maybe",
			"ROOT/t.conf:1: RewriteEngine must be On or Off, not 'Maybe'"},
		{"RewriteBase /x",
			"ROOT/t.conf:1: RewriteBase is for <Directory> and .htaccess: rules of "
			"a host see whole paths"},
		{"RewriteRule a b [X]", "ROOT/t.conf:1: RewriteRule: unknown flag 'X'"},
		{"RewriteRule a b [R=99]",
			"ROOT/t.conf:1: RewriteRule: the flag R takes a status from "
			"200 to 599, not '99'"},
		{"RewriteRule a b [P]",
			"ROOT/t.conf:1: RewriteRule: the flag P (proxy) is not supported by "
			"preforkd"},
		{"RewriteRule a b [CO=name:value]",
			"ROOT/t.conf:1: RewriteRule: the flag CO takes NAME:value:domain, not "
			"'name:value'"},
		{"RewriteRule a ${map:x",
			"ROOT/t.conf:1: RewriteRule: '${map:x' is not of the form ${map:key} or "
			"${map:key|default}"},
		{"RewriteRule a ${map}",
			"ROOT/t.conf:1: RewriteRule: '${map}' is not of the form ${map:key} or "
			"${map:key|default}"},
		{"<Location />\nRequire file-owner\n</Location>",
			"ROOT/t.conf:2: Require file-owner is not supported by preforkd"},
		{"ScriptLog logs/cgi",
			"ROOT/t.conf:1: ScriptLog is not supported by preforkd (in Apache it "
			"belongs to cgi)"},
		{"RewriteMap a prg:/bin/cat",
			"ROOT/t.conf:1: RewriteMap: 'prg:/bin/cat' is not supported by preforkd: "
			"int:toupper, int:tolower, int:escape, int:unescape, txt:file and rnd:file "
			"are"},
		{"RewriteMap a txt:/nowhere/x",
			"ROOT/t.conf:1: RewriteMap: /nowhere/x: No such file or directory"},
		{"RewriteCond a b [Z]", "ROOT/t.conf:1: RewriteCond: unknown flag 'Z'"},
		{"RewriteCond %{a b", "ROOT/t.conf:1: RewriteCond: no '}' ends '%{a'"},
		{"Header set", "ROOT/t.conf:1: Header takes 2 to 6 arguments: Header [always] "
			       "set|append|merge|add|unset|edit|... field [value] "
			       "[early|env=...|expr=...]"},
		{"Header put X y",
			"ROOT/t.conf:1: Header: 'put' is none of set, setifempty, append, "
			"merge, add, unset, edit, edit* and echo"},
		{"Header set X",
			"ROOT/t.conf:1: Header set takes the name of a field and a value, and "
			"perhaps env=NAME or expr=CONDITION"},
		{"ExpiresDefault \"soon\"", "ROOT/t.conf:1: ExpiresDefault: 'soon' is neither of "
					    "the form \"access plus 1 "
					    "month 2 days\" nor of the form A2592000"},
		{"ExpiresByType gif A1",
			"ROOT/t.conf:1: ExpiresByType: 'gif' is not a media type such as "
			"image/png"},
		{"IndexOptions Nice", "ROOT/t.conf:1: IndexOptions: there is no option 'Nice'"},
		{"IndexOrderDefault Up Name", "ROOT/t.conf:1: IndexOrderDefault takes Ascending or "
					      "Descending, and Name, Date, Size or Description"},
		{"Alias x /y", "ROOT/t.conf:1: Alias: the path must begin with '/', not 'x'"},
		{"Redirect /a b",
			"ROOT/t.conf:1: Redirect: 'b' is neither a URL nor a path that begins "
			"with '/'"},
		{"Redirect gone /a http://b/",
			"ROOT/t.conf:1: Redirect: status 410 leads nowhere, so "
			"'http://b/' is one argument too many"},
		{"FileETag Colour",
			"ROOT/t.conf:1: FileETag takes INode, MTime, Size, All and None, not "
			"'Colour'"},
		{"FallbackResource x",
			"ROOT/t.conf:1: FallbackResource: 'x' is neither a path that "
			"begins with '/' nor disabled"},
		{"ServerSignature Maybe",
			"ROOT/t.conf:1: ServerSignature must be Off, On or EMail, not "
			"'Maybe'"},
		{"RequestReadTimeout header=x",
			"ROOT/t.conf:1: RequestReadTimeout: 'header=x' is not of "
			"the form header|body=SECONDS[-SECONDS][,MinRate=BYTES]"},
		{"<Directory />\nForceType x\n</Directory>",
			"ROOT/t.conf:2: ForceType: 'x' is not a media type such as text/plain, nor "
			"none"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		case_refused(rows[i].lines, rows[i].message);
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, without_effect);
	tcase_add_test(tests, without_effect_and_said);
	tcase_add_test(tests, without_effect_and_reasoned);
	tcase_add_test(tests, without_effect_and_wrong);
	tcase_add_test(tests, refused_with_a_reason);
	tcase_add_test(tests, warned);
	tcase_add_test(tests, no_directory_of_a_log);
	tcase_add_test(tests, taken);
	tcase_add_test(tests, refused_by_name);
	tcase_add_test(tests, wrong);
}

int main(void)
{
	return case_main("config_apache", add);
}
