/** The documents of a YAML text, read no deeper than the stack of the parser goes. */
import { Composer, type Document, Lexer, Parser } from 'yaml';

/** Far above what manifests have. */
const MOST_LEVELS = 400;

export class TooDeep extends Error {
  readonly offset: number;

  constructor(offset: number) {
    super(`The YAML is nested more than ${MOST_LEVELS} levels deep`);
    this.offset = offset;
  }
}

/** As parseAllDocuments() of the library does it. Throws TooDeep. */
export function documentsIn(text: string): Document.Parsed[] {
  // Looking for a key that comes twice, the library compares each with each.
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, logLevel: 'silent' });
  return [...composer.compose(tokensOf(text))];
}

function* tokensOf(text: string) {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > MOST_LEVELS) throw new TooDeep(parser.offset);
  }
  yield* parser.end();
}
