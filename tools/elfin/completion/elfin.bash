# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion of the elfin command for bash: source this file, or put it into
# /usr/share/bash-completion/completions as `elfin`. The names come from the
# command's own --help, so that there is no second list of them.

_elfin_names() {
    local elfin=$1
    shift
    "$elfin" "$@" 2>/dev/null
}

# Which of the words is the command's PROGRAM, if one is there already: the
# first that is neither an option nor the value of one.
_elfin_program_at() {
    local i=2 valued=$1 word
    while [ "$i" -lt "$COMP_CWORD" ]; do
        word=${COMP_WORDS[i]}
        case $word in
        --*=*) ;;
        -*) [[ " $valued " == *" $word "* ]] && i=$((i + 1)) ;;
        =) i=$((i + 1)) ;; # bash splits --name=value at the sign
        *)
            echo "$i"
            return
            ;;
        esac
        i=$((i + 1))
    done
}

_elfin() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local elfin=${COMP_WORDS[0]} command=${COMP_WORDS[1]} help valued at words=
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        words=$(_elfin_names "$elfin" help | sed -n 's/^  \([a-z]*\) .*/\1/p')
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
        return
    fi
    help=$(_elfin_names "$elfin" "$command" --help)
    # Options with a value: one space, then its name.
    valued=$(sed -n 's/^  \(-.\)\{0,1\},\{0,1\} *\(--[a-z0-9-]*\) [^ ].*/\1 \2/p' <<<"$help" |
        tr '\n' ' ')
    case $command-$prev in
    *---machine) words='auto microvm q35 pc' ;;
    *---accel) words='auto kvm tcg' ;;
    *---network) words='user tap= none' ;;
    *---log) words='error warn info debug' ;;
    help-*) words=$(_elfin_names "$elfin" help | sed -n 's/^  \([a-z]*\) .*/\1/p') ;;
    syscalls-*) [[ $cur == -* ]] || words=$(_elfin_names "$elfin" syscalls |
        awk '$1 ~ /^[0-9]+$/ && $3 { print $2 }') ;;
    esac
    if [ -n "$words" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
        return
    fi
    at=$(_elfin_program_at "$valued")
    if [[ $cur == -* && -z $at ]]; then
        words=$(grep -o -e '^  [ -].[ ,] --[a-z0-9-]*' <<<"$help" | grep -o -e '--[a-z0-9-]*')
        mapfile -t COMPREPLY < <(compgen -W "$words --help" -- "$cur")
    else
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
    fi
}
complete -F _elfin elfin
