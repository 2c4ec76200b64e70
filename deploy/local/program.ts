/** What the supervisor needs to know to run one process of the mesh. */
export interface Program {
  name: string;
  file: string;
  args: string[];
  env?: Record<string, string>;
  /** PostgreSQL refuses to run as root; everything else runs as the caller. */
  runAs?: { uid: number; gid: number };
  /** Recognises the line of the process's output that says "I serve". */
  isReadyLine: (line: string) => boolean;
  readyLimitMs: number;
  stopSignal: NodeJS.Signals;
  /** After this long without an end, SIGKILL. */
  stopLimitMs: number;
  /** When everything ends, a higher stage ends before a lower one: the gateway first, the database last. */
  stage: number;
}

/** The JSON log line by which every process of ours says that it serves. */
export function isReadyMessage(line: string): boolean {
  if (!line.includes('"ready"')) return false;
  try {
    return (JSON.parse(line) as { msg?: unknown }).msg === 'ready';
  } catch {
    return false;
  }
}
