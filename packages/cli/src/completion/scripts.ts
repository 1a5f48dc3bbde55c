/** The shells that can be told about this command, by name. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const BASH = `# outpost completion for bash: eval "$(outpost completion bash)"
_outpost_complete() {
  local IFS=$'\\n' word
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    COMPREPLY+=("$word")
  done < <(outpost __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _outpost_complete outpost
`;

const ZSH = `#compdef outpost
# outpost completion for zsh: eval "$(outpost completion zsh)"
_outpost() {
  local -a candidates
  local line
  while IFS= read -r line; do
    candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(outpost __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( $#candidates )); then
    _describe 'outpost' candidates
  else
    _files
  fi
}
compdef _outpost outpost
`;

const FISH = `# outpost completion for fish: outpost completion fish | source
function __outpost_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    outpost __complete -- $words[2..] (commandline --current-token --cut-at-cursor) 2>/dev/null
end
complete --command outpost --arguments '(__outpost_complete)'
`;

/** What has a shell ask `outpost __complete` when tab is pressed. */
export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
