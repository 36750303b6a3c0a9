import { type CommandOffers, type Offer, PLACES, quoted } from './offers.ts';

export function fishScript(commands: readonly CommandOffers[]): string {
  return `# Completion of sriov for fish, made by: sriov completion fish
function __sriov_command
    set -l command sriov
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        switch "$command $word"
            case ${commands.map(({ path }) => fishQuoted(path)).join(' ')}
                set command "$command $word"
        end
    end
    echo $command
end

function __sriov_names
    for path in $argv
        string replace -r '/physfn$' '' -- $path | string replace -r '.*/' ''
    end
end

complete -c sriov -f
${commands.flatMap(linesOf).join('\n')}
`;
}

/** In fish a backslash counts between quotes, too. */
const fishQuoted = (text: string) => quoted(text.replaceAll('\\', '\\\\').replaceAll("'", '’'));

function linesOf({ path, commands, options, operands }: CommandOffers): string[] {
  const start = `complete -c sriov -n 'test (__sriov_command) = ${JSON.stringify(path)}'`;
  return [
    ...commands.map(
      ({ names, description }) => `${start} -a ${names.join(' ')} -d ${fishQuoted(description)}`,
    ),
    ...options.map(({ names, description, value }) => {
      const flags = names.map((name) =>
        name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
      );
      return [
        start,
        ...flags,
        ...(value ? [`-r ${offering(value)}`] : []),
        `-d ${fishQuoted(description)}`,
      ].join(' ');
    }),
    ...operands.map((offer) => `${start} ${offering(offer)}`),
  ];
}

/** Without a file of that kind, fish takes a pattern for an error, but not in `set`. */
function offering(offer: Offer): string {
  switch (offer.from) {
    case 'words':
      return `-f -a ${quoted(offer.words.join(' '))}`;
    case 'files':
      return '-F';
    case 'nothing':
      return '-f';
    default:
      return `-f -a '(set -l found ${PLACES[offer.from]}; __sriov_names $found)'`;
  }
}
