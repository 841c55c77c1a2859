# SPDX-License-Identifier: MIT
# Sources of abi/, in abi/.
abi_SRCS :=
