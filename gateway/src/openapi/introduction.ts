import type { DescService } from '@bufbuild/protobuf';
import type { Schema } from './schema.ts';

/** Title, version and what holds for all operations. */
export function introduction(services: readonly DescService[], declares: boolean): Schema {
  const packages = [...new Set(services.map(({ file }) => file.proto.package))];
  const versions = new Set(packages.flatMap((name) => /\.(v\d+\w*)$/.exec(name)?.[1] ?? []));
  const title = commonPrefix(packages) || 'Services';
  return {
    title,
    version: [...versions].sort().join(', ') || '1',
    description: [...general, ...(declares ? conventions : [])].join('\n\n'),
  };
}

const general = [
  'REST over gRPC services: JSON as proto3 has it. 64-bit numbers are texts, enums go by name, times are RFC 3339, fields with default values are in every answer.',
  'A call that fails answers with `google.rpc.Status`; `reason` in its ErrorInfo is for programs to go by. `Grpc-Metadata-<name>` headers are handed on to the service, and its metadata come back as such.',
  'Names of system parameters begin with `$`: `$alt=json;enum-encoding=int` gives enums by number, `$alt=sse` a stream as server-sent events.',
];

const conventions = [
  'Sign in with a bearer token. Whoever acts as a customer reaches only what is theirs: anything of others is answered as if it were not there.',
  'Lists come in pages: `pageSize` is the most to answer, and `nextPageToken` goes into `pageToken` for the next page.',
];

function commonPrefix(packages: readonly string[]): string {
  const [first = '', ...others] = packages;
  const parts = first.split('.');
  let shared = parts.length;
  for (const other of others) {
    const names = other.split('.');
    while (shared > 0 && parts.slice(0, shared).some((part, index) => names[index] !== part)) shared--;
  }
  return parts.slice(0, shared).join('.');
}
