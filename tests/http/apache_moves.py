# apache_moves - more of what apache.py asks: what somebody who moves from Apache would stumble over
#
# See apache_cases.py for what a case is.
#
# SPDX-License-Identifier: Apache-2.0
CASES = [
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
