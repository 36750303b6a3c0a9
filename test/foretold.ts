/** Compares what the tool foretells with the log of the plugin, which names each change of the machine. */

/** The log does not tell what is held and released. */
export const isOfMachine = (sentence: string) => !/^(hold|release) /.test(sentence);

export const changesIn = (log: string) =>
  [...log.matchAll(/ of=\d+ msg=("?)(.*?)\1$/gm)].map(([, , msg = '']) => msg.replaceAll('\\"', '"'));
