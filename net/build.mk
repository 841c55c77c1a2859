# SPDX-License-Identifier: MIT
# Sources of net/: the network stack has its place here.
net_SRCS :=
