import { type CommandOffers, type Offer, PLACES, quoted } from './offers.ts';

/** As a file `_sriov` in $fpath it is the function itself; read by `source` it only defines it. */
export function zshScript(commands: readonly CommandOffers[]): string {
  return `#compdef sriov
# Completion of sriov for zsh, made by: sriov completion zsh
compdef _sriov sriov

_sriov() {
  local command=sriov previous=\${words[CURRENT-1]} word
  local -a found
  for word in \${words[2,CURRENT-1]}; do
    case "$command $word" in
      (${commands.map(({ path }) => quoted(path)).join('|')}) command+=" $word" ;;
    esac
  done
  case "$command $previous" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case "$command" in
${commands.map(wordCase).join('\n')}
  esac
}

[[ $funcstack[1] == _sriov ]] && _sriov
`;
}

function valueCases({ path, options }: CommandOffers): string[] {
  return options.flatMap(({ names, value }) => {
    if (!value) return [];
    const places = names.map((name) => quoted(`${path} ${name}`)).join('|');
    return [`    (${places}) ${offering(value)}; return ;;`];
  });
}

type Described = CommandOffers['commands'][number];

function wordCase({ path, commands, options, operands }: CommandOffers): string {
  return `    (${quoted(path)})
      if [[ \${words[CURRENT]} == -* ]]; then
        found=(${described(options)})
        _describe -o option found
      else
        ${[...(commands.length > 0 ? [`found=(${described(commands)}); _describe command found`] : []), ...operands.map(offering)].join('; ') || ':'}
      fi ;;`;
}

const described = (words: readonly Described[]) =>
  words.flatMap(({ names, description }) => names.map((name) => quoted(`${name}:${description}`))).join(' ');

function offering(offer: Offer): string {
  switch (offer.from) {
    case 'words':
      return `compadd -- ${offer.words.map(quoted).join(' ')}`;
    case 'files':
      return '_files';
    case 'nothing':
      return ':';
    case 'devices':
      return `compadd -- ${PLACES.devices}(N:h:t)`;
    default:
      return `compadd -- ${PLACES[offer.from]}(N:t)`;
  }
}
