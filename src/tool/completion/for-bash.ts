import { type CommandOffers, type Offer, PLACES, quoted } from './offers.ts';

export function bashScript(commands: readonly CommandOffers[]): string {
  return `# Completion of sriov for bash, made by: sriov completion bash
${HEAD}
_sriov_value() {
  case "$command $previous" in
${commands.flatMap(valueCases).join('\n')}
    *) return 1 ;;
  esac
}

_sriov_word() {
  case "$command" in
${commands.map(wordCase).join('\n')}
  esac
}

_sriov_descend() {
  case "$command $1" in
    ${commands.map(({ path }) => quoted(path)).join(' | ')}) command+=" $1" ;;
  esac
}

complete -F _sriov sriov
`;
}

/** compgen -W would carry out what a name asks it to; bash hands on words with colons in pieces. */
const HEAD = `_sriov() {
  local line=\${COMP_LINE:0:COMP_POINT} command=sriov previous= current word
  local -a words
  COMPREPLY=()
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  ((\${#words[@]} > 1)) || return 0
  current=\${words[-1]}
  for word in "\${words[@]:1:\${#words[@]}-2}"; do
    _sriov_descend "$word"
    previous=$word
  done
  [[ $current == --*=* ]] && previous=\${current%%=*} current=\${current#*=}
  _sriov_value || _sriov_word
  if [[ $current == *:* && $COMP_WORDBREAKS == *:* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${current%"\${current##*:}"}"}")
  fi
}

_sriov_offer() {
  local offered text
  for offered; do
    printf -v text %q "$offered"
    [[ $offered == "$current"* ]] && COMPREPLY+=("$text")
  done
}

_sriov_names() {
  local path
  for path; do
    [[ -e $path ]] && path=\${path%/physfn} && _sriov_offer "\${path##*/}"
  done
}

_sriov_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t -O \${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$current")
}
`;

function valueCases({ path, options }: CommandOffers): string[] {
  return options.flatMap(({ names, value }) => {
    if (!value) return [];
    const places = names.map((name) => quoted(`${path} ${name}`)).join(' | ');
    return [`    ${places}) ${offering(value)} ;;`];
  });
}

function wordCase({ path, commands, options, operands }: CommandOffers): string {
  const names = options.flatMap((option) => option.names);
  const others = [
    ...(commands.length > 0 ? [offering(wordsOf(commands.flatMap((child) => child.names)))] : []),
    ...operands.map(offering),
  ];
  return `    ${quoted(path)})
      if [[ $current == -* ]]; then ${offering(wordsOf(names))}; else ${others.join('; ') || ':'}; fi ;;`;
}

const wordsOf = (words: readonly string[]): Offer => ({ from: 'words', words });

function offering(offer: Offer): string {
  switch (offer.from) {
    case 'words':
      return `_sriov_offer ${offer.words.map(quoted).join(' ')}`;
    case 'files':
      return '_sriov_files';
    case 'nothing':
      return ':';
    default:
      return `_sriov_names ${PLACES[offer.from]}`;
  }
}
