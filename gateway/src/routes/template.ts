/**
 * The path templates of google/api/http.proto:
 *
 *     Template = "/" Segments [ Verb ] ;
 *     Segments = Segment { "/" Segment } ;
 *     Segment  = "*" | "**" | LITERAL | Variable ;
 *     Variable = "{" FieldPath [ "=" Segments ] "}" ;
 *     Verb     = ":" LITERAL ;
 */
export type Segment = { kind: 'literal'; text: string } | { kind: 'one' } | { kind: 'rest' };

export interface Variable {
  /** Names of proto fields from the request message inwards. */
  fieldPath: string[];
  /** Segments `from` (inclusive) to `to` (exclusive) of the template; a rest reaches to the path's end. */
  from: number;
  to: number;
  /** Captures of several segments keep `%2F` encoded, because a slash there separates segments. */
  multi: boolean;
}

export interface Template {
  segments: Segment[];
  variables: Variable[];
  verb: string;
}

/** Parses a template; throws an Error that says what is wrong with it. */
export function parseTemplate(source: string): Template {
  const reader = new Reader(source);
  if (!reader.take('/')) throw reader.fault('must begin with "/"');
  const template: Template = { segments: [], variables: [], verb: '' };
  readSegments(reader, template, false);
  if (reader.take(':')) {
    template.verb = reader.literal();
    if (template.verb === '') throw reader.fault('has an empty verb');
  }
  if (!reader.done) throw reader.fault(`has an unexpected "${reader.peek()}" at position ${reader.position}`);
  checkRest(template, reader);
  return template;
}

function readSegments(reader: Reader, template: Template, inVariable: boolean): void {
  do {
    if (reader.take('**')) template.segments.push({ kind: 'rest' });
    else if (reader.take('*')) template.segments.push({ kind: 'one' });
    else if (reader.peek() === '{') {
      if (inVariable) throw reader.fault('has a variable inside a variable');
      readVariable(reader, template);
    } else {
      const text = reader.literal();
      if (text === '') throw reader.fault('has an empty segment');
      template.segments.push({ kind: 'literal', text: decodeLiteral(text, reader) });
    }
  } while (reader.take('/'));
}

function readVariable(reader: Reader, template: Template): void {
  reader.take('{');
  const fieldPath = reader.while(/[A-Za-z0-9_.]/).split('.');
  if (fieldPath.some((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))) {
    throw reader.fault(`has a variable without a proper field path: "${fieldPath.join('.')}"`);
  }
  if (template.variables.some((other) => other.fieldPath.join('.') === fieldPath.join('.'))) {
    throw reader.fault(`binds ${fieldPath.join('.')} twice`);
  }
  const from = template.segments.length;
  if (reader.take('=')) readSegments(reader, template, true);
  else template.segments.push({ kind: 'one' });
  if (!reader.take('}')) throw reader.fault(`does not close the variable ${fieldPath.join('.')}`);
  const to = template.segments.length;
  const multi = to - from > 1 || template.segments[from]?.kind !== 'one';
  template.variables.push({ fieldPath, from, to, multi });
}

/** What follows `**` could never be told from what it swallows. */
function checkRest(template: Template, reader: Reader): void {
  const rest = template.segments.findIndex((segment) => segment.kind === 'rest');
  if (rest >= 0 && rest !== template.segments.length - 1) throw reader.fault('has segments after "**"');
}

function decodeLiteral(text: string, reader: Reader): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw reader.fault(`has a broken percent-encoding in "${text}"`);
  }
}

class Reader {
  readonly #source: string;
  position = 0;

  constructor(source: string) {
    this.#source = source;
  }

  get done(): boolean {
    return this.position >= this.#source.length;
  }

  peek(): string {
    return this.#source.charAt(this.position);
  }

  take(text: string): boolean {
    if (!this.#source.startsWith(text, this.position)) return false;
    this.position += text.length;
    return true;
  }

  while(allowed: RegExp): string {
    const from = this.position;
    while (!this.done && allowed.test(this.peek())) this.position++;
    return this.#source.slice(from, this.position);
  }

  literal(): string {
    return this.while(/[^/:{}=*\s?#]/);
  }

  fault(text: string): Error {
    return new Error(`the path template "${this.#source}" ${text}`);
  }
}
