import type { Manifest } from './manifest.ts';

interface Container {
  envFrom: { configMapRef: { name: string } }[];
}

/** Where the URLs and the `host:port` addresses point that a container is given in ConfigMaps. */
export function addressesOf(
  { envFrom }: Container,
  objects: Manifest[],
): { name: string; host: string; port: number }[] {
  const settings = envFrom.flatMap(({ configMapRef }) => {
    const found = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef.name);
    return Object.entries((found as { data?: Record<string, string> } | undefined)?.data ?? {});
  });
  const usual: Record<string, number> = { 'https:': 443, 'http:': 80 };
  return settings
    .filter(([, value]) => /^[a-z]+:\/\/|^[a-z-]+:\d+$/.test(value))
    .map(([name, value]) => {
      const { hostname, port, protocol } = new URL(value.includes('://') ? value : `grpc://${value}`);
      return { name, host: hostname, port: Number(port || usual[protocol]) };
    });
}
