# SPDX-License-Identifier: MIT
# median(S): of the numbers in S, with spaces between; "-" when there are none.
function median(s,    v, n, i, j, t) {
    n = split(s, v, " ")
    for (i = 2; i <= n; i++)
        for (j = i; j > 1 && v[j] + 0 < v[j - 1] + 0; j--) {
            t = v[j]; v[j] = v[j - 1]; v[j - 1] = t
        }
    return n ? v[int((n + 1) / 2)] : "-"
}
