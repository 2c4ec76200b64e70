/** Reads settings from the environment and remembers every fault, so that all of them are reported at once. */
export class Environment {
  readonly #variables: NodeJS.ProcessEnv;
  readonly #faults: string[] = [];

  constructor(variables: NodeJS.ProcessEnv) {
    this.#variables = variables;
  }

  get faults(): readonly string[] {
    return this.#faults;
  }

  /** Reports a fault that the reader of a setting has found itself. */
  fault(text: string): void {
    this.#faults.push(text);
  }

  text(name: string, fallback?: string): string {
    const value = this.#variables[name] ?? fallback;
    if (value !== undefined && value !== '') return value;
    if (fallback === '') return '';
    this.#faults.push(`${name} is missing`);
    return '';
  }

  optional(name: string): string | undefined {
    return this.#variables[name] || undefined;
  }

  /** A URL, as text; checked to be one. */
  url(name: string, fallback?: string): string {
    const value = this.text(name, fallback);
    if (value !== '' && !URL.canParse(value)) this.#faults.push(`${name} is not a URL`);
    return value;
  }

  /** `host:port`. */
  address(name: string, fallback?: string): string {
    const value = this.text(name, fallback);
    if (value !== '' && !/^[^\s:]+:\d{1,5}$/.test(value)) this.#faults.push(`${name} is not host:port: ${value}`);
    return value;
  }

  integer(name: string, fallback: number, range: { min?: number; max?: number } = {}): number {
    const text = this.#variables[name];
    if (text === undefined || text === '') return fallback;
    const value = Number(text);
    const { min = 0, max = 2 ** 31 - 1 } = range;
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      this.#faults.push(`${name} is not a whole number from ${min} to ${max}: ${text}`);
    }
    return value;
  }

  /** A number from 0 to 1. */
  fraction(name: string, fallback: number): number {
    const text = this.#variables[name];
    if (text === undefined || text === '') return fallback;
    const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= 0 && value <= 1)) this.#faults.push(`${name} is not a number from 0 to 1: ${text}`);
    return value;
  }

  /** A TCP port, where there may be none. */
  optionalPort(name: string): number | undefined {
    return this.optional(name) === undefined ? undefined : this.port(name, 0);
  }

  /** A TCP port; 0 means any free one. */
  port(name: string, fallback: number): number {
    return this.integer(name, fallback, { max: 65_535 });
  }

  timeZone(name: string, fallback: string): string {
    const value = this.text(name, fallback);
    try {
      new Intl.DateTimeFormat('en', { timeZone: value });
    } catch {
      this.#faults.push(`${name} is not a time zone: ${value}`);
    }
    return value;
  }

  oneOf<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const value = this.text(name, fallback);
    if (!choices.some((choice) => choice === value)) {
      this.#faults.push(`${name} is not one of ${choices.join(', ')}: ${value}`);
    }
    return value as T;
  }
}

/** Reads a configuration; throws one error that names every fault. */
export function readEnvironment<T>(variables: NodeJS.ProcessEnv, read: (environment: Environment) => T): T {
  const environment = new Environment(variables);
  const config = read(environment);
  if (environment.faults.length > 0) {
    throw new Error(
      `The configuration has ${environment.faults.length} fault(s):\n  ${environment.faults.join('\n  ')}`,
    );
  }
  return config;
}
