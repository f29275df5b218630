/** Where the command line writes: results to `out`, everything else (progress, errors, hints) to `err`. */
export interface Terminal {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** Whether people watch `err`, so that a bar may move on it. */
  readonly moving: boolean;
  readonly colours: boolean;
  readonly columns: number;
  /** Results as JSON, for scripts: no tables, no progress. */
  readonly json: boolean;
}

export const systemTerminal = (json: boolean): Terminal => ({
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  moving: process.stderr.isTTY && !json && process.env['TERM'] !== 'dumb',
  colours: process.stdout.isTTY && !json && (process.env['NO_COLOR'] ?? '') === '',
  columns: process.stdout.isTTY ? process.stdout.columns : 100,
  json,
});

type Colour = 'red' | 'green' | 'yellow' | 'grey' | 'bold';

const codes: Readonly<Record<Colour, readonly [number, number]>> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  grey: [90, 39],
  bold: [1, 22],
};

export const paint = ({ colours }: Pick<Terminal, 'colours'>, colour: Colour, text: string): string =>
  colours ? `\u001b[${codes[colour][0]}m${text}\u001b[${codes[colour][1]}m` : text;
