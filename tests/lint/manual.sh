#!/bin/sh
# manual - the pages written by hand say what the tables of the source say
#
# Usage:  manual.sh [SOURCE-DIRECTORY]; TEST_SOURCE when not given
# Checks: each letter of the scoreboard is in status.html with its words and is known to the welcome
#         page; each letter of LogFormat is in logs.html; each verb of -k and its signal is in
#         signals.html and command-line.html, there in one row; each folder of the source, each role
#         of main.c and each command to a worker is in architecture.html; each directive that a page
#         links to is a row of directives.def.
# Fails:  with 1 and one line for each fault
#
# Only sh, sed, grep, tr and sort are needed.
# SPDX-License-Identifier: Apache-2.0
set -u

cd "${1:-${TEST_SOURCE:-.}}" || exit 2
manual=www/manual
faults=0

fault() {
	echo "$1"
	faults=$((faults + 1))
}

# has FILE TEXT WHAT: the file holds this very text
has() {
	grep -qF -e "$2" "$1" || fault "$1:1: $3"
}

# A table that cannot be read any more would make every check below pass.
rows() {
	[ -n "$2" ] || fault "$1:1: no rows found: has its form changed?"
}

# WIRE_STATE(SYMBOL, 'letter', "words", busy)
states=$(sed -n "s/^WIRE_STATE([A-Z_]*, '\(.\)', \"\([^\"]*\)\".*/\1 \2/p" src/wire/states.def)
rows src/wire/states.def "$states"
while read -r letter words; do
	row=$(grep -F ">$letter</span></td>" $manual/status.html)
	case $row in
	*"<td>$words</td>"*) ;;
	*) fault "$manual/status.html:1: the state $letter ($words) is missing or has other words" ;;
	esac
	has www/welcome.js "'$letter': [" "the state $letter ($words) is unknown"
done <<EOF
$states
EOF

# LOG_FIELD(SYMBOL, 'letter', "description")
letters=$(sed -n "s/^LOG_FIELD([A-Z_]*, '\(.\)'.*/\1/p" src/config/log_fields.def)
rows src/config/log_fields.def "$letters"
for letter in $letters; do
	grep -q "<code>%\({Name}\)\{0,1\}$letter</code></th>" $manual/logs.html ||
		fault "$manual/logs.html:1: the letter %$letter is missing"
done
for letter in $(sed -n 's|.*<code>%\({Name}\)\{0,1\}\([A-Za-z]\)</code></th>.*|\2|p' $manual/logs.html); do
	case " $(echo $letters) " in
	*" $letter "*) ;;
	*) fault "$manual/logs.html:1: there is no letter %$letter" ;;
	esac
done

# {"verb", SIGNAL, wait},
verbs=$(sed -n 's/^[[:space:]]*{"\([a-z-]*\)", SIG\([A-Z0-9]*\),.*/\1 \2/p' src/parent/parent_kill.c)
rows src/parent/parent_kill.c "$verbs"
while read -r verb signal; do
	row=$(grep -F "<td><code>-k $verb</code></td>" $manual/signals.html)
	[ "$(echo "$row" | wc -l)" -eq 1 ] || fault "$manual/signals.html:1: -k $verb has more than one row"
	case $row in
	*"<code>$signal</code>"*) ;;
	*) fault "$manual/signals.html:1: -k $verb ($signal) is missing" ;;
	esac
	grep -q "<dt>.*<code>\(-k \)\{0,1\}$verb</code>" $manual/command-line.html ||
		fault "$manual/command-line.html:1: -k $verb is missing"
done <<EOF
$verbs
EOF

# The table of layers, the commands, and the drawing and the words on the processes.
for folder in $(find src -mindepth 1 -maxdepth 1 -type d ! -name '.*' ! -name man | sed 's|.*/||'); do
	has $manual/architecture.html "<code>$folder</code>" "the folder src/$folder is missing"
done
commands=$(sed -n '/^enum wire_verb {/,/^};/s/^[[:space:]]*WIRE_\([A-Z_]*\),.*/\1/p' src/wire/wire_command.h)
rows src/wire/wire_command.h "$commands"
for command in $commands; do
	has $manual/architecture.html "<code>$command</code>" "the command $command is missing"
done
roles=$(sed -n 's/^[[:space:]]*mp_register("\([a-z]*\)",.*/\1/p' src/main.c)
rows src/main.c "$roles"
for role in $roles; do
	[ "$role" = oneshot ] || has $manual/architecture.html "$role" "the role $role is missing"
done

# DIRECTIVE(SYMBOL, "Name", ...: the reference has its name in small letters as the id
known=$(sed -n 's/^[A-Z]*([A-Z_]*, "<\{0,1\}\([A-Za-z]*\)>\{0,1\}",.*/\1/p' src/config/directives_*.def | tr A-Z a-z)
rows src/config/directives.def "$known"
for link in $(grep -oh 'directives\.html#[A-Za-z]*' www/*.html $manual/*.html | sed 's/.*#//' | LC_ALL=C sort -u); do
	echo "$known" | grep -qx -e "$link" ||
		fault "$manual: links to the directive $link, which does not exist"
done

[ "$faults" -eq 0 ]
