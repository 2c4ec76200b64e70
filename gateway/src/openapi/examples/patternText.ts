/**
 * A short text that a pattern of RE2 matches: the first alternative everywhere, and every repetition as few times as it may be, but `more` times
 * more where it may. Undefined for what it does not understand; whoever asks tries the text anyway.
 */
export function patternText(pattern: string, more = 0): string | undefined {
  try {
    const reader = new PatternReader(pattern, more);
    const text = reader.alternatives();
    return reader.done ? text : undefined;
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}

class NotUnderstood extends Error {}

const classes: Record<string, string> = { d: '1', w: 'a', s: ' ', D: 'a', W: '-', S: 'a' };
const controls: Record<string, string> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v' };
/** What to take out of a negated class, the plainest first. */
const plain = 'a1A-_. ';

class PatternReader {
  readonly #pattern: string;
  readonly #more: number;
  #at = 0;

  constructor(pattern: string, more: number) {
    this.#pattern = pattern;
    this.#more = more;
  }

  get done(): boolean {
    return this.#at >= this.#pattern.length;
  }

  alternatives(): string {
    const first = this.#sequence();
    while (this.#take('|')) this.#sequence();
    return first;
  }

  #sequence(): string {
    let text = '';
    while (!this.done && this.#peek() !== '|' && this.#peek() !== ')') text += this.#repeated(this.#atom());
    return text;
  }

  #atom(): string {
    const sign = this.#next();
    switch (sign) {
      case '^':
      case '$':
        return '';
      case '.':
        return 'a';
      case '(':
        return this.#group();
      case '[':
        return this.#class();
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
        throw new NotUnderstood();
      default:
        return sign;
    }
  }

  #group(): string {
    if (this.#take('?') && !this.#take(':') && !this.#named()) throw new NotUnderstood();
    const text = this.alternatives();
    if (!this.#take(')')) throw new NotUnderstood();
    return text;
  }

  #named(): boolean {
    const name = /^P?<[A-Za-z_]\w*>/.exec(this.#pattern.slice(this.#at));
    this.#at += name?.[0].length ?? 0;
    return name !== null;
  }

  #escape(): string {
    const sign = this.#next();
    if (/[bBAzZ]/.test(sign)) return '';
    if (/[pPkuxQE0-9]/.test(sign)) throw new NotUnderstood();
    return classes[sign] ?? controls[sign] ?? sign;
  }

  #class(): string {
    const negated = this.#take('^');
    const ranges: [from: string, to: string][] = [];
    do {
      const from = this.#member();
      if (this.#peek() === '-' && this.#pattern[this.#at + 1] !== ']') {
        this.#at++;
        ranges.push([from, this.#member()]);
      } else ranges.push([from, from]);
    } while (!this.#take(']'));
    const holds = (sign: string) => ranges.some(([from, to]) => from <= sign && sign <= to);
    const wanted = negated ? [...plain].find((sign) => !holds(sign)) : ([...plain].find(holds) ?? ranges[0]?.[0]);
    if (wanted === undefined) throw new NotUnderstood();
    return wanted;
  }

  #member(): string {
    if (this.#pattern.startsWith('[:', this.#at)) throw new NotUnderstood();
    const sign = this.#next();
    return sign === '\\' ? this.#escape() : sign;
  }

  #repeated(text: string): string {
    const [least, most] = this.#times();
    this.#take('?');
    return text.repeat(Math.min(most, least + this.#more));
  }

  #times(): [least: number, most: number] {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#take('?')) return [0, 1];
    const counted = /^\{(\d+)(,(\d*))?\}/.exec(this.#pattern.slice(this.#at));
    if (!counted) return [1, 1];
    this.#at += counted[0].length;
    const least = Number(counted[1]);
    if (counted[2] === undefined) return [least, least];
    return [least, counted[3] === '' ? Number.POSITIVE_INFINITY : Number(counted[3])];
  }

  #peek(): string {
    return this.#pattern.charAt(this.#at);
  }

  #next(): string {
    if (this.done) throw new NotUnderstood();
    return this.#pattern.charAt(this.#at++);
  }

  #take(sign: string): boolean {
    if (this.#peek() !== sign) return false;
    this.#at++;
    return true;
  }
}
