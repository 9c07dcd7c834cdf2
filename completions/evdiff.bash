# bash completion for evdiff(1)
_evdiff()
{
    local cur prev command
    local commands="diff check show explain view rules index import selftest learn batch judge known history config"
    cur=${COMP_WORDS[COMP_CWORD]}
    prev=${COMP_WORDS[COMP_CWORD - 1]}
    # bash splits --option=value at the '='.
    if [[ $cur == = ]]; then
        cur=
    elif [[ $prev == = ]]; then
        prev=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "$commands help --help --version" -- "$cur")
        return
    fi
    command=${COMP_WORDS[1]}
    if [[ $command == help ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur")
        return
    fi
    if [[ $command == known ]] && ((COMP_CWORD == 2)) && [[ $cur != -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "add learn check prune rekey merge" -- "$cur")
        return
    fi
    if [[ $command == config && $cur != -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "batch check diff explain judge learn rules selftest show view" -- "$cur")
        return
    fi
    if [[ $command == history ]] && ((COMP_CWORD == 2)) && [[ $cur != -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "import trend new family job flaky" -- "$cur")
        return
    fi
    case $prev in
    --state)
        mapfile -t COMPREPLY < <(compgen -W "noise known flaky fixed" -- "$cur")
        return
        ;;
    --format)
        local formats="markdown text full json junit github github-annotations html perfetto"
        [[ $command == selftest ]] && formats="text json"
        [[ $command == history ]] && formats="text json tsv"
        mapfile -t COMPREPLY < <(compgen -W "$formats" -- "$cur")
        return
        ;;
    --report)
        if [[ $command == batch || $command == judge ]]; then
            compopt -o nospace 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -W "text= json= junit= github= github-annotations= html=" -- "$cur")
            return
        fi
        # Only the format: behind the next '=' the word before is no option.
        compopt -o nospace 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -W "markdown= text= full= json= junit= github=
            github-annotations= html= perfetto=" -- "$cur")
        return
        ;;
    --rules)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -W "built-in schema-v1 chrome-trace eip-3155 gem5 ndjson spike strace wine-relay" -- "$cur"
            compgen -f -- "$cur")
        return
        ;;
    --pair)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -W "first-call similarity" -- "$cur"; compgen -f -- "$cur")
        return
        ;;
    --progress | --color)
        mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$cur")
        return
        ;;
    --index)
        mapfile -t COMPREPLY < <(compgen -W "auto off require save" -- "$cur")
        return
        ;;
    --fail-on)
        mapfile -t COMPREPLY < <(compgen -W "new moved regressed expired unconfirmed grown fixed flaky follower" -- "$cur")
        return
        ;;
    --index-dir | --previous)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$cur")
        return
        ;;
    --stats)
        mapfile -t COMPREPLY < <(compgen -W "json" -- "$cur")
        return
        ;;
    --from)
        local from="strace eip-3155 wine-relay spike gem5 chrome-trace ndjson"
        [[ $command == import ]] || from+=" log"
        mapfile -t COMPREPLY < <(compgen -W "$from" -- "$cur")
        return
        ;;
    --disable-absorber)
        mapfile -t COMPREPLY < <(compgen -W "shared-global wait-begin nested-cs" -- "$cur")
        return
        ;;
    esac
    if [[ $cur == -* ]]; then
        local options="--help --version"
        case $command in
        diff)
            options+=" --canary --ours --control --control-of-ours --out --format --report --job --known --exit-code --validate-identical --tid-map --pair
                --rules --no-canonicalize-allocators --no-canonicalize-host-heap-fields
                --disable-absorber --emit-absorbed-events --threads --progress --quiet --stats --color
                --index --index-dir --verbose --from --mapping --max-unpacked --memory --tolerant --min-compared --max-absorbed --fail-on-truncated
                --tid --family --kind --call --since --limit --no-pager"
            ;;
        check) options+=" --max-errors --from --mapping --max-unpacked --memory --tolerant --rules --threads --progress --quiet" ;;
        explain) options+=" --limit --known --job --rules --index-dir --from --mapping --max-unpacked --memory --tolerant --color --no-pager" ;;
        show) options+=" --tid --idx --context --ours --grep --kind --limit --index-dir --from --mapping --max-unpacked --memory --tolerant --rules
                --no-canonicalize-allocators --no-canonicalize-host-heap-fields --disable-absorber --tid-map --pair --color --no-pager" ;;
        view) options+=" --known --job --rules --control --index-dir --tid-map --pair --from --mapping --max-unpacked --memory --tolerant --color" ;;
        index) options+=" --check --quick --remove --index-dir --from --mapping --max-unpacked --memory --tolerant --rules --threads --progress --quiet --verbose" ;;
        import) options+=" --from --mapping --out --engine --source-lines --memory --tolerant --quiet" ;;
        rules) options+=" --rules" ;;
        batch) options+=" --out --previous --jobs --memory --plan --shard --merge --report --fail-on --history --threads --progress --quiet" ;;
        judge) options+=" --report --fail-on --history --quiet" ;;
        history) options+=" --history --format --nights --limit --quiet" ;;
        known) options+=" --file --state --job --bug --owner --until --reason --dry-run" ;;
        selftest)
            options+=" --samples --seed --tid-map --pair --rules --no-canonicalize-allocators
                --no-canonicalize-host-heap-fields --disable-absorber --format --from --mapping --max-unpacked --memory --tolerant --threads
                --progress --quiet"
            ;;
        learn) options+=" --out --rules --pair --from --mapping --max-unpacked --memory --tolerant --threads --progress --quiet" ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
        return
    fi
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
complete -F _evdiff evdiff
