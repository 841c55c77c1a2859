# Sources of abi/, in abi/.
abi_SRCS :=
