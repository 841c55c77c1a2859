# SPDX-License-Identifier: MIT
# elfin.gdb: connects to QEMU's gdb stub and loads the symbols of what runs in
# the machine at the random addresses where it lies.
#
#     gdb -x tools/gdb/elfin.gdb build/elfin.debug
#
# The kernel calls debug_image_mapped(bias, path) for every program and
# interpreter that it has mapped; that is where this script steps in. Before
# sourcing it, $elfin_target may name another stub than :1234, and
# $elfin_program the host's file when the path in the machine is not one.

set confirm off
set pagination off
if $_isvoid($elfin_target)
    target remote :1234
else
    eval "target remote %s", $elfin_target
end

define elfin_image_mapped
    if $_isvoid($elfin_program)
        eval "add-symbol-file %s -o %#lx", $arg1, $arg0
    else
        eval "add-symbol-file %s -o %#lx", $elfin_program, $arg0
    end
end

break debug_image_mapped
commands
    silent
    printf "elfin: %s is mapped at %#lx\n", path, bias
    elfin_image_mapped bias path
end
