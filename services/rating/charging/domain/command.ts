/** Names of commands: the last part tells them apart, whatever a session is called. */
export function reportCommand(session: string, sequence: bigint): string {
  return `${session}:${sequence}`;
}

/** With an id of its own: a start that was refused may be tried again, and is another one to billing. */
export function startCommand(session: string, id: string): string {
  return `${session}:0:${id}`;
}

export function expiryCommand(session: string): string {
  return `${session}:expiry`;
}
