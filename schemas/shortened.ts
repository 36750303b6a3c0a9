/** A text with a bound: one that is longer ends after so many characters, and says how many it had. */
export function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}... (${text.length} characters)` : text;
}
