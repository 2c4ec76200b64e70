/** What stands before a parenthesis or between two operands and is no series. */
const words = new Set(['or', 'and', 'unless', 'by', 'on', 'ignoring', 'without', 'bool', 'offset', 'vector']);

/** The names of the series that a PromQL expression reads. */
export function metricsOf(expression: string): string[] {
  const bare = expression
    .replace(/"[^"]*"/g, '""')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(by|on|ignoring|without|group_left|group_right)\s*\([^)]*\)/g, ' ');
  const names = [...bare.matchAll(/(?<![\w:.$])[a-zA-Z_:][\w:]*(?!\w|:|\s*\()/g)].map(([name]) => name);
  return [...new Set(names)].filter((name) => !words.has(name));
}
