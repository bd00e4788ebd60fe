# apache_moves - more of what apache.py asks: what somebody who moves from Apache would stumble over
#
# See apache_cases.py for what a case is.
#
# SPDX-License-Identifier: Apache-2.0
CASES = [
    {
        'name': 'places with a name too many',
        'conf': """
DocumentRoot "@ROOT@//x/../www/"
Alias "/al" "@ROOT@/x/..//www/sub"
<Directory "@ROOT@/www/./sub//">
    Header append X-One clean
</Directory>
<Directory "@ROOT@//w*/../www/*/">
    Header append X-One pattern
</Directory>
<Directory "@ROOT@/www">
    Header append X-Two root
</Directory>
<Directory "www">
    Header append X-Two relative
</Directory>
<Directory "*">
    Header append X-Two star
</Directory>
<Location "">
    Header append X-Two nothing
</Location>
<Location "/sub//a">
    Header append X-Two slashes
</Location>
<Location "//sub">
    Header append X-Two slashes
</Location>
<Location "/sub//">
    Header append X-Two slashes
</Location>
<Location "sub">
    Header append X-Two name
</Location>
<Location "http://localhost/sub">
    Header append X-Two URL
</Location>
""",
        'files': {'www/sub/a': 'a\n', 'x/x': 'x\n'},
        'requests': [
            {'path': path, 'status': 200, 'has': {'X-One': 'clean, pattern', 'X-Two': 'root, nothing'}}
            for path in ('/sub/a', '/sub//a', '//sub/a', '/al/a')
        ],
    },
    {
        'name': 'names a host may have',
        'conf': '',
        'requests': [
            {'path': '/', 'host': name, 'status': 200, 'body': ['front']}
            for name in ('a_b', 'a-1.b', 'a.', '.a', 'A', '-a', '[::1]:80')
        ] + [
            {'path': '/', 'host': name, 'status': 400}
            for name in ('a,b', 'a..b', 'a%20b', 'a%41', 'a~b', 'a;b', "a'b", 'a*b', 'a(b)', '..', 'a b', 'a/b', 'a@b')
        ],
    },
]
