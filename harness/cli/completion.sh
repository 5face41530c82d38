# shellcheck shell=bash
# bash's completion of `handoff`: commands, their flags, values of closed sets, sweeps, implementations.
#
# It has no list of its own. Flags are those of `handoff COMMAND --help`. What is legal behind a flag, and which
# implementations there are, the programs say when they refuse the value `?`; nothing is measured for that.

# The folder of what is installed with this command, seen from the command itself; nothing where it is not installed.
_handoff_beside() {  # program, libexec or share
    local bin
    bin=$(dirname "$(readlink -f "$1")")
    [ ! -d "$bin/../$2/handoff" ] || (cd "$bin/../$2/handoff" && pwd)
}

# The help of a command, and of a subcommand only what it takes.
_handoff_help() {  # program, command, subcommand or nothing
    "$1" "$2" --help 2>/dev/null | awk -v sub_command="$3" '
        /^flags of / { other = sub_command == "" || ($3 != sub_command && $3 != "both"); next }
        !other'
}

_handoff_flags() {  # program, command, subcommand or nothing
    _handoff_help "$@" | grep -oE '^  --[a-z][a-z-]*|, --[a-z][a-z-]*' | tr -d ' ,'
    printf -- '--help\n'
}

# What stands behind a flag in the help: FILE, DIR, WHAT, ...; nothing behind one that takes no value.
_handoff_kind() {  # program, command, subcommand or nothing, flag
    _handoff_help "$1" "$2" "$3" | sed -nE "s/^  (.*, )?$4 ([A-Z]+).*/\2/p" | head -n 1
}

# The words that a refusal calls legal.
_handoff_legal() {  # command ...
    "$@" 2>&1 </dev/null | sed -n 's/^.*legal: //p' | tr ',' '\n' | sed -nE 's/^ *([a-z][a-z0-9_]*)$/\1/p'
}

# The benchmark binaries: of --binaries DIR, or the command's own.
_handoff_binaries() {  # program
    local i folder
    for ((i = 1; i + 1 < ${#words[@]}; ++i)); do
        [ "${words[i]}" != --binaries ] || folder=${words[i + 1]/#\~/$HOME}
    done
    [ -n "${folder-}" ] || folder=$(_handoff_beside "$1" libexec)
    [ -n "$folder" ] || folder=$(dirname "$(readlink -f "$1")")
    printf '%s\n' "$folder"
}

_handoff_families() {  # program
    local binary
    for binary in "$(_handoff_binaries "$1")"/bench_*; do
        # bench_limits and the like have no points
        if [ -x "$binary" ] && "$binary" --help 2>/dev/null | grep -q -- '--list_points'; then
            printf '%s\n' "${binary##*/bench_}"
        fi
    done
}

# What the families' binaries take for an axis, `workload` or `impl`; of the family that is named, else of all.
_handoff_values() {  # program, axis
    local i family families=()
    for ((i = 1; i + 1 < ${#words[@]}; ++i)); do
        [ "${words[i]}" != --family ] || families=("${words[i + 1]}")
    done
    [ ${#families[@]} -gt 0 ] || mapfile -t families < <(_handoff_families "$1")
    for family in "${families[@]}"; do
        _handoff_legal "$(_handoff_binaries "$1")/bench_$family" "--$2=?" --list_points
    done | sort -u
}

# shellcheck disable=SC2016  # the back quotes are Markdown's
_handoff_axes() { "$1" axes 2>/dev/null | sed -nE 's/^\| `([a-z_]+)` \|.*/\1/p'; }

_handoff_files() {  # ending or nothing
    local entry
    while IFS= read -r entry; do
        [ ! -d "$entry" ] && [ -n "$1" ] && [[ $entry != *"$1" ]] || COMPREPLY+=("$entry")
    done < <(compgen -f -- "$cur")
    compopt -o filenames 2>/dev/null
}

# Sweep files here, and sweeps/NAME.json of those that are installed.
_handoff_sweeps() {  # program
    local share entry
    _handoff_files .json
    share=$(_handoff_beside "$1" share)
    [ -n "$share" ] && [ ! -e sweeps ] || return 0
    if [[ sweeps/ == "$cur"* ]]; then
        COMPREPLY+=(sweeps/)
        compopt -o nospace 2>/dev/null
    fi
    for entry in "$share"/sweeps/*.json; do
        entry=sweeps/${entry##*/}
        [[ $cur != sweeps/* || $entry != "$cur"* ]] || COMPREPLY+=("$entry")
    done
}

_handoff_words() {  # words ...
    mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur")
}

# The last of words with commas between them.
_handoff_list() {  # words ...
    local before=
    case $cur in *,*) before=${cur%,*}, ;; esac
    mapfile -t COMPREPLY < <(compgen -P "$before" -W "$*" -- "${cur##*,}")
    compopt -o nospace 2>/dev/null
}

# Whether a value stands behind the flag; what it may be.
_handoff_value() {  # program, command, subcommand or nothing, flag
    local kind flag=${4#--}
    kind=$(_handoff_kind "$@")
    if [[ $2 == @(duel|rank) && $flag == family ]]; then
        _handoff_words "$(_handoff_families "$1")"
    elif [[ $2 == rank && $flag == ours ]]; then
        _handoff_list "$(_handoff_values "$1" impl)"
    elif [[ $2 == @(duel|rank) ]] && { [ "$flag" = workload ] || _handoff_axes "$1" | grep -qx -- "$flag"; }; then
        _handoff_list "$(_handoff_values "$1" "$flag")"
    elif [ "$flag" = sweep ]; then
        _handoff_sweeps "$1"
    else
        case $kind in
            DIR | BUILD | FILE | PAGE) _handoff_files "" ;;
            # Nothing but this flag is passed on, so no command has all that it needs to begin.
            WHAT | HOW | NAME) _handoff_words "$(_handoff_legal "$1" "$2" ${3:+"$3"} "$4" '?')" ;;
            "") return 1 ;;
        esac
    fi
    return 0
}

_handoff() {
    local cur word words=() program command subcommand="" axes
    COMPREPLY=()
    # bash takes --flag=value apart; so does this, everywhere.
    for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        [ "$word" = = ] || words+=("$word")
    done
    cur=${words[-1]}
    [ "${COMP_WORDS[COMP_CWORD]}" != = ] || { words+=(""); cur=; }
    program=$(type -P "${words[0]/#\~/$HOME}") || return 0
    if [ ${#words[@]} -le 2 ]; then
        _handoff_words "$("$program" --help 2>/dev/null | sed -nE 's/^  handoff ([a-z-]+).*/\1/p' | awk '!seen[$0]++') --help"
        return
    fi
    command=${words[1]}
    if [ "$command" = history ]; then
        if [ ${#words[@]} -eq 3 ]; then
            _handoff_words add show --help
            return
        fi
        subcommand=${words[2]}
    fi
    case ${words[-2]} in
        --*) ! _handoff_value "$program" "$command" "$subcommand" "${words[-2]}" || return 0 ;;
    esac
    case $cur in
        -*)
            axes=
            [[ $command != @(duel|rank) ]] || axes=$(_handoff_axes "$program" | sed 's/^/--/')
            _handoff_words "$(_handoff_flags "$program" "$command" "$subcommand") $axes"
            return ;;
    esac
    case $command in
        list | run) _handoff_sweeps "$program" ;;
        report | compare) _handoff_files "" ;;
        duel) _handoff_words "$(_handoff_values "$program" impl)" ;;
        rank) _handoff_list "$(_handoff_values "$program" impl)" ;;
        history) [ "$subcommand" != add ] || _handoff_files .json ;;
    esac
}

complete -F _handoff handoff
